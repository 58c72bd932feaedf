"""Coordinators whose Monday digest is not planned: those who joined before there was one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select

from flows.people import PersonId, PersonState, ProgrammeId, Role
from flows.rules.mondays import plan_digest
from storage.database import Transaction
from storage.schema import people, timers
from storage.timers import Timer, key_of

_UNPLANNED = select(people.c.id, people.c.programme_id, people.c.zone).where(
    people.c.role == Role.COORDINATOR.value,
    people.c.state.in_((PersonState.ACTIVE.value, PersonState.PAUSED.value)),
    ~exists(select(timers.c.key).where(timers.c.person_id == people.c.id, timers.c.kind == "digest")),
)


async def missing(tx: Transaction, now: datetime) -> list[Timer]:
    """The timers that they need."""
    found = []
    for person, programme, zone in await tx.execute(_UNPLANNED):
        planned = plan_digest(zone, now)
        found.append(
            Timer(
                key_of("digest", PersonId(person), planned.period),
                "digest",
                planned.due_at,
                person=PersonId(person),
                programme=ProgrammeId(programme),
                valid_until=planned.valid_until,
                rule_version=planned.rule_version,
            )
        )
    return found
