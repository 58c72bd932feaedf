"""A restored database: what is refused, what a crash leaves behind, and the gate that stays shut until released."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.application import checked_catalogue
from bot.arrivals import Arrival
from bot.gate import Gate, OnHold
from bot.restoring import Released, release, restore
from bot.settings import Settings, read_settings
from flows.broadcasts import Audience
from flows.effects import Lane
from flows.events.own import CommandGiven
from storage import backups, broadcasts, holds, outbox, schema, timers
from storage.database import Database, Transaction
from storage.encryption import Vault
from tests.bot.test_commands import Twinbot, twinbot
from tests.databases import KEY, FreshDatabase
from tests.storage.seeding import MINUTE, NOW, Cast, outgoing, seed
from tests.storage.test_backups import path_of

__all__ = ["twinbot"]
ARRIVALS = [Arrival("update/1", CommandGiven("next"), telegram_id=1002)]


def settings_for(database: FreshDatabase, tmp_path: Path) -> Settings:
    return read_settings(database_url=database.url, secret_keys=KEY.text(), erasures_log=tmp_path / "erasures.log")


async def _rows(database: Database) -> dict[str, str]:
    async with database.read() as tx:
        return {row.key: row.state for row in await tx.execute(schema.outbox.select())}


async def with_a_broadcast_half_prepared(tx: Transaction, vault: Vault) -> Cast:
    cast = await seed(tx, vault)
    await broadcasts.decide(
        tx,
        vault,
        programme=cast.programme,
        author=cast.aminata,
        audience=Audience(None, twins_only=False),
        texts={"en": "Hello"},
        sender="Aminata",
        now=NOW + MINUTE,
    )
    await outbox.insert(tx, vault, [outgoing(1002, key="reply"), outgoing(1002, key="bulk", lane=Lane.BULK)], NOW)
    await timers.set_many(tx, [timers.Timer("k/1/1", "k", NOW, person=cast.bintu)])
    return cast


def test_what_was_put_back_is_on_hold_and_broadcasts_are_doubted(each_database: FreshDatabase, tmp_path: Path) -> None:
    """SQLite from a file; PostgreSQL by its own tools first, and marked then."""
    each_database.write(with_a_broadcast_half_prepared)
    settings, catalogue = settings_for(each_database, tmp_path), checked_catalogue()
    file = None
    if each_database.kind == "sqlite":
        file = tmp_path / "copy.db"
        backups.copy(path_of(each_database), file)
    done = asyncio.run(restore(settings, catalogue, file, NOW + 2 * MINUTE, replace=True))
    assert (done.erased, done.messages, done.timers) == (0, 1, 1)
    rows = each_database.run(_rows)
    assert rows.pop("reply") == "waiting"
    assert len(rows) == 5, "everybody of the broadcast has a row now, though none was written when it was copied"
    assert set(rows.values()) == {"unknown"}
    assert done.unknown == 5

    async def opens(database: Database) -> Any:
        async with database.read() as tx:
            return await holds.get(tx)

    assert each_database.run(opens) == holds.Hold(NOW + 2 * MINUTE, "restored")


def test_the_gate_is_shut_until_somebody_else_releases(each_database: FreshDatabase) -> None:
    taken: list[object] = []

    async def submit(arrivals: object) -> None:
        taken.append(arrivals)

    async def work(database: Database) -> None:
        async with database.write() as tx:
            await holds.put(tx, holds.Hold(NOW, "restored"))
        gate = Gate(database, submit)
        with pytest.raises(OnHold):
            await gate.submit(ARRIVALS)
        await gate.look()
        assert gate.is_shut
        assert gate.advice is not None
        assert "`twinbot release`" in gate.advice
        stop = asyncio.Event()
        opening = asyncio.create_task(gate.opened(stop))
        with pytest.raises(OnHold):
            await gate.submit(ARRIVALS)
        await asyncio.sleep(0.05)
        assert not opening.done()
        assert await release(database, NOW) == Released(holds.Waiting(0, 0), holds.Withdrawn())
        assert await release(database, NOW) is None
        await asyncio.wait_for(opening, 30)
        assert gate.advice is None
        await gate.submit(ARRIVALS)
        assert taken == [ARRIVALS]

    each_database.run(work)


def test_what_the_bot_would_say_late_can_be_left_out_and_what_people_wrote_goes(each_database: FreshDatabase) -> None:
    later = NOW + MINUTE

    async def held(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        note = outgoing(2, key="note", lane=Lane.PROMPT)
        rows = [
            outgoing(1, key="reply"),
            outgoing(1, key="question", lane=Lane.PROMPT, valid_until=later),
            outgoing(1, key="tomorrow", lane=Lane.PROMPT, valid_until=later, not_before=later),
            note,
            note._replace(key="note with a receipt", lane=Lane.REPLY, receipt=(cast.bintu, 1)),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        await holds.put(tx, holds.Hold(NOW, "restored"))

    each_database.write(held)
    done = each_database.run(lambda database: release(database, NOW, without_waiting=True))
    assert done == Released(holds.Waiting(2, 0), holds.Withdrawn(1, 1))
    rows = each_database.run(_rows)
    assert {key for key, state in rows.items() if state == "withdrawn"} == {"reply", "question"}
    assert {key for key, state in rows.items() if state == "waiting"} == {"tomorrow", "note", "note with a receipt"}


def test_the_command_says_what_is_never_sent(twinbot: Twinbot, each_database: FreshDatabase) -> None:
    async def held(tx: Transaction, vault: Vault) -> None:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2)], NOW)
        await holds.put(tx, holds.Hold(NOW, "restored"))

    each_database.write(held)
    done = twinbot("release", "--without-waiting", DATABASE_URL=each_database.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 messages" in done.stdout
    assert "2 replies and 0 questions" in done.stdout
    again = json.loads(twinbot("release", "--without-waiting", "--json", DATABASE_URL=each_database.url).stdout)
    assert again["released"] is False


def test_a_process_that_is_stopped_does_not_wait_for_the_release(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> bool:
        async with database.write() as tx:
            await holds.put(tx, holds.Hold(NOW, "restored"))
        gate = Gate(database, lambda _: asyncio.sleep(0))
        await gate.look()
        stop = asyncio.Event()
        stop.set()
        await asyncio.wait_for(gate.opened(stop), 30)
        return gate.is_shut

    assert sqlite_database.run(work)


def test_a_crash_of_an_earlier_restore_is_in_nobodys_way(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    sqlite_database.write(seed)
    path, copy = path_of(sqlite_database), tmp_path / "copy.db"
    backups.copy(path, copy)
    for end in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}.restoring{end}").write_bytes(b"half of something")
    settings, catalogue = settings_for(sqlite_database, tmp_path), checked_catalogue()
    with pytest.raises(Exception, match="--replace"):
        asyncio.run(restore(settings, catalogue, copy, NOW, replace=False))
    first = asyncio.run(restore(settings, catalogue, copy, NOW, replace=True))
    path.unlink()
    second = asyncio.run(restore(settings, catalogue, copy, NOW + timedelta(seconds=1), replace=False))
    assert (first.replaced is None, second.replaced) == (False, None)
    assert not list(tmp_path.glob("*.restoring*"))


def test_the_log_of_the_old_database_does_not_get_into_the_new_one(
    sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    """What a killed process left beside it belongs to the old one, and goes with it."""
    sqlite_database.write(seed)
    path, copy = path_of(sqlite_database), tmp_path / "copy.db"
    backups.copy(path, copy)
    reader = sqlite3.connect(path)
    with closing(reader), closing(sqlite3.connect(path)) as writer:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM meta").fetchone()  # it keeps the log from being written back
        writer.execute("INSERT INTO meta VALUES ('late', 'yes')")
        writer.commit()
        draft = tmp_path / "draft.db"
        backups.copy(copy, draft)
        aside = backups.put_in_place(draft, path, NOW)
    assert aside is not None
    with closing(sqlite3.connect(path)) as new, closing(sqlite3.connect(aside)) as old:
        query = "SELECT value FROM meta WHERE key = 'late'"
        assert new.execute(query).fetchone() is None
        assert old.execute(query).fetchone() == ("yes",), "nothing of the old one is lost"


def test_what_is_no_copy_is_refused_and_changes_nothing(
    twinbot: Twinbot, sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    sqlite_database.write(seed)
    path = path_of(sqlite_database)
    before = path.read_bytes()
    (tmp_path / "letter.txt").write_text("Dear twin, this is no database. " * 40)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE songs (name TEXT)")
    settings = {"DATABASE_URL": sqlite_database.url}
    for name, why in (
        ("letter.txt", "could not be copied"),
        ("other.db", "no copy of a database of Twinbot's"),
        ("nothing.db", "There is no database at"),
    ):
        done = twinbot("restore", str(tmp_path / name), "--replace", **settings)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert "Which copy?" in twinbot("restore", **settings).stderr
    on_postgresql = twinbot("restore", "x.dump", DATABASE_URL="postgresql://nowhere/twinbot")
    assert (on_postgresql.returncode, "pg_restore" in on_postgresql.stderr) == (2, True)
    assert path.read_bytes() == before


def test_the_doctor_shows_the_hold_until_it_is_released(
    twinbot: Twinbot, sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    sqlite_database.write(seed)
    copy = tmp_path / "copy.db"
    backups.copy(path_of(sqlite_database), copy)
    settings = {"DATABASE_URL": sqlite_database.url}

    def sending() -> dict[str, Any]:
        found = {one["what"]: one for one in json.loads(twinbot("doctor", "--json", **settings).stdout)}
        return dict(found["sending"])

    assert sending()["well"]
    done = twinbot("restore", str(copy), "--replace", **settings)
    assert done.returncode == 0, done.stderr
    assert "on hold" in done.stdout
    assert not sending()["well"]
    assert "`twinbot release`" in sending()["finding"]
    assert "Released" in twinbot("release", **settings).stdout
    assert sending()["well"]
