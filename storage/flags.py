"""What coordinators are to look at, about whom: a kind and a moment, never words.

Rules kept here:

* A flag that is up stays as it is when it is raised again: `raised_at` says since when.
* Who is erased takes hers along.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from flows.people import PersonId, ProgrammeId
from storage.database import Transaction
from storage.schema import flags
from storage.statements import ManyStatement, among, insert_new

_row = flags.c


@dataclass(frozen=True, slots=True)
class Flag:
    """`detail` is the id of a choice, such as the reason that she gave."""

    person: PersonId
    kind: str
    programme: ProgrammeId
    detail: str | None
    raised_at: datetime


_RAISE = insert_new(flags)


async def raise_many(tx: Transaction, rows: Sequence[Flag]) -> None:
    """Raises flags; one that is up already has no effect."""
    await _RAISE.run(
        tx,
        [
            {
                "person_id": row.person,
                "kind": row.kind,
                "programme_id": row.programme,
                "detail": row.detail,
                "raised_at": row.raised_at,
            }
            for row in rows
        ],
    )


_CLEAR = ManyStatement(delete(flags).where(_row.person_id == bindparam("of_person"), _row.kind == bindparam("of_kind")))


async def clear(tx: Transaction, keys: Sequence[tuple[PersonId, str]]) -> None:
    """Takes down the flags of (person, kind)."""
    await _CLEAR.run(tx, [{"of_person": person, "of_kind": kind} for person, kind in keys])


_OF_PROGRAMMES = (
    select(_row.person_id, _row.kind, _row.programme_id, _row.detail, _row.raised_at)
    .where(among(_row.programme_id, "programmes"))
    .order_by(_row.raised_at, _row.person_id, _row.kind)
)


async def of_programmes(tx: Transaction, programmes: Collection[ProgrammeId]) -> list[Flag]:
    """Every flag that is up in `programmes`, the oldest first."""
    if not programmes:
        return []
    return [Flag(*row) for row in await tx.execute(_OF_PROGRAMMES, {"programmes": list(programmes)})]


_OF_PEOPLE = (
    select(_row.person_id, _row.kind, _row.programme_id, _row.detail, _row.raised_at)
    .where(among(_row.person_id, "people"))
    .order_by(_row.person_id, _row.kind)
)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> list[Flag]:
    """Every flag that is up about `people`."""
    return [Flag(*row) for row in await tx.execute(_OF_PEOPLE, {"people": list(people)})] if people else []
