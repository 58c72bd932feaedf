"""A visit: its last day, and when the two are asked how it was, each for herself. domain.md P4.

Rules kept here:

* The last day is the one that either of the two named last: a visit that is moved moves the question.
* Her partner is asked too, of a day that she was told. It is noted for the two only when the page with it has gone out,
  and taken out again when that could not be shown to her; whoever wants no notes of the other is not asked of it.
* Each is asked once, from the day after it on and for a week. Whoever has looked back since that day, by herself or
  because she was asked, is not asked.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.effects import AnswerForPair, Begin, Effect, Keep
from flows.people import VISIT_ENDS, Said
from flows.rules.cadence import local_time
from flows.rules.dates import in_words
from flows.rules.next_steps import latest, was_asked_since
from flows.rules.proposal import active_pair
from flows.rules.situation import EffectRule, Facts, Rules, Situation, ValueRule
from flows.values import Text, Value

LAST_DAY = "last_day"
"""The save name of the last day of a visit."""

PLAN = "visit_plan"
PLANNED = ((PLAN, LAST_DAY),)
LOOK_BACK = "visit_debrief"

ASKED_WITHIN = timedelta(days=7)
"""So long after its last day a visit is fresh enough to be looked back on."""


def is_over(facts: Facts, now: datetime) -> bool:
    """Whether a visit of the two ended in the week before, and she has not looked back since."""
    planned = _named_last(facts)
    if planned is None or planned.words is None:
        return False
    last, zone = date.fromisoformat(planned.words), str(facts["person.zone"])
    if not last < local_time(now, zone).date() <= last + ASKED_WITHIN:
        return False
    return not was_asked_since(facts, LOOK_BACK, datetime.combine(last, datetime.min.time(), ZoneInfo(zone)))


def _named_last(facts: Facts) -> Said | None:
    own, told = latest(facts, PLANNED), facts["visit.told"]
    if not isinstance(told, Said) or told.words is None or facts["twin.muted"]:
        return own
    return told if own is None or told.at > own.at else own


def tell(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Her partner has been told the last day, or, after a correction, that there is none."""
    pair, day = active_pair(situation.facts), situation.answers.get(LAST_DAY)
    if pair is None or (day is None and VISIT_ENDS not in situation.session.given):
        return ()
    return (AnswerForPair(pair, VISIT_ENDS, words=day), Keep({VISIT_ENDS: "told"}))


def not_told(facts: Facts) -> tuple[Effect, ...]:
    """What she planned could not be shown to her partner."""
    pair = active_pair(facts)
    return () if pair is None else (AnswerForPair(pair, VISIT_ENDS),)


def last_day(situation: Situation) -> Value:
    """The last day as it was understood, with its month's name; or that there is none yet."""
    day = situation.answers.get(LAST_DAY)
    return Text("visit.no_day") if day is None else Text("visit.last_day", {"day": in_words(day)})


RULES = Rules(
    effects={
        "visit.tell": EffectRule(tell, needs=("together.pair", "together.state")),
    },
    values={
        "visit.last_day": ValueRule(last_day),
    },
)
