"""The hold: as long as it stands in a database, no process takes, decides or sends anything.

Rules kept here:

* It is a value in the database itself, so it holds for every process, and a copy of it that is moved keeps it.
* Of a broadcast that was under way in a copy nobody knows whom it has reached since: its rows become unknown.
* What the bot itself would say late can be withdrawn: replies, and questions. What people wrote to each other goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, func, literal_column, null, or_, select, update

from flows.effects import Lane
from storage import meta
from storage.columns import Moment
from storage.database import Transaction
from storage.outbox import RANK, WAITING
from storage.schema import outbox, timers

_KEY = "hold"


@dataclass(frozen=True, slots=True)
class Hold:
    """Since when, and why: `restored` or `moved`."""

    since: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What goes out at once when there is no hold: messages that are due, and timers."""

    messages: int
    timers: int


async def put(tx: Transaction, hold: Hold) -> None:
    await meta.put(tx, _KEY, f"{hold.because} {hold.since.isoformat()}")


async def get(tx: Transaction) -> Hold | None:
    found = await meta.get(tx, _KEY)
    if found is None:
        return None
    because, _, since = found.partition(" ")
    return Hold(datetime.fromisoformat(since), because)


async def release(tx: Transaction) -> None:
    await meta.forget(tx, _KEY)


_NOW = bindparam("now", type_=Moment)
_DUE_MESSAGES = (
    select(func.count())
    .select_from(outbox)
    .where(WAITING, outbox.c.not_before <= _NOW, or_(outbox.c.valid_until.is_(None), outbox.c.valid_until > _NOW))
)
_DUE_TIMERS = (
    select(func.count())
    .select_from(timers)
    .where(timers.c.due_at <= _NOW, or_(timers.c.valid_until.is_(None), timers.c.valid_until > _NOW))
)


async def waiting(tx: Transaction, now: datetime) -> Waiting:
    messages = (await tx.execute(_DUE_MESSAGES, {"now": now})).scalar_one()
    return Waiting(messages, (await tx.execute(_DUE_TIMERS, {"now": now})).scalar_one())


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What is not sent any more: replies of the bot, and questions (check-ins, reminders)."""

    replies: int = 0
    questions: int = 0


_WITHDRAW = (
    update(outbox)
    .where(
        WAITING,
        outbox.c.not_before <= _NOW,
        outbox.c.receipt_person_id.is_(None),
        or_(
            outbox.c.lane == RANK[Lane.REPLY],
            # without an end it is what others said, and the night held back
            and_(outbox.c.lane == RANK[Lane.PROMPT], outbox.c.valid_until.is_not(None)),
        ),
    )
    .values(state="withdrawn", reason="released_without", body=null())
    .returning(outbox.c.lane)
)


async def withdraw_due(tx: Transaction, now: datetime) -> Withdrawn:
    """Takes back what is due and would only repeat, late, what the bot had to say; says how much of it."""
    lanes = list((await tx.execute(_WITHDRAW, {"now": now})).scalars())
    return Withdrawn(lanes.count(RANK[Lane.REPLY]), lanes.count(RANK[Lane.PROMPT]))


_DOUBT = (
    update(outbox)
    .where(
        outbox.c.lane == RANK[Lane.BULK],
        outbox.c.state.in_([literal_column("'waiting'"), literal_column("'claimed'")]),
    )
    .values(state="unknown", reason="restored", body=null(), claimed_by=null(), claimed_until=null())
)


async def doubt_broadcasts(tx: Transaction) -> int:
    """Rows of broadcasts that were not settled become unknown; says how many."""
    return (await tx.execute(_DOUBT)).rowcount
