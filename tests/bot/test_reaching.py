"""Who can not be reached, who is gone, and what is set aside: one person's trouble is nobody else's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.arrivals import Arrival
from bot.batch import Batch
from bot.failures import to_arrival
from bot.overlays import Overlays
from bot.turns import Turns, TurnsEnded
from bot.workspace import Workspace
from flows.effects import Lane
from flows.events.due import PauseEnded, ReminderFellDue
from flows.events.own import ChatBlocked, ChatReturned, CommandGiven, Typed
from flows.events.pairs import HelloReceived
from flows.events.shell import ReceiptCame
from flows.people import PersonId
from flows.timers import event_of
from storage import inbox, outbox, schema, timers
from storage.database import Database
from tests.databases import FreshDatabase
from tests.turns import NOW, library, populate, told, turns_on

Scene = Callable[[Database, Turns], Awaitable[None]]
ONE = PersonId(1)


def play(kind: FreshDatabase, scene: Scene) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        await told(database, turns)
        await scene(database, turns)

    kind.run(work)


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.read() as tx:
        return list(await tx.execute(select(table)))


async def person(database: Database, number: int) -> Any:
    async with database.read() as tx:
        return (await tx.execute(select(schema.people).where(schema.people.c.id == number))).one()


async def tell(database: Database, turns: Turns, who: PersonId, event: Any) -> None:
    async with database.write() as tx:
        await inbox.tell(tx, database.vault, [inbox.Told(who, event)], NOW)
    await told(database, turns)


def test_what_others_say_to_somebody_unreachable_waits_until_she_does_anything(each_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        await tell(database, turns, ONE, ChatBlocked("blocked"))
        blocked = await person(database, ONE)
        assert (blocked.unreachable_since, blocked.unreachable_reason) == (NOW, "blocked")
        before = len(await _of_chat(database, 501))
        await tell(database, turns, ONE, HelloReceived("P502", PersonId(2), 1))
        waiting = (await _of_chat(database, 501))[before:]
        assert [row.not_before for row in waiting] == [outbox.PARKED]
        await turns.carry_out([Arrival("tg/1", CommandGiven("help"), telegram_id=501)])
        back = await person(database, ONE)
        assert (back.unreachable_since, back.unreachable_reason) == (None, None)
        assert all(row.not_before == NOW for row in (await _of_chat(database, 501))[before:])

    play(each_database, scene)


def test_what_waits_for_the_morning_is_not_tried_when_she_blocks_at_night_and_comes_when_she_is_back(
    each_database: FreshDatabase,
) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        words = outbox.Outgoing(
            None, ONE, 501, Lane.PROMPT, outbox.Message("send", "words"), NOW, receipt=(PersonId(2), 1)
        )
        news = outbox.Outgoing(None, ONE, 501, Lane.BULK, outbox.Message("send", "news"), NOW)
        async with database.write() as tx:
            await tx.execute(delete(schema.outbox))
            await outbox.insert(tx, database.vault, [words, news], NOW)
        await turns.carry_out([Arrival("tg/1", ChatBlocked("blocked"), telegram_id=501)])
        assert [(row.state, row.not_before, row.reason) for row in await _of_chat(database, 501)] == [
            ("waiting", outbox.PARKED, None),
            ("failed", NOW, "blocked"),
        ]
        async with database.read() as tx:
            assert ReceiptCame(1, "waiting") in [one.event for one in await inbox.pending(tx, database.vault, limit=9)]
        await turns.carry_out([Arrival("tg/2", ChatReturned(), telegram_id=501)])
        first, *_ = await _of_chat(database, 501)
        assert (first.state, first.not_before) == ("waiting", NOW)

    play(each_database, scene)


async def _of_chat(database: Database, chat: int) -> list[Any]:
    return sorted((row for row in await rows(database, schema.outbox) if row.chat_id == chat), key=lambda row: row.id)


def test_a_told_event_for_somebody_who_is_gone_sets_nobody_aside(each_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        # a coordinator goes between loading the facts and writing: here her row is taken away beneath the facts
        await turns.carry_out([Arrival("tg/0", CommandGiven("checkin"), telegram_id=501)])
        batch = Batch(turns.overlays, turns.world, NOW, turns._log)
        batch.workspace.told.append((PersonId(99), HelloReceived("P501", PersonId(2), 1)))
        async with database.write() as tx:
            await batch.carry_out(tx, database.vault, [Arrival("tg/1", CommandGiven("help"), telegram_id=501)])
        assert await rows(database, schema.inbox_failed) == []
        assert "tg/1" in {row.key for row in await rows(database, schema.inbox)}

    play(each_database, scene)


def test_a_timer_and_a_told_event_of_somebody_who_is_gone_have_no_effect(each_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        async with database.write() as tx:
            await tx.execute(delete(schema.people).where(schema.people.c.id == 3))
        gone = PersonId(3)
        await turns.carry_out(
            [
                Arrival(None, PauseEnded(), person=gone, timer="pause_end/3/", due_at=NOW),
                Arrival(None, HelloReceived("P", PersonId(2), 1), person=gone, told=4711),
            ]
        )
        await turns._set_aside(
            Arrival(None, HelloReceived("P", PersonId(2), 1), person=gone, told=4711), "Spoilt at here"
        )
        (kept,) = await rows(database, schema.inbox_failed)
        assert kept.person_id is None

    play(each_database, scene)


def test_a_timer_cancelled_earlier_in_its_own_batch_does_not_fire(each_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        async with database.write() as tx:
            (timer,) = [one for one in await timers.of_people(tx, [ONE]) if one.kind == "check_in"]
            await tx.execute(update(schema.timers).where(schema.timers.c.key == timer.key).values(due_at=NOW))
        await turns.carry_out([Arrival("tg/1", CommandGiven("pause"), telegram_id=501)])
        fired = Arrival(None, event_of("check_in", timer.period, NOW), person=ONE, timer=timer.key, due_at=NOW)
        await turns.carry_out([Arrival("tg/2", Typed("4", 7), telegram_id=501), fired])
        async with database.read() as tx:
            assert [one.kind for one in await timers.of_people(tx, [ONE]) if one.kind == "check_in"] == []

    play(each_database, scene)


def test_a_reminder_that_comes_too_late_is_skipped(sqlite_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        await turns.carry_out([Arrival("tg/1", CommandGiven("checkin"), telegram_id=501)])
        before = len(await _of_chat(database, 501))
        async with database.write() as tx:
            await timers.set_many(tx, [timers.Timer("reminder/1/1", "reminder", NOW, person=ONE)])
        late = NOW - timedelta(hours=1)
        reminder = Arrival(None, ReminderFellDue(1), person=ONE, timer="reminder/1/1", due_at=NOW, lapses=late)
        await turns.carry_out([reminder])
        assert len(await _of_chat(database, 501)) == before
        assert "reminder/1/1" not in {row.key for row in await rows(database, schema.timers)}

    play(sqlite_database, scene)


@pytest.mark.parametrize("chat", [501, 999], ids=["a person", "a stranger"])
def test_what_was_set_aside_is_fed_again_once_and_carried_out(each_database: FreshDatabase, chat: int) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        await turns._set_aside(Arrival("tg/1", CommandGiven("help"), telegram_id=chat, language="en"), "Spoilt at here")
        async with database.read() as tx:
            (kept,) = await inbox.failed(tx, database.vault, limit=10)
        before = len(await _of_chat(database, chat))
        for _ in range(2):
            await turns.carry_out([to_arrival(kept)])
        assert await rows(database, schema.inbox_failed) == []
        assert len(await _of_chat(database, chat)) == before + 1
        await turns.carry_out([Arrival("tg/1", CommandGiven("help"), telegram_id=chat)])
        assert len(await _of_chat(database, chat)) == before + 1, "Telegram's own repeat has no effect either"

    play(each_database, scene)


def test_nothing_is_taken_after_the_end(sqlite_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        turns.stop()
        with pytest.raises(TurnsEnded):
            await turns.submit([Arrival("tg/1", CommandGiven("help"), telegram_id=501)])
        assert "tg/1" not in {row.key for row in await rows(database, schema.inbox)}

    play(sqlite_database, scene)


def test_what_fails_again_stays_and_counts_its_attempts(each_database: FreshDatabase) -> None:
    async def scene(database: Database, turns: Turns) -> None:
        await turns._set_aside(Arrival("tg/1", CommandGiven("help"), telegram_id=501), "Spoilt at here")
        async with database.read() as tx:
            (kept,) = await inbox.failed(tx, database.vault, limit=10)
        await turns._set_aside(to_arrival(kept), "Spoilt at there")
        (row,) = await rows(database, schema.inbox_failed)
        assert (row.key, row.attempts, row.error) == ("tg/1", 2, "Spoilt at there")

    play(each_database, scene)


def test_a_timer_moved_or_cancelled_earlier_in_its_own_batch_is_known_to_have_moved() -> None:
    catalogue, speech = library()
    space = Workspace(Overlays(catalogue, speech), NOW)
    assert not space.has_moved("wait/1/2", NOW)
    space.timers[ONE, "wait", "2"] = None
    space.cancelled.add((ONE, "reminder"))
    assert space.has_moved("wait/1/2", NOW)
    assert space.has_moved("reminder/1/7", NOW)
    assert not space.has_moved("reminder/2/7", NOW)
