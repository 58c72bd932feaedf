"""The disk is full, the database is held or gone: nothing is acknowledged, it is said once, and nothing is lost."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from tests.journeys.players import DONE, FATMATA, REAL_EXCHANGE
from tests.journeys.stage import Journey, World
from tests.journeys.test_crashes import everything_is_recorded

pytestmark = pytest.mark.journey

Change = Callable[[Journey], None]


async def _goes_on_after(journey: Journey, breaks: Change, mends: Change) -> None:
    """She answers while nothing can be written, and all of it counts once it can."""
    await journey.started()
    since = journey.room.room.journal_end
    before = journey.write(FATMATA, "/checkin")
    await journey.is_asked(FATMATA, "ask_contact", before)
    await journey.settled()
    breaks(journey)
    try:
        journey.tap(FATMATA, *REAL_EXCHANGE[0])
        await journey.until(lambda: bool(journey.logged("database_unreachable")), "it is said")
        assert len(journey.room.room.updates.waiting) == 1, "nothing is acknowledged"
        assert journey.asked(FATMATA, "ask_direction") is None
        await _waits(journey, 1.5)
        assert len(journey.room.room.updates.waiting) == 1
    finally:
        mends(journey)
        await journey.database.close()  # the test's own connections were thrown out as well; new ones are made
    await journey.taps(FATMATA, *REAL_EXCHANGE[1:])
    await journey.says(FATMATA, DONE, before)
    await journey.settled()
    assert len(journey.logged("database_unreachable")) == 1, "said once"
    assert len(journey.logged("database_reached_again")) == 1
    await everything_is_recorded(journey, FATMATA)
    assert set(journey.counts(FATMATA, since).values()) == {1}


async def _waits(journey: Journey, seconds: float) -> None:
    """Long enough for several tries of the bot."""
    end = journey.room.now() + seconds
    await journey.until(lambda: journey.room.now() >= end, "time passes")


def _scene(breaks: Change, mends: Change) -> Callable[[Journey], Awaitable[None]]:
    return lambda journey: _goes_on_after(journey, breaks, mends)


def test_a_full_disk_loses_nothing(sqlite_world: World) -> None:
    def limit(journey: Journey, size: int) -> None:
        assert journey.room.supervisor is not None
        assert journey.room.supervisor.pid is not None
        _, hard = resource.prlimit(journey.room.supervisor.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(journey.room.supervisor.pid, resource.RLIMIT_FSIZE, (size if size >= 0 else hard, hard))

    sqlite_world.play(_scene(lambda journey: limit(journey, 0), lambda journey: limit(journey, -1)))


def test_a_database_that_another_program_holds_loses_nothing(sqlite_world: World) -> None:
    path = sqlite_world.url.removeprefix("sqlite:///")
    held = sqlite3.connect(path, isolation_level=None)

    def do(statement: str) -> None:
        held.execute(statement)

    try:
        sqlite_world.play(
            _scene(
                lambda _: do("BEGIN IMMEDIATE"),
                lambda _: do("ROLLBACK"),
            )
        )
    finally:
        held.close()


def _door(world: World) -> Callable[[bool], None]:
    """Opens and shuts the world's database on its server; whoever is in when it is shut is thrown out."""
    name = world.url.partition("?")[0].rpartition("/")[2]
    server = world.url.replace(f"/{name}?", "/postgres?")

    def allow(yes: bool) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}".encode())
            if not yes:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    return allow


@pytest.mark.postgres
def test_a_server_that_throws_everybody_out_loses_nothing(postgres_world: World) -> None:
    allow = _door(postgres_world)
    postgres_world.play(_scene(lambda _: allow(False), lambda _: allow(True)))


@pytest.mark.postgres
def test_a_worker_whose_database_is_away_for_longer_than_its_lease_begins_anew_by_itself(postgres_world: World) -> None:
    allow = _door(postgres_world)

    async def scene(journey: Journey) -> None:
        await journey.started()
        supervisor = journey.room.supervisor
        assert supervisor is not None
        process = supervisor.pid
        allow(False)
        try:
            await journey.until(lambda: bool(journey.logged("begins_anew")), "it gives up what it can not keep")
            before = journey.write(FATMATA, "/checkin")
            await journey.until(lambda: not journey.polls, "it takes nothing")
        finally:
            allow(True)
            await journey.database.close()
        await journey.is_asked(FATMATA, "ask_contact", before)
        await journey.taps(FATMATA, *REAL_EXCHANGE)
        await journey.says(FATMATA, DONE, before)
        await everything_is_recorded(journey, FATMATA)
        assert (supervisor.pid, supervisor.restarts) == (process, 0), "whoever watches over it saw nothing"

    postgres_world.play(scene, argv=("-m", "bot", "worker", "--rehearsal"))
