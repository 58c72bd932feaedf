"""A copy a day while the bot runs, one before it is migrated, and what is said when there can be none."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection

from bot import backing_up
from bot.backing_up import Backups
from storage import backups, migrations
from storage.database import Database
from storage.errors import Refused
from tests.bot.test_commands import Twinbot, twinbot
from tests.databases import FreshDatabase
from tests.storage.test_backups import path_of

NOW = datetime(2026, 11, 26, 3, 15, tzinfo=UTC)
__all__ = ["twinbot"]


class Hours:
    """A clock that is an hour further after every sleep, and counts the sleeps."""

    def __init__(self, stop_after: int) -> None:
        self.slept = 0
        self.stop_after = stop_after
        self.backups: Backups | None = None

    def now(self) -> datetime:
        return NOW + timedelta(hours=self.slept)

    def monotonic(self) -> float:
        return 3600.0 * self.slept

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - every sleep is an hour
        assert self.backups is not None
        self.slept += 1
        if self.slept == self.stop_after:
            self.backups.stop()


def lives(path: Path, hours: int) -> None:
    clock = Hours(hours)
    clock.backups = Backups(path, clock)
    asyncio.run(clock.backups.run())


def test_a_copy_is_made_at_the_start_and_once_a_day(sqlite_database: FreshDatabase) -> None:
    path = path_of(sqlite_database)
    lives(path, 50)
    assert [one.at for one in backups.kept(path)] == [NOW + timedelta(days=day) for day in (2, 1, 0)]
    lives(path, 2)
    assert len(backups.kept(path)) == 3, "a restart makes none before its time"


def test_a_copy_that_fails_is_said_once_and_tried_again(
    sqlite_database: FreshDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    path = path_of(sqlite_database)
    backups.folder_of(path).write_text("a file where the folder should be")
    lives(path, 5)
    assert capsys.readouterr().out.count("backup_failed") == 1
    backups.folder_of(path).unlink()
    lives(path, 1)
    assert len(backups.kept(path)) == 1


def test_what_is_migrated_is_copied_before_and_an_empty_database_is_not(tmp_path: Path) -> None:
    database = FreshDatabase("sqlite", f"sqlite:///{tmp_path}/twinbot.db")

    async def first(opened: Database) -> tuple[str, ...]:
        return await backing_up.migrate(opened, NOW)

    assert database.run(first)
    assert backups.kept(path_of(database)) == [], "there was nothing to lose"
    assert database.run(first) == ()
    assert backups.kept(path_of(database)) == []


def test_a_migration_waits_for_its_copy(tmp_path: Path) -> None:
    database = FreshDatabase("sqlite", f"sqlite:///{tmp_path}/twinbot.db")
    path = path_of(database)

    def older(connection: Connection) -> None:
        """As a program of before `0003_reflecting` has left it."""
        configuration = migrations._configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0002_pairs_rights_broadcasts")

    async def make(opened: Database) -> None:
        async with opened.write() as tx:
            await tx.run_sync(older)

    async def migrate(opened: Database) -> tuple[str, ...]:
        return await backing_up.migrate(opened, NOW)

    async def revision(opened: Database) -> str | None:
        return await migrations.current(opened)

    database.run(make)
    backups.folder_of(path).write_text("a file where the folder should be")
    with pytest.raises(Refused, match="copied before it is migrated, and that fails"):
        database.run(migrate)
    assert database.run(revision) == "0002_pairs_rights_broadcasts", "nothing was migrated"
    backups.folder_of(path).unlink()
    assert database.run(migrate)[-1:] == (migrations.NEWEST,)
    (made,) = backups.kept(path)
    copy = FreshDatabase("sqlite", f"sqlite:///{made.path}")
    assert copy.run(revision) == "0002_pairs_rights_broadcasts", "the copy is of before"


def test_the_command_copies_and_the_doctor_knows(twinbot: Twinbot, sqlite_database: FreshDatabase) -> None:
    settings = {"DATABASE_URL": sqlite_database.url, "TELEGRAM_TOKEN": "123456:an-example-that-opens-nothing-at-all"}
    path = path_of(sqlite_database)
    none = {one["what"]: one for one in json.loads(twinbot("doctor", "--json", **settings).stdout)}
    assert none["backups"]["well"]
    assert "none yet" in none["backups"]["finding"]
    done = twinbot("backup", "--json", **settings)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["file"]).stat().st_size == told["bytes"]
    assert [one.path for one in backups.kept(path)] == [Path(told["file"])]
    fresh = {one["what"]: one for one in json.loads(twinbot("doctor", "--json", **settings).stdout)}
    assert fresh["backups"]["well"]
    old = backups.path_for(path, datetime.now(UTC) - timedelta(days=3))
    Path(told["file"]).rename(old)
    stale = {one["what"]: one for one in json.loads(twinbot("doctor", "--json", **settings).stdout)}
    assert not stale["backups"]["well"]
    assert "backup_failed" in stale["backups"]["finding"]
    elsewhere = path.with_name("elsewhere.db")
    assert twinbot("backup", str(elsewhere), **settings).returncode == 0
    again = twinbot("backup", str(elsewhere), **settings)
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)
    missing = twinbot("backup", DATABASE_URL=f"sqlite:///{path.parent}/none.db")
    assert (missing.returncode, "There is no database at" in missing.stderr) == (2, True)
