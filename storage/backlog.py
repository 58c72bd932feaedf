"""How much waits, for those who watch over the bot: counts and ages, nobody's words.

Rules kept here:

* A message waits from the moment it was due. One that was tried, or that waits because the whole bot pauses, waits
  from the moment it was decided: a new try moves its due moment, and would hide an outage.
* What rests until morning, or for its chat's pace, is not due, and no backlog.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal_column, or_, select

from flows.effects import Lane
from storage import inbox
from storage.columns import Moment
from storage.database import Transaction
from storage.outbox import LANES, WAITING
from storage.schema import inbox_failed, outbox

QUIET_HOURS = "quiet_hours"
CHAT_PACE = "chat_pace"
"""Reasons of rows that were put back untried and rest until their `not_before`."""

_row = outbox.c


@dataclass(frozen=True, slots=True)
class Backlog:
    """`messages`: lane to how many wait, and since when the first of them does. `told`: events of one person to
    another that are not carried out. `own`: arrivals of people who write faster than they can be answered. `failed`:
    arrivals that are set aside."""

    messages: dict[Lane, tuple[int, datetime]]
    told: int
    own: int
    failed: int


_NIGHT: ColumnElement[str] = literal_column(f"'{QUIET_HOURS}'")
_PACE: ColumnElement[str] = literal_column(f"'{CHAT_PACE}'")
_SINCE = case((or_(_row.reason.is_(None), _row.reason == _NIGHT), _row.not_before), else_=_row.created_at)
_MESSAGES = (
    select(_row.lane, func.count(), func.min(_SINCE, type_=Moment))
    .where(
        WAITING,
        or_(
            _row.not_before <= bindparam("now", type_=Moment),
            and_(_row.reason.is_not(None), _row.reason != _NIGHT, _row.reason != _PACE),
        ),
    )
    .group_by(_row.lane)
)
_FAILED = select(func.count()).select_from(inbox_failed)


async def measure(tx: Transaction, now: datetime) -> Backlog:
    """What waits at `now`; lanes in which nothing does are left out."""
    messages = {LANES[lane]: (count, since) for lane, count, since in await tx.execute(_MESSAGES, {"now": now})}
    failed = int((await tx.execute(_FAILED)).scalar_one())
    return Backlog(messages, *await inbox.count_kinds(tx), failed)
