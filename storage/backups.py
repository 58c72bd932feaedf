"""Copies of the database in a file of their own.

Rules kept here:

* SQLite is copied by its online backup, in one step: one state of the database, while others write. A plain copy of
  the file would leave out what still stands beside it.
* A copy has its name only when it is whole: it is written under another one, checked, and brought to disk first. It is
  readable to this user only.
* Of each day the last copy is kept, of the seven latest days that have one. A start that fails again and again does
  not push out the days before.
* Words stay sealed, and keys are in no copy.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from storage.errors import Refused

DAYS_KEPT: Final = 7
"""A week: what went wrong at the weekend is noticed by then."""
_NAMED = "%Y%m%dT%H%M%SZ"
_UNFINISHED = ".unfinished"
_BESIDE = ("-journal", "-wal", "-shm")
"""Ends of the names of files that SQLite keeps beside a database."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy of the kind that is made by itself; its name tells the moment."""

    path: Path
    at: datetime


def folder_of(database: Path) -> Path:
    """Where copies of a database file lie."""
    return database.parent / "backups"


def path_for(database: Path, at: datetime) -> Path:
    """The name of a copy made at a moment: `twinbot-20261126T031500Z.db`."""
    return folder_of(database) / f"{database.stem}-{at.astimezone(UTC):{_NAMED}}.db"


def kept(database: Path) -> list[Backup]:
    """The copies of a database, newest first."""
    return _found(database, ".db")


def _found(database: Path, end: str) -> list[Backup]:
    name = re.compile(re.escape(database.stem) + r"-(\d{8}T\d{6}Z)" + re.escape(end))
    named = [(path, name.fullmatch(path.name)) for path in folder_of(database).glob(f"*{end}")]
    found = [Backup(path, _moment(match[1])) for path, match in named if match is not None]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _moment(written: str) -> datetime:
    return datetime.strptime(written, _NAMED).replace(tzinfo=UTC)


def copy(source: Path, target: Path) -> int:
    """Copies the database file `source` to `target`, checked; says how many bytes it has. Blocks until it is on disk.

    Raises `Refused` when `target` is there already, when something is wrong with `source`, or when it can not be
    written.
    """
    if not source.exists():
        raise Refused(f"There is no database at {source} to be copied.")
    with _drafted(target) as draft:
        try:
            with (
                closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin,
                closing(sqlite3.connect(draft)) as copied,
            ):
                origin.backup(copied)
                copied.execute("PRAGMA journal_mode = DELETE")  # else whoever opens it needs files beside it
        except sqlite3.Error as error:
            raise Refused(f"{source} could not be copied to {target} ({error}).") from None
        check(draft)
    return target.stat().st_size


def dump(url: str, target: Path) -> int:
    """The PostgreSQL database at `url`, by `pg_dump` in its custom format. As `copy` otherwise."""
    program = shutil.which("pg_dump")
    if program is None:
        raise Refused(
            "PostgreSQL is copied by its own pg_dump, which is not installed here: install the client programs of your "
            "server's version (postgresql-client), or use the backups of whoever runs the server."
        )
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    address = parts._replace(scheme="postgresql", netloc=f"{name}@{host}" if user else host).geturl()
    secret = {"PGPASSWORD": unquote(password)} if password else {}  # an argument could be read by everybody
    with _drafted(target) as draft:
        done = subprocess.run(  # noqa: S603 - our own words and the operator's address
            [program, "--format=custom", "--no-owner", f"--file={draft}", f"--dbname={address}"],
            env=dict(os.environ) | secret,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = [line.removeprefix("pg_dump: ") for line in done.stderr.splitlines() if line.startswith("pg_dump: ")]
            raise Refused(f"pg_dump has failed ({'; '.join(said[:2])}).")
    return target.stat().st_size


@contextmanager
def _drafted(target: Path) -> Iterator[Path]:
    """An empty file to be filled, which gets the name `target` at the end, when it is on disk."""
    if target.exists():
        raise Refused(f"{target} is there already: name another file.")
    draft = target.with_name(target.name + _UNFINISHED)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft
        _to_disk(draft)
        os.link(draft, target)  # a link fails when the name was taken meanwhile
        _to_disk(target.parent)
    except OSError as error:
        raise Refused(f"{target} can not be written ({error.strerror}).") from None
    finally:
        discard(draft)


def check(path: Path) -> None:
    """Raises `Refused` when the file is no whole database."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    except sqlite3.Error as error:
        raise Refused(f"{path} is no database that can be read ({error}).") from None
    if found != ["ok"]:
        raise Refused(f"{path} is damaged: SQLite's own check fails. Use an older copy.")


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def back_up(database: Path, at: datetime) -> Backup:
    """A copy among those that are kept. Forgets those that are kept no longer. Raises `Refused`."""
    made = Backup(path_for(database, at), at)
    copy(database, made.path)
    prune(database)
    return made


def put_in_place(draft: Path, target: Path, at: datetime) -> Path | None:
    """Gives the database file `draft` the name `target`, at one stroke. What was there gets another name beside it,
    which is returned. Nobody may have either open. Raises `Refused`."""
    if any(draft.with_name(draft.name + end).exists() for end in _BESIDE):
        raise Refused(f"{draft} is not whole without the files beside it: is another program using it?")
    aside = target.with_name(f"{target.name}.replaced-{at.astimezone(UTC):{_NAMED}}")
    try:
        _to_disk(draft)
        if target.exists():
            with suppress(sqlite3.Error), closing(sqlite3.connect(target)) as old:  # what is damaged is kept as it is
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            os.link(target, aside)
        for end in _BESIDE:  # written for the old one: beside the new one they would be wrong
            beside = target.with_name(target.name + end)
            if beside.exists():
                beside.rename(aside.with_name(aside.name + end))
        draft.replace(target)
        _to_disk(target.parent)
    except OSError as error:
        raise Refused(f"{target} can not be replaced ({error.strerror}).") from None
    return aside if aside.exists() else None


def discard(draft: Path) -> None:
    """Forgets a database file that nobody needs, with what lies beside it."""
    for end in ("", *_BESIDE):
        with suppress(OSError):
            draft.with_name(draft.name + end).unlink(missing_ok=True)


def prune(database: Path) -> None:
    """Forgets the copies that are kept no longer, and what a crash left unfinished on an earlier day."""
    days: set[date] = set()
    for one in kept(database):
        if one.at.date() in days or len(days) >= DAYS_KEPT:
            one.path.unlink(missing_ok=True)
        else:
            days.add(one.at.date())
    for left in _found(database, f".db{_UNFINISHED}"):
        if left.at.date() not in days:
            left.path.unlink(missing_ok=True)
