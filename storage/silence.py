"""How long somebody has been quiet, as her check-ins and answers say. Derived, never stored. domain.md section 7."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from flows.people import PersonId
from storage.database import Transaction
from storage.schema import answers, check_ins
from storage.statements import among

LOOKED_AT = 12
"""Latest check-ins that are looked at: more weeks than any quiet limit has."""

_row = check_ins.c


@dataclass(frozen=True, slots=True)
class Silence:
    """`missed` prompts in a row since she was last heard of, the first of them planned at `since`; `reason` is the last
    one that she gave for no contact, a choice's id; `heard` is when she last answered anything."""

    missed: int = 0
    since: datetime | None = None
    reason: str | None = None
    heard: datetime | None = None


_newest = select(
    _row.person_id,
    _row.status,
    _row.planned_at,
    _row.reason,
    _row.first_touched_at,
    func.row_number().over(partition_by=_row.person_id, order_by=_row.planned_at.desc()).label("place"),
).where(among(_row.person_id, "people"))
_LATEST = _newest.subquery("latest")
_CHECK_INS = (
    select(_LATEST.c.person_id, _LATEST.c.status, _LATEST.c.planned_at, _LATEST.c.reason, _LATEST.c.first_touched_at)
    .where(_LATEST.c.place <= LOOKED_AT)
    .order_by(_LATEST.c.person_id, _LATEST.c.place)
)
_HEARD = (
    select(answers.c.person_id, func.max(answers.c.answered_at))
    .where(among(answers.c.person_id, "people"))
    .group_by(answers.c.person_id)
)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> dict[PersonId, Silence]:
    """The silence of each; of whom nothing was heard and nothing asked is missing."""
    if not people:
        return {}
    wanted = {"people": list(people)}
    heard = {PersonId(row[0]): row[1] for row in await tx.execute(_HEARD, wanted)}
    rows: dict[PersonId, list[tuple[str, datetime, str | None, datetime | None]]] = {}
    for person, *row in await tx.execute(_CHECK_INS, wanted):
        rows.setdefault(person, []).append(tuple(row))
    return {person: _silence(rows.get(person, []), heard.get(person)) for person in rows.keys() | heard.keys()}


def _silence(
    newest_first: list[tuple[str, datetime, str | None, datetime | None]], answered_at: datetime | None
) -> Silence:
    heard = max(
        (at for at in (answered_at, *(touched for *_, touched in newest_first)) if at is not None), default=None
    )
    missed, since = 0, None
    for status, planned_at, _, touched_at in newest_first:
        if touched_at is not None or status in {"answered", "partial"} or (heard is not None and planned_at <= heard):
            break
        if status == "missed":
            missed, since = missed + 1, planned_at
    reason = next((reason for _, _, reason, _ in newest_first if reason is not None), None)
    return Silence(missed, since, reason, heard)
