"""A week in which much of a side did not answer is decided once, and told once, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from bot import side_weeks
from flows.effects import RecordCheckIn
from flows.events.people import SideMissed
from flows.overview import SideWeekSeen
from flows.people import PersonId, Role
from flows.rules.side_weeks import COUNTED, EVENT
from flows.session import Session, Status
from storage import check_ins, inbox, overview, people, schema, sessions, silence, timers
from storage import side_weeks as stored
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.flags import Flag, raise_many
from storage.pairs import Place
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, Cast, add_person, load, seed

WEEK = timedelta(weeks=1)
PERIOD, BEFORE = "2026-W47", "2026-W46"
PLANNED = NOW - WEEK
"""Of `PERIOD`: a week ago."""


@dataclass(frozen=True)
class Side:
    """The side of Bo, with twins enough."""

    cast: Cast
    twins: tuple[PersonId, ...]


async def crowd(tx: Transaction, vault: Vault, count: int = 6) -> Side:
    cast = await seed(tx, vault)
    more = [
        await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 3000 + number, f"Twin {number}", "SL")
        for number in range(count - 1)
    ]
    return Side(cast, (cast.bintu, *more))


async def on_record(tx: Transaction, side: Side, status: str, *twins: PersonId, period: str = PERIOD) -> None:
    planned = PLANNED if period == PERIOD else PLANNED - WEEK
    rows = [
        (
            Place(twin, side.cast.programme, None, "Africa/Freetown"),
            RecordCheckIn(period, 1, status, planned, planned, None, None, False, {}),
        )
        for twin in twins
    ]
    await check_ins.record(tx, rows)


async def left_open(tx: Transaction, vault: Vault, twin: PersonId, number: int = 2, **more: object) -> None:
    session = Session(
        number, "weekly_checkin", "v", PLANNED, Status.OPEN, step="ask_contact", period=PERIOD, planned_at=PLANNED,
        sent_at=PLANNED,
    )  # fmt: skip
    await sessions.upsert(tx, vault, [(twin, replace(session, **more), None)], PLANNED)  # type: ignore[arg-type]


async def decided(database: Database) -> list[tuple[str, int, int, str]]:
    row = schema.side_weeks.c
    async with database.read() as tx:
        found = await tx.execute(select(row.period, row.due, row.missed, row.state).order_by(row.period))
        return [tuple(one) for one in found]


async def told(database: Database) -> list[tuple[PersonId, SideMissed]]:
    async with database.read() as tx:
        pending = await inbox.pending(tx, database.vault, 100)
    return sorted((one.person, one.event) for one in pending if isinstance(one.event, SideMissed))


async def in_digest(database: Database, side: Side) -> tuple[SideWeekSeen, ...]:
    async with database.read() as tx:
        return (await overview.load(tx, database.vault, [side.cast.programme]))[side.cast.programme].side_weeks


def test_it_is_told_to_the_coordinators_of_both_sides_and_to_nobody_else(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault)
            await on_record(tx, side, "missed", *side.twins[:2])
            await on_record(tx, side, "answered", *side.twins[3:])
            await left_open(tx, database.vault, side.twins[2])
        assert await side_weeks.look(database, NOW)
        assert await decided(database) == [(PERIOD, 6, 3, EVENT)]
        event = SideMissed(side.cast.sides[0], "Bo", PERIOD, 6, 3)
        assert await told(database) == [(side.cast.aminata, event), (side.cast.carla, event)]
        seen = SideWeekSeen("Bo", PERIOD, 6, 3, NOW)
        assert await in_digest(database, side) == (seen,)
        async with database.write() as tx:
            await stored.count(tx, [(side.cast.sides[0], PERIOD)])
        assert await in_digest(database, side) == (), "a coordinator knew that it was something else"

    each_database.run(work)


def test_more_than_a_page_of_them_is_counted_whole(
    each_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "PAGE", 2)

    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault, 9)
            for twin in side.twins[:7]:
                await left_open(tx, database.vault, twin)
            await left_open(tx, database.vault, side.twins[1], 3, late=True)
            await on_record(tx, side, "answered", *side.twins[7:])
        assert await side_weeks.look(database, NOW)
        assert await decided(database) == [(PERIOD, 9, 7, EVENT)]

    each_database.run(work)


def test_looks_that_are_repeated_or_come_at_once_change_nothing(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault)
            await on_record(tx, side, "missed", *side.twins)
        await asyncio.gather(*(side_weeks.look(database, NOW) for _ in range(4)))
        for later in range(3):
            assert not await side_weeks.look(database, NOW + later * DAY)
        assert await decided(database) == [(PERIOD, 6, 6, EVENT)]
        assert len(await told(database)) == 2
        async with database.write() as tx:
            await on_record(tx, side, "answered", *side.twins)
        assert not await side_weeks.look(database, NOW + DAY)
        assert await decided(database) == [(PERIOD, 6, 6, EVENT)], "late answers take nothing back"

    each_database.run(work)


def test_a_look_that_dies_before_its_end_leaves_nothing_and_the_next_one_does_all(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault)
            await on_record(tx, side, "missed", *side.twins)
            week = stored.SideWeek(side.cast.programme, side.cast.sides[0], "Bo", PERIOD, 6, 6)
        try:
            async with database.write() as tx:
                await stored.decide(tx, [(week, EVENT)], NOW)
                raise InterruptedError
        except InterruptedError:
            pass
        assert await decided(database) == []
        assert await side_weeks.look(database, NOW)
        assert len(await told(database)) == 2

    each_database.run(work)


def test_who_is_asked_later_in_the_week_counts_and_so_does_who_may_answer_yet(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault, 9)
            await on_record(tx, side, "missed", *side.twins[:3])
            for twin in side.twins[3:5]:
                await left_open(tx, database.vault, twin, sent_at=NOW - 2 * DAY)
            for twin in side.twins[5:]:
                key = timers.key_of("check_in", twin, PERIOD)
                await timers.set_many(tx, [timers.Timer(key, "check_in", NOW + DAY, twin)])
        assert not await side_weeks.look(database, NOW), "three of nine"
        assert await side_weeks.look(database, NOW + 2 * DAY), "five of nine"
        assert await decided(database) == [(PERIOD, 9, 5, EVENT)]

    each_database.run(work)


def test_who_pauses_answers_in_part_or_is_known_to_be_quiet_is_left_out(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault, 8)
            await on_record(tx, side, "missed", *side.twins[:5])
            for twin in side.twins[5:]:
                await left_open(tx, database.vault, twin, first_touched_at=NOW - 5 * DAY)
            paused = await load(tx, database.vault, side.twins[0])
            changed = replace(paused, state=type(paused.state)("paused"))
            await people.update_changed(tx, database.vault, [Changed(changed)], NOW)
            await raise_many(tx, [Flag(one, "quiet", side.cast.programme, None, NOW) for one in side.twins[1:3]])
        assert not await side_weeks.look(database, NOW), "two of five"

    each_database.run(work)


def test_the_week_counts_for_nobodys_silence_until_a_coordinator_says_so(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault)
            await on_record(tx, side, "missed", side.twins[0], period=BEFORE)
            await on_record(tx, side, "answered", *side.twins[1:], period=BEFORE)
            await on_record(tx, side, "missed", *side.twins)
        await side_weeks.look(database, NOW)

        async def of_bintu() -> tuple[int, object, int]:
            async with database.read() as tx:
                person = await load(tx, database.vault, side.twins[0])
                found = (await silence.of_people(tx, [person]))[person.id]
            return found.missed, found.since, found.passed_over

        assert await of_bintu() == (1, PLANNED - WEEK + WEEK, 1)
        async with database.write() as tx:
            await stored.count(tx, [(side.cast.sides[0], PERIOD)])
        assert await of_bintu() == (2, PLANNED - WEEK, 0)
        assert not await side_weeks.look(database, NOW + DAY)
        assert (await decided(database))[0][-1] == COUNTED

    each_database.run(work)


def test_the_other_side_has_weeks_of_its_own(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            side = await crowd(tx, database.vault)
            await on_record(tx, side, "missed", *side.twins)
        await side_weeks.look(database, NOW)
        async with database.read() as tx:
            doris = await load(tx, database.vault, side.cast.doris)
            assert (await silence.of_people(tx, [doris]))[doris.id].events == frozenset()
        async with database.write() as tx:
            await tx.execute(delete(schema.sides).where(schema.sides.c.id == side.cast.sides[0]))
        assert await decided(database) == [], "a side takes its weeks along"

    each_database.run(work)
