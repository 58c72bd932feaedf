"""Coming back to what a twin meant to do: her next step when she wished, what she wanted to try after four weeks.

Rules kept here:

* Her own words are repeated, to her alone, as she said them last.
* The planner asks, at her hour, once for each time she said it: what she leaves unanswered is left.
* What she said in an earlier pair is not come back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.people import Asked, Said
from flows.rules.situation import DecisionRule, Facts, Rules, Situation, ValueRule
from flows.values import Value

NEEDS = ("said.latest", "pair.since")

STEP = (("monthly_reflection", "next_step"), ("next_step", "next_step"))
REMIND = (("monthly_reflection", "remind"), ("next_step", "remind"))
TRIED = (("challenge_answer", "try"), ("challenge_try", "try"))
"""Where each was answered: flow and save name."""

REMINDED_AFTER = {"week_1": timedelta(weeks=1), "weeks_2": timedelta(weeks=2), "weeks_4": timedelta(weeks=4)}
TRIED_FOR = timedelta(weeks=4)

SLACK = timedelta(days=3)
"""She is asked on one day a week: the one that is nearest."""


def latest(facts: Facts, where: tuple[tuple[str, str], ...]) -> Said | None:
    """Her latest answer at one of these questions, as long as she is in the same pair."""
    said, since = facts["said.latest"], facts["pair.since"]
    if not isinstance(said, Mapping) or not isinstance(since, datetime):
        return None
    return max((said[one] for one in where if one in said and said[one].at >= since), key=_moment, default=None)


def _moment(said: Said) -> datetime:
    return said.at


def was_asked_since(facts: Facts, item: str, moment: datetime) -> bool:
    """Whether `item` has been asked, or begun by herself, after `moment`."""
    asked = facts["asked.history"]
    return isinstance(asked, tuple) and any(
        isinstance(one, Asked) and one.item == item and one.at > moment for one in asked
    )


def is_step_due(facts: Facts, now: datetime) -> bool:
    """Whether the moment has come at which she wished to be asked about her next step."""
    step, remind = latest(facts, STEP), latest(facts, REMIND)
    if step is None or remind is None or remind.at < step.at:  # a newer step, of which she wished nothing yet
        return False
    wait = REMINDED_AFTER.get(remind.choice or "")
    return wait is not None and now - remind.at >= wait - SLACK and not was_asked_since(facts, "next_step", remind.at)


def is_try_due(facts: Facts, now: datetime) -> bool:
    """Whether four weeks have passed since she said what she would try."""
    tried = latest(facts, TRIED)
    if tried is None or now - tried.at < TRIED_FOR - SLACK:
        return False
    return not was_asked_since(facts, "challenge_result", tried.at)


def step_words(situation: Situation) -> Value:
    """Her next step, in her words."""
    return _words(latest(situation.facts, STEP))


def tried_words(situation: Situation) -> Value:
    """What she wanted to try, in her words."""
    return _words(latest(situation.facts, TRIED))


def _words(said: Said | None) -> str:
    return (said.words if said is not None else None) or "…"


def was_said(situation: Situation) -> str:
    """Whether she named a next step in this conversation."""
    return "yes" if "next_step" in situation.answers else "no"


RULES = Rules(
    decisions={
        "next_step.was_said": DecisionRule(was_said, ("yes", "no")),
    },
    values={
        "challenge.tried": ValueRule(tried_words, needs=NEEDS),
        "next_step.words": ValueRule(step_words, needs=NEEDS),
    },
)
