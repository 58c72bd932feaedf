"""The phases of pairs: where each stands, and where it has been.

Rules kept here:

* A row is one stretch of time in one phase; the rows without an end are where a pair stands. What is over stays, and
  a pair that has ended keeps the phase in which it did.
* A pair is moved under a lock of its row (`pairs.lock`), and stands in a phase from the moment it is made.
* Five questions at most, whatever the number of pairs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, select, update

from flows.goals import OPEN
from flows.people import NAMED, PairId, PersonId, ProgrammeId
from flows.standing import BOTH, FIRST, PHASES, GoalSeen, Spell, Standing, counts_from
from storage import goals
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import asked, check_ins, pair_answers, pair_members, pair_phases, pairs, people, programmes
from storage.statements import ManyStatement, among, upsert

_row = pair_phases.c

CONTACT, REAL = ("real", "short"), "real"
"""Choices of the check-in that tell of contact; a real exchange goes both ways by itself."""


@dataclass(frozen=True, slots=True)
class Move:
    """From `at` on `pair` stands in `phases`, and in no other."""

    pair: PairId
    phases: tuple[str, ...]
    why: str
    by: PersonId | None
    at: datetime


_STANDS = select(_row.pair_id, _row.phase).where(among(_row.pair_id, "pairs"), _row.until.is_(None))
_END = ManyStatement(
    update(pair_phases)
    .where(_row.pair_id == bindparam("of_pair"), _row.phase == bindparam("of_phase"), _row.until.is_(None))
    .values(until=bindparam("ended_at", type_=_row.until.type))
)
_BEGIN = upsert(pair_phases, ("until", "moved_by", "why"))  # who comes back in the same moment has never left


async def move(tx: Transaction, moves: Sequence[Move]) -> None:
    """Ends the phases that a pair leaves and begins those that it comes into; where it stays nothing changes."""
    if not moves:
        return
    stands = {(pair, phase) for pair, phase in await tx.execute(_STANDS, {"pairs": [one.pair for one in moves]})}
    await _END.run(
        tx,
        [
            {"of_pair": one.pair, "of_phase": phase, "ended_at": one.at}
            for one in moves
            for pair, phase in sorted(stands)
            if pair == one.pair and phase not in one.phases
        ],
    )
    await _BEGIN.run(
        tx,
        [
            {
                "pair_id": one.pair,
                "phase": phase,
                "since": one.at,
                "until": None,
                "moved_by": one.by,
                "why": one.why,
            }
            for one in moves
            for phase in one.phases
            if (one.pair, phase) not in stands
        ],
    )


_OF_PROGRAMMES = select(pairs.c.programme_id, pairs.c.id).where(
    among(pairs.c.programme_id, "programmes"), pairs.c.state == "active"
)


async def of_programmes(
    tx: Transaction, vault: Vault, wanted: Collection[ProgrammeId]
) -> dict[ProgrammeId, dict[PairId, Standing]]:
    """The standing of every pair of each programme that is made and has not ended."""
    found: dict[ProgrammeId, dict[PairId, Standing]] = {programme: {} for programme in wanted}
    if wanted:
        rows = [(programme, pair) for programme, pair in await tx.execute(_OF_PROGRAMMES, {"programmes": list(wanted)})]
        standings = await of_pairs(tx, vault, [pair for _, pair in rows])
        for programme, pair in rows:
            if pair in standings:
                found[programme][pair] = standings[pair]
    return found


_SPELLS = (
    select(_row.pair_id, _row.phase, _row.since, _row.until, _row.why, _row.moved_by, people.c.name)
    .select_from(pair_phases)
    .outerjoin(people, people.c.id == _row.moved_by)
    .where(among(_row.pair_id, "pairs"))
)
_NAMED = (
    select(func.count())
    .where(pair_answers.c.pair_id == pairs.c.id, pair_answers.c.subject == NAMED)
    .correlate(pairs)
    .scalar_subquery()
)
_KNOWN = (
    select(pairs.c.id, pairs.c.cadence, programmes.c.ends_at, _NAMED.label("named"))
    .join_from(pairs, programmes, programmes.c.id == pairs.c.programme_id)
    .where(among(pairs.c.id, "pairs"))
)
_REAL = func.sum(case((check_ins.c.contact == REAL, 1), else_=0))
_BOTH_WAYS = (
    select(check_ins.c.pair_id, check_ins.c.period)
    .where(among(check_ins.c.pair_id, "pairs"), check_ins.c.contact.in_(CONTACT))
    .group_by(check_ins.c.pair_id, check_ins.c.period)
    .having(or_(func.count() > 1, _REAL > 0))
)


async def of_pairs(tx: Transaction, vault: Vault, wanted: Collection[PairId]) -> dict[PairId, Standing]:
    """The standing of each pair; one that was never made is missing."""
    if not wanted:
        return {}
    which = {"pairs": list(wanted)}
    spells: dict[PairId, list[Spell]] = {}
    for pair, phase, since, until, why, by, name in await tx.execute(_SPELLS, which):
        known_as = None if name is None else vault.open_text("people.name", by, name)
        spells.setdefault(pair, []).append(Spell(phase, since, until, known_as, why))
    beginning = [pair for pair, own in spells.items() if any(one.phase == FIRST and one.until is None for one in own)]
    contacts = await _contacts(tx, beginning)
    did = await _did(tx, spells)
    aims = await goals.counted(tx, spells.keys())
    return {
        pair: Standing(
            pair,
            tuple(sorted(spells[pair], key=lambda one: (one.since, PHASES.index(one.phase)))),
            contacts.get(pair, 0),
            named,
            cadence is not None,
            _seen(aims.get(pair, ())),
            ends_at,
            did.get(pair, {}),
        )
        for pair, cadence, ends_at, named in await tx.execute(_KNOWN, which)
        if pair in spells
    }


def _seen(rows: Sequence[Any]) -> tuple[GoalSeen, ...]:
    """The goals of one pair. What the flow of a goal needs is in every row; whole is what both have in one version."""
    found = []
    for number in sorted({row.number for row in rows}):
        own = [row for row in rows if row.number == number]
        newest = max(row.version for row in own)
        agreed = sum(row.version == newest for row in own) == BOTH
        found.append(GoalSeen(agreed and all(row.due for row in own), any(row.state != OPEN for row in own)))
    return tuple(found)


async def _contacts(tx: Transaction, wanted: Collection[PairId]) -> Mapping[PairId, int]:
    """In how many weeks each had a contact both ways: one told of a real exchange, or both of some contact."""
    counted: dict[PairId, int] = {}
    if wanted:
        for pair, _ in await tx.execute(_BOTH_WAYS, {"pairs": list(wanted)}):
            counted[pair] = counted.get(pair, 0) + 1
    return counted


_DONE = (
    select(asked.c.pair_id, asked.c.item, asked.c.person_id, asked.c.at)
    .select_from(pair_members)
    .join(asked, and_(asked.c.person_id == pair_members.c.person_id, asked.c.pair_id == pair_members.c.pair_id))
    .where(among(pair_members.c.pair_id, "pairs"), asked.c.status == "done")
)


async def _did(tx: Transaction, spells: Mapping[PairId, Sequence[Spell]]) -> dict[PairId, dict[str, int]]:
    """Of pairs in a phase that is left by what both do: how many of the two have done what counts for it."""
    counts = {
        (pair, item): counted
        for pair, own in spells.items()
        for one in own
        if one.until is None
        for item, counted in counts_from(one.phase, one.since).items()
    }
    who: dict[tuple[PairId, str], set[PersonId]] = {}
    if counts:
        for pair, item, person, at in await tx.execute(_DONE, {"pairs": sorted({pair for pair, _ in counts})}):
            stands_for, since = counts.get((pair, item), (item, at))
            if (pair, item) in counts and at >= since:
                who.setdefault((pair, stands_for), set()).add(person)
    found: dict[PairId, dict[str, int]] = {}
    for (pair, item), people_ in who.items():
        found.setdefault(pair, {})[item] = len(people_)
    return found
