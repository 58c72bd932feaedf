"""How long words are kept after a programme's end, and wiping them.

Rules kept here:

* Words go, counts stay: sealed columns are emptied, rows, choices and times are not.
* The moment is computed from what the programme has set at every look, so a setting that is changed holds at once and
  no timer has to be moved. Without an end date nothing is ever due.
* What is written later than that goes at the next look.
* Nobody is asked anything any more once her name is gone: she stops, and what was planned for her is forgotten.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from flows.people import PersonState, ProgrammeId
from storage import programmes
from storage.database import Transaction
from storage.schema import (
    answers,
    audit,
    broadcasts,
    checklist_changes,
    drafts,
    goals,
    inbox,
    inbox_failed,
    milestones,
    outbox,
    pair_answers,
    people,
    reflections,
    sessions,
    timers,
)

WIPED = "words_wiped"
"""What the audit says of a look that wiped something."""

_IN_IT = select(people.c.id).where(people.c.programme_id == bindparam("programme"))


_WORDS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (people, ("name",)),
    (answers, ("words", "voice")),
    (reflections, ("words", "voice")),
    (pair_answers, ("words",)),
    (goals, ("words",)),
    (milestones, ("value",)),
    (checklist_changes, ("words",)),
)
"""Sealed columns whose rows stay when they are emptied."""


def _holding(table: Table, columns: tuple[str, ...]) -> ColumnElement[bool]:
    """Rows of the people of a programme in which there is anything in `columns`."""
    owner = table.c.id if table is people else table.c.person_id
    return and_(owner.in_(_IN_IT), or_(*(table.c[name].is_not(None) for name in columns)))


def _wipe(table: Table, columns: tuple[str, ...]) -> Update:
    return update(table).where(_holding(table, columns)).values({name: null() for name in columns})


_ASKED = people.c.state.in_((PersonState.ACTIVE.value, PersonState.PAUSED.value))
_WIPES: tuple[Update | Delete, ...] = (
    *(_wipe(table, columns) for table, columns in _WORDS),
    delete(sessions).where(sessions.c.person_id.in_(_IN_IT)),
    delete(inbox).where(inbox.c.person_id.in_(_IN_IT), inbox.c.event.is_not(None)),
    delete(inbox_failed).where(inbox_failed.c.person_id.in_(_IN_IT)),
    delete(drafts).where(drafts.c.person_id.in_(_IN_IT)),
    update(outbox)
    .where(outbox.c.person_id.in_(_IN_IT), outbox.c.state == "waiting")
    .values(state="withdrawn", body=null(), reason="retention"),
    update(broadcasts)
    .where(broadcasts.c.programme_id == bindparam("programme"), broadcasts.c.texts.is_not(None))
    .values(texts=null()),
    update(people).where(people.c.id.in_(_IN_IT), _ASKED).values(state=PersonState.STOPPED.value, paused_until=null()),
    delete(timers).where(timers.c.person_id.in_(_IN_IT)),
)
"""Every place of words, as far as it belongs to a person or a broadcast of the programme; a test walks the schema."""

_LEFT = select(
    *(
        select(func.count()).select_from(table).where(_holding(table, columns)).scalar_subquery()
        for table, columns in _WORDS
    )
)


async def left(tx: Transaction, programme: ProgrammeId) -> int:
    """How many rows of the programme hold words still."""
    [counts] = await tx.execute(_LEFT, {"programme": programme})
    return sum(counts)


_NOTE = insert(audit)


@dataclass(frozen=True, slots=True)
class Due:
    """When the words of a programme go; `at` is `None` where no end was set."""

    programme: ProgrammeId
    name: str
    at: datetime | None


def due_at(ends_at: datetime | None, months: int) -> datetime | None:
    """So many months after the end, on the same day of the month, or its last."""
    if ends_at is None:
        return None
    year, month = divmod(ends_at.year * 12 + ends_at.month - 1 + months, 12)
    day = min(ends_at.day, calendar.monthrange(year, month + 1)[1])
    return ends_at.replace(year=year, month=month + 1, day=day)


async def dues(tx: Transaction) -> list[Due]:
    """Every programme and when its words go, oldest programme first."""
    return [Due(one.id, one.name, due_at(one.ends_at, one.retention_months)) for one in await programmes.list_all(tx)]


async def wipe(tx: Transaction, programme: ProgrammeId, now: datetime) -> int:
    """Wipes the words of a programme; says how many rows were changed, and notes it in the audit when there were."""
    changed = 0
    for statement in _WIPES:
        found: Any = await tx.execute(statement, {"programme": programme})
        changed += found.rowcount
    if changed:
        await tx.execute(_NOTE, {"programme_id": programme, "what": WIPED, "about": f"rows/{changed}", "at": now})
    return changed
