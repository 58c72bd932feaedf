"""Two twins working together, and the partner of each.

Rules kept here:

* A twin is in one pair at most that is made or waits for answers. Whoever pairs locks the programme first, so that two
  at once can not pair somebody twice.
* What two decide together is read and written under a lock of their pair. Locks are taken in one order: programmes by
  id, pairs by id, people by id (`lock`, then `people.load_locked`).
* A twin is told of her partner only what the partner's own row says: name, zone, language, state, and whether she can
  be reached.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, exists, func, insert, or_, select, update

from flows.people import Candidate, OpenProposal, PairId, PersonId, PersonState, ProgrammeId, Role, SideId
from flows.standing import FIRST, MADE
from storage import pair_phases
from storage import people as people_
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import Refused
from storage.schema import pair_answers, pair_members, pairs, people, programmes, sides
from storage.statements import ManyStatement, among

PROPOSED, ACTIVE, ENDED = "proposed", "active", "ended"
OPEN = (PROPOSED, ACTIVE)
"""States of a pair in which its twins can not be paired anew."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose something is that is recorded, and in which programme and pair. `zone` says which day it is for her."""

    person: PersonId
    programme: ProgrammeId
    pair: PairId | None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Partner:
    """The other one of a pair. `side_name` is the side she belongs to."""

    pair: PairId
    id: PersonId
    name: str
    zone: str
    language: str
    state: PersonState
    reachable: bool
    side: SideId
    side_name: str
    muted: bool = False
    """Whether the one whose partner this is asked to hear no notes of this one."""
    cadence: str | None = None
    quiet_days: int | None = None
    since: datetime | None = None
    """When both accepted, or were paired."""


_own, _other = pair_members.alias("own"), pair_members.alias("other")
_PARTNERS = (
    select(
        _own.c.person_id,
        pairs.c.id.label("pair"),
        people.c.id.label("partner"),
        people.c.name,
        people.c.zone,
        people.c.language,
        people.c.state,
        people.c.unreachable_since,
        people.c.side_id,
        sides.c.name.label("side_name"),
        _own.c.muted,
        pairs.c.cadence,
        pairs.c.quiet_days,
        func.coalesce(pairs.c.accepted_at, pairs.c.created_at).label("since"),
    )
    .select_from(_own)
    .join(pairs, pairs.c.id == _own.c.pair_id)
    .join(_other, (_other.c.pair_id == _own.c.pair_id) & (_other.c.person_id != _own.c.person_id))
    .join(people, people.c.id == _other.c.person_id)
    .join(sides, sides.c.id == people.c.side_id)
    .where(among(_own.c.person_id, "people"), pairs.c.state == ACTIVE)
    .order_by(pairs.c.id, people.c.id)
)


async def partners(tx: Transaction, vault: Vault, of: Collection[PersonId]) -> dict[PersonId, Partner]:
    """The partner of each; who has none is missing."""
    if not of:
        return {}
    found = {}
    for person, pair, other, name, zone, language, state, since, side, side_name, muted, *agreed in await tx.execute(
        _PARTNERS, {"people": list(of)}
    ):
        known_as = "" if name is None else vault.open_text("people.name", other, name)
        reachable = since is None
        found[person] = Partner(
            pair, other, known_as, zone, language, _STATES[state], reachable, side, side_name, muted, *agreed
        )
    return found


_STATES = {state.value: state for state in PersonState}

_MUTE = ManyStatement(
    update(pair_members)
    .where(
        pair_members.c.person_id == bindparam("of_person"),
        pair_members.c.pair_id.in_(select(pairs.c.id).where(pairs.c.state == ACTIVE)),
    )
    .values(muted=bindparam("new_muted"))
)


async def mute(tx: Transaction, wishes: Sequence[tuple[PersonId, bool]]) -> None:
    """Writes whether (person) hears no notes of her partner (any more)."""
    await _MUTE.run(tx, [{"of_person": person, "new_muted": muted} for person, muted in wishes])


_CREATE = insert(pairs).returning(pairs.c.id)
_ADD = insert(pair_members)


async def create(tx: Transaction, vault: Vault, one: PersonId, two: PersonId, now: datetime) -> PairId:
    """Pairs two twins of one programme and different sides who have joined and have no partner.

    Raises `Refused` with the reason. Programme and people are locked until the end of the transaction.
    """
    await lock(tx, {one, two}, whole_programme=True)
    known = {found.person.id: found.person for found in await people_.load_locked(tx, vault, {one, two})}
    for wanted in (one, two):
        if wanted not in known:
            raise Refused(f"There is no person {wanted}.")
        if known[wanted].role is not Role.TWIN:
            raise Refused(f"Person {wanted} is a {known[wanted].role}, and only twins are paired.")
        if known[wanted].state is PersonState.JOINING:
            raise Refused(f"Person {wanted} has not finished joining.")
        if known[wanted].state is PersonState.STOPPED:
            raise Refused(f"Person {wanted} has stopped: nobody is paired without taking part.")
    if one == two:
        raise Refused("Nobody is her own twin: name two people.")
    if known[one].programme != known[two].programme:
        raise Refused(f"Persons {one} and {two} are in different programmes.")
    if known[one].side == known[two].side:
        raise Refused(f"Persons {one} and {two} are on the same side.")
    for taken, found in sorted((await open_pairs(tx, vault, {one, two})).items()):
        why = "has a partner already" if found.state == ACTIVE else "is being asked already"
        raise Refused(f"Person {taken} {why}.")
    pair = await _insert(tx, known[one].programme, one, two, ACTIVE, None, now)
    await pair_phases.move(tx, [pair_phases.Move(pair, (FIRST,), MADE, None, now)])
    return pair


async def propose(
    tx: Transaction, programme: ProgrammeId, one: PersonId, two: PersonId, by: PersonId, now: datetime
) -> PairId:
    """A pair that waits for the answers of both. Whoever calls it has locked the programme and looked there."""
    return await _insert(tx, programme, one, two, PROPOSED, by, now)


async def _insert(
    tx: Transaction,
    programme: ProgrammeId,
    one: PersonId,
    two: PersonId,
    state: str,
    by: PersonId | None,
    now: datetime,
) -> PairId:
    created = await tx.execute(
        _CREATE,
        {
            "programme_id": programme,
            "state": state,
            "created_at": now,
            "proposed_by": by,
            "accepted_at": now if state == ACTIVE else None,
        },
    )
    pair = PairId(created.scalar_one())
    await tx.execute(_ADD, [{"pair_id": pair, "person_id": person} for person in sorted((one, two))])
    return pair


# -- under lock --------------------------------------------------------------------------------------------------------

_SOUGHT = or_(among(people.c.id, "ids"), among(people.c.telegram_id, "chats"))
_LOCK_PROGRAMMES = (
    select(programmes.c.id)
    .where(programmes.c.id.in_(select(people.c.programme_id).where(_SOUGHT)))
    .order_by(programmes.c.id)
    .with_for_update(key_share=True)
)
_THEIR_PAIRS = select(pair_members.c.pair_id).join(people, people.c.id == pair_members.c.person_id).where(_SOUGHT)
_LOCK_THEIRS = (
    select(pairs.c.id)
    .where(pairs.c.state.in_(OPEN), pairs.c.id.in_(_THEIR_PAIRS))
    .order_by(pairs.c.id)
    .with_for_update(key_share=True)
)
_LOCK_WITH_PROPOSED = (
    select(pairs.c.id)
    .where(
        or_(
            pairs.c.state.in_(OPEN) & pairs.c.id.in_(_THEIR_PAIRS),
            (pairs.c.state == PROPOSED) & pairs.c.programme_id.in_(select(people.c.programme_id).where(_SOUGHT)),
        )
    )
    .order_by(pairs.c.id)
    .with_for_update(key_share=True)
)

_LOCK_EVERY = (
    select(pairs.c.id)
    .where(pairs.c.state.in_(OPEN), pairs.c.programme_id.in_(select(people.c.programme_id).where(_SOUGHT)))
    .order_by(pairs.c.id)
    .with_for_update(key_share=True)
)


async def lock(
    tx: Transaction,
    ids: Collection[PersonId],
    telegram_ids: Collection[int] = (),
    *,
    whole_programme: bool = False,
    every_pair: bool = False,
) -> set[PairId]:
    """Locks the open pairs of these people, by id, until the end of the transaction, and names them. With
    `whole_programme` their programmes come first, and every pair of those that waits for answers too; with `every_pair`
    every open pair of their programmes."""
    wanted = {"ids": list(ids), "chats": list(telegram_ids)}
    if whole_programme:
        await tx.execute(_LOCK_PROGRAMMES, wanted)
    query = _LOCK_EVERY if every_pair else _LOCK_WITH_PROPOSED if whole_programme else _LOCK_THEIRS
    return set((await tx.execute(query, wanted)).scalars())


@dataclass(frozen=True, slots=True)
class OpenPair:
    """A pair, made or waiting for answers, as one of its twins sees it: the other one, and what both have answered."""

    pair: PairId
    state: str
    created_at: datetime
    partner: PersonId
    name: str
    side_name: str
    country: str | None
    zone: str


_OPEN_PAIRS = (
    select(
        _own.c.person_id,
        pairs.c.id.label("pair"),
        pairs.c.state,
        pairs.c.created_at,
        people.c.id.label("partner"),
        people.c.name,
        sides.c.name.label("side_name"),
        people.c.country,
        people.c.zone,
    )
    .select_from(_own)
    .join(pairs, pairs.c.id == _own.c.pair_id)
    .join(_other, (_other.c.pair_id == _own.c.pair_id) & (_other.c.person_id != _own.c.person_id))
    .join(people, people.c.id == _other.c.person_id)
    .join(sides, sides.c.id == people.c.side_id)
    .where(among(_own.c.person_id, "people"), pairs.c.state.in_(OPEN))
    .order_by(pairs.c.id, people.c.id)
)


async def open_pairs(tx: Transaction, vault: Vault, of: Collection[PersonId]) -> dict[PersonId, OpenPair]:
    """The pair of each, made or waiting for answers; who has none is missing."""
    found = {}
    if of:
        for person, pair, state, created_at, other, name, *more in await tx.execute(_OPEN_PAIRS, {"people": list(of)}):
            known_as = "" if name is None else vault.open_text("people.name", other, name)
            found[person] = OpenPair(pair, state, created_at, other, known_as, *more)
    return found


_FREE = (
    select(
        people.c.programme_id,
        people.c.id,
        people.c.name,
        people.c.side_id,
        sides.c.name.label("side_name"),
        people.c.country,
        people.c.zone,
        people.c.state,
    )
    .join(sides, sides.c.id == people.c.side_id)
    .where(
        among(people.c.programme_id, "programmes"),
        people.c.role == Role.TWIN.value,
        people.c.state.in_((PersonState.ACTIVE.value, PersonState.PAUSED.value)),
        people.c.unreachable_since.is_(None),
        ~exists(
            select(pair_members.c.pair_id)
            .join(pairs, pairs.c.id == pair_members.c.pair_id)
            .where(pair_members.c.person_id == people.c.id, pairs.c.state.in_(OPEN))
        ),
    )
    .order_by(people.c.id)
)


async def candidates(
    tx: Transaction, vault: Vault, of: Collection[ProgrammeId]
) -> dict[ProgrammeId, tuple[Candidate, ...]]:
    """The twins of each programme who have joined, can be reached, and are in no open pair."""
    found: dict[ProgrammeId, tuple[Candidate, ...]] = {}
    if of:
        for programme, person, name, side, side_name, country, zone, state in await tx.execute(
            _FREE, {"programmes": list(of)}
        ):
            known_as = "" if name is None else vault.open_text("people.name", person, name)
            paused = state == PersonState.PAUSED.value
            one = Candidate(person, known_as, side, side_name, country, zone, paused)
            found[programme] = (*found.get(programme, ()), one)
    return found


_WAITING = (
    select(people.c.id, people.c.joined_at, func.max(pairs.c.ended_at))
    .outerjoin(pair_members, pair_members.c.person_id == people.c.id)
    .outerjoin(pairs, pairs.c.id == pair_members.c.pair_id)
    .where(among(people.c.id, "people"), people.c.role == Role.TWIN.value)
    .group_by(people.c.id, people.c.joined_at)
    .having(func.count(case((pairs.c.state.in_(OPEN), 1))) == 0)
)


async def waiting_since(tx: Transaction, of: Collection[PersonId]) -> dict[PersonId, datetime]:
    """Since when those twins who are in no open pair wait for one: they joined, or their last pair ended."""
    if not of:
        return {}
    rows = await tx.execute(_WAITING, {"people": list(of)})
    found = {person: [one for one in (joined, ended) if one is not None] for person, joined, ended in rows}
    return {person: max(moments) for person, moments in found.items() if moments}


_PROPOSALS = (
    select(pairs.c.programme_id, pairs.c.id, pair_members.c.person_id, pair_answers.c.choice)
    .join(pair_members, pair_members.c.pair_id == pairs.c.id)
    .outerjoin(
        pair_answers,
        (pair_answers.c.pair_id == pairs.c.id)
        & (pair_answers.c.person_id == pair_members.c.person_id)
        & (pair_answers.c.subject == "proposal"),
    )
    .where(among(pairs.c.programme_id, "programmes"), pairs.c.state == PROPOSED)
    .order_by(pairs.c.id, pair_members.c.person_id)
)


async def proposals(tx: Transaction, of: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[OpenProposal, ...]]:
    """The pairs of each programme that wait for answers."""
    found: dict[ProgrammeId, dict[PairId, OpenProposal]] = {}
    if of:
        for programme, pair, person, seen in await tx.execute(_PROPOSALS, {"programmes": list(of)}):
            known = found.setdefault(programme, {}).get(pair, OpenProposal(pair, (), ()))
            shown = (*known.shown, person) if seen is not None else known.shown
            found[programme][pair] = OpenProposal(pair, (*known.twins, person), shown)
    return {programme: tuple(waiting.values()) for programme, waiting in found.items()}


async def change(tx: Transaction, changes: Sequence[tuple[PairId, Mapping[str, Any]]]) -> None:
    """Writes changes of pairs that are locked, in their order."""
    for pair, values in changes:
        await tx.execute(update(pairs).where(pairs.c.id == pair).values(dict(values)))
