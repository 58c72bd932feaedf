"""The same sentence in both dialects: inserts that say what happens when the row is there already.

SQLAlchemy has them apart per dialect though SQLite and PostgreSQL spell them alike. Statements are built once, at
import; SQLAlchemy then finds their compiled form by identity of structure at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Transaction

Row = Mapping[str, Any]
AnyInsert = postgresql.Insert | sqlite.Insert


@dataclass(frozen=True, slots=True)
class InsertStatement:
    on_sqlite: sqlite.Insert
    on_postgresql: postgresql.Insert

    async def run(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """Inserts `rows` in their order; no rows is no statement."""
        if rows:
            await tx.execute(self.on_sqlite if tx.dialect.name == "sqlite" else self.on_postgresql, rows)


def insert_new(table: Table) -> InsertStatement:
    """Inserts; a row whose key is there already has no effect."""
    return InsertStatement(
        sqlite.insert(table).on_conflict_do_nothing(), postgresql.insert(table).on_conflict_do_nothing()
    )


Overrides = Callable[[Any], Mapping[str, ColumnElement[Any]]]


def upsert(
    table: Table, columns: Iterable[str], *, key: Sequence[str] | None = None, overrides: Overrides | None = None
) -> InsertStatement:
    """Inserts; of a row whose `key` (by default the primary key) is there already `columns` are replaced.

    `overrides` gets the row that could not be inserted and gives other values than its own for some columns.
    """
    target = list(key or (column.name for column in table.primary_key))
    names = tuple(columns)

    def changes(excluded: Any) -> dict[str, Any]:
        given: dict[str, Any] = {name: excluded[name] for name in names}
        return given | dict(overrides(excluded) if overrides else {})

    in_sqlite = sqlite.insert(table)
    in_postgresql = postgresql.insert(table)
    return InsertStatement(
        in_sqlite.on_conflict_do_update(index_elements=target, set_=changes(in_sqlite.excluded)),
        in_postgresql.on_conflict_do_update(index_elements=target, set_=changes(in_postgresql.excluded)),
    )
