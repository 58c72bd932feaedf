"""A clock that is wrong is put right by the database, once it is read and for as long as the process runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.agreeing import Agreeing
from bot.clock import AgreedClock
from storage.database import Database
from tests.databases import FreshDatabase

pytestmark = pytest.mark.postgres

SOON = timedelta(seconds=2)


def off(clock: AgreedClock) -> timedelta:
    """How far the clock is from this machine's, which is the database's too."""
    return abs(clock.now() - datetime.now(UTC))


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), timedelta(minutes=-1), timedelta(days=400)])
def test_a_clock_that_is_wrong_is_put_right_and_said_once(postgres_database: FreshDatabase, ahead: timedelta) -> None:
    async def work(database: Database) -> None:
        clock = AgreedClock(lambda: datetime.now(UTC) + ahead)
        assert off(clock) > timedelta(seconds=50)
        looking = Agreeing(database, clock)
        with capture_logs() as logs:
            await looking.look()
            await looking.look()
        assert off(clock) < SOON
        (said,) = logs
        assert said["event"] == "clock_put_right"
        assert abs(said["seconds"] + ahead.total_seconds()) < 2

    postgres_database.run(work)


def test_what_the_way_to_the_database_may_explain_changes_nothing(postgres_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        now = datetime.now(UTC)
        asked, answered, later = (now + timedelta(seconds=seconds) for seconds in (-4, 8, 9))
        moments = iter((asked, answered, later))  # the answer took twelve seconds: the time in it may be any of them
        clock = AgreedClock(lambda: next(moments))
        with capture_logs() as logs:
            await Agreeing(database, clock).look()
        assert clock.now() == later
        assert logs == []

    postgres_database.run(work)


def test_a_clock_that_is_set_while_the_process_runs_is_put_right(postgres_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        ahead = [timedelta()]
        clock = AgreedClock(lambda: datetime.now(UTC) + ahead[0])
        running = asyncio.create_task(Agreeing(database, clock, every=0.05).run())
        ahead[0] = timedelta(hours=1)
        async with asyncio.timeout(20):
            while off(clock) > SOON:  # noqa: ASYNC110 - looks from outside
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    postgres_database.run(work)
