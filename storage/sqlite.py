"""SQLite behind SQLAlchemy's asyncio, with as few crossings to the connection's thread as can be.

Rules kept here:

* A statement, its rows and the end of its cursor are one crossing. A crossing costs more than most of our statements
  do: the adapter of SQLAlchemy makes four of each.
* What nobody waits for yet is put off: the `BEGIN` of one that reads, the rows that `storage.statements` writes, and
  queries whose rows are wanted later. It crosses with the next statement that is waited for, or with `COMMIT`, always
  in the order in which it was given. An error of it comes out of that, inside the same transaction.
* A transaction that writes takes SQLite's lock at its start. One that reads puts no rows off: it is told of its error
  at once.
* Rolling back drops what was put off. A transaction that has not crossed yet has nothing to roll back.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import aiosqlite
import sqlalchemy
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.util import await_only

T = TypeVar("T")
Parameters = Sequence[Any] | Mapping[str, Any]
Found = tuple[Any, int, int | None, list[Any]]
"""Description, row count, last row id and the rows."""
Work = tuple[Callable[..., object], Sequence[Any]]
"""What is to be done with sqlite3's connection, and with what."""


class Cursor:
    """As much of a DBAPI cursor as SQLAlchemy asks for; its rows are here already."""

    server_side = False
    arraysize = 1
    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()

    def execute(self, operation: str, parameters: Parameters = ()) -> None:
        self._take(self._connection.cross(_execute, operation, parameters))

    def executemany(self, operation: str, seq_of_parameters: Sequence[Parameters]) -> None:
        self._take(self._connection.cross(_execute_many, operation, seq_of_parameters))

    def _take(self, found: Found) -> None:
        self.description, self.rowcount, self.lastrowid, rows = found
        self._rows = deque(rows)

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def __iter__(self) -> Iterator[Any]:
        while self._rows:
            yield self._rows.popleft()

    def setinputsizes(self, *_: Any) -> None:
        """SQLite has no use for it."""

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's question whether the driver's cursor can be let go: it is gone already."""


class Connection(AsyncAdapt_aiosqlite_connection):
    """See the rules above."""

    __slots__ = ("_crossed", "_put_off", "writes")

    _cursor_cls = Cursor  # type: ignore[assignment]  # one of ours, not a wrapped one of aiosqlite's

    def __init__(self, dbapi: Any, connection: aiosqlite.Connection, *, writes: bool) -> None:
        super().__init__(dbapi, connection)  # type: ignore[arg-type]  # as SQLAlchemy itself hands it over
        self.writes = writes
        self._put_off: list[Work] = []
        self._crossed = False

    def begin_to_read(self) -> None:
        """The transaction begins with its first statement; without one it never does."""
        self._put_off.append((_execute, ("BEGIN", ())))
        self._crossed = False

    def put_off(self, operation: str, seq_of_parameters: Sequence[Parameters]) -> None:
        """To be run for each of the parameters, before whatever is waited for next."""
        if seq_of_parameters:
            self._put_off.append((_execute_many, (operation, seq_of_parameters)))

    def fetch_later(self, operation: str, parameters: Parameters) -> list[list[Any]]:
        """A list that will hold the rows as soon as something has crossed."""
        found: list[list[Any]] = []
        self._put_off.append((_fetch_into, (found, operation, parameters)))
        return found

    async def catch_up(self) -> None:
        """What was put off is done now. Raises what sqlite3 raises."""
        await self._cross(_nothing)

    async def fetch(self, operation: str, parameters: Parameters) -> list[Any]:
        """The rows of one statement, without SQLAlchemy in between. Raises what sqlite3 raises."""
        return (await self._cross(_execute, operation, parameters))[3]

    def cross(self, work: Callable[..., T], *arguments: Any) -> T:
        """`work(connection, *arguments)` in the connection's thread, after what was put off."""
        try:
            return await_only(self._cross(work, *arguments))
        except Exception as error:
            self._handle_exception(error)

    async def _cross(self, work: Callable[..., T], *arguments: Any) -> T:
        put_off, self._put_off = self._put_off, []
        self._crossed = True  # before the crossing: one that is cancelled is carried out all the same
        driver: Any = self._connection
        found: T = await driver._execute(_after, driver._conn, put_off, work, arguments)
        return found

    def commit(self) -> None:
        if self._crossed or self._put_off:
            self.cross(sqlite3.Connection.commit)
            self._crossed = False

    def rollback(self) -> None:
        self._put_off.clear()
        if self._crossed:
            super().rollback()
            self._crossed = False


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """The module that `create_async_engine` takes for SQLite. `writes`: whether its connections do."""

    def __init__(self, *, writes: bool) -> None:
        super().__init__(aiosqlite, sqlite3)
        self.writes = writes

    def connect(self, *arguments: Any, **named: Any) -> Connection:
        made: Any = super().connect(*arguments, **named)
        return Connection(self, made._connection, writes=self.writes)


def driver_of(connection: sqlalchemy.Connection | None) -> Connection:
    """Our connection under one of SQLAlchemy's."""
    found = None if connection is None else connection.connection.dbapi_connection
    if not isinstance(found, Connection):
        raise TypeError(f"{type(found).__name__} is not a connection to SQLite")
    return found


def _after(
    connection: sqlite3.Connection,
    put_off: Sequence[Work],
    work: Callable[..., T],
    arguments: Sequence[Any],
) -> T:
    for earlier, with_what in put_off:
        earlier(connection, *with_what)
    return work(connection, *arguments)


def _nothing(_: sqlite3.Connection) -> None:
    """Crossing is all."""


def _fetch_into(connection: sqlite3.Connection, found: list[list[Any]], operation: str, parameters: Parameters) -> None:
    found.append(connection.execute(operation, parameters).fetchall())


def _execute(connection: sqlite3.Connection, operation: str, parameters: Parameters | None) -> Found:
    cursor = connection.execute(operation, parameters or ())
    rows = cursor.fetchall() if cursor.description else []
    return cursor.description, cursor.rowcount, cursor.lastrowid, rows


def _execute_many(connection: sqlite3.Connection, operation: str, seq_of_parameters: Sequence[Parameters]) -> Found:
    cursor = connection.executemany(operation, seq_of_parameters)
    return None, cursor.rowcount, cursor.lastrowid, []
