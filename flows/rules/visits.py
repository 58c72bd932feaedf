"""A visit: its last day, and when she who planned it is asked how it was. domain.md P4.

Rules kept here:

* The last day is the one that she named last in this pair: a visit that is moved moves the question.
* She is asked once, from the day after it on and for a week. Whoever has looked back since that day, by herself or
  because she was asked, is not asked.
* Who only read of the visit is not asked: what she planned of it is hers to say, and she has not said it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.rules.cadence import local_time
from flows.rules.dates import in_words
from flows.rules.next_steps import latest, was_asked_since
from flows.rules.situation import Facts, Rules, Situation, ValueRule
from flows.values import Text, Value

LAST_DAY = "last_day"
"""The save name of the last day of a visit."""

PLANNED = (("visit_plan", LAST_DAY),)
LOOK_BACK = "visit_debrief"

ASKED_WITHIN = timedelta(days=7)
"""So long after its last day a visit is fresh enough to be looked back on."""


def is_over(facts: Facts, now: datetime) -> bool:
    """Whether the visit that she planned ended in the week before, and she has not looked back since."""
    planned = latest(facts, PLANNED)
    if planned is None or planned.words is None:
        return False
    last, zone = date.fromisoformat(planned.words), str(facts["person.zone"])
    if not last < local_time(now, zone).date() <= last + ASKED_WITHIN:
        return False
    return not was_asked_since(facts, LOOK_BACK, datetime.combine(last, datetime.min.time(), ZoneInfo(zone)))


def last_day(situation: Situation) -> Value:
    """The last day as it was understood, with its month's name; or that there is none yet."""
    day = situation.answers.get(LAST_DAY)
    return Text("visit.no_day") if day is None else Text("visit.last_day", {"day": in_words(day)})


RULES = Rules(
    values={
        "visit.last_day": ValueRule(last_day),
    },
)
