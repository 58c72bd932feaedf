"""Two twins working together, and the partner of each.

Rules kept here:

* A twin is in one active pair at most. Pairing locks both people (by id), so that two commands at once can not
  pair somebody twice.
* A twin is told of her partner only what the partner's own row says: name, zone, language, state, and whether she can
  be reached.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from flows.people import PairId, PersonId, PersonState, ProgrammeId, Role, SideId
from storage import people as people_
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import Refused
from storage.schema import pair_members, pairs, people, sides
from storage.statements import ManyStatement, among

ACTIVE = "active"
FIRST_PHASE = "naming"
"""Named twins: where a pair begins (domain.md, P2)."""


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
    for person, pair, other, name, zone, language, state, since, side, side_name, muted in await tx.execute(
        _PARTNERS, {"people": list(of)}
    ):
        known_as = "" if name is None else vault.open_text("people.name", other, name)
        reachable = since is None
        found[person] = Partner(
            pair, other, known_as, zone, language, _STATES[state], reachable, side, side_name, muted
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

    Raises `Refused` with the reason. Both people are locked until the end of the transaction.
    """
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
    for taken in sorted(await partners(tx, vault, {one, two})):
        raise Refused(f"Person {taken} has a partner already.")
    programme = known[one].programme
    created = await tx.execute(
        _CREATE, {"programme_id": programme, "phase": FIRST_PHASE, "state": ACTIVE, "created_at": now}
    )
    pair = PairId(created.scalar_one())
    await tx.execute(_ADD, [{"pair_id": pair, "person_id": person} for person in sorted((one, two))])
    return pair
