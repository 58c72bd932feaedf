"""Coordinators through the whole program: broadcasts with a crash in the middle, trials, and a side left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot import programmes
from bot.rehearsal.faults import Kind
from bot.rehearsal.state import commands_for
from storage import meta, people, schema
from tests.journeys.stage import ANNEKE, CAST, DAY, FATMATA, ISATU, KHADIJA, MARIEKE, Journey, World
from tests.journeys.test_time import planned

pytestmark = pytest.mark.journey

WORDS = "The workshop begins at nine in the morning."
EVERYBODY = tuple(player.chat for player in CAST)


async def _writes(journey: Journey, coordinator: int) -> None:
    """Up to the question whether it is to be sent, to everybody."""
    before = journey.write(coordinator, "/broadcast")
    await journey.is_asked(coordinator, "ask_side", before)
    await journey.taps(coordinator, ("ask_side", "Every side"), ("ask_who", "All"))
    before = (await journey.says(coordinator, "Now write it in English.", before)).id
    journey.write(coordinator, WORDS)
    await journey.is_asked(coordinator, "ask_send", before)


async def _ledger(journey: Journey) -> dict[int, str]:
    """The state of everybody's row, by phone."""
    rows = [row for row in await journey.rows(schema.outbox) if row["broadcast_id"] is not None]
    found = {row["chat_id"]: row["state"] for row in rows}
    assert len(found) == len(rows), "one row a person"
    return found


def _got(journey: Journey, since: int) -> dict[int, int]:
    """How often everybody got it."""
    counted: dict[int, int] = {}
    for entry in journey.calls("sendMessage", since=since):
        if entry["text"].startswith(WORDS) and "Midwives" in entry["text"]:
            counted[entry["chat"]] = counted.get(entry["chat"], 0) + 1
    return counted


async def _over(journey: Journey) -> dict[str, Any]:
    async def done() -> bool:
        return [row["state"] for row in await journey.rows(schema.broadcasts)] == ["done"]

    await journey.until_it_holds(done, "the broadcast is over")
    return dict((await journey.rows(schema.broadcasts))[0])


@pytest.mark.parametrize("kind", [Kind.KILL_BEFORE, Kind.KILL_AFTER])
def test_a_broadcast_with_a_crash_in_the_middle_reaches_everybody_once_and_counts_who_is_unknown(
    world: World, kind: Kind
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await _writes(journey, ISATU)
        since = journey.room.room.journal_end
        # one phone has blocked the bot; the bot dies with the seventh message
        journey.room.phone(KHADIJA).blocked = True
        journey.room.faults.add(kind, method="sendMessage", nth=7)
        journey.tap(ISATU, "ask_send", "Send")
        await journey.says(ISATU, "It goes out now.")
        await _over(journey)
        assert journey.restarts == 1
        await journey.says(ISATU, "Your broadcast to 22 people")
        await journey.settled()

        ledger = await _ledger(journey)
        assert set(ledger) == set(EVERYBODY)
        got = _got(journey, since)
        assert all(count == 1 for count in got.values()), "nobody twice"
        unknown = {chat for chat, state in ledger.items() if state == "unknown"}
        assert unknown, "what was under way is not known"
        assert len(unknown) <= 16, "eight in flight, and a page that was claimed"
        assert {chat for chat, state in ledger.items() if state == "sent"} <= set(got)
        assert ledger[KHADIJA] == "failed" or KHADIJA in unknown
        assert set(got) | unknown | {KHADIJA} == set(EVERYBODY), "nobody lost"
        result = next(text for text in journey.texts(ISATU) if text.startswith("Your broadcast"))
        assert f"unknown: {len(unknown)}" in result
        assert f"sent: {sum(state == 'sent' for state in ledger.values())}" in result

        # knowingly, to these alone
        journey.tap(ISATU, "ask_again", "Send to the unknown again")
        await journey.until_it_holds(lambda: _none(journey, "unknown"), "the unknown are tried again")
        await _over(journey)
        await journey.settled()
        again = _got(journey, since)
        assert {chat for chat in again if again[chat] > 1} <= unknown
        assert set(again) == set(EVERYBODY) - {KHADIJA}
        assert [row["what"] for row in await journey.rows(schema.audit)] == ["broadcast.sent", "broadcast.sent_again"]

    world.play(scene)


async def _none(journey: Journey, state: str) -> bool:
    return state not in (await _ledger(journey)).values()


def test_who_is_erased_or_pauses_while_a_broadcast_waits_for_the_morning_gets_none(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.move_to(planned(FATMATA) - timedelta(hours=10, minutes=30))  # half past ten in the evening
        await _writes(journey, MARIEKE)
        since = journey.room.room.journal_end
        journey.tap(MARIEKE, "ask_send", "Send")

        async def prepared() -> bool:
            return len(await _ledger(journey)) == len(EVERYBODY)

        await journey.until_it_holds(prepared, "the ledger is whole")
        assert not _got(journey, since), "nobody is written to at night"
        erased = await journey.person(FATMATA)
        async with journey.database.write() as tx:
            await people.erase(tx, [erased])
        await journey.is_asked(ANNEKE, "ask_length", journey.write(ANNEKE, "/pause"))
        journey.tap(ANNEKE, "ask_length", "1 week")
        await journey.says(ANNEKE, "Paused until")
        await journey.is_asked(ISATU, "ask_watch", journey.write(ISATU, "/broadcast"))
        await journey.says(ISATU, "of 22 people done.")
        await journey.move(0.75 * DAY)
        await _over(journey)
        await journey.settled()
        got = _got(journey, since)
        assert set(got) == set(EVERYBODY) - {FATMATA, ANNEKE}
        assert set(got.values()) == {1}
        result = next(text for text in journey.texts(MARIEKE) if text.startswith("Your broadcast"))
        assert {"sent: 20", "taken back: 1", "left meanwhile: 1"} <= set(result.splitlines())

    world.play(scene)


def test_a_broadcast_that_is_stopped_takes_back_what_waits_and_says_so(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.move_to(planned(FATMATA) - timedelta(hours=10, minutes=30))
        await _writes(journey, ISATU)
        since = journey.room.room.journal_end
        journey.tap(ISATU, "ask_send", "Send")
        await journey.is_asked(ISATU, "ask_watch")
        # on the other side it is under way too, and hers to stop
        await journey.is_asked(MARIEKE, "ask_watch", journey.write(MARIEKE, "/broadcast"))
        journey.tap(MARIEKE, "ask_watch", "Stop it")
        await journey.says(ISATU, "taken back: 22")
        await _over(journey)
        await journey.move(DAY / 2)
        assert not _got(journey, since)

    world.play(scene)


def test_a_coordinator_who_leaves_leaves_the_others_working_and_the_last_one_of_a_side_lets_it_rest(
    world: World,
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        invited = await programmes.invite(journey.database, "Midwives", ("Freetown",), None, 1, journey.moment())
        token = next(link.token for link in invited.links if link.role == "coordinator")
        deputy = next(player for player in CAST if player.chat == ISATU)
        from dataclasses import replace

        await journey.joins(replace(deputy, chat=701, name="Adama"), token)
        await journey.settled()
        since = journey.room.room.journal_end
        await _asks_for_a_word(journey, FATMATA)
        for chat in (ISATU, 701):
            await journey.says(chat, "Fatmata would like to hear from you")
        assert not [text for text in journey.counts(MARIEKE, since) if "Fatmata" in text]

        journey.room.block(ISATU)
        await journey.settled()
        assert not [text for text in journey.texts(MARIEKE) if "no coordinator" in text], "the deputy is there"
        journey.room.block(701)
        await journey.says(MARIEKE, "Freetown has no coordinator any more")
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        assert not journey.prompts(ANNEKE, since), "check-ins rest on both sides"
        assert [text for text in journey.counts(MARIEKE, since) if "this Monday" in text], "the digest comes"

        journey.room.unblock(701)
        await journey.says(MARIEKE, "Freetown has a coordinator now")
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        assert len(journey.prompts(ANNEKE, since)) == 1

    world.play(scene)


def test_coordinators_see_their_own_commands_behind_the_menu_button_also_when_a_deploy_changes_them(
    world: World,
) -> None:
    async def scene(journey: Journey) -> None:
        def shown(chat: int) -> set[str]:
            return {one["command"] for one in commands_for(journey.room.room, journey.phone(chat))}

        await journey.started()
        for chat in (ISATU, MARIEKE):
            await journey.until(lambda who=chat: "pairs" in shown(who), "her own list")  # type: ignore[misc]
            assert "checkin" not in shown(chat)
        assert "checkin" in shown(FATMATA)
        assert "pairs" not in shown(FATMATA)
        journey.kill(stay_down=True)
        await journey.is_down()
        async with journey.database.write() as tx:
            await meta.put(tx, "menu", "of an older program")
        journey.room.room.commands[f"chat:{ISATU}/"] = [{"command": "help", "description": "Help"}]
        journey.restart()
        await journey.until(lambda: "pairs" in shown(ISATU), "the list of the newer program")

    world.play(scene)


async def _asks_for_a_word(journey: Journey, chat: int) -> None:
    before = journey.write(chat, "/checkin")
    await journey.is_asked(chat, "ask_contact", before)
    await journey.taps(
        chat,
        ("ask_contact", "No"),
        ("ask_reason", "Work"),
        ("ask_help", "A word with the coordinator"),
        ("ask_what", "Only: please contact me"),
    )
