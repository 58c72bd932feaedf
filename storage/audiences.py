"""Whom a broadcast can reach: how many people read which language, by side and role."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, case, func, literal_column, select

from flows.broadcasts import Readers
from flows.people import PersonState, ProgrammeId, Role, SideId
from storage.database import Transaction
from storage.schema import people
from storage.statements import among

_IS_ACTIVE = and_(people.c.state == PersonState.ACTIVE.value, people.c.unreachable_since.is_(None))
_REACH = (
    select(
        people.c.programme_id,
        people.c.side_id,
        people.c.role,
        people.c.language,
        case((_IS_ACTIVE, 1), else_=0).label("active"),
        func.count(),
    )
    .where(
        among(people.c.programme_id, "programmes"),
        people.c.state != PersonState.JOINING.value,
        people.c.role.in_([Role.TWIN.value, Role.COORDINATOR.value]),
    )
    .group_by(people.c.programme_id, people.c.side_id, people.c.role, people.c.language, literal_column("active"))
    .order_by(people.c.programme_id, people.c.side_id, people.c.role, people.c.language, literal_column("active"))
)


async def reach(tx: Transaction, wanted: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[Readers, ...]]:
    """How many people of each programme read which language, by side and role."""
    found: dict[ProgrammeId, tuple[Readers, ...]] = {}
    if wanted:
        for programme, side, role, language, active, count in await tx.execute(_REACH, {"programmes": list(wanted)}):
            readers = Readers(SideId(side), role == Role.TWIN.value, language, bool(active), count)
            found[programme] = (*found.get(programme, ()), readers)
    return found
