"""What check-ins say of the contact of two twins: her own latest answers, and when either last told of contact."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from flows.people import CONTACT, CheckedIn, PairId, PersonId
from storage.database import Transaction
from storage.schema import check_ins
from storage.statements import among

LOOKED_AT = 3
"""Her latest check-ins with an answer: two in a row, beside the one that she changes just now."""

_row = check_ins.c

_newest = (
    select(
        _row.person_id,
        _row.period,
        _row.contact,
        _row.feeling,
        func.row_number().over(partition_by=_row.person_id, order_by=_row.planned_at.desc()).label("place"),
    )
    .where(among(_row.person_id, "people"), _row.contact.is_not(None))
    .subquery("newest")
)
_ANSWERED = (
    select(_newest.c.person_id, _newest.c.period, _newest.c.contact, _newest.c.feeling)
    .where(_newest.c.place <= LOOKED_AT)
    .order_by(_newest.c.person_id, _newest.c.place)
)
_LATEST = (
    select(_row.pair_id, func.max(_row.planned_at))
    .where(among(_row.pair_id, "pairs"), _row.contact.in_(CONTACT))
    .group_by(_row.pair_id)
)


async def answered(tx: Transaction, people: Collection[PersonId]) -> dict[PersonId, tuple[CheckedIn, ...]]:
    """The latest check-ins of each that have an answer, newest first."""
    found: dict[PersonId, tuple[CheckedIn, ...]] = {}
    if people:
        for person, *row in await tx.execute(_ANSWERED, {"people": list(people)}):
            found[person] = (*found.get(person, ()), CheckedIn(*row))
    return found


async def latest(tx: Transaction, pairs: Collection[PairId]) -> dict[PairId, datetime]:
    """When the latest check-in was planned in which either twin of a pair told of contact."""
    return {} if not pairs else {row[0]: row[1] for row in await tx.execute(_LATEST, {"pairs": sorted(pairs)})}
