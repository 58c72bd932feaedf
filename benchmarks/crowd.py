"""A million people in a PostgreSQL, with their pairs, timers, open conversations and some weeks behind them.

Rules kept here:

* Nobody's rows are invented: three twins live through `models.WEEKS` with the real turns, and the database copies
  what that left behind for everybody else, moved to each one's own day, hour and zone.
* What is sealed is sealed for each row. What nobody asks for at the peak (consents, audit, notes) is left out.
* While it is filled the database checks no references and waits for no disk; both are back before anything is measured.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Column, Table

from benchmarks import models
from benchmarks.continent import PERIOD, Rhythm
from benchmarks.programme import FIRST_CHAT
from flows import wire
from flows.people import PersonId, PersonState, Role
from flows.rules.cadence import due_at, following
from flows.session import Session, changed
from storage import programmes, sessions
from storage.columns import Moment, to_microseconds
from storage.database import Database
from storage.encryption import Vault
from storage.inbox import KEEP_KEYS
from storage.migrations import migrate
from storage.schema import answers, check_ins, inbox, outbox, reflections, timers

TWINS_A_PROGRAMME: Final = 400
PIECE: Final = 50_000
OUTBOX_KEPT: Final = timedelta(days=7)
"""Settled messages stay for 20 days; the last week of them is filled."""
COPIED: Final = (check_ins, answers, reflections, timers, inbox, outbox)
_LAST: Final = due_at(models.RULE, models.WEEKS[-1])
_LATER: Final = {week: following(models.RULE, week) for week in (*models.WEEKS, PERIOD)}


@dataclass(frozen=True, slots=True)
class Model:
    """One of the three, and what is kept of her conversations on the eve, with until when."""

    person: PersonId
    started: int
    kept: tuple[tuple[Session, datetime], ...]


@dataclass(frozen=True, slots=True)
class Life:
    """A model's life moved to a rhythm. `again`: already asked in the week of the peak, so each week is the next."""

    model: int
    shift: timedelta
    again: bool


async def fill(opened: Database, url: str, people: Sequence[Rhythm], peak: datetime) -> None:
    """Everything, up to the moment before `peak`. Says on standard error how far it is. The models stay: six more."""
    await migrate(opened)
    async with opened.write() as tx:
        await programmes.create(
            tx, name="Bench", kind="professional", language="en", sides=[("A", "SL"), ("B", "NL")], now=peak
        )
    lead = await asyncio.to_thread(_found, opened.vault, url, len(people), peak - timedelta(days=60))
    await models.live(opened, lead)
    kept = [await _model(opened, one) for one in lead]
    await asyncio.to_thread(_Crowd(opened.vault, url, people, peak, kept).fill)


def _found(vault: Vault, url: str, count: int, created: datetime) -> list[PersonId]:
    """Programmes like the first, with coordinators on both sides; and the models and their partners, in the first."""
    many = -(-count // TWINS_A_PROGRAMME) + 1
    lead = [PersonId(count + 2 * many + 1 + 2 * n) for n in range(3)]
    own = Rhythm(models.RULE.zone, models.RULE.day, models.RULE.minute)
    with _quick(url) as database:
        database.execute(
            "INSERT INTO programmes (id, name, kind, language, state, created_at, settings) "
            "SELECT g, name || ' ' || g, kind, language, state, created_at, settings "
            "FROM programmes, generate_series(2, %s) g WHERE id = 1",
            [many],
        )
        database.execute(
            "INSERT INTO sides (id, programme_id, position, name, country) SELECT 2 * g - 1 + position, g, position, "
            "name, country FROM sides, generate_series(2, %s) g WHERE programme_id = 1",
            [many],
        )
        rows = [
            _person(vault, count + 2 * (programme - 1) + side + 1, programme, side, Role.COORDINATOR, None, created)
            for programme in range(1, many + 1)
            for side in (0, 1)
        ]
        rows += [_person(vault, one, 1, 0, Role.TWIN, own, created) for one in lead]
        rows += [_person(vault, one + 1, 1, 1, Role.TWIN, None, created) for one in lead]
        _copy(database, "people", _PERSON, rows)
        _pair(database, [(count // 2 + 1 + n, 1, one) for n, one in enumerate(lead)], created)
    return lead


async def _model(opened: Database, person: PersonId) -> Model:
    async with opened.read() as tx:
        found = (await sessions.load(tx, opened.vault, [person], models.EVE)).get(person, [])
        rows = await tx.exec_driver_sql(
            f"SELECT number, keep_until FROM sessions WHERE person_id = {int(person)}"  # noqa: S608
        )
        until = {row.number: row.keep_until for row in rows}
    eve = to_microseconds(models.EVE)
    kept = tuple((one, models.EVE + timedelta(microseconds=until[one.number] - eve)) for one in found)
    return Model(person, max(until, default=0), kept)


class _Crowd:
    """Everybody else, table by table and piece by piece."""

    def __init__(self, vault: Vault, url: str, people: Sequence[Rhythm], peak: datetime, lead: Sequence[Model]) -> None:
        self._vault = vault
        self._url = url
        self._people = people
        self._peak = peak
        self._models = lead
        self._life = lru_cache(maxsize=None)(self._life_of)
        self._kept = lru_cache(maxsize=None)(self._sessions_of)

    def fill(self) -> None:
        bar = Progress(
            TextColumn("{task.description:12}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
        )
        with _quick(self._url) as database, bar:
            database.execute(
                "CREATE UNLOGGED TABLE crowd (id bigint PRIMARY KEY, model bigint, shift bigint, again boolean, "
                "programme bigint, pair bigint)"
            )
            steps = {"people": self._fill_people, "sessions": self._fill_sessions}
            for name in (*steps, *(table.name for table in COPIED)):
                task = bar.add_task(name, total=len(self._people))
                for begin in range(0, len(self._people), PIECE):
                    some = range(begin, min(begin + PIECE, len(self._people)))
                    if name in steps:
                        steps[name](database, some)
                    else:
                        self._multiply(database, next(one for one in COPIED if one.name == name), some)
                    bar.update(task, advance=len(some))
            database.execute("DROP TABLE crowd")
            for name in ("programmes", "sides", "people", "pairs"):
                highest = f"(SELECT max(id) FROM {name})"  # noqa: S608
                _run(database, f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {highest})")
        with psycopg.connect(self._url, autocommit=True) as database:
            database.execute("VACUUM (ANALYZE)")
            database.execute("CHECKPOINT")

    def _life_of(self, model: int, rhythm: Rhythm) -> Life:
        this_week = due_at(rhythm.rule, PERIOD)
        again = this_week < self._peak
        return Life(model, (this_week if again else due_at(rhythm.rule, models.WEEKS[-1])) - _LAST, again)

    def _lives(self, some: Iterable[int]) -> list[Life]:
        shares = models.SHARES
        return [self._life(shares[n % len(shares)], self._people[n]) for n in some]

    def _fill_people(self, database: psycopg.Connection, some: range) -> None:
        created = self._peak - timedelta(days=60)
        rows, crowd, pairs_ = [], [], []
        for n, life in zip(some, self._lives(some), strict=True):
            one, programme, model = n + 1, 2 + n // TWINS_A_PROGRAMME, self._models[life.model]
            shift = life.shift // timedelta(microseconds=1)
            crowd.append((one, model.person, shift, life.again, programme, n // 2 + 1))
            rows.append(_person(self._vault, one, programme, n % 2, Role.TWIN, self._people[n], created, model.started))
            if n % 2 == 0:
                pairs_.append((n // 2 + 1, programme, one))
        _copy(database, "people", _PERSON, rows)
        _copy(database, "crowd", ("id", "model", "shift", "again", "programme", "pair"), crowd)
        _pair(database, pairs_, created)

    def _fill_sessions(self, database: psycopg.Connection, some: range) -> None:
        rows = []
        for n, life in zip(some, self._lives(some), strict=True):
            for number, flow, version, status, state, updated, until in self._kept(life):
                sealed = bytes(self._vault.seal_text("sessions.state", f"{n + 1}/{number}", state))
                rows.append((n + 1, number, flow, version, status, sealed, updated, until))
        names = ("person_id", "number", "flow", "version", "status", "state", "updated_at", "keep_until")
        _copy(database, "sessions", names, rows)

    def _sessions_of(self, life: Life) -> list[tuple[Any, ...]]:
        """Rows without their person, the state not yet sealed."""
        found = []
        for session, until in self._models[life.model].kept:
            kept_until = until if until >= sessions.FOR_EVER else until + life.shift
            if kept_until <= self._peak:
                continue
            moved = _moved(session, life)
            text = wire.session_to_text(moved)
            updated = to_microseconds(moved.touched_at or moved.sent_at or moved.started_at)
            known = (session.number, session.flow, session.version, session.status.value)
            found.append((*known, text, updated, to_microseconds(kept_until)))
        return found

    def _multiply(self, database: psycopg.Connection, table: Table, some: range) -> None:
        columns = [column for column in table.columns if column.name != "id" or table is check_ins]
        names = ", ".join(column.name for column in columns)
        values = ", ".join(_value(table, column) for column in columns)
        when = {"inbox": (inbox.c.received_at, KEEP_KEYS), "outbox": (outbox.c.created_at, OUTBOX_KEPT)}
        only = ""
        if table.name in when:
            column, kept = when[table.name]
            peak = to_microseconds(self._peak)
            begin = peak - kept // timedelta(microseconds=1)
            only = f" AND x.{column.name} + c.shift > {begin} AND x.{column.name} + c.shift <= {peak}"
        _run(
            database,
            f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} x JOIN crowd c "  # noqa: S608
            f"ON x.person_id = c.model WHERE c.id BETWEEN {some.start + 1} AND {some.stop}{only} ORDER BY c.id",
        )


def _value(table: Table, column: Column[Any]) -> str:
    """What stands in `column` of a copied row: `x` is the model's, `c` whose copy it is."""
    name = f"x.{column.name}"
    match table.name, column.name:
        case _, "person_id":
            return "c.id"
        case _, "programme_id":
            return "c.programme"
        case _, "pair_id":
            return "c.pair"
        case "outbox", "chat_id":
            return f"c.id + {FIRST_CHAT - 1}"
        case "outbox", "key":
            return "split_part(x.key, '/', 1) || '/' || c.id || '/' || split_part(x.key, '/', 3)"
        case "outbox", "anchor":
            return "'p' || c.id || substr(x.anchor, strpos(x.anchor, '/'))"
        case "inbox", "key":
            return "split_part(x.key, '/', 1) || '/' || c.id * 100 + x.id % 100"
        case "timers", "key":
            return "x.kind || '/' || c.id || '/' || " + _later("split_part(x.key, '/', 3)")
        case _, "period":
            return _later(name)
        case _ if isinstance(column.type, Moment):
            return f"{name} + c.shift"
    return name


def _later(period: str) -> str:
    """A period, or the next one where somebody was asked in this week already."""
    weeks = " ".join(f"WHEN '{week}' THEN '{later}'" for week, later in _LATER.items())
    return f"CASE WHEN c.again THEN CASE {period} {weeks} ELSE {period} END ELSE {period} END"


def _moved(session: Session, life: Life) -> Session:
    moments = ("started_at", "touched_at", "first_touched_at", "asked_at", "ended_at", "planned_at", "sent_at")
    changes: dict[str, Any] = {
        name: value + life.shift for name in moments if (value := getattr(session, name)) is not None
    }
    if session.period is not None and life.again:
        changes["period"] = _LATER[session.period]
    return changed(session, **changes)


_PERSON: Final = (
    "id", "programme_id", "side_id", "role", "telegram_id", "name", "language", "country", "zone", "state",
    "check_in_day", "check_in_minute", "sessions_started", "numbers_offered", "created_at", "joined_at",
)  # fmt: skip


def _person(
    vault: Vault,
    one: int,
    programme: int,
    side: int,
    role: Role,
    rhythm: Rhythm | None,
    created: datetime,
    started: int = 0,
) -> tuple[Any, ...]:
    """A row; without a rhythm she is never asked."""
    name = bytes(vault.seal_text("people.name", one, f"Twin {one}"))
    where = (one, programme, 2 * programme - 1 + side, role.value, FIRST_CHAT + one - 1, name, "en", "SL")
    when = ("UTC", None, None) if rhythm is None else (rhythm.zone, rhythm.day, rhythm.minute)
    joined = to_microseconds(created)
    return (*where, when[0], PersonState.ACTIVE.value, *when[1:], started, True, joined, joined)


def _pair(database: psycopg.Connection, rows: Sequence[tuple[int, int, int]], created: datetime) -> None:
    """(pair, programme, the first of its two); the second has the next number."""
    moment = to_microseconds(created)
    names = ("id", "programme_id", "state", "created_at")
    _copy(database, "pairs", names, [(pair, of, "active", moment) for pair, of, _ in rows])
    phases = ("pair_id", "phase", "since", "why")
    _copy(database, "pair_phases", phases, [(pair, "exchange", moment, "made") for pair, _, _ in rows])
    members = [(pair, one + other) for pair, _, one in rows for other in (0, 1)]
    _copy(database, "pair_members", ("pair_id", "person_id"), members)


def _quick(url: str) -> psycopg.Connection:
    """A connection that fills: see the rules above."""
    database = psycopg.connect(url, autocommit=True)
    database.execute("SET session_replication_role = replica")
    database.execute("SET synchronous_commit = off")
    return database


def _copy(database: psycopg.Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = f"COPY {table} ({', '.join(names)}) FROM STDIN"
    with database.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _run(database: psycopg.Connection, statement: str) -> None:
    database.execute(statement.encode())
