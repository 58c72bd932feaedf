"""How pairs end: which a coordinator ended and could let go on, how many have ended, and why, counted.

Rules kept here:

* A pair goes on only with both of its twins: whoever is being erased is waited for.
* Reasons are counted where they are, in the table of answers. Who gave which is left behind in the database.
* A proposal that came to nothing is no pair that ended.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, exists, func, select, update

from flows.overview import Endings
from flows.people import PairId, PersonId, ProgrammeId, Role, Unpaired
from flows.standing import COORDINATOR
from storage.database import Transaction
from storage.pairs import ACTIVE, ENDED, OPEN
from storage.schema import answers, pair_members, pairs, people
from storage.statements import among

_open, _member, _partner = pairs.alias("open"), pair_members.alias("member"), pair_members.alias("partner")
_UNPAIRED = (
    select(
        pairs.c.programme_id,
        pairs.c.id,
        _member.c.person_id,
        exists(
            select(_partner.c.pair_id)
            .join(_open, _open.c.id == _partner.c.pair_id)
            .where(_partner.c.person_id == _member.c.person_id, _open.c.state.in_(OPEN))
        ),
    )
    .join(_member, _member.c.pair_id == pairs.c.id)
    .where(among(pairs.c.programme_id, "programmes"), pairs.c.state == ENDED, pairs.c.ended_because == COORDINATOR)
    .order_by(pairs.c.id, _member.c.person_id)
)


async def unpaired(tx: Transaction, of: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[Unpaired, ...]]:
    """The pairs of each programme that a coordinator ended, the earliest first."""
    found: dict[ProgrammeId, dict[PairId, Unpaired]] = {}
    if of:
        for programme, pair, person, taken in await tx.execute(_UNPAIRED, {"programmes": list(of)}):
            known = found.setdefault(programme, {}).get(pair, Unpaired(pair, (), free=True))
            found[programme][pair] = Unpaired(pair, (*known.twins, person), known.free and not taken)
    return {programme: tuple(ended.values()) for programme, ended in found.items()}


_BOTH = select(people.c.id).where(among(people.c.id, "ids")).order_by(people.c.id).with_for_update(read=True)
_RESUME = update(pairs).where(pairs.c.id == bindparam("pair")).values(state=ACTIVE, ended_at=None, ended_because=None)


async def resume(tx: Transaction, pair: PairId, twins: Collection[PersonId]) -> bool:
    """Lets a pair that was ended go on, unless somebody of it is being erased; says whether. Whoever calls it has
    locked the programme and looked there; who ends pairs takes none that is not open."""
    if len((await tx.execute(_BOTH, {"ids": list(twins)})).all()) < len(twins):
        return False
    await tx.execute(_RESUME, {"pair": pair})
    return True


EARLY_END, REASON = "early_end", "reason"
"""The flow in which a twin says why her pair ends early, and under which name."""

_PAIRS = (
    select(pairs.c.programme_id, func.count().label("pairs"))
    .where(among(pairs.c.programme_id, "programmes"), pairs.c.state == ENDED, pairs.c.accepted_at.is_not(None))
    .group_by(pairs.c.programme_id)
)
_REASONS = (
    select(people.c.programme_id, answers.c.choice, func.count())
    .join_from(people, answers, answers.c.person_id == people.c.id)
    .where(
        among(people.c.programme_id, "programmes"),
        people.c.role == Role.TWIN.value,
        answers.c.flow == EARLY_END,
        answers.c.key == REASON,
        answers.c.choice.is_not(None),
    )
    .group_by(people.c.programme_id, answers.c.choice)
    .order_by(people.c.programme_id, answers.c.choice)
)


async def counted(tx: Transaction, wanted: Collection[ProgrammeId]) -> dict[ProgrammeId, Endings]:
    """How the pairs of each programme ended; one without an end has none of either."""
    if not wanted:
        return {}
    which = {"programmes": list(wanted)}
    ended = {row.programme_id: row.pairs for row in await tx.execute(_PAIRS, which)}
    reasons: dict[ProgrammeId, dict[str, int]] = {}
    for programme, reason, number in await tx.execute(_REASONS, which):
        reasons.setdefault(programme, {})[reason] = number
    return {one: Endings(ended.get(one, 0), reasons.get(one, {})) for one in wanted}
