"""The bot is one process's at a time: kept by renewing, given up in time, taken over from the dead."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import datetime, timedelta

from bot.leases import RENEW_SECONDS, TERM, Lease, is_gone, process_name
from storage import leases
from storage.database import Database
from tests.databases import FreshDatabase
from tests.storage.seeding import NOW

NAME = "bot/8000000001"
SECOND = timedelta(seconds=1)


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def until(database: Database, moment: datetime) -> None:
    """Until the lease is held to `moment`."""
    async with asyncio.timeout(RENEW_SECONDS + 10):
        while True:
            async with database.read() as tx:
                holder = await leases.who(tx, NAME)
            if holder is not None and holder.until == moment:
                return
            await asyncio.sleep(0.05)


def test_who_holds_a_lease_renews_it_and_stops_when_somebody_else_has_got_it(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        clock, stop = Clock(), asyncio.Event()
        async with Lease(database, clock, "first:1@here", NAME) as lease:
            await lease.taken(stop)
            await until(database, NOW + TERM)
            holding = asyncio.create_task(lease.held(stop))
            clock.moment = NOW + TERM - SECOND
            await until(database, clock.moment + TERM)
            assert not holding.done()
            # it slept for too long, and another one took over meanwhile
            clock.moment += 2 * TERM
            async with database.write() as tx:
                other = await leases.acquire(tx, NAME, "second", clock.moment, clock.moment + TERM, "second")
            assert other is None
            await asyncio.wait_for(holding, RENEW_SECONDS + 10)
        async with database.read() as tx:
            holder = await leases.who(tx, NAME)
        assert holder is not None
        assert holder.holder == "second", "what is another's is not released"

    each_database.run(work)


def test_a_lease_is_waited_for_while_its_holder_may_live_and_taken_at_once_from_a_dead_process(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        clock, stop = Clock(), asyncio.Event()
        waiting = Lease(database, clock, process_name(), NAME)
        async with database.write() as tx:
            await leases.acquire(tx, NAME, "elsewhere:1@there", NOW, NOW + TERM, "elsewhere:1@there")
        taking = asyncio.create_task(waiting.taken(stop))
        await asyncio.sleep(1.5)
        assert not taking.done()
        clock.moment = NOW + TERM
        await asyncio.wait_for(taking, 10)

        dead = _name_of(_ended_process())
        async with database.write() as tx:
            await leases.acquire(tx, "another", dead, clock.moment, clock.moment + TERM, dead)
        await asyncio.wait_for(Lease(database, clock, process_name(), "another").taken(stop), 10)

    each_database.run(work)


def _ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def _name_of(process: int) -> str:
    """As `process` of this machine would have called itself."""
    return process_name().replace(f":{os.getpid()}@", f":{process}@")


def test_only_a_process_of_this_machine_that_has_ended_counts_as_gone() -> None:
    dead = _name_of(_ended_process())
    assert is_gone(dead)
    assert not is_gone(process_name())
    assert not is_gone(dead + "x"), "another machine's, or another boot's"
    assert not is_gone(dead.partition("@")[0])
    assert not is_gone("")
