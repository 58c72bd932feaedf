"""How the pairs of a programme ended: how many have, and which reasons their twins gave, counted.

Rules kept here:

* Reasons are counted where they are, in the table of answers. Who gave which is left behind in the database.
* A proposal that came to nothing is no pair that ended.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from flows.overview import Endings
from flows.people import ProgrammeId, Role
from storage.database import Transaction
from storage.pairs import ENDED
from storage.schema import answers, pairs, people
from storage.statements import among

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
