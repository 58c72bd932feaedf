"""Weekly timers that somebody should have and has not: a coordinator's digest, a twin's beside her check-in.

Whoever has just joined, was paired, came back from a pause or changed her day gets hers at the next look; so nothing
has to be kept in step by each of these."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select

from flows.effects import SetTimer
from flows.people import PersonId, PersonState, ProgrammeId, Role
from flows.rules.asking_days import asking_day, plan_asking
from flows.rules.cadence import QuietHours
from flows.rules.mondays import plan_digest
from storage.database import Transaction
from storage.schema import people, timers
from storage.timers import Timer, key_of

AT_ONCE = 1000
"""Timers that one look plans; the rest follows at the next one."""

NOT_BEFORE = timedelta(days=1)
"""Nobody is asked on the day on which she joined, or came back."""


def _has_none(kind: str) -> ColumnElement[bool]:
    return ~exists(select(timers.c.key).where(timers.c.person_id == people.c.id, timers.c.kind == kind))


_WITHOUT_DIGEST = select(people.c.id, people.c.programme_id, people.c.zone).where(
    people.c.role == Role.COORDINATOR.value,
    people.c.state.in_((PersonState.ACTIVE.value, PersonState.PAUSED.value)),
    _has_none("digest"),
)
_WITHOUT_ASKING = (
    select(people.c.id, people.c.programme_id, people.c.zone, people.c.check_in_day, people.c.check_in_minute)
    .where(
        people.c.role == Role.TWIN.value,
        people.c.state == PersonState.ACTIVE.value,
        people.c.check_in_day.is_not(None),
        people.c.check_in_minute.is_not(None),
        _has_none("asking"),
    )
    .limit(AT_ONCE)
)


async def missing(tx: Transaction, now: datetime) -> list[Timer]:
    """The timers that they need."""
    found = [
        _timer(person, programme, plan_digest(QuietHours.default(zone), now))
        for person, programme, zone in await tx.execute(_WITHOUT_DIGEST)
    ]
    for person, programme, zone, day, minute in await tx.execute(_WITHOUT_ASKING):
        planned = plan_asking(asking_day(day, minute, zone), now + NOT_BEFORE)
        found.append(_timer(person, programme, planned))
    return found


def _timer(person: int, programme: int, planned: SetTimer) -> Timer:
    return Timer(
        key_of(planned.kind, PersonId(person), planned.period),
        planned.kind,
        planned.due_at,
        person=PersonId(person),
        programme=ProgrammeId(programme),
        valid_until=planned.valid_until,
        rule_version=planned.rule_version,
    )
