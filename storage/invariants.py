"""What must hold in every database at every moment, asked of the database itself.

Rules kept here:

* Nobody is ever stuck: a session that waits has a live timer, or is open-ended by design of its flow.
* Whoever is active, paired and has chosen a day and an hour has a next check-in planned.
* Whoever has stopped has no check-in planned, and no pause that would end.
* The answers are ids: what is found is for the log and the operator, nobody's words are read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import String, and_, bindparam, cast, exists, or_, select

from flows.people import PersonId, PersonState
from storage.database import Transaction
from storage.schema import pair_members, pairs, people, sessions, timers

FOUND_LIMIT = 100
"""More would say nothing new."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A session that waits for ever, or (without a number) a person whom nobody will ask again, or whom somebody will
    although she has stopped."""

    person: PersonId
    session: int | None
    flow: str | None


_NUMBER = cast(sessions.c.number, String)


def _timer_of_session(kind: str) -> object:
    key = kind + "/" + cast(sessions.c.person_id, String) + "/" + _NUMBER
    return exists(select(timers.c.key).where(timers.c.key == key))


_RHYTHM = exists(
    select(timers.c.key).where(timers.c.person_id == sessions.c.person_id, timers.c.kind.in_(["check_in", "pause_end"]))
)
_RESTING = exists(
    select(people.c.id).where(
        people.c.id == sessions.c.person_id,
        or_(people.c.state != PersonState.ACTIVE.value, people.c.check_in_day.is_(None)),
    )
)
_PAIRED = exists(
    select(pair_members.c.pair_id)
    .join(pairs, pairs.c.id == pair_members.c.pair_id)
    .where(pair_members.c.person_id == sessions.c.person_id, pairs.c.state == "active")
)
_HELD = exists(select(timers.c.key).where(timers.c.person_id == sessions.c.person_id, timers.c.kind == "held_prompt"))

_WAITING = (
    select(sessions.c.person_id, sessions.c.number, sessions.c.flow)
    .where(
        or_(
            and_(
                sessions.c.status == "open",
                sessions.c.flow.in_(bindparam("expiring", expanding=True)),
                ~_timer_of_session("expiry"),  # type: ignore[operator]
            ),
            and_(
                sessions.c.status == "open",
                sessions.c.flow.in_(bindparam("until_next", expanding=True)),
                _PAIRED,
                ~_RHYTHM,
                ~_RESTING,
            ),
            and_(sessions.c.status == "held", ~_HELD),
        )
    )
    .order_by(sessions.c.person_id, sessions.c.number)
    .limit(FOUND_LIMIT)
)

_UNPLANNED = (
    select(people.c.id)
    .join(pair_members, pair_members.c.person_id == people.c.id)
    .join(pairs, pairs.c.id == pair_members.c.pair_id)
    .where(
        people.c.state == PersonState.ACTIVE.value,
        people.c.check_in_day.is_not(None),
        pairs.c.state == "active",
        ~exists(select(timers.c.key).where(timers.c.person_id == people.c.id, timers.c.kind == "check_in")),
    )
    .order_by(people.c.id)
    .limit(FOUND_LIMIT)
)


_ASKED_ALL_THE_SAME = (
    select(people.c.id)
    .where(
        people.c.state == PersonState.STOPPED.value,
        exists(
            select(timers.c.key).where(
                timers.c.person_id == people.c.id, timers.c.kind.in_(["check_in", "held_prompt", "pause_end"])
            )
        ),
    )
    .order_by(people.c.id)
    .limit(FOUND_LIMIT)
)


async def stuck(tx: Transaction, *, expiring: Collection[str], until_next: Collection[str]) -> list[Stuck]:
    """Who waits for ever, or is asked against her wish, at most `FOUND_LIMIT` of each kind.

    `expiring` are the flows that end by a timer of their own, `until_next` those that end at the next prompt.
    """
    waiting = await tx.execute(_WAITING, {"expiring": list(expiring), "until_next": list(until_next)})
    found = [Stuck(PersonId(row[0]), row[1], row[2]) for row in waiting]
    for wrong in (_UNPLANNED, _ASKED_ALL_THE_SAME):
        found += [Stuck(PersonId(row[0]), None, None) for row in await tx.execute(wrong)]
    return found
