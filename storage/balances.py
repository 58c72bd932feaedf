"""What the balance of a pair is made of: how often and when, of both. Nobody's words are read here.

Rules kept here:

* Of both twins the same is read: what flowed, towards whom, of which kind, on which day, and on which days they
  answered check-ins. What is written or shared is not among it.
* What somebody feels is read for herself alone.
* What was recorded in an earlier pair belongs to that pair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import and_, select

from flows.people import PairId, PersonId, ProgrammeId
from flows.rules.reciprocity import EQUITY, FELT, REVIEW, History
from flows.rules.reciprocity import Report as Said
from storage.database import Transaction
from storage.schema import answers, check_ins, pair_members, pairs, reflections
from storage.statements import among

_reflection, _check_in = reflections.c, check_ins.c

Report = tuple[PersonId, str, str | None, str | None, str]
"""Who, direction, towards whom, kind, day."""

_REPORTS = (
    select(
        _reflection.pair_id,
        _reflection.person_id,
        _reflection.direction,
        _reflection.towards,
        _reflection.kind,
        _reflection.day,
    )
    .where(among(_reflection.pair_id, "pairs"))
    .order_by(_reflection.pair_id, _reflection.day, _reflection.person_id, _reflection.session, _reflection.direction)
)


async def reports(tx: Transaction, pairs: Collection[PairId]) -> dict[PairId, list[Report]]:
    """What both twins of each pair said that flowed."""
    found: dict[PairId, list[Report]] = {}
    if pairs:
        for pair, *report in await tx.execute(_REPORTS, {"pairs": sorted(pairs)}):
            person, direction, towards, kind, day = report
            found.setdefault(pair, []).append((person, direction, towards, kind, day))
    return found


_ANSWERED = (
    select(_check_in.pair_id, _check_in.person_id, _check_in.answered_at)
    .where(among(_check_in.pair_id, "pairs"), _check_in.answered_at.is_not(None))
    .order_by(_check_in.pair_id, _check_in.answered_at, _check_in.person_id)
)


async def answered(tx: Transaction, pairs: Collection[PairId]) -> dict[PairId, list[tuple[PersonId, str]]]:
    """Who of each pair answered a whole check-in, and on which day (UTC)."""
    found: dict[PairId, list[tuple[PersonId, str]]] = {}
    if pairs:
        for pair, person, at in await tx.execute(_ANSWERED, {"pairs": sorted(pairs)}):
            found.setdefault(pair, []).append((person, at.date().isoformat()))
    return found


_TWO = (
    select(pairs.c.programme_id, pairs.c.id, pair_members.c.person_id)
    .join_from(pair_members, pairs, pairs.c.id == pair_members.c.pair_id)
    .where(among(pairs.c.programme_id, "programmes"), pairs.c.state == "active")
    .order_by(pairs.c.id, pair_members.c.person_id)
)


async def of_programmes(
    tx: Transaction, programmes: Collection[ProgrammeId]
) -> dict[ProgrammeId, dict[PairId, History]]:
    """Of every pair of each programme what the two said that flowed, without what anybody feels."""
    two: dict[PairId, list[PersonId]] = {}
    where: dict[PairId, ProgrammeId] = {}
    for programme, pair, person in await tx.execute(_TWO, {"programmes": sorted(programmes)}) if programmes else ():
        two.setdefault(pair, []).append(person)
        where[pair] = programme
    said, days = await reports(tx, two), await answered(tx, two)
    found: dict[ProgrammeId, dict[PairId, History]] = {one: {} for one in programmes}
    for pair, (one, other) in two.items():
        found[where[pair]][pair] = History(
            str(one),
            str(other),
            tuple(
                Said(str(who), direction, towards, kind, date.fromisoformat(day))
                for who, direction, towards, kind, day in said.get(pair, ())
            ),
            tuple((str(who), date.fromisoformat(day)) for who, day in days.get(pair, ())),
        )
    return found


_FELT = (
    select(answers.c.person_id, pairs.c.id, answers.c.choice, answers.c.answered_at)
    .select_from(answers)
    .join(pairs, and_(among(pairs.c.id, "pairs"), answers.c.answered_at >= pairs.c.accepted_at))
    .where(among(answers.c.person_id, "people"), answers.c.flow == REVIEW, answers.c.key == EQUITY)
    .order_by(answers.c.answered_at, answers.c.session)
)


async def felt(tx: Transaction, pair_of: Mapping[PersonId, PairId]) -> dict[PersonId, tuple[int, str]]:
    """E of each person and the day (UTC) on which she said so: her latest since her pair was made."""
    found: dict[PersonId, tuple[int, str]] = {}
    if pair_of:
        which = {"people": sorted(pair_of), "pairs": sorted(set(pair_of.values()))}
        for person, pair, choice, at in await tx.execute(_FELT, which):
            if pair_of[person] == pair and choice in FELT:
                found[person] = (FELT[choice], at.date().isoformat())
    return found
