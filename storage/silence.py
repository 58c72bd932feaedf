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
    """`missed` prompts in a row without an answer, the first of them planned at `since`; `reason` is the last one that
    she gave for no contact, a choice's id."""

    missed: int = 0
    since: datetime | None = None
    reason: str | None = None


_newest = select(
    _row.person_id,
    _row.status,
    _row.planned_at,
    _row.reason,
    func.row_number().over(partition_by=_row.person_id, order_by=_row.planned_at.desc()).label("place"),
).where(among(_row.person_id, "people"))
_LATEST = _newest.subquery("latest")
_CHECK_INS = (
    select(_LATEST.c.person_id, _LATEST.c.status, _LATEST.c.planned_at, _LATEST.c.reason)
    .where(_LATEST.c.place <= LOOKED_AT)
    .order_by(_LATEST.c.person_id, _LATEST.c.place)
)
_ALL_OK = (
    select(answers.c.person_id, func.max(answers.c.answered_at))
    .where(among(answers.c.person_id, "people"), answers.c.flow == "all_ok")
    .group_by(answers.c.person_id)
)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> dict[PersonId, Silence]:
    """The silence of each; who never had a check-in is missing."""
    if not people:
        return {}
    wanted = {"people": list(people)}
    heard = {PersonId(row[0]): row[1] for row in await tx.execute(_ALL_OK, wanted)}
    rows: dict[PersonId, list[tuple[str, datetime, str | None]]] = {}
    for person, status, planned_at, reason in await tx.execute(_CHECK_INS, wanted):
        rows.setdefault(person, []).append((status, planned_at, reason))
    return {person: _silence(found, heard.get(person)) for person, found in rows.items()}


def _silence(newest_first: list[tuple[str, datetime, str | None]], heard: datetime | None) -> Silence:
    missed, since = 0, None
    for status, planned_at, _ in newest_first:
        if status in {"answered", "partial"} or (heard is not None and planned_at <= heard):
            break
        if status == "missed":
            missed, since = missed + 1, planned_at
    reason = next((reason for _, _, reason in newest_first if reason is not None), None)
    return Silence(missed, since, reason)
