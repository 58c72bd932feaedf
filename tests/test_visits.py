"""A visit through whole batches, on both databases: what one twin said of its last day brings her the question."""

from __future__ import annotations

from bot.arrivals import Arrival
from flows.events.due import AskingFellDue
from flows.events.own import CommandGiven, Typed
from flows.events.shell import FlowStarted
from flows.rules.asking_days import asking_day
from flows.rules.cadence import next_due
from storage import pairs
from tests.databases import FreshDatabase
from tests.test_pairing import ANNEKE, FATMATA, Room, count, play
from tests.test_phases import AGREE, BOTH_TWINS, ON, later, pair

BRINGS = "After a visit: look back"


async def asked(room: Room) -> None:
    """The next asking day of both."""
    now = room.turns.clock.now()
    period, due = next_due(asking_day(0, 540, "Europe/Amsterdam"), now)
    await later(room.turns, by=due - now)
    asking = AskingFellDue(period, due)
    await room.turns.carry_out([Arrival(None, asking, person=room.ids[chat]) for chat in BOTH_TWINS])


def test_both_are_offered_to_look_back_on_a_visit_once_when_one_told_the_other_its_last_day(
    each_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FATMATA, CommandGiven("phase"), Typed(str(ON), 1))
        await room.hear()
        await room.turns.carry_out([await room.tap(ANNEKE, "phase_offer", "ask_agree", AGREE)])
        await room.act(FATMATA, FlowStarted("visit_plan"), Typed("6 days", 11))
        await room.act(
            FATMATA, CommandGiven("back"), Typed("25-11-2026", 12), *(CommandGiven("skip") for _ in range(3))
        )
        await room.hear()
        assert "Last day of the visit: 25 Nov 2026" in await room.reads(ANNEKE)
        await asked(room)
        await asked(room)
        assert [await count(room, chat, BRINGS) for chat in (FATMATA, ANNEKE)] == [1, 1], "once"

    play(each_database, scene)


def test_who_was_not_shown_the_last_day_is_not_asked_of_the_visit(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FATMATA, CommandGiven("phase"), Typed(str(ON), 1))
        await room.hear()
        await room.turns.carry_out([await room.tap(ANNEKE, "phase_offer", "ask_agree", AGREE)])
        async with room.database.write() as tx:
            await pairs.mute(tx, [(room.ids[ANNEKE], True)])
        await room.act(FATMATA, FlowStarted("visit_plan"), Typed("25-11-2026", 12))
        await room.act(FATMATA, *(CommandGiven("skip") for _ in range(3)))
        await room.hear()
        assert "could not be passed on to Anneke" in await room.reads(FATMATA)
        async with room.database.write() as tx:
            await pairs.mute(tx, [(room.ids[ANNEKE], False)])
        await asked(room)
        await asked(room)
        assert [await count(room, chat, BRINGS) for chat in (FATMATA, ANNEKE)] == [1, 0]

    play(each_database, scene)
