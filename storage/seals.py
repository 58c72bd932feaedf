"""Every sealed column, for which row its values are sealed, and how they come under a new key.

Rules kept here:

* A value opens only for the row it was sealed for (`storage/encryption`); the columns that name that row stand here,
  for whoever opens values without knowing what they mean. A test holds what is written against it.
* Values come under the newest key in pieces: each a short transaction that opens, seals and writes some rows. What is
  done is seen in the values themselves, so a crash loses nothing and nothing has to be remembered.
* A row that another transaction is changing is passed over, never waited for: with locks held, that could end in a
  deadlock. It is found at the next passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, LargeBinary, Select, bindparam, func, literal, select, tuple_, update

from storage.columns import Sealed, to_microseconds
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import StorageError
from storage.schema import metadata

_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "people.name": ("id",),
    "pair_answers.words": ("pair_id", "person_id", "subject"),
    "goals.words": ("pair_id", "number", "person_id"),
    "milestones.value": ("person_id", "session"),
    "checklist_changes.words": ("programme_id", "number", "person_id"),
    "sessions.state": ("person_id", "number"),
    "answers.words": ("person_id", "session", "key"),
    "answers.voice": ("person_id", "session", "key"),
    "reflections.words": ("person_id", "session"),
    "reflections.voice": ("person_id", "session"),
    "drafts.body": ("person_id", "message"),
    "inbox.event": ("person_id", "key"),
    "inbox_failed.body": ("key",),
    "broadcasts.texts": ("programme_id", "created_at"),
    "outbox.body": ("chat_id", "key"),
}

SealedColumn = Column[Any]

SEALED: Final[tuple[SealedColumn, ...]] = tuple(
    column for table in metadata.sorted_tables for column in table.columns if isinstance(column.type, Sealed)
)


def row_of(column: SealedColumn, row: Mapping[str, Any]) -> str:
    """What a value of `column` is sealed for, from its row."""
    return "/".join(_said(row[name]) for name in _OF[str(column)])


def _said(value: Any) -> str:
    if value is None:
        return ""
    return str(to_microseconds(value)) if isinstance(value, datetime) else str(value)


# -- counting ----------------------------------------------------------------------------------------------------------


def _under(column: SealedColumn, header: bytes) -> Any:
    return func.substr(column, 1, len(header), type_=LargeBinary()) == literal(header, LargeBinary())


async def count(tx: Transaction, header: bytes) -> int:
    """How many values begin with `header`, as those under one key do (`Vault.header`). Reads every sealed column."""
    return await _count(tx, header, under=True)


async def count_others(tx: Transaction, header: bytes) -> int:
    """How many values do not."""
    return await _count(tx, header, under=False)


async def _count(tx: Transaction, header: bytes, *, under: bool) -> int:
    found = 0
    for column in SEALED:
        which = _under(column, header) if under else ~_under(column, header)
        found += (await tx.execute(select(func.count()).where(column.is_not(None), which))).scalar_one()
    return found


# -- sealing anew ------------------------------------------------------------------------------------------------------

Place = tuple[Any, ...]
"""The primary key of a row."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one transaction has done. `last` is where the next one goes on, `None` when there is no more; `unreadable`
    counts values that no key opens."""

    sealed: int
    unreadable: int
    last: Place | None


async def seal_anew(tx: Transaction, vault: Vault, column: SealedColumn, after: Place | None, limit: int) -> Piece:
    """Up to `limit` values of `column` that are not under the newest key come under it, in rows behind `after`."""
    keys = list(column.table.primary_key.columns)
    rows = (await tx.execute(_old(column, keys, vault.header(vault.newest), after, limit))).mappings().all()
    name, fresh, unreadable = str(column), [], 0
    for row in rows:
        place = row_of(column, row)
        try:
            value = vault.seal_text(name, place, vault.open_text(name, place, row[column.name]))
        except StorageError:
            unreadable += 1
            continue
        fresh.append({f"key_{key.name}": row[key.name] for key in keys} | {"fresh": value})
    if fresh:
        which = [key == bindparam(f"key_{key.name}") for key in keys]
        await tx.execute(update(column.table).where(*which).values({column: bindparam("fresh")}), fresh)
    last = tuple(rows[-1][key.name] for key in keys) if len(rows) == limit else None
    return Piece(len(fresh), unreadable, last)


def _old(
    column: SealedColumn, keys: Sequence[Column[Any]], header: bytes, after: Place | None, limit: int
) -> Select[Any]:
    table = column.table
    wanted = {one.name: one for one in (*keys, *(table.c[name] for name in _OF[str(column)]), column)}
    query = select(*wanted.values()).where(column.is_not(None), ~_under(column, header))
    if after is not None:
        reached = (literal(value, key.type) for key, value in zip(keys, after, strict=True))
        query = query.where(tuple_(*keys) > tuple_(*reached))
    return query.order_by(*keys).limit(limit).with_for_update(key_share=True, skip_locked=True)
