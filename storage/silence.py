"""How long somebody has been quiet, as her check-ins and answers say. Derived, never stored. domain.md section 7."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union_all

from flows.flags import BACK, MET
from flows.people import Person, PersonId
from flows.rules.cadence import WEEK
from storage import side_weeks
from storage.database import Transaction
from storage.schema import answers, check_ins, flags
from storage.statements import among

LOOKED_AT = 12
"""Latest check-ins that are looked at: more weeks than any quiet limit has."""

_row = check_ins.c


@dataclass(frozen=True, slots=True)
class Silence:
    """`missed` prompts in a row since she was last heard of, the first of them planned at `since`; `reason` is the last
    one that she gave for no contact, a choice's id; `heard` is when she last answered anything. `events` are weeks in
    which much of her side did not answer: `passed_over` of hers, and `since` is a week later for each after it."""

    missed: int = 0
    since: datetime | None = None
    reason: str | None = None
    heard: datetime | None = None
    events: frozenset[str] = frozenset()
    passed_over: int = 0
    asked: datetime | None = None
    """When her latest check-in on record was planned."""


_newest = select(
    _row.person_id,
    _row.status,
    _row.planned_at,
    _row.reason,
    _row.first_touched_at,
    _row.period,
    func.row_number().over(partition_by=_row.person_id, order_by=_row.planned_at.desc()).label("place"),
).where(among(_row.person_id, "people"))
_LATEST = _newest.subquery("latest")
_CHECK_INS = (
    select(
        _LATEST.c.person_id,
        _LATEST.c.status,
        _LATEST.c.planned_at,
        _LATEST.c.reason,
        _LATEST.c.first_touched_at,
        _LATEST.c.period,
    )
    .where(_LATEST.c.place <= LOOKED_AT)
    .order_by(_LATEST.c.person_id, _LATEST.c.place)
)
_ANSWERED = (
    select(answers.c.person_id, func.max(answers.c.answered_at).label("at"))
    .where(among(answers.c.person_id, "people"))
    .group_by(answers.c.person_id)
)
_CAME_BACK = select(flags.c.person_id, flags.c.raised_at.label("at")).where(
    among(flags.c.person_id, "people"), flags.c.kind.in_((BACK, MET))
)
_EITHER = union_all(_ANSWERED, _CAME_BACK).subquery("either")
_HEARD = select(_EITHER.c.person_id, func.max(_EITHER.c.at)).group_by(_EITHER.c.person_id)


async def of_people(tx: Transaction, people: Collection[Person]) -> dict[PersonId, Silence]:
    """The silence of each."""
    if not people:
        return {}
    wanted = {"people": [person.id for person in people]}
    decided = await side_weeks.of_sides(tx, {person.side for person in people})
    events = {side: side_weeks.events_of(known) for side, known in decided.items()}
    heard = {PersonId(row[0]): row[1] for row in await tx.execute(_HEARD, wanted)}
    rows: dict[PersonId, list[_Asked]] = {}
    for person, *row in await tx.execute(_CHECK_INS, wanted):
        rows.setdefault(person, []).append(tuple(row))
    return {
        person.id: _silence(rows.get(person.id, []), heard.get(person.id), events.get(person.side, frozenset()))
        for person in people
    }


_Asked = tuple[str, datetime, str | None, datetime | None, str]


def _silence(newest_first: list[_Asked], answered_at: datetime | None, events: frozenset[str]) -> Silence:
    heard = max(
        (at for at in (answered_at, *(touched for *_, touched, _ in newest_first)) if at is not None), default=None
    )
    missed, since, passed_over = 0, None, 0
    for status, planned_at, _, touched_at, period in newest_first:
        if touched_at is not None or status in {"answered", "partial"} or (heard is not None and planned_at <= heard):
            break
        if status == "missed" and period in events:
            passed_over += 1
        elif status == "missed":
            missed, since = missed + 1, planned_at + passed_over * WEEK
    reason = next((reason for _, _, reason, _, _ in newest_first if reason is not None), None)
    asked = newest_first[0][1] if newest_first else None
    return Silence(missed, since, reason, heard, events, passed_over, asked)
