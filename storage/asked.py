"""What people were asked of the agenda, beside their check-ins: one row a person, item and week. No words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from flows.effects import RecordAsked
from flows.people import Asked, PersonId
from storage.database import Transaction
from storage.pairs import Place
from storage.schema import asked
from storage.statements import among, upsert

_row = asked.c

_UPSERT = upsert(asked, ("programme_id", "pair_id", "status", "at", "again_at"))


async def record(tx: Transaction, rows: Sequence[tuple[Place, RecordAsked]]) -> None:
    """Notes what became of what was asked, replacing what was noted of the same person, item and week."""
    await _UPSERT.run(
        tx,
        [
            {
                "person_id": place.person,
                "item": row.item,
                "period": row.period,
                "programme_id": place.programme,
                "pair_id": place.pair,
                "status": row.status,
                "at": row.at,
                "again_at": row.again_at,
            }
            for place, row in rows
        ],
    )


_OF_PEOPLE = (
    select(_row.person_id, _row.item, _row.period, _row.status, _row.at, _row.again_at, _row.pair_id)
    .where(among(_row.person_id, "people"))
    .order_by(_row.at, _row.person_id, _row.item)
)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> dict[PersonId, tuple[Asked, ...]]:
    """Everything that each was asked, earliest first; who was asked nothing is missing."""
    found: dict[PersonId, list[Asked]] = {}
    for person, *row in await tx.execute(_OF_PEOPLE, {"people": list(people)}) if people else ():
        found.setdefault(PersonId(person), []).append(Asked(*row))
    return {person: tuple(rows) for person, rows in found.items()}
