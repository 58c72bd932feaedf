"""The same sentence in both dialects: lists of any length, and inserts that say what happens when a row is there.

SQLAlchemy has them apart per dialect though SQLite and PostgreSQL spell them alike. A statement is built and compiled
for a dialect when it is first used there: a bot runs on one of the two.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import chain
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ClauseElement,
    ColumnElement,
    Delete,
    Dialect,
    Table,
    Text,
    Update,
    any_,
    bindparam,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.database import Transaction
from storage.sqlite import driver_of

T = TypeVar("T")
Row = Mapping[str, Any]
Convert = Callable[[Any], Any]


GROUPS: Final = (64, 8)
"""How many rows SQLite inserts by one statement, where there are as many: a row costs a quarter less than by itself
(measured). Few sizes are few statements to be prepared."""


class among(FunctionElement[bool]):  # noqa: N801 - reads as an operator
    """`among(column, "ids")`: whether the column's value is one of the parameter `ids`, a list of any length.

    PostgreSQL gets one array, so that the statement's text and with it the prepared plan stay the same. SQLite gets a
    parameter for each value; one of JSON was no faster (measured).
    """

    inherit_cache = True
    type = Boolean()
    _is_implicitly_boolean = True  # else SQLAlchemy writes `… = 1` for SQLite, and no index is used

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        items = Text() if isinstance(column.type, Text) else BigInteger()
        in_list = column.in_(bindparam(name, type_=items, expanding=True))
        in_array = column == any_(bindparam(name, type_=ARRAY(items)))
        super().__init__(in_list, in_array)


@compiles(among, "sqlite")
def _among_in_sqlite(element: among, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **more)


@compiles(among, "postgresql")
def _among_in_postgresql(element: among, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(list(element.clauses)[1], **more)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One statement as the driver wants it: its text, its parameters in order, what turns a value into the driver's.
    A parameter is (name in the text, name in a row or `None`, conversion, constant)."""

    text: str
    wanted: tuple[tuple[str, str | None, Convert | None, Any], ...]
    by_position: bool
    pick: Callable[[Row], Sequence[Any]] | None
    """All values of a row at once, where there are several and none is a constant."""
    converts: tuple[tuple[int, Convert], ...]
    grouped: Mapping[int, str]
    """The text for several rows at once, by how many; only of an insert on SQLite."""

    async def run(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """For each of `rows`, in their order. SQLite may put it off until something is waited for
        (`storage.sqlite`)."""
        parameters = self.parameters(rows)
        if tx.dialect.name == "sqlite" and (driver := driver_of(tx.sync_connection)).writes:
            for size, text in self.grouped.items():
                whole = len(parameters) // size * size
                groups = [parameters[begin : begin + size] for begin in range(0, whole, size)]
                driver.put_off(text, [tuple(chain.from_iterable(group)) for group in groups])
                parameters = parameters[whole:]
            driver.put_off(self.text, parameters)
        else:
            await tx.exec_driver_sql(self.text, parameters)

    def parameters(self, rows: Sequence[Row]) -> list[Any]:
        if self.by_position and self.pick is not None:
            return list(map(tuple, self._picked(self.pick, rows)))
        if self.by_position:
            return [tuple(self.values(row)) for row in rows]
        names = [name for name, _, _, _ in self.wanted]
        return [dict(zip(names, self.values(row), strict=True)) for row in rows]

    def _picked(self, pick: Callable[[Row], Sequence[Any]], rows: Sequence[Row]) -> list[list[Any]]:
        """As `values` of each row: six hundred a batch."""
        picked = [list(pick(row)) for row in rows]
        for place, convert in self.converts:
            for values in picked:
                values[place] = convert(values[place])
        return picked

    def values(self, row: Row) -> list[Any]:
        if self.pick is not None:
            return self._picked(self.pick, [row])[0]
        return [
            constant if key is None else row[key] if convert is None else convert(row[key])
            for _, key, convert, constant in self.wanted
        ]


def _prepare(statement: ClauseElement, dialect: Dialect, columns: Sequence[str] | None) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    wanted: list[tuple[str, str | None, Convert | None, Any]] = []
    for name in compiled.positiontup or compiled.binds:
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.required:
            wanted.append((name, bind.key, convert, None))
        else:
            wanted.append((name, None, None, bind.value if convert is None else convert(bind.value)))
    keys = [key for _, key, _, _ in wanted]
    pick = itemgetter(*keys) if len(keys) > 1 and None not in keys else None
    converts = tuple((place, convert) for place, (_, _, convert, _) in enumerate(wanted) if convert is not None)
    grouped = _grouped(compiled.string, len(wanted))
    return _Prepared(compiled.string, tuple(wanted), bool(compiled.positional), pick, converts, grouped)


def _grouped(text: str, values: int) -> dict[int, str]:
    row = f"({', '.join('?' * values)})"
    before, one, after = text.partition(f" VALUES {row}")
    return {size: f"{before} VALUES {', '.join([row] * size)}{after}" for size in GROUPS} if one else {}


@dataclass(frozen=True, slots=True)
class _PreparedQuery:
    """A query as the driver wants it. `lists` are the parameters of `among`, whose place in the text SQLAlchemy marks;
    `readers` turn the driver's value of a column into ours, where it is another one."""

    prepared: _Prepared
    lists: tuple[str, ...]
    readers: tuple[tuple[int, Convert], ...]
    texts: dict[tuple[int, ...], str] = field(default_factory=dict)

    @classmethod
    def of(cls, statement: ClauseElement, dialect: Dialect) -> _PreparedQuery:
        compiled: Any = statement.compile(dialect=dialect)
        readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in compiled._result_columns
        ]
        return cls(
            _prepare(statement, dialect, None),
            tuple(name for name in compiled.positiontup or () if compiled.binds[name].expanding),
            tuple((place, reader) for place, reader in enumerate(readers) if reader is not None),
        )

    def sentence(self, row: Row) -> str:
        """Its text, with a question mark for each value of each list."""
        lengths = tuple([_rounded(len(row[name])) for name in self.lists])
        text = self.texts.get(lengths)
        if text is None:
            text = self.prepared.text
            for name, length in zip(self.lists, lengths, strict=True):
                text = text.replace(f"__[POSTCOMPILE_{name}]", ", ".join("?" * length))
            self.texts[lengths] = text
        return text

    def values(self, row: Row) -> list[Any]:
        if not self.lists:
            return self.prepared.values(row)
        found: list[Any] = []
        for (_, key, _, _), value in zip(self.prepared.wanted, self.prepared.values(row), strict=True):
            if key in self.lists:
                found.extend(value)
                found.extend(value[-1:] * (_rounded(len(value)) - len(value)))
            else:
                found.append(value)
        return found

    def read(self, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
        if not self.readers:
            return [tuple(row) for row in rows]
        found = []
        for row in rows:
            values = list(row)
            for place, reader in self.readers:
                values[place] = reader(values[place])
            found.append(tuple(values))
        return found


def _rounded(length: int) -> int:
    """The next power of two: a list is filled up with its last value, so that a handful of texts serve every length."""
    return 1 << (length - 1).bit_length() if length else 0


class Query:
    """A statement that gives rows, ready for both dialects: prepared once, and run without SQLAlchemy's handling of
    parameters and results, which costs more than a short statement does (measured)."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._prepared: dict[str, _PreparedQuery] = {}

    async def rows(self, tx: Transaction, **values: Any) -> list[tuple[Any, ...]]:
        """The rows as plain tuples, each value as its column gives it."""
        query = self._prepared_for(tx.dialect)
        if tx.dialect.name != "sqlite":
            [parameters] = query.prepared.parameters([values])
            return query.read((await tx.exec_driver_sql(query.prepared.text, parameters)).all())
        text = query.sentence(values)
        with _as_sqlalchemy_says(tx, text):
            return query.read(await driver_of(tx.sync_connection).fetch(text, query.values(values)))

    def later(self, tx: Transaction, read: Callable[[list[tuple[Any, ...]]], T], **values: Any) -> Later[T]:
        """What `read` makes of the rows, for whoever has something else to wait for first."""
        if tx.dialect.name != "sqlite":
            return Later(lambda: self.rows(tx, **values), read)
        query = self._prepared_for(tx.dialect)
        text, driver = query.sentence(values), driver_of(tx.sync_connection)
        found = driver.fetch_later(text, query.values(values))

        async def rows() -> list[tuple[Any, ...]]:
            if not found:
                with _as_sqlalchemy_says(tx, text):
                    await driver.catch_up()
            return query.read(found[0])

        return Later(rows, read)

    def _prepared_for(self, dialect: Dialect) -> _PreparedQuery:
        query = self._prepared.get(dialect.name)
        if query is None:
            query = self._prepared[dialect.name] = _PreparedQuery.of(self._statement, dialect)
        return query


@dataclass(frozen=True, slots=True)
class Later(Generic[T]):
    """An answer to be awaited. On SQLite it crosses with whatever is waited for before it (`storage.sqlite`); on
    PostgreSQL it is asked for when it is awaited. It belongs to its transaction."""

    rows: Callable[[], Awaitable[list[tuple[Any, ...]]]]
    read: Callable[[list[tuple[Any, ...]]], T]

    def __await__(self) -> Generator[Any, None, T]:
        return self.read((yield from self.rows().__await__()))


async def no_rows() -> list[tuple[Any, ...]]:
    """For a `Later` that has nothing to ask."""
    return []


@contextmanager
def _as_sqlalchemy_says(tx: Transaction, text: str) -> Iterator[None]:
    """An error of the driver comes as SQLAlchemy's, without the parameters."""
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, True, dialect=tx.dialect) from error


class ManyStatement:
    """An update or delete to be run for many sets of parameters. Prepared once a dialect, as `InsertStatement`."""

    def __init__(self, statement: Update | Delete) -> None:
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    async def run(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """Runs it for each of `rows`, in their order. No rows is no statement."""
        if rows:
            prepared = self._prepared.get(tx.dialect.name)
            if prepared is None:
                prepared = self._prepared[tx.dialect.name] = _prepare(self._statement, tx.dialect, None)
            await prepared.run(tx, rows)


class InsertStatement:
    """An insert of whole rows into `table`, ready for both dialects. `otherwise` gets the dialect's own insert and adds
    what happens when a row is there.

    Its text is compiled once and handed to the driver with plain values: in a batch of a hundred turns SQLAlchemy's
    own handling of six hundred parameter sets took a third of the processor time (measured).
    """

    def __init__(self, table: Table, otherwise: Callable[[Any], ClauseElement]) -> None:
        self._table = table
        self._otherwise = otherwise
        self._prepared: dict[tuple[str, tuple[str, ...]], _Prepared] = {}

    async def run(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """Inserts `rows` in their order; all name the same columns. No rows is no statement."""
        if rows:
            key = (tx.dialect.name, tuple(rows[0]))
            prepared = self._prepared.get(key)
            if prepared is None:
                statement = self._otherwise(insert_of(tx.dialect.name, self._table))
                prepared = self._prepared[key] = _prepare(statement, tx.dialect, key[1])
            await prepared.run(tx, rows)


def insert_new(table: Table) -> InsertStatement:
    """Inserts; a row whose key is there already has no effect."""
    return InsertStatement(table, lambda insert: insert.on_conflict_do_nothing())


def insert_of(dialect: str, table: Table) -> Any:
    """An insert as the dialect has it, with `on_conflict_do_nothing`, `on_conflict_do_update` and `excluded`."""
    return _own(dialect).insert(table)


@cache
def _own(dialect: str) -> Any:
    return import_module(f"sqlalchemy.dialects.{dialect}")


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

    def replacing(insert: Any) -> ClauseElement:
        replaced: ClauseElement = insert.on_conflict_do_update(index_elements=target, set_=changes(insert.excluded))
        return replaced

    return InsertStatement(table, replacing)
