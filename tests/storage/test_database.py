from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from flows.effects import Lane
from storage import (
    meta,
    outbox,
    timers,
)
from storage.database import Database, Transaction
from storage.encryption import Vault
from tests.databases import FreshDatabase, test_vault
from tests.storage.seeding import NOW, outgoing, seed


def test_sqlite_is_set_to_survive_a_crash(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout", "query_only")
        async with database.write() as tx:
            return {name: (await tx.execute(text(f"PRAGMA {name}"))).scalar_one() for name in names}

    assert sqlite_database.run(work) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "query_only": 0,
    }


def test_an_error_rolls_the_whole_transaction_back(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> str | None:
        with pytest.raises(ZeroDivisionError):
            async with database.write() as tx:
                await meta.put(tx, "a", "b")
                raise ZeroDivisionError
        async with database.read() as tx:
            return await meta.get(tx, "a")

    assert each_database.run(work) is None


def test_a_cancelled_transaction_leaves_the_connection_usable(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> str | None:
        async def stuck() -> None:
            async with database.write() as tx:
                await meta.put(tx, "a", "cancelled")
                await asyncio.sleep(10)

        task = asyncio.create_task(stuck())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.write() as tx:
            before = await meta.get(tx, "a")
            await meta.put(tx, "a", "b")
        return before

    assert each_database.run(work) is None


def test_sqlite_writers_take_turns_and_readers_do_not_wait(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> tuple[str | None, str | None]:
        async def add(number: int) -> None:
            async with database.write() as tx:
                before = await meta.get(tx, "count")
                await asyncio.sleep(0)
                await meta.put(tx, "count", str(int(before or 0) + 1))

        await asyncio.gather(*(add(number) for number in range(30)))
        async with database.write() as tx:
            await meta.put(tx, "count", "in the making")
            async with database.read() as reader:
                seen = await asyncio.wait_for(meta.get(reader, "count"), 10)
        async with database.read() as reader:
            return seen, await meta.get(reader, "count")

    assert sqlite_database.run(work) == ("30", "in the making")


def test_sqlite_waits_for_the_write_of_another_process(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> str | None:
        other = await Database.open(sqlite_database.url, test_vault())
        writing = asyncio.Event()

        async def slow() -> None:
            async with other.write() as tx:
                await meta.put(tx, "a", "first")
                writing.set()
                await asyncio.sleep(0.3)

        task = asyncio.create_task(slow())
        await writing.wait()
        async with database.write() as tx:
            seen = await meta.get(tx, "a")
        await task
        await other.close()
        return seen

    assert sqlite_database.run(work) == "first"


def test_a_reading_connection_can_not_write(sqlite_database: FreshDatabase) -> None:
    from sqlalchemy.exc import OperationalError

    async def work(database: Database) -> None:
        async with database.read() as tx:
            await meta.put(tx, "a", "b")

    with pytest.raises(OperationalError, match="readonly"):
        sqlite_database.run(work)


def test_moments_are_exact_aware_and_in_utc(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        odd = NOW.replace(microsecond=999_999).astimezone(ZoneInfo("Asia/Kathmandu"))
        await timers.set_many(tx, [timers.Timer("k/1/1", "k", odd, person=cast.bintu)])
        found = await timers.next_due(tx)
        assert found is not None
        return found == odd and found.utcoffset() == timedelta()

    assert each_database.write(work)


def test_a_naive_moment_is_refused(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        await outbox.insert(tx, vault, [outgoing(1, lane=Lane.REPLY, not_before=NOW.replace(tzinfo=None))], NOW)

    with pytest.raises(TypeError, match="aware"):
        each_database.write(work)
