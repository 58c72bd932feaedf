"""How much of each side did not answer in a week, and what was decided of it (`flows.rules.side_weeks`).

Rules kept here:

* Counted are the twins of a side who were asked in that week: check-ins on record, those that are open, and those that
  come later in the week. Whose coordinators know already that she is quiet is not among them.
* A row is written once: whoever decides second changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select, tuple_, update

from flows import wire
from flows.flags import QUIET
from flows.overview import SideWeekSeen
from flows.people import CHECK_IN, PersonState, ProgrammeId, Role, SideId
from flows.rules.side_weeks import COUNTED, COUNTED_AFTER, EVENT, LEAST_DUE, SHARE
from flows.session import Session
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import check_ins, flags, people, sessions, side_weeks, sides, timers
from storage.statements import ManyStatement, among, insert_new

LOOKED_BACK = timedelta(days=15)
"""What is older was decided, or was a week like any other."""

PAGE = 1000
"""Sessions that are opened at once: a thousand take some 12 milliseconds, in which nothing else is done."""

_row = side_weeks.c


@dataclass(frozen=True, slots=True)
class SideWeek:
    """So many of a side were asked in the week `period`, and so many of them did not answer."""

    programme: ProgrammeId
    side: SideId
    side_name: str
    period: str
    due: int
    missed: int


def _is_asked(person: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    """An active twin who is not known to be quiet."""
    known = exists(select(flags.c.person_id).where(flags.c.person_id == person, flags.c.kind == QUIET))
    return people.c.role == Role.TWIN.value, people.c.state == PersonState.ACTIVE.value, ~known


_RECORDED = (
    select(
        people.c.side_id,
        check_ins.c.period,
        func.count(),
        func.sum(case((check_ins.c.status == "missed", 1), else_=0)),
    )
    .join_from(check_ins, people, people.c.id == check_ins.c.person_id)
    .where(check_ins.c.planned_at >= bindparam("since", type_=Moment), *_is_asked(check_ins.c.person_id))
    .group_by(people.c.side_id, check_ins.c.period)
)
_LEFT_OPEN = (
    select(people.c.side_id, sessions.c.person_id, sessions.c.number, sessions.c.state)
    .join_from(sessions, people, people.c.id == sessions.c.person_id)
    .where(
        sessions.c.flow == CHECK_IN,
        sessions.c.status == "open",
        sessions.c.updated_at >= bindparam("since", type_=Moment),
        tuple_(sessions.c.person_id, sessions.c.number) > tuple_(bindparam("after"), bindparam("number")),
        *_is_asked(sessions.c.person_id),
    )
    .order_by(sessions.c.person_id, sessions.c.number)
    .limit(bindparam("limit"))
)
_TO_COME = (
    select(people.c.side_id, timers.c.key)
    .join_from(timers, people, people.c.id == timers.c.person_id)
    .where(timers.c.kind == "check_in", among(people.c.side_id, "sides"), *_is_asked(people.c.id))
)
_SIDES = select(sides.c.id, sides.c.programme_id, sides.c.name).where(among(sides.c.id, "sides")).order_by(sides.c.id)


async def _left_open(
    tx: Transaction, vault: Vault, since: Mapping[str, datetime]
) -> AsyncIterator[tuple[SideId, Session]]:
    """The check-ins that wait, with the side of each, a page at a time."""
    after = {"after": 0, "number": 0}
    while page := (await tx.execute(_LEFT_OPEN, {**since, **after, "limit": PAGE})).all():
        for side, person, number, state in page:
            yield side, wire.session_from_text(vault.open_text("sessions.state", f"{person}/{number}", state))
        after = {"after": page[-1].person_id, "number": page[-1].number}


async def suspected(tx: Transaction, vault: Vault, now: datetime) -> list[SideWeek]:
    """Weeks of sides in which so many did not answer that it has to be decided what they are, by side and week; those
    that are decided already among them."""
    since = {"since": now - LOOKED_BACK}
    due: dict[tuple[SideId, str], int] = {}
    missed: dict[tuple[SideId, str], int] = {}
    for side, period, asked, silent in await tx.execute(_RECORDED, since):
        due[side, period], missed[side, period] = asked, silent
    async for side, one in _left_open(tx, vault, since):
        if one.period is None or one.planned_at is None or one.sent_at is None or one.late or one.trial is not None:
            continue
        due[side, one.period] = due.get((side, one.period), 0) + 1
        if one.first_touched_at is None and now - one.sent_at >= COUNTED_AFTER:
            missed[side, one.period] = missed.get((side, one.period), 0) + 1
    many = {key for key, count in missed.items() if count > SHARE * LEAST_DUE}
    if not many:
        return []
    which = {"sides": sorted({side for side, _ in many})}
    for side, timer in await tx.execute(_TO_COME, which):
        key = side, timer.rpartition("/")[2]
        due[key] = due.get(key, 0) + 1
    named = {row[0]: row for row in await tx.execute(_SIDES, which)}
    return [
        SideWeek(named[side][1], side, named[side][2], period, due[side, period], missed[side, period])
        for side, period in sorted(many)
    ]


_OF_SIDES = select(_row.side_id, _row.period, _row.state).where(among(_row.side_id, "sides"))


async def of_sides(tx: Transaction, wanted: Collection[SideId]) -> dict[SideId, dict[str, str]]:
    """What was decided of weeks of these sides, by period."""
    found: dict[SideId, dict[str, str]] = {}
    if wanted:
        for side, period, state in await tx.execute(_OF_SIDES, {"sides": list(wanted)}):
            found.setdefault(side, {})[period] = state
    return found


_EVENTS = (
    select(_row.programme_id, sides.c.name, _row.period, _row.due, _row.missed, _row.decided_at)
    .join_from(side_weeks, sides, sides.c.id == _row.side_id)
    .where(among(_row.programme_id, "programmes"), _row.state == EVENT)
    .order_by(_row.decided_at, sides.c.position)
)


async def seen(tx: Transaction, programmes: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[SideWeekSeen, ...]]:
    """The weeks of each programme that count for nobody's silence, earliest first."""
    found: dict[ProgrammeId, tuple[SideWeekSeen, ...]] = {}
    for programme, *week in await tx.execute(_EVENTS, {"programmes": list(programmes)}):
        found[programme] = (*found.get(programme, ()), SideWeekSeen(*week))
    return found


_ADD = insert_new(side_weeks)


async def decide(tx: Transaction, decided: Iterable[tuple[SideWeek, str]], now: datetime) -> None:
    """Writes what each week is; of one that is decided already nothing changes."""
    await _ADD.run(
        tx,
        [
            {
                "side_id": week.side,
                "period": week.period,
                "programme_id": week.programme,
                "due": week.due,
                "missed": week.missed,
                "state": state,
                "decided_at": now,
            }
            for week, state in decided
        ],
    )


_COUNT = ManyStatement(
    update(side_weeks)
    .where(_row.side_id == bindparam("of_side"), _row.period == bindparam("of_period"))
    .values(state=COUNTED)
)


async def count(tx: Transaction, keys: Iterable[tuple[SideId, str]]) -> None:
    """Lets these weeks count as any other."""
    await _COUNT.run(tx, [{"of_side": side, "of_period": period} for side, period in keys])


def events_of(known: Mapping[str, str]) -> frozenset[str]:
    """The weeks among `known` that count for nobody's silence."""
    return frozenset(period for period, state in known.items() if state == EVENT)
