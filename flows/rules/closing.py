"""What some endings of a twinning ask, or ask in other words. domain.md P6 and P7.

Rules kept here:

* One of the two is enough to say that the closing talk was held.
* A twinning ends early when the two came to its ending with goals open, or without any, and with more of the programme
  left than an ending takes. Without a known end of the programme only open goals tell. Why is asked of each alone.
"""

from __future__ import annotations

from datetime import datetime

from flows.rules.phases import BEFORE_THE_END
from flows.rules.situation import Facts, Rules, Situation, ValueRule
from flows.standing import Standing
from flows.values import Text, Value

SPANS = {"closing": "whole", "alumni": "year"}
"""What a story looks back on by the phase of the two: all of it at the end, a year of alumni; the last months else."""


def is_talk_open(facts: Facts, _: datetime) -> bool:
    """Whether neither of the two has said that they have talked."""
    standing = facts["phase.standing"]
    return isinstance(standing, Standing) and not standing.did.get("closing_talk")


def twin(situation: Situation) -> Value:
    """With whom it ends: whose pair has ended has no twin any more, and is given the name."""
    return situation.session.given.get("twin") or str(situation.facts["twin.name"] or "…")


def ends_early(facts: Facts, _: datetime) -> bool:
    """Whether the two came to their ending before its time."""
    standing = facts["phase.standing"]
    since = standing.since("closing") if isinstance(standing, Standing) else None
    if not isinstance(standing, Standing) or since is None:
        return False
    goals = standing.goals or ()
    if goals and all(one.is_closed for one in goals):
        return False
    return bool(goals) if standing.ends_at is None else since < standing.ends_at - BEFORE_THE_END


def looked_back_on(situation: Situation) -> Value:
    """The time of which a story is asked."""
    current = situation.facts["phase.current"]
    phases = current if isinstance(current, tuple) else ()
    return Text(f"story.{next((SPANS[one] for one in phases if one in SPANS), 'months')}")


RULES = Rules(
    values={
        "early_end.twin": ValueRule(twin, needs=("twin.name",)),
        "story.when": ValueRule(looked_back_on, needs=("phase.current",)),
    },
)
