"""Everything from one database into another, both ways, row by row; what is refused; and the old one's hold."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from flows.people import Role
from flows.session import Session
from storage import holds, leases, meta, moving, schema, sessions
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.errors import Refused
from tests.bot.test_commands import ROOT, Twinbot, twinbot
from tests.databases import KEY, FreshDatabase, PostgresServer
from tests.storage.seeding import NOW, add_person, seed
from tests.storage.test_seals import opened, write_everything

__all__ = ["twinbot"]
PATIENCE = 60.0


@pytest.fixture(params=["to postgresql", "to sqlite", "to sqlite from sqlite"])
def route(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer
) -> Iterator[tuple[FreshDatabase, FreshDatabase]]:
    """A migrated source and a target without any table."""
    empty = FreshDatabase("sqlite", f"sqlite:///{tmp_path}/target.db")
    match request.param:
        case "to postgresql":
            url = postgres_server.create(empty=True)
            yield request.getfixturevalue("sqlite_database"), FreshDatabase("postgresql", url)
            postgres_server.drop(url)
        case "to sqlite":
            yield request.getfixturevalue("postgres_database"), empty
        case _:
            yield request.getfixturevalue("sqlite_database"), empty


async def filled(tx: Transaction, vault: Vault) -> None:
    """Something in every table, keys that two databases order differently, and a number that was given and is gone."""
    cast = await write_everything(tx, vault)
    await meta.put(tx, "kind", "live")
    await meta.check_canary(tx, vault)
    gone = await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 999, "Gone", None)
    await tx.execute(delete(schema.people).where(schema.people.c.id == gone))
    for table in moving.MOVED:
        if (await tx.execute(select(table).limit(1))).first() is None:
            await tx.execute(insert(table).values(_some_row(table, cast)))
    for key in ("a/1", "B/2", "é/3", "_/4", "Z", "z"):
        row = {"key": key, "kind": "k", "person_id": cast.bintu, "due_at": NOW, "rule_version": ""}
        await tx.execute(insert(schema.timers).values(row))
    await sessions.upsert(tx, vault, [(cast.doris, Session(n, "f", "v", NOW), None) for n in range(1100)], NOW)
    await leases.acquire(tx, "bot/1", "somebody", NOW, NOW + timedelta(seconds=1), "an old one")


def _some_row(table: Any, cast: Any) -> dict[str, Any]:
    known = {"programme_id": cast.programme, "person_id": cast.bintu, "side_id": cast.sides[0], "at": NOW}
    made: dict[str, Any] = {}
    for column in table.columns:
        if column.name in known:
            made[column.name] = known[column.name]
        elif not column.nullable and not (column.primary_key and column.autoincrement is True):
            kind = type(column.type).__name__
            made[column.name] = {"Moment": NOW, "Boolean": True, "Text": "x", "LargeBinary": b"\x00\xff"}.get(kind, 1)
    return made


async def everything(database: Database) -> dict[str, list[Any]]:
    found = {}
    for table in moving.MOVED:
        async with database.read() as tx:
            rows = [tuple(row) for row in await tx.execute(select(table))]
        if table.name == "meta":
            rows = [row for row in rows if row[0] != "hold"]
        found[table.name] = sorted(rows, key=repr)
    return found


async def next_person(tx: Transaction, vault: Vault) -> int:
    (programme, side), *_ = await tx.execute(select(schema.sides.c.programme_id, schema.sides.c.id))
    return await add_person(tx, vault, programme, side, Role.TWIN, 1999, "New", None)


def test_every_row_arrives_and_numbers_go_on(route: tuple[FreshDatabase, FreshDatabase], twinbot: Twinbot) -> None:
    source, target = route
    source.write(filled)
    before = source.run(everything)
    assert [name for name, rows in before.items() if not rows] == []
    done = twinbot("move", "--to", target.url, "--json", DATABASE_URL=source.url)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"rows": sum(map(len, before.values()))}
    assert target.run(everything) == before
    assert source.run(everything) == before, "the old one stays as it is"

    async def reads(tx: Transaction, vault: Vault) -> Any:
        return await opened(tx, vault), await holds.get(tx)

    (words, hold), (old_words, old_hold) = target.write(reads), source.write(reads)
    assert words == old_words
    assert hold is None
    assert old_hold is not None
    assert old_hold.because == "moved"
    assert target.write(next_person) == source.write(next_person) == max(row[0] for row in before["people"]) + 2
    doctor = twinbot("doctor", "--json", DATABASE_URL=target.url)
    found = {one["what"]: one["well"] for one in json.loads(doctor.stdout)}
    assert (found["database"], found["sending"], found["keys"]) == (True, True, True)
    again = twinbot("move", "--to", target.url, DATABASE_URL=source.url)
    assert (again.returncode, "on hold (moved)" in again.stderr) == (2, True)


def test_a_target_that_holds_something_is_refused_and_left_alone(
    sqlite_database: FreshDatabase, postgres_database: FreshDatabase, twinbot: Twinbot
) -> None:
    for one in (sqlite_database, postgres_database):
        one.write(seed)
    before = postgres_database.run(everything)
    done = twinbot("move", "--to", postgres_database.url, DATABASE_URL=sqlite_database.url)
    assert (done.returncode, "holds something already" in done.stderr) == (2, True)
    assert postgres_database.run(everything) == before
    itself = twinbot("move", "--to", sqlite_database.url, DATABASE_URL=sqlite_database.url)
    assert (itself.returncode, "itself" in itself.stderr) == (2, True)
    wrong = twinbot("move", "--to", "mysql://nowhere", DATABASE_URL=sqlite_database.url)
    assert wrong.returncode == 2
    away = twinbot("move", "--to", "postgresql://127.0.0.1:9/nothing", DATABASE_URL=sqlite_database.url)
    assert (away.returncode, "The target: The database can not be reached" in away.stderr) == (2, True), away.stderr


@pytest.mark.postgres
def test_a_database_in_which_somebody_works_is_not_moved(
    postgres_database: FreshDatabase, twinbot: Twinbot, tmp_path: Path
) -> None:
    async def works(tx: Transaction, vault: Vault) -> None:
        now = datetime.now(UTC)
        await leases.acquire(tx, "bot/1", "somebody", now, now + timedelta(minutes=5), "host:17")

    postgres_database.write(works)
    done = twinbot("move", "--to", f"sqlite:///{tmp_path}/target.db", DATABASE_URL=postgres_database.url)
    assert (done.returncode, "Twinbot works here (host:17)" in done.stderr) == (2, True)


@pytest.mark.parametrize("spoil", ["changed", "lost", "added"])
def test_a_row_that_arrived_differently_is_found(
    spoil: str, sqlite_database: FreshDatabase, postgres_database: FreshDatabase
) -> None:
    """Between copying and comparing, in the last table."""

    async def work(source: Database) -> None:
        target = await Database.open(postgres_database.url, source.vault)
        rows = await moving.size(source)
        seen = 0
        loop = asyncio.get_running_loop()
        spoilt: list[asyncio.Task[None]] = []

        def on_rows(count: int) -> None:
            nonlocal seen
            seen += count
            if seen == rows:
                spoilt.append(loop.create_task(_spoil(target, spoil)))

        async def slowly() -> None:
            await moving.move(source, target, on_rows)

        try:
            with pytest.raises(Refused, match=r"arrived differently|more or fewer"):
                await slowly()
            async with target.read() as tx:
                assert await meta.get(tx, "kind") == "moving", "nobody starts on it"
        finally:
            await asyncio.gather(*spoilt)
            await target.close()

    sqlite_database.write(filled)
    sqlite_database.run(work)


async def _spoil(target: Database, how: str) -> None:
    table = schema.timers
    async with target.write() as tx:
        match how:
            case "changed":
                await tx.execute(update(table).where(table.c.key == "é/3").values(kind="other"))
            case "lost":
                await tx.execute(delete(table).where(table.c.key == "é/3"))
            case _:
                row = {"key": "new", "kind": "k", "due_at": NOW, "rule_version": ""}
                await tx.execute(insert(table).values(row))


def test_a_move_that_was_killed_begins_anew_and_nothing_starts_on_its_target(
    sqlite_database: FreshDatabase, postgres_database: FreshDatabase, twinbot: Twinbot, tmp_path: Path
) -> None:
    async def many(tx: Transaction, vault: Vault) -> None:
        await filled(tx, vault)
        doris = (await tx.execute(select(schema.people.c.id).order_by(schema.people.c.id.desc()).limit(1))).scalar_one()
        await sessions.upsert(tx, vault, [(doris, Session(n, "f", "v", NOW), None) for n in range(2000, 9000)], NOW)

    async def arrived(database: Database) -> int:
        async with database.read() as tx:
            return len((await tx.execute(select(schema.sessions.c.number))).all())

    sqlite_database.write(many)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "move", "--to", postgres_database.url],
        env=kept
        | {
            "HOME": str(tmp_path),
            "SECRET_KEYS": KEY.text(),
            "DATABASE_URL": sqlite_database.url,
            "PYTHONPATH": str(ROOT),
        },
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + PATIENCE
    while not postgres_database.run(arrived):
        assert time.monotonic() < end
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    half = twinbot("doctor", "--json", DATABASE_URL=postgres_database.url)
    assert "`twinbot move` once more" in half.stdout
    done = twinbot("move", "--to", postgres_database.url, "--json", DATABASE_URL=sqlite_database.url)
    assert done.returncode == 0, done.stderr
    assert postgres_database.run(everything) == sqlite_database.run(everything)
