"""Opening the database for a command: keys, kind, migrations, and one `start` at a time.

Rules kept here:

* Rehearsal and real data never meet: a database says what it is, and either side refuses the other's.
* Keys are made only for a database that has never had any, by whoever brings it up to date: another user, or a machine
  to which the keys were not brought, is told so and gets none. They are shown once, on a terminal, with what it means
  to lose them; a log would keep them.
* On one machine the lock is a file's: whoever is killed has let go of it, and whoever comes second is told the first.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from bot.backing_up import migrate
from bot.clock import Clock
from bot.erasing import ErasuresLog
from bot.errors import DatabaseRefused, DatabaseUnreachable, Refused
from bot.settings import Settings, read_settings
from storage import meta
from storage.database import Database
from storage.encryption import Key, LoadedKeys, Vault, load_keys, new_key
from storage.errors import StorageError, Trouble, kind_of, refuses_for_good, sqlite_code
from storage.migrations import current, pending
from storage.moving import MOVING

KIND = "kind"
LIVE, REHEARSAL = "live", "rehearsal"


async def open_database(settings: Settings, *, rehearsal: bool = False, migrate_it: bool = False) -> Database:
    """The database, ready to be used. Raises `DatabaseRefused` with one sentence for whatever is in the way."""
    database = await _connect(settings, rehearsal=rehearsal, makes_keys=migrate_it)
    try:
        if migrate_it:
            await migrate(database, datetime.now(UTC))
        elif await pending(database):
            raise DatabaseRefused("The database is not up to date: run `twinbot migrate` first.")
        await check_contents(database, rehearsal=rehearsal)
    except BaseException as problem:
        await database.close()
        raise refusal(problem) from None
    return database


async def _connect(settings: Settings, *, rehearsal: bool, makes_keys: bool) -> Database:
    """The database with its keys, not looked into yet. Raises `Refused` and what the database raises."""
    try:
        if makes_keys and await _never_had_keys(settings, rehearsal):
            loaded = _made(settings, rehearsal)
        else:
            loaded = keys_given(settings, rehearsal=rehearsal)
        return await Database.open(settings.database_url, Vault(loaded.keys))
    except StorageError as problem:
        raise DatabaseRefused(str(problem)) from None


async def _never_had_keys(settings: Settings, rehearsal: bool) -> bool:
    """Whether there are no keys, and nothing that would need the ones that are missing."""
    given, file = _where_keys_are(settings, rehearsal)
    if given is not None or file.exists():
        return False
    if settings.is_sqlite and not settings.sqlite_file.exists():
        return True
    database = await Database.open(settings.database_url, Vault([new_key("none")]))
    try:
        if await current(database) is None:
            return True
        async with database.read() as tx:
            return not await meta.keys_of(tx)
    except Exception as problem:
        raise refusal(problem) from None
    finally:
        await database.close()


async def check_contents(database: Database, *, rehearsal: bool) -> None:
    """Raises `DatabaseRefused` for a database of the other kind, and `UnsuitableDatabase` for one that can not be read
    with its keys."""
    await _check_kind(database, REHEARSAL if rehearsal else LIVE)
    async with database.write() as tx:
        await meta.check_canary(tx, database.vault)


def refusal(problem: BaseException) -> BaseException:
    """What an operator is told instead of a driver's error; anything that is no trouble of the database as it is."""
    if isinstance(problem, StorageError):
        return DatabaseRefused(str(problem))
    if isinstance(problem, Refused) or not isinstance(problem, Exception):
        return problem
    reason = refuses_for_good(problem)
    if reason is not None:
        return DatabaseRefused(f"DATABASE_URL does not lead to a database for Twinbot: {reason}.")
    if (code := sqlite_code(problem)) is not None and kind_of(problem) is Trouble.SURROUNDINGS:
        return DatabaseUnreachable(
            f"The database file can not be used just now ({code}): is the disk full, and may this user write there?"
        )
    if kind_of(problem) is Trouble.SURROUNDINGS:
        return DatabaseUnreachable(
            f"The database can not be reached ({type(problem).__name__}): is it running, and is DATABASE_URL right?"
        )
    return problem


async def await_database(
    settings: Settings, clock: Clock, *, rehearsal: bool = False, migrate_it: bool = False
) -> Database:
    """As `open_database`; a database that can not be reached is said once and tried until it can."""
    log: Any = structlog.get_logger(__name__)
    pause = FIRST_PAUSE
    while True:
        try:
            database = await open_database(settings, rehearsal=rehearsal, migrate_it=migrate_it)
        except DatabaseUnreachable as unreachable:
            if pause == FIRST_PAUSE:
                log.warning("database_unreachable", advice=str(unreachable))
            await clock.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        else:
            if pause > FIRST_PAUSE:
                log.info("database_reached")
            return database


FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between attempts to reach the database."""


@contextmanager
def locked_alone(settings: Settings, what: str) -> Iterator[None]:
    """While it lasts nobody else is `what` on a database file. Raises `DatabaseRefused` that names the other one."""
    if not settings.is_sqlite:
        yield
        return
    with locked(Path(f"{settings.sqlite_file}.lock"), what):
        yield


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock of the file at `path`, and write into it who does. Raises `DatabaseRefused`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as problem:
        raise DatabaseRefused(f"{path} can not be written ({problem.strerror}): let this user write there.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            other = file.read().strip() or "unknown"
            raise DatabaseRefused(f"Another Twinbot works here already ({other}): stop that one first.") from None
        who = f"{what}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        with suppress(OSError):  # a full disk: the lock holds without a name in it
            file.truncate(0)
            os.write(file.fileno(), who.encode())
        yield


def keys_given(settings: Settings, *, rehearsal: bool = False) -> LoadedKeys:
    """The keys that there are. Raises `Refused` where there are none, instead of making one."""
    given, file = _where_keys_are(settings, rehearsal)
    if given is None and not file.exists():
        raise Refused(
            f"The keys are not here: run this as the user who has them, put them back into {file} (0600), or set "
            "SECRET_KEYS. Without them nobody can read what people wrote."
        )
    return load_keys(given, file)


def _where_keys_are(settings: Settings, rehearsal: bool) -> tuple[str | None, Path]:
    given = settings.secret_keys.get_secret_value() if settings.secret_keys else None
    return given, rehearsal_keys(settings) if rehearsal else settings.keys_file


def _made(settings: Settings, rehearsal: bool) -> LoadedKeys:
    loaded = load_keys(None, _where_keys_are(settings, rehearsal)[1])
    if loaded.created and not rehearsal:
        place = f"It lies in {loaded.file}, outside data/ and every backup."
        show_once(loaded.keys[0], place, is_kept=not sys.stderr.isatty())
    return loaded


def show_once(key: Key, place: str, *, is_kept: bool = False) -> None:
    """A new key, with what it means to lose it. Where what is shown `is_kept`, as in a log, the key is left out."""
    from rich.console import Console  # noqa: PLC0415 - a bot that makes no key draws nothing
    from rich.panel import Panel  # noqa: PLC0415

    shown, once = ("", "") if is_kept else (f"{key.text()}\n\n", ": it is not shown again")
    Console(stderr=True).print(
        Panel(
            f"{shown}This key opens everything that people write. {place}\n"
            f"Copy it to a safe place now{once}. Whoever loses it loses all that was written under it, "
            "in the database and in every backup: nobody can bring it back.",
            title="A new secret key",
        )
    )


def rehearsal_keys(settings: Settings) -> Path:
    """Beside the rehearsal's database: nothing in it is anybody's."""
    return settings.sqlite_file.parent / "rehearsal.keys"


def erasures_of(settings: Settings, *, rehearsal: bool = False) -> ErasuresLog:
    """Where it is noted who was deleted. A rehearsal's lies beside its database, like its keys."""
    if rehearsal and settings.is_sqlite:
        return ErasuresLog(rehearsal_keys(settings).with_name("rehearsal.erasures.log"))
    return ErasuresLog(settings.erasures_file)


async def _check_kind(database: Database, wanted: str) -> None:
    async with database.write() as tx:
        found = await meta.get(tx, KIND)
        if found is None:
            await meta.put(tx, KIND, wanted)
            return
    if found == MOVING:
        raise DatabaseRefused("A move into this database is under way, or broke off: `twinbot move` once more.")
    if found != wanted:
        hint = "use `twinbot rehearse`" if found == REHEARSAL else "rehearse with another one"
        raise DatabaseRefused(f"This is a {found} database: {hint}.")


@asynccontextmanager
async def session(*, rehearsal: bool = False) -> AsyncIterator[tuple[Database, datetime]]:
    """A database for one command, and the moment. SQLite is made and migrated where it is missing or old."""
    settings = read_settings(database_url=REHEARSAL_URL, secret_keys=None) if rehearsal else read_settings()
    database = await open_database(settings, rehearsal=rehearsal, migrate_it=settings.is_sqlite)
    try:
        yield database, datetime.now(UTC)
    finally:
        await database.close()


REHEARSAL_URL: Final = "sqlite:///data/rehearsal.db"


async def migrate_database() -> tuple[str, ...]:
    """Bring the database of the settings up to date; gives the revisions that were run. Raises `DatabaseRefused`."""
    database = await _connect(read_settings(), rehearsal=False, makes_keys=True)
    try:
        done = await migrate(database, datetime.now(UTC))
        await check_contents(database, rehearsal=False)
    except Exception as problem:
        raise refusal(problem) from None
    finally:
        await database.close()
    return done
