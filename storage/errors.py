"""What can go wrong while storing, and what to do about each kind.

Rules kept here:

* Three kinds, and the caller needs no other: the *data* of one row (repeat one arrival at a time, set the bad one
  aside), a *conflict* with someone else (repeat the whole batch at once), the *surroundings* (acknowledge nothing,
  wait, repeat). What is neither is a mistake of ours and is handled like data, so that it can not stop everybody.
* No error of this package holds a person's words. SQLAlchemy's are created with hidden parameters.
"""

from __future__ import annotations

import re
import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StorageError(Exception):
    """Something that an operator can mend; the message is one sentence that says how."""


class KeysError(StorageError):
    """The secret keys can not be read, or are no keys."""


class UnknownKey(KeysError):
    """A value was encrypted with a key that we do not have."""


class Unreadable(StorageError):
    """A value can not be decrypted: changed, moved to another row, or sealed with another key of the same id."""


class UnsuitableDatabase(StorageError):
    """The database can not be used for what it was opened for: wrong address, wrong keys, wrong kind."""


class Refused(StorageError):
    """What was asked for is not possible as things stand; the message says why."""


class Trouble(StrEnum):
    """What kind of error it is, by what has to be done."""

    DATA = "data"
    CONFLICT = "conflict"
    SURROUNDINGS = "surroundings"


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICT_STATES = frozenset({"40001", "40P01", "55P03"})
"""serialization_failure, deadlock_detected, lock_not_available"""
_NOT_MIGRATED = frozenset({"42P01", "42703"})
"""undefined_table, undefined_column: the whole database, not a row"""
_UNIQUE_VIOLATION = "23505"
_DATA_CLASSES = ("22", "23", "42")
"""Data exception, integrity constraint violation, and SQL that does not fit the value's type."""

# https://www.sqlite.org/rescode.html, primary codes (the lowest byte)
_SQLITE_DATA = frozenset(
    {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE}
)
_SQLITE_UNIQUE = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})


def kind_of(error: BaseException) -> Trouble:
    """Says what has to be done about an error that came out of a transaction.

    A unique violation counts as a conflict: our inserts say `ON CONFLICT`, so it is another process that was faster,
    and the repeat sees its row. (Should the same batch fail so again and again, the caller goes on as with data.)
    """
    if isinstance(error, StorageError):
        return Trouble.SURROUNDINGS if isinstance(error, KeysError | UnsuitableDatabase) else Trouble.DATA
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return Trouble.SURROUNDINGS
        return _kind_of_driver_error(error)
    if isinstance(error, PoolTimeout):
        return Trouble.SURROUNDINGS
    if isinstance(error, StatementError):  # a value that could not even be bound
        return Trouble.DATA
    if isinstance(error, SQLAlchemyError):
        return Trouble.SURROUNDINGS
    if isinstance(error, OSError):
        return Trouble.SURROUNDINGS
    if isinstance(error, sqlite3.Error):
        return _kind_of_sqlite(error)
    return Trouble.DATA


_SERVER_REFUSES = re.compile(
    r"FATAL: +(password authentication failed for user|no pg_hba\.conf entry|(?:role|database) \".*?\" does not exist)"
)
"""How PostgreSQL turns away who connects; psycopg gives these no code. A server that speaks another language is waited
for as one that is away."""


def refuses_for_good(error: BaseException) -> str | None:
    """Why waiting will not help with what came out of a first transaction, in a few words; `None` when it may."""
    if not isinstance(error, DBAPIError):
        return None
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return "the file is no database"
    found = _SERVER_REFUSES.search(str(error.orig))
    return found[1] if found else None


def sqlite_code(error: BaseException) -> str | None:
    """SQLite's name for what went wrong, such as SQLITE_FULL; `None` for what is not of SQLite's."""
    found = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlite_errorname", None)
    return found if isinstance(found, str) else None


def _kind_of_driver_error(error: DBAPIError) -> Trouble:
    cause = error.orig
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        if state in _CONFLICT_STATES or state == _UNIQUE_VIOLATION:
            return Trouble.CONFLICT
        if state in _NOT_MIGRATED:
            return Trouble.SURROUNDINGS
        return Trouble.DATA if state.startswith(_DATA_CLASSES) else Trouble.SURROUNDINGS
    if isinstance(cause, BaseException) and isinstance(getattr(cause, "sqlite_errorcode", None), int):
        return _kind_of_sqlite(cause)
    # errors that the drivers raise by themselves carry no code: psycopg's DataError for a NUL byte is one
    if isinstance(error, OperationalError | InterfaceError):
        return Trouble.SURROUNDINGS
    return Trouble.DATA


def _kind_of_sqlite(cause: BaseException) -> Trouble:
    code = getattr(cause, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return Trouble.DATA if isinstance(cause, sqlite3.DataError | sqlite3.IntegrityError) else Trouble.SURROUNDINGS
    if code in _SQLITE_UNIQUE or code == sqlite3.SQLITE_BUSY_SNAPSHOT:
        return Trouble.CONFLICT
    return Trouble.DATA if code & 0xFF in _SQLITE_DATA else Trouble.SURROUNDINGS
