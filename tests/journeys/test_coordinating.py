"""Coordinators through the whole program: broadcasts with a crash in the middle, trials, and a side left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import programmes
from bot.presenting import CARD, OWN
from bot.rehearsal.faults import Kind
from bot.rehearsal.state import commands_for
from storage import meta, schema
from tests.journeys.players import ANNEKE, CAST, DAY, FATMATA, ISATU, KHADIJA, MARIEKE
from tests.journeys.stage import Journey, World
from tests.journeys.test_rights import deletes, is_gone
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
        await deletes(journey, FATMATA)
        await is_gone(journey, FATMATA)
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


def test_an_author_who_is_erased_while_her_broadcast_goes_out_leaves_it_to_whom_it_is_written_down_for(
    world: World,
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.move_to(planned(FATMATA) - timedelta(hours=10, minutes=30))
        await _writes(journey, MARIEKE)
        since = journey.room.room.journal_end
        journey.tap(MARIEKE, "ask_send", "Send")

        async def prepared() -> bool:
            return len(await _ledger(journey)) == len(EVERYBODY)

        await journey.until_it_holds(prepared, "the ledger is whole")
        await deletes(journey, MARIEKE, has_shared=False)
        await is_gone(journey, MARIEKE)
        assert "no coordinator any more" in "".join(journey.texts(ISATU))
        await journey.move(0.75 * DAY)
        broadcast = await _over(journey)
        await journey.settled()
        assert (broadcast["author_id"], broadcast["texts"]) == (None, None)
        got = _got(journey, since)
        assert set(got) == set(EVERYBODY) - {MARIEKE}
        assert set(got.values()) == {1}
        told = [text for text in journey.texts(MARIEKE) if text.startswith("Your broadcast")]
        assert told == [], "nobody is there to be told"

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
        await _joins_in_freetown(journey, ADAMA, "Adama")
        since = journey.room.room.journal_end
        await _asks_for_a_word(journey, FATMATA)
        for chat in (ISATU, ADAMA):
            await journey.says(chat, "Fatmata would like to hear from you")
        assert not [text for text in journey.counts(MARIEKE, since) if "Fatmata" in text]

        journey.room.block(ISATU)
        await journey.settled()
        assert not [text for text in journey.texts(MARIEKE) if "no coordinator" in text], "the deputy is there"
        journey.room.block(ADAMA)
        await journey.says(MARIEKE, "Freetown has no coordinator any more")
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        assert not journey.prompts(ANNEKE, since), "check-ins rest on both sides"
        assert [text for text in journey.counts(MARIEKE, since) if "this Monday" in text], "the digest comes"

        journey.room.unblock(ADAMA)
        await journey.says(MARIEKE, "Freetown has a coordinator now")
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        assert len(journey.prompts(ANNEKE, since)) == 1

    world.play(scene)


def test_a_coordinator_who_deletes_herself_is_missed_by_nobody_while_there_is_another(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await _joins_in_freetown(journey, ADAMA, "Adama")
        await _asks_for_a_word(journey, FATMATA)
        await journey.says(ADAMA, "Fatmata would like to hear from you")
        await _deletes_herself(journey, ADAMA)
        journey.kill()  # in the middle of it
        await journey.started()
        await journey.says(ISATU, "Adama has left the programme")
        before = journey.write(ISATU, "/digest")
        await journey.says(ISATU, "Asked for a word: Fatmata", before)
        assert not [text for text in journey.texts(MARIEKE) if "no coordinator" in text], "Isatu is there"
        # the last one goes: the other side is told, her twins are told that nobody could be, and check-ins rest
        await _deletes_herself(journey, ISATU)
        await journey.says(MARIEKE, "Freetown has no coordinator any more")
        before = journey.write(FATMATA, "/next")
        await journey.says(FATMATA, "Check-ins begin when both sides have a coordinator", before)
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        assert not journey.prompts(FATMATA, since) + journey.prompts(ANNEKE, since)
        await _asks_for_a_word(journey, FATMATA)
        await journey.says(FATMATA, "Your side has no coordinator in this bot yet")
        # somebody else takes over, and all goes on
        await _joins_in_freetown(journey, 702, "Hawa")
        await journey.says(MARIEKE, "Freetown has a coordinator now")
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        assert [len(journey.prompts(chat, since)) for chat in (FATMATA, ANNEKE)] == [1, 1]
        assert not await journey.rows(schema.inbox_failed)


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
            told = json.loads(await meta.get(tx, CARD) or "")
            await meta.put(tx, CARD, json.dumps(told | {OWN: "of an older program"}))
        journey.room.room.commands[f"chat:{ISATU}/"] = [{"command": "help", "description": "Help"}]
        journey.restart()
        await journey.until(lambda: "pairs" in shown(ISATU), "the list of the newer program")

    world.play(scene)


ADAMA = 701


async def _joins_in_freetown(journey: Journey, chat: int, name: str) -> None:
    invited = await programmes.invite(journey.database, "Midwives", ("Freetown",), None, 1, journey.moment())
    token = next(link.token for link in invited.links if link.role == "coordinator")
    one = next(player for player in CAST if player.chat == ISATU)
    await journey.joins(replace(one, chat=chat, name=name), token)
    await journey.settled()


async def _deletes_herself(journey: Journey, chat: int) -> None:
    before = journey.write(chat, "/delete")
    await journey.is_asked(chat, "ask_sure", before)
    await journey.taps(chat, ("ask_sure", "Yes, delete"), ("ask_last", "Delete everything now"))


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
