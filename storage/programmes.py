"""Twinning projects and their sides."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, insert, literal_column, select, update

from flows.people import PersonId, PersonState, ProgrammeId, Role, SideId
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import people, programmes, sides
from storage.statements import among

ACTIVE = "active"

RETENTION_MONTHS = 24
"""How long words are kept after a programme's end where it has set nothing else: long enough for a last evaluation."""

_row = programmes.c


@dataclass(frozen=True, slots=True)
class Side:
    """`country` is its two-letter code, as far as it was declared. `position` counts from 0 and gives no rank."""

    id: SideId
    programme: ProgrammeId
    position: int
    name: str
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    id: ProgrammeId
    name: str
    kind: str
    language: str
    state: str
    created_at: datetime
    ends_at: datetime | None
    settings: Mapping[str, Any]
    sides: tuple[Side, ...]

    @property
    def controller(self) -> str | None:
        """Who answers for the data."""
        return self.settings.get("controller")

    @property
    def contact_email(self) -> str | None:
        return self.settings.get("contact_email")

    @property
    def retention_months(self) -> int:
        """How long words are kept after `ends_at`."""
        return int(self.settings.get("retention_months", RETENTION_MONTHS))

    @property
    def emergency(self) -> Mapping[str, str]:
        """The emergency number of each country, as far as the programme has set one."""
        return dict(self.settings.get("emergency", {}))

    @property
    def facilitators(self) -> tuple[PersonId, ...]:
        """Those of its coordinators who may give it flows of its own."""
        return tuple(PersonId(one) for one in self.settings.get("facilitators", ()))

    @property
    def asks(self) -> bool:
        """Whether twins are asked anything beside the check-in."""
        return bool(self.settings.get("asks", True))


_INSERT = insert(programmes).returning(_row.id)
_INSERT_SIDES = insert(sides)


async def create(
    tx: Transaction,
    *,
    name: str,
    kind: str,
    language: str,
    sides: Sequence[tuple[str, str | None]],
    now: datetime,
    ends_at: datetime | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Programme:
    """A new programme; `sides` are (name, country code or `None`) in their order."""
    found = await tx.execute(
        _INSERT,
        {
            "name": name,
            "kind": kind,
            "language": language,
            "state": ACTIVE,
            "created_at": now,
            "ends_at": ends_at,
            "settings": json.dumps(dict(settings or {}), ensure_ascii=False, sort_keys=True),
        },
    )
    programme = ProgrammeId(found.scalar_one())
    await tx.execute(
        _INSERT_SIDES,
        [
            {"programme_id": programme, "position": position, "name": side, "country": country}
            for position, (side, country) in enumerate(sides)
        ],
    )
    return (await load(tx, [programme]))[programme]


_ROWS = select(
    _row.id,
    _row.name,
    _row.kind,
    _row.language,
    _row.state,
    _row.created_at,
    _row.ends_at,
    _row.settings,
    sides.c.id.label("side"),
    sides.c.position,
    sides.c.name.label("side_name"),
    sides.c.country,
).join_from(programmes, sides, sides.c.programme_id == _row.id)
_ALL = _ROWS.order_by(_row.id, sides.c.position)
_SOME = _ALL.where(among(_row.id, "ids"))


async def load(tx: Transaction, ids: Collection[ProgrammeId]) -> dict[ProgrammeId, Programme]:
    """Programmes with their sides; unknown ids are missing."""
    if not ids:
        return {}
    return _programmes((await tx.execute(_SOME, {"ids": list(ids)})).all())


async def list_all(tx: Transaction) -> list[Programme]:
    """Every programme, oldest first."""
    return list(_programmes((await tx.execute(_ALL)).all()).values())


async def find(tx: Transaction, name_or_id: str) -> Programme | None:
    """By number, else by name (letter case aside). `None` when there is none, or when several have the name."""
    known = await list_all(tx)
    by_id = [one for one in known if str(one.id) == name_or_id]
    by_name = [one for one in known if one.name.casefold() == name_or_id.strip().casefold()]
    found = by_id or by_name
    return found[0] if len(found) == 1 else None


_CHANGE = (
    update(programmes)
    .where(_row.id == bindparam("which"))
    .values(settings=bindparam("new_settings"), ends_at=bindparam("new_ends_at", type_=Moment))
)


async def change_settings(
    tx: Transaction, programme: ProgrammeId, settings: Mapping[str, Any], ends_at: datetime | None
) -> None:
    """Replaces what a programme has set: its settings as a whole, and its end."""
    values = {
        "which": programme,
        "new_settings": json.dumps(dict(settings), ensure_ascii=False, sort_keys=True),
        "new_ends_at": ends_at,
    }
    await tx.execute(_CHANGE, values)


def _programmes(rows: Sequence[Any]) -> dict[ProgrammeId, Programme]:
    grouped: dict[ProgrammeId, list[Any]] = {}
    for row in rows:
        grouped.setdefault(ProgrammeId(row.id), []).append(row)
    return {
        programme: Programme(
            programme,
            first.name,
            first.kind,
            first.language,
            first.state,
            first.created_at,
            first.ends_at,
            json.loads(first.settings),
            tuple(Side(SideId(row.side), programme, row.position, row.side_name, row.country) for row in group),
        )
        for programme, group in grouped.items()
        for first in group[:1]
    }


_LEADING = (
    select(people.c.side_id, people.c.id, people.c.programme_id)
    .where(
        among(people.c.programme_id, "ids"),
        people.c.role == bindparam("of_role"),
        people.c.state.in_([PersonState.ACTIVE.value, PersonState.PAUSED.value]),
        people.c.unreachable_since.is_(None),
    )
    .order_by(people.c.id)
)


async def coordinators(tx: Transaction, ids: Collection[ProgrammeId]) -> dict[SideId, tuple[PersonId, ...]]:
    """The coordinators of each side of these programmes who have joined, have not stopped and can be reached; a side
    without one is missing."""
    found: dict[SideId, tuple[PersonId, ...]] = {}
    if ids:
        for side, person, _ in await tx.execute(_LEADING, {"ids": list(ids), "of_role": Role.COORDINATOR.value}):
            found[side] = (*found.get(side, ()), person)
    return found


async def focal_points(tx: Transaction, ids: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[PersonId, ...]]:
    """The safeguarding focal points of these programmes who have joined, have not stopped and can be reached; a
    programme without one is missing."""
    found: dict[ProgrammeId, tuple[PersonId, ...]] = {}
    if ids:
        for _, person, programme in await tx.execute(_LEADING, {"ids": list(ids), "of_role": Role.SAFEGUARDING.value}):
            found[programme] = (*found.get(programme, ()), person)
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody to whom what is reported, or written by /contact, may go."""

    id: PersonId
    name: str
    is_focal_point: bool
    reachable: bool


_READERS = (
    select(people.c.programme_id, people.c.id, people.c.name, people.c.role, people.c.unreachable_since.is_(None))
    .where(
        among(people.c.programme_id, "ids"),
        people.c.role.in_([Role.COORDINATOR.value, Role.SAFEGUARDING.value]),
        people.c.state.not_in([PersonState.JOINING.value, PersonState.STOPPED.value]),
    )
    .order_by(people.c.id)
)


async def safety_readers(
    tx: Transaction, vault: Vault, ids: Collection[ProgrammeId]
) -> dict[ProgrammeId, tuple[Reader, ...]]:
    """The focal points and the coordinators of these programmes who have joined and have not stopped."""
    found: dict[ProgrammeId, tuple[Reader, ...]] = {}
    if ids:
        for programme, person, name, role, reachable in await tx.execute(_READERS, {"ids": sorted(ids)}):
            known_as = "" if name is None else vault.open_text("people.name", person, name)
            reader = Reader(person, known_as, role == Role.SAFEGUARDING.value, bool(reachable))
            found[programme] = (*found.get(programme, ()), reader)
    return found


def _next_country(programme: ColumnElement[Any], after: ColumnElement[Any] | None) -> ScalarSelect[Any]:
    query = select(func.min(people.c.country)).where(
        people.c.programme_id == programme,
        people.c.country.is_not(None),
        people.c.state != literal_column("'joining'"),  # the words of the partial index
    )
    return (query if after is None else query.where(people.c.country > after)).scalar_subquery()


def _countries() -> Select[Any]:
    """From each country the index is asked for the next one: as many looks as there are countries, not people."""
    first = select(_row.id.label("programme"), _next_country(_row.id, None).label("country"))
    found = first.where(among(_row.id, "ids")).cte("found", recursive=True)
    found = found.union_all(
        select(found.c.programme, _next_country(found.c.programme, found.c.country)).where(found.c.country.is_not(None))
    )
    return select(found.c.programme, found.c.country).where(found.c.country.is_not(None))


_COUNTRIES = _countries()


async def countries(tx: Transaction, ids: Collection[ProgrammeId]) -> dict[ProgrammeId, set[str]]:
    """The countries of those who have joined."""
    found: dict[ProgrammeId, set[str]] = {}
    if ids:
        for programme, country in await tx.execute(_COUNTRIES, {"ids": list(ids)}):
            found.setdefault(programme, set()).add(country)
    return found
