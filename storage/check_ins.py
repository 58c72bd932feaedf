"""What a check-in brought, one row a person and period: choice ids. Its note stands with the words of `reflections`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from flows.effects import RecordCheckIn
from flows.people import PairId, PersonId, ProgrammeId
from storage.database import Transaction
from storage.pairs import Place
from storage.schema import check_ins
from storage.statements import among, upsert

QUESTIONS = ("contact", "flows", "kind", "feeling", "reason", "help")
"""The columns that hold answers; in the flow the steps save under these names."""

_row = check_ins.c


@dataclass(frozen=True, slots=True)
class CheckIn:
    """As it was recorded. `answers` are choice ids by the names of `QUESTIONS`."""

    person: PersonId
    programme: ProgrammeId
    pair: PairId | None
    period: str
    session: int
    status: str
    planned_at: datetime
    sent_at: datetime | None
    first_touched_at: datetime | None
    answered_at: datetime | None
    late: bool
    answers: Mapping[str, str]


_UPSERT = upsert(
    check_ins,
    (
        *("programme_id", "pair_id", "session", "status", "planned_at", "sent_at", "first_touched_at", "answered_at"),
        *("late", *QUESTIONS),
    ),
)


async def record(tx: Transaction, rows: Sequence[tuple[Place, RecordCheckIn]]) -> None:
    """Writes whole check-ins, replacing what was recorded for the same person and period.
    Of the answers those to `QUESTIONS` are written here."""
    await _UPSERT.run(
        tx,
        [
            {
                "person_id": place.person,
                "period": row.period,
                "programme_id": place.programme,
                "pair_id": place.pair,
                "session": row.session,
                "status": row.status,
                "planned_at": row.planned_at,
                "sent_at": row.sent_at,
                "first_touched_at": row.first_touched_at,
                "answered_at": row.answered_at,
                "late": row.late,
                **{name: row.answers.get(name) for name in QUESTIONS},
            }
            for place, row in rows
        ],
    )


_OF_PEOPLE = (
    select(
        _row.person_id,
        _row.programme_id,
        _row.pair_id,
        _row.period,
        _row.session,
        _row.status,
        _row.planned_at,
        _row.sent_at,
        _row.first_touched_at,
        _row.answered_at,
        _row.late,
        *(_row[name] for name in QUESTIONS),
    )
    .where(among(_row.person_id, "people"))
    .order_by(_row.planned_at, _row.person_id)
)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> list[CheckIn]:
    """Every check-in of `people`, earliest first."""
    if not people:
        return []
    return [
        CheckIn(
            row.person_id,
            row.programme_id,
            row.pair_id,
            row.period,
            row.session,
            row.status,
            row.planned_at,
            row.sent_at,
            row.first_touched_at,
            row.answered_at,
            row.late,
            {name: getattr(row, name) for name in QUESTIONS if getattr(row, name) is not None},
        )
        for row in await tx.execute(_OF_PEOPLE, {"people": list(people)})
    ]
