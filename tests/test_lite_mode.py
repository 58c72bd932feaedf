"""Lite mode on a real database: what a check-in costs with and without it, in messages, taps and bytes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from flows.events import Event
from flows.events.own import CommandGiven, Edited, Tapped, Typed
from tests.chats import ANNEKE, FATMATA, Chats, run
from tests.databases import FreshDatabase

LITE = (CommandGiven("lite"), Tapped(1, "ask_lite", 1))


@dataclass(frozen=True)
class Spent:
    """What reached her phone: messages, ticks set in those that stood there, bytes of texts and buttons; and what she
    did."""

    messages: int
    ticks: int
    bytes: int
    acts: int


async def spent(chats: Chats, chat: int, *events: Event) -> Spent:
    before = len(await chats.said(chat))
    await chats.does(chat, *events)
    got = (await chats.said(chat))[before:]
    labels = [label for one in got for row in one.buttons for label, _ in row]
    size = len("".join([*(one.text or "" for one in got), *labels]).encode())
    methods = [one.method for one in got]
    return Spent(methods.count("send"), methods.count("mark"), size, len(events) - 1)


BY_TAPS = (("ask_contact", 3), ("ask_reason", 5), ("ask_help", 1))
"""No contact, no topic, a topic please."""


def check_in(session: int, by: str) -> tuple[Event, ...]:
    taps = [Tapped(session, step, choice) for step, choice in BY_TAPS]
    return (CommandGiven("checkin"), *(taps if by == "taps" else (Typed("3 5 1", 100),)))


@pytest.mark.parametrize(("by", "usual", "lite"), [("taps", (6, 3, 3), (4, 0, 3)), ("line", (3, 1, 1), (2, 0, 1))])
def test_a_check_in_takes_fewer_messages_and_ends_the_same(
    each_database: FreshDatabase, by: str, usual: tuple[int, ...], lite: tuple[int, ...]
) -> None:
    async def scene(chats: Chats) -> tuple[Spent, Spent, str, str]:
        before = await spent(chats, FATMATA, *check_in(1, by))
        await chats.does(ANNEKE, *LITE)
        after = await spent(chats, ANNEKE, *check_in(2, by))
        closing, both = [(await chats.said(chat))[-1].text or "" for chat in (FATMATA, ANNEKE)]
        return before, after, closing, both

    before, after, closing, both = run(each_database, scene)
    assert (before.messages, before.ticks, before.acts) == usual
    assert (after.messages, after.ticks, after.acts) == lite
    assert after.bytes - before.bytes < 900, "the numbers, and nothing else"
    assert both.startswith("An idea for P501")
    assert both.endswith(f"\n\n{closing}")


def test_a_joined_message_is_corrected_and_tapped_like_any_other(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> list[str]:
        await chats.does(FATMATA, *LITE, CommandGiven("checkin"), Typed("3 5 1", 100))
        await chats.does(FATMATA, Edited("1 6 4", 100))
        await chats.does(FATMATA, Tapped(2, "thanks", 1), Tapped(2, "ask_contact", 2), Typed("6", 101), Typed("5", 102))
        rows = [one for one in await chats.said(FATMATA) if one.method == "send"]
        assert all(one.text for one in rows)
        return [one.text or "" for one in rows]

    texts = run(each_database, scene)
    assert any("just kept in touch · Good." in one for one in texts)
    assert texts[-1].startswith("Done, thank you.")


def test_the_setting_is_kept_until_she_changes_it(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> list[bool]:
        found = []
        for events in (LITE, (CommandGiven("lite"), Tapped(2, "ask_lite", 2))):
            await chats.does(FATMATA, *events)
            person = await chats.person(FATMATA)
            assert person is not None
            found.append(person.lite)
        return found

    assert run(each_database, scene) == [True, False]
