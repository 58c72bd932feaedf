"""Phases of a pair through whole batches, on both databases: wished by twins, also at the same second, moved by
coordinators, suggested.

Where two processes would act there are two `Turns` on one PostgreSQL, each with connections of its own.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.arrivals import Arrival
from bot.turns import Turns
from flows.events.due import AskingFellDue
from flows.events.own import CommandGiven, Tapped, Typed
from flows.people import PairId
from flows.rules.asking_days import asking_day
from flows.rules.cadence import next_due
from storage import pair_answers, pair_phases, pairs, schema
from storage.database import Database
from tests.databases import FreshDatabase
from tests.test_pairing import ANNEKE, FAR_COORDINATOR, FATMATA, ISATU, MARIEKE, Room, count, play
from tests.turns import NOW, StandingClock, turns_on

ON, BOTH, STAY, AGREE = 1, 2, 3, 1
BOTH_TWINS = (FATMATA, ANNEKE)
MOVED, NEWS = "From now on: planning", "have agreed to move. Before: naming. Now: planning."


async def pair(room: Room) -> PairId:
    """Fatmata and Anneke are twins since yesterday."""
    async with room.database.write() as tx:
        ids = (room.ids[FATMATA], room.ids[ANNEKE])
        return await pairs.create(tx, room.database.vault, *ids, NOW - timedelta(days=1))


async def stands(room: Room) -> tuple[str, ...]:
    async with room.database.read() as tx:
        (found,) = (await pair_phases.of_pairs(tx, room.database.vault, [PairId(1)])).values()
    return found.current


async def later(*turns: Turns, by: timedelta) -> None:
    """The clock of a test stands still unless it is moved."""
    for one in turns:
        assert isinstance(one.clock, StandingClock)
        one.clock.stands_at = one.clock.now() + by


async def audited(room: Room) -> list[tuple[int | None, str | None]]:
    async with room.database.read() as tx:
        row = schema.audit.c
        found = await tx.execute(select(row.actor_id, row.about).where(row.what == "pair_moved").order_by(row.id))
        return [(one.actor_id, one.about) for one in found]


def test_one_twin_proposes_the_other_agrees_and_everybody_is_told(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FATMATA, CommandGiven("phase"), Typed(str(ON), 1))
        assert await stands(room) == ("naming",), "nothing changes before both agree"
        await room.hear()
        assert "Fatmata proposes for you two: “On to planning”" in await room.reads(ANNEKE)
        await room.turns.carry_out([await room.tap(ANNEKE, "phase_offer", "ask_agree", AGREE)])
        assert await stands(room) == ("planning",)
        await room.hear()
        for chat in BOTH_TWINS:
            assert await count(room, chat, MOVED) == 1
        for chat in (ISATU, MARIEKE):
            assert await count(room, chat, NEWS) == 1
        assert await audited(room) == [], "what the two agree on is theirs"

    play(each_database, scene)


def test_both_propose_the_same_in_one_batch_and_it_holds_once(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.turns.carry_out([room.arrival(chat, CommandGiven("phase")) for chat in BOTH_TWINS])
        await room.turns.carry_out([await room.tap(chat, "phase", "ask_move", BOTH) for chat in BOTH_TWINS])
        await room.hear()
        assert await stands(room) == ("naming", "planning")
        for chat in BOTH_TWINS:
            assert await count(room, chat, "From now on: naming and planning") == 1

    play(each_database, scene)


def test_whoever_would_rather_stay_has_the_other_one_told(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FATMATA, CommandGiven("phase"), Typed(str(ON), 1))
        await room.hear()
        await later(room.turns, by=timedelta(minutes=1))
        await room.turns.carry_out([await room.tap(ANNEKE, "phase_offer", "ask_agree", 2)])
        await room.hear()
        assert await stands(room) == ("naming",)
        assert await count(room, FATMATA, "Anneke would rather stay in naming") == 1

    play(each_database, scene)


def test_a_coordinator_reads_how_giving_and_receiving_stand_after_two_windows_and_the_twins_do_not(
    each_database: FreshDatabase,
) -> None:
    words = "Giving and receiving: too little is noted to say."

    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(ISATU, CommandGiven("phase"), Typed("fatm", 1))
        assert await count(room, ISATU, words) == 0
        await later(room.turns, by=timedelta(weeks=16))
        for chat in (ISATU, MARIEKE):
            await room.act(chat, CommandGiven("phase"), Typed("fatm", 2))
            assert await count(room, chat, words) == 1
        await room.act(FATMATA, CommandGiven("phase"))
        assert "Giving and receiving" not in await room.reads(FATMATA)

    play(each_database, scene)


def test_a_coordinator_moves_on_into_two_and_back_and_all_are_told(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        way = []
        for coordinator, move in ((ISATU, ON), (MARIEKE, BOTH), (ISATU, 2)):
            await later(room.turns, by=timedelta(hours=1))
            await room.act(coordinator, CommandGiven("phase"), Typed("anne", 1), Typed(str(move), 2))
            way.append(await stands(room))
        assert way == [("planning",), ("planning", "exchange"), ("planning",)]
        await room.hear()
        for chat in BOTH_TWINS:
            assert await count(room, chat, "Isatu, who coordinates, has moved you") == 2
        assert await count(room, MARIEKE, "Isatu has moved Fatmata and Anneke") == 2
        assert (
            await count(room, ISATU, "Marieke has moved Fatmata and Anneke. Before: planning. Now: planning and") == 1
        )
        assert await count(room, ISATU, "Done, and told") == 2
        assert await audited(room) == [(room.ids[one], "pair/1") for one in (ISATU, MARIEKE, ISATU)]

    play(each_database, scene)


def test_of_two_coordinators_in_one_batch_the_slower_one_changes_nothing(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        for chat in (ISATU, MARIEKE):
            await room.act(chat, CommandGiven("phase"), Typed("fatm", 1))
        both = [await room.tap(chat, "pair_phase", "ask_move", move) for chat, move in ((ISATU, ON), (MARIEKE, BOTH))]
        await room.turns.carry_out(both)
        assert await stands(room) == ("planning",)
        assert "Somebody was quicker" in await room.reads(MARIEKE)
        assert len(await audited(room)) == 1

    play(each_database, scene)


def test_a_coordinator_s_move_makes_a_wish_and_an_open_offer_pointless(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FATMATA, CommandGiven("phase"), Typed(str(ON), 1))
        await room.hear()
        await later(room.turns, by=timedelta(minutes=1))
        await room.act(ISATU, CommandGiven("phase"), Typed("fatm", 1), Typed(str(BOTH), 2))
        tap = await room.tap(ANNEKE, "phase_offer", "ask_agree", AGREE)
        await room.turns.carry_out([tap])
        assert await stands(room) == ("naming", "planning")
        assert "You two have been moved meanwhile" in await room.reads(ANNEKE)
        await later(room.turns, by=timedelta(minutes=1))
        # back to naming: what Fatmata wished before is no wish any more
        await room.act(ISATU, CommandGiven("phase"), Typed("fatm", 3), Typed("2", 4))
        await room.hear()
        await later(room.turns, by=timedelta(minutes=1))
        await room.act(ANNEKE, CommandGiven("phase"))
        await room.turns.carry_out([await room.tap(ANNEKE, "phase", "ask_move", ON)])
        assert await stands(room) == ("naming",), "Fatmata is asked anew"

    play(each_database, scene)


def test_a_pair_of_another_programme_is_out_of_reach(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FAR_COORDINATOR, CommandGiven("phase"), Typed("fatm", 1), Tapped(1, "ask_pair", 1))
        await room.act(ISATU, CommandGiven("phase"), Typed("fatm", 1))
        await room.act(FAR_COORDINATOR, await _tap_of(room, ISATU))
        assert "There is no pair yet" in await room.reads(FAR_COORDINATOR)
        assert "Fatmata" not in await room.reads(FAR_COORDINATOR)
        assert await stands(room) == ("naming",)

    play(each_database, scene)


async def _tap_of(room: Room, chat: int) -> Tapped:
    return Tapped(await room.latest(chat, "pair_phase"), "ask_move", ON)


def test_a_move_is_suggested_to_both_once_and_two_yeses_are_a_move(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await all_is_done(room)
        for _ in range(2):
            now = room.turns.clock.now()
            period, due = next_due(asking_day(0, 540, "Europe/Amsterdam"), now)
            await later(room.turns, by=due - now)
            asking = AskingFellDue(period, due)
            await room.turns.carry_out([Arrival(None, asking, person=room.ids[chat]) for chat in BOTH_TWINS])
        for chat in BOTH_TWINS:
            assert await count(room, chat, "have done what this phase is for") == 1
        assert await stands(room) == ("naming",), "the bot never moves by itself"
        # both tap at once: the second yes is the move, and nobody is asked any more
        yes = [await room.tap(chat, "phase_suggested", "ask_move", 1) for chat in BOTH_TWINS]
        await room.turns.carry_out(yes)
        await room.hear()
        assert await stands(room) == ("planning",)
        for chat in BOTH_TWINS:
            assert await count(room, chat, MOVED) == 1
            assert await count(room, chat, "Do you agree?") == 0

    play(each_database, scene)


async def all_is_done(room: Room) -> None:
    """What naming is for, as rows."""
    one = await pair(room)
    vault, programme = room.database.vault, 1
    async with room.database.write() as tx:
        for chat in BOTH_TWINS:
            named = pair_answers.PairAnswer(one, room.ids[chat], "call_me", None, "F", NOW)
            await pair_answers.save(tx, vault, [named])
        await pairs.change(tx, [(one, {"cadence": "weekly", "quiet_days": 21})])
        for week in range(40, 43):
            row = {
                "person_id": room.ids[FATMATA], "period": f"2026-W{week}", "programme_id": programme, "pair_id": one,
                "session": 90, "status": "answered", "planned_at": NOW, "late": False, "contact": "real",
            }  # fmt: skip
            await tx.execute(schema.check_ins.insert().values(row))


# -- two processes -----------------------------------------------------------------------------------------------------

ROUNDS = 4


@pytest.mark.postgres
def test_twins_and_a_coordinator_move_at_the_same_second_through_two_processes(
    postgres_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        here, there = room.turns, turns_on(other)
        await pair(room)
        try:
            for round_ in range(ROUNDS):
                await later(here, there, by=timedelta(hours=1))
                for chat in BOTH_TWINS:
                    await room.act(chat, CommandGiven("phase"))
                await room.act(ISATU, CommandGiven("phase"), Typed("fatm", 1))
                before = await stands(room)
                mine, theirs = [await room.tap(chat, "phase", "ask_move", 1) for chat in BOTH_TWINS]
                moves = await room.tap(ISATU, "pair_phase", "ask_move", 2)
                first, second = ([mine], [theirs, moves]) if round_ % 2 else ([moves, mine], [theirs])
                await asyncio.gather(here.carry_out(first), there.carry_out(second))
                assert before == ("naming",)
                assert await stands(room) in {("planning",), ("naming", "planning")}, "as if one came after the other"
                await room.hear()
                # back to the beginning
                async with room.database.write() as tx:
                    back = pair_phases.Move(PairId(1), ("naming",), "agreed", None, here.clock.now())
                    await pair_phases.move(tx, [back])
        finally:
            await other.close()

    play(postgres_database, scene)


@pytest.mark.postgres
def test_a_coordinator_s_move_waits_for_whoever_decides_for_the_pair(postgres_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        await pair(room)
        await room.act(ISATU, CommandGiven("phase"), Typed("fatm", 1))
        try:
            async with other.write() as tx:
                await pairs.lock(tx, {room.ids[FATMATA]})
                moving = asyncio.create_task(
                    room.turns.carry_out([await room.tap(ISATU, "pair_phase", "ask_move", ON)])
                )
                waited, _ = await asyncio.wait({moving}, timeout=1)
                assert not waited, "it does not wait for the lock of the pair"
            await moving
            assert await stands(room) == ("planning",)
        finally:
            await other.close()

    play(postgres_database, scene)
