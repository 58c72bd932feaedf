"""What coordinators see of a programme: pairs, who waits for one, flags and the latest check-ins.

Rules kept here:

* Twelve questions whatever the size of a programme; names are opened and sorted in memory.
* Last contact is the latest check-in of the pair, of either twin, that tells of one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, literal_column, or_, select

from flows.goals import OPEN
from flows.overview import CheckedIn, GoalSeen, Overview, PairSeen, SideWeekSeen, TwinSeen
from flows.people import CONTACT, PairId, PersonId, PersonState, ProgrammeId, Role
from flows.standing import Standing
from storage import flags as flags_
from storage import goals as goals_
from storage import pair_phases, side_weeks
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import check_ins, pair_members, pairs, people, programmes, sides
from storage.statements import among

WEEKS_BACK = timedelta(weeks=3)
"""Before the latest planned check-in: last week's are in it whatever day of the week it is."""

_PEOPLE = (
    select(
        people.c.id,
        people.c.programme_id,
        people.c.role,
        people.c.name,
        people.c.zone,
        people.c.state,
        people.c.unreachable_since,
        people.c.check_in_day,
        people.c.check_in_minute,
        sides.c.name.label("side"),
        sides.c.position,
    )
    .join_from(people, sides, sides.c.id == people.c.side_id)
    .where(among(people.c.programme_id, "programmes"), people.c.state != PersonState.JOINING.value)
    .order_by(sides.c.position, people.c.id)
)

_LAST_CONTACT = (
    select(func.coalesce(check_ins.c.answered_at, check_ins.c.first_touched_at, check_ins.c.planned_at))
    .where(check_ins.c.pair_id == pairs.c.id, check_ins.c.contact.in_(CONTACT))
    .order_by(check_ins.c.planned_at.desc())
    .limit(1)
    .scalar_subquery()
)

_PAIRS = (
    select(
        pairs.c.id,
        pairs.c.programme_id,
        pairs.c.state,
        pairs.c.created_at,
        pairs.c.accepted_at,
        pairs.c.cadence,
        pairs.c.quiet_days,
        _LAST_CONTACT.label("contact"),
    )
    .where(among(pairs.c.programme_id, "programmes"), or_(pairs.c.state == "active", pairs.c.state == "proposed"))
    .order_by(pairs.c.id)
)

_MEMBERS = (
    select(pair_members.c.pair_id, pair_members.c.person_id)
    .join_from(pair_members, pairs, pairs.c.id == pair_members.c.pair_id)
    .where(among(pairs.c.programme_id, "programmes"), or_(pairs.c.state == "active", pairs.c.state == "proposed"))
)

_latest = check_ins.alias("latest")
_WEEKS = select(
    check_ins.c.programme_id, check_ins.c.period, check_ins.c.person_id, check_ins.c.status, check_ins.c.contact
).where(
    among(check_ins.c.programme_id, "programmes"),
    check_ins.c.planned_at
    >= select(func.max(_latest.c.planned_at))
    .where(_latest.c.programme_id == check_ins.c.programme_id)
    .scalar_subquery()
    - literal_column(str(int(WEEKS_BACK.total_seconds()) * 1_000_000)),
)

_NAMES = select(programmes.c.id, programmes.c.name).where(among(programmes.c.id, "programmes"))


async def load(tx: Transaction, vault: Vault, wanted: Collection[ProgrammeId]) -> dict[ProgrammeId, Overview]:
    """The overview of each programme; unknown ones are missing."""
    if not wanted:
        return {}
    which = {"programmes": list(wanted)}
    named = {ProgrammeId(row.id): row.name for row in await tx.execute(_NAMES, which)}
    known = (await tx.execute(_PEOPLE, which)).all()
    met = (await tx.execute(_PAIRS, which)).all()
    members: dict[int, list[int]] = {}
    for pair, person in await tx.execute(_MEMBERS, which):
        members.setdefault(pair, []).append(person)
    joint = await goals_.counted(tx, [row.id for row in met])
    weeks: dict[ProgrammeId, dict[str, list[CheckedIn]]] = {}
    for programme, period, person, status, contact in await tx.execute(_WEEKS, which):
        weeks.setdefault(programme, {}).setdefault(period, []).append(CheckedIn(person, status, contact))
    standings = await pair_phases.of_pairs(tx, vault, [PairId(row.id) for row in met])
    flagged: dict[ProgrammeId, dict[PersonId, tuple[str, ...]]] = {}
    for flag in await flags_.of_programmes(tx, list(wanted)):
        kinds = flagged.setdefault(flag.programme, {})
        kinds[flag.person] = (*kinds.get(flag.person, ()), flag.kind)
    events = await side_weeks.seen(tx, wanted)
    return {
        programme: _overview(
            name,
            [row for row in known if row.programme_id == programme],
            [row for row in met if row.programme_id == programme],
            members,
            standings,
            joint,
            flagged.get(programme, {}),
            {period: tuple(rows) for period, rows in weeks.get(programme, {}).items()},
            events.get(programme, ()),
            vault,
        )
        for programme, name in named.items()
    }


def _overview(
    name: str,
    known: list[Any],
    met: list[Any],
    members: Mapping[int, list[int]],
    standings: Mapping[PairId, Standing],
    joint: Mapping[PairId, list[Any]],
    flagged: Mapping[PersonId, tuple[str, ...]],
    weeks: Mapping[str, tuple[CheckedIn, ...]],
    events: tuple[SideWeekSeen, ...],
    vault: Vault,
) -> Overview:
    names = {row.id: "" if row.name is None else vault.open_text("people.name", row.id, row.name) for row in known}
    twins = {row.id: _twin(row, names[row.id]) for row in known if row.role == Role.TWIN.value}
    places = {person: place for place, person in enumerate(twins)}  # sides come in their order
    seen = []
    for row in met:
        two = sorted((one for one in members.get(row.id, ()) if one in twins), key=lambda one: places[one])
        since = row.accepted_at or row.created_at
        seen.append(
            PairSeen(
                row.id,
                tuple(twins[one] for one in two),
                standings.get(row.id),
                row.state,
                since,
                row.contact,
                row.cadence,
                row.quiet_days,
                _goals(joint.get(row.id, ())),
            )
        )
    paired = {one.id for pair in seen for one in pair.twins}
    waiting = [one for one in twins.values() if one.id not in paired and one.state != "stopped"]
    return Overview(
        name,
        tuple(sorted(seen, key=lambda pair: ([one.name.casefold() for one in pair.twins], pair.id))),
        tuple(sorted(waiting, key=lambda one: (one.name.casefold(), one.id))),
        dict(flagged),
        dict(weeks),
        names,
        side_weeks=events,
    )


def _goals(rows: Sequence[Any]) -> tuple[GoalSeen, ...]:
    """Of each goal what both agreed to last; the newest version of one to which nobody has agreed yet."""
    by_number: dict[int, list[Any]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)
    seen = []
    for said in by_number.values():
        agreed = [row for row in said if row.agreed_at is not None]
        closed = [row for row in said if row.state != OPEN]
        holds = (agreed or said)[-1]
        state, closed_at = (closed[0].state, closed[0].closed_at) if closed else (OPEN, None)
        seen.append(GoalSeen(bool(agreed), holds.due, state, closed_at))
    return tuple(seen)


def _twin(row: Any, name: str) -> TwinSeen:
    reachable = row.unreachable_since is None
    return TwinSeen(row.id, name, row.side, row.zone, row.state, reachable, row.check_in_day, row.check_in_minute)
