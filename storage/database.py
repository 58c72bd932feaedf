"""One database, opened: SQLite or PostgreSQL, and the two ways into it.

Rules kept here:

* SQLite has ONE write connection behind an asyncio lock; every write transaction says `BEGIN IMMEDIATE`, so that it
  waits for another process at its start (10 s at most) and never fails in its middle. Reads use connections of
  their own that can not write.
* Committed means on disk: `synchronous=FULL` in WAL mode; PostgreSQL by its default.
* Nothing is connected before it is used: an unreachable database is an error of the first transaction, which the
  caller repeats.
* Parameters never stand in an error's text.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from storage.encryption import Vault
from storage.errors import UnsuitableDatabase
from storage.sqlite import Driver, driver_of

Transaction = AsyncConnection
"""An open transaction. The only thing of SQLAlchemy that other packages hand around."""

BUSY_TIMEOUT_SECONDS = 10
"""How long SQLite waits for another process's write; ours take under 50 ms, a command's import a few seconds."""
READ_CONNECTIONS = 4
"""Each has a thread; reads are short, and there are two cores on the small server."""
CHECKPOINT_PAGES = 4_000
"""How long SQLite's log grows, 16 MB, before it is copied into the file. With its own 1,000 a full batch waits for that
twice as long (measured: 3 % of all turns), and pages that change often are copied again and again."""
POOL_CONNECTIONS = 10
"""PostgreSQL allows 100 in all by default; a handful of processes fit."""
CONNECT_TIMEOUT_SECONDS = 5


@dataclass(slots=True)
class Database:
    """See the rules above. Made by `Database.open`; `vault` opens and seals its words."""

    dialect: Literal["sqlite", "postgresql"]
    vault: Vault
    path: Path | None
    """The SQLite file, `None` for PostgreSQL."""
    _writer: AsyncEngine = field(repr=False)
    _reader: AsyncEngine = field(repr=False)
    _lock: asyncio.Lock | None = field(repr=False)

    @classmethod
    async def open(cls, url: str, vault: Vault) -> Database:
        """Prepares connections; neither connects (but makes SQLite's file, 0600) nor migrates.

        `url`: `sqlite:///relative/path`, `sqlite:////absolute/path`, `postgres://…` or `postgresql://…`.
        Raises `UnsuitableDatabase` with one sentence when it is none of these.
        """
        parsed = _parse(url)
        if parsed.drivername == "sqlite+aiosqlite":
            path = await asyncio.to_thread(_prepare_file, parsed)
            return cls(
                "sqlite", vault, path, _sqlite(parsed, writes=True), _sqlite(parsed, writes=False), asyncio.Lock()
            )
        engine = _postgresql(parsed)
        return cls("postgresql", vault, None, engine, engine, None)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed at the end of the block and rolled back when an error leaves it."""
        if self._lock is None:
            async with self._writer.begin() as transaction:
                yield transaction
        else:
            async with self._lock, self._writer.begin() as transaction:
                yield transaction

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """A transaction to look only; on SQLite it sees one state throughout and waits for nobody."""
        async with self._reader.connect() as transaction:
            await transaction.begin()
            yield transaction

    async def ping(self) -> None:
        """Raises what is in the way of reading."""
        async with self.read() as transaction:
            await transaction.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Closes every connection. Afterwards nothing holds SQLite's file."""
        await self._reader.dispose()
        await self._writer.dispose()


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise UnsuitableDatabase(
            "DATABASE_URL is not understood; write sqlite:///data/twinbot.db or postgresql://user:password@host/name."
        ) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+aiosqlite":
            if parsed.database in (None, "", ":memory:"):
                raise UnsuitableDatabase("DATABASE_URL must name a file, such as sqlite:///data/twinbot.db.")
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgres" | "postgresql" | "postgresql+psycopg":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise UnsuitableDatabase(f"DATABASE_URL begins with {other}:// ; use sqlite:/// or postgresql://.")


def _prepare_file(url: URL) -> Path:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise UnsuitableDatabase(f"The database file {path} can not be used ({error.strerror}).") from error
    return path


def _set(cursor: Any, setting: str) -> None:
    """Two who open a new file at once both switch it to WAL, and SQLite tells one of them `locked` without waiting."""
    for attempts_left in reversed(range(40)):
        try:
            cursor.execute(f"PRAGMA {setting}")
            return
        except sqlite3.OperationalError:
            if not attempts_left:
                raise
            time.sleep(0.025)


def _sqlite(url: URL, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1 if writes else READ_CONNECTIONS,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
        module=Driver(writes=writes),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        # None: sqlite3 begins nothing by itself, else its own BEGIN (deferred) would come before an INSERT
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (
            f"busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
            "query_only = OFF" if writes else "query_only = ON",
        ):
            _set(cursor, setting)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        if writes:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            driver_of(connection).begin_to_read()

    return engine


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=POOL_CONNECTIONS,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": "twinbot"},
    )
