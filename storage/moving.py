"""All rows of one database into another, of the same or of the other kind.

Rules kept here:

* Table by table, those that others refer to first; piece by piece, each a transaction of the target. What is sealed
  stays sealed: both are read with the same keys.
* The target says `moving` in its meta until every row was read back and found equal. Nothing starts on it before, and
  a move that broke off begins anew; any other target that holds something is refused.
* Numbers go on where they stood: none that was ever given is given again (`erasures.log` names people by theirs).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from sqlalchemy import Select, Table, bindparam, delete, func, insert, literal, select, text, tuple_

from storage import meta
from storage.database import Database, Transaction
from storage.errors import Refused
from storage.schema import leases, metadata

PIECE: Final = 500
"""Rows in one transaction: some ten milliseconds."""

KIND, MOVING = "kind", "moving"
MOVED: Final[Sequence[Table]] = tuple(table for table in metadata.sorted_tables if table is not leases)
"""In an order in which references find what they refer to. Which process may work is not moved."""

Row = dict[str, Any]
Place = tuple[Any, ...]
Counted = Callable[[int], None]


async def size(source: Database) -> int:
    """How many rows there are to be moved."""
    async with source.read() as tx:
        return sum([await _count(tx, table) for table in MOVED])


async def move(source: Database, target: Database, on_rows: Counted = lambda _: None) -> int:
    """Copies every row and reads each back; says how many. Nobody may write to either. `on_rows` is told of rows that
    were copied, and once more when they were compared.

    Raises `Refused` when the target holds something, or when something arrived differently.
    """
    await _take(target)
    for table in MOVED:
        async for rows in _pieces(source, table):
            if fresh := [row for row in rows if not _is_mark(table, row)]:
                async with target.write() as tx:
                    await tx.execute(insert(table), fresh)
            on_rows(len(rows))
    await _set_numbers(source, target)
    moved = await _compare(source, target, on_rows)
    async with source.read() as old, target.write() as new:
        await meta.put(new, KIND, str(await meta.get(old, KIND)))
    return moved


def _is_mark(table: Table, row: Row) -> bool:
    return table.name == "meta" and row["key"] == KIND


async def _take(target: Database) -> None:
    """Makes sure that the target is ours, and empty."""
    async with target.write() as tx:
        if await meta.get(tx, KIND) == MOVING:
            for table in reversed(MOVED):
                await tx.execute(delete(table))
        for table in MOVED:
            if table.name != "meta" and await _count(tx, table):
                raise Refused(f"The target holds something already (table {table.name}): name an empty database.")
        await tx.execute(delete(metadata.tables["meta"]))  # whoever has only looked left a word there
        await meta.put(tx, KIND, MOVING)


async def _count(tx: Transaction, table: Table) -> int:
    return int((await tx.execute(select(func.count()).select_from(table))).scalar_one())


async def _pieces(source: Database, table: Table) -> AsyncIterator[list[Row]]:
    """The rows of a table in pieces, by the order of its key."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(PIECE)
    page: Select[Any] = query
    while True:
        async with source.read() as tx:
            rows = [dict(row) for row in (await tx.execute(page)).mappings()]
        if rows:
            yield rows
        if len(rows) < PIECE:
            return
        reached = (literal(rows[-1][key.name], key.type) for key in keys)
        page = query.where(tuple_(*keys) > tuple_(*reached))


async def _compare(source: Database, target: Database, on_rows: Counted) -> int:
    """Every row of the source is in the target as it is, and there are no others."""
    moved = 0
    for table in MOVED:
        keys = list(table.primary_key.columns)
        count = 0
        async for rows in _pieces(source, table):
            wanted = {tuple(row[key.name] for key in keys): row for row in rows if not _is_mark(table, row)}
            there = await _rows(target, table, list(wanted))
            if there != wanted:
                raise Refused(f"Rows of {table.name} have arrived differently: was somebody writing? Move again.")
            count += len(rows)
            on_rows(len(rows))
        async with target.read() as tx:
            if await _count(tx, table) != count:
                raise Refused(f"{table.name} has more or fewer rows than before: was somebody writing? Move again.")
        moved += count
    return moved


async def _rows(database: Database, table: Table, places: Sequence[Place]) -> dict[Place, Row]:
    """The rows with these keys, by them."""
    if not places:
        return {}
    keys = list(table.primary_key.columns)
    async with database.read() as tx:
        found = (await tx.execute(select(table).where(tuple_(*keys).in_(places)))).mappings().all()
    return {tuple(row[key.name] for key in keys): dict(row) for row in found}


# -- numbers -----------------------------------------------------------------------------------------------------------


async def _set_numbers(source: Database, target: Database) -> None:
    """The highest number ever given in each table is the highest given in the target too."""
    for table in MOVED:
        if "id" not in table.primary_key.columns:
            continue
        async with source.read() as tx:
            highest = await _highest(tx, table)
        if highest:
            async with target.write() as tx:
                await _go_on_after(tx, table, highest)


async def _highest(tx: Transaction, table: Table) -> int:
    if tx.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name").bindparams(bindparam("name", table.name))
    else:
        query = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id')::regclass)").bindparams(
            bindparam("name", table.name)
        )
    return int((await tx.execute(query)).scalar() or 0)


async def _go_on_after(tx: Transaction, table: Table, highest: int) -> None:
    which = {"name": table.name, "highest": highest}
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id')::regclass, :highest)"), which)
        return
    await tx.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), which)
    await tx.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)"), which)
