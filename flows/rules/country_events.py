"""What a week in which much of a side did not answer (`flows.rules.side_weeks`) means for a twin, and what coordinators
say of it. domain.md section 7.

Rules kept here:

* It is told once, to the coordinators of every side alike; check-ins go on.
* Such a week counts for nobody's silence: it is passed over in the ladder, and a silence that began before it is a week
  shorter for each.
"""

from __future__ import annotations

from datetime import datetime

from flows.effects import Begin, CountWeek, Effect, Say, Tell
from flows.events.people import WeekCounted
from flows.people import PersonId, SideId
from flows.rules.cadence import first_day
from flows.rules.situation import EffectRule, Facts, Rules, Situation, ValueRule
from flows.values import LocalTime, Text, Value


def passed_over(facts: Facts) -> frozenset[str]:
    """The weeks that count for nobody's silence on her side."""
    found = facts["silence.events"]
    return found if isinstance(found, frozenset) else frozenset()


# -- to coordinators ---------------------------------------------------------------------------------------------------


def week(situation: Situation) -> Value:
    """The week, by its first day."""
    return day_of(situation.session.given["period"], situation.text("person.zone"))


def day_of(period: str, zone: str) -> LocalTime:
    return LocalTime(datetime.fromisoformat(f"{first_day(period)}T12:00:00+00:00"), "day", zone)


def count(situation: Situation) -> tuple[Effect | Begin, ...]:
    """A coordinator knows that it is something else: the week counts as any other, and the others hear who said so."""
    given, me = situation.session.given, situation.facts["person.id"]
    coordinators = situation.facts["programme.coordinators"]
    others = coordinators if isinstance(coordinators, tuple) else ()
    side = SideId(int(given["side_id"]))
    told = WeekCounted(situation.text("person.name"), side, given["side"], given["period"])
    return (
        CountWeek(side, given["period"]),
        *(Tell(PersonId(one), told) for one in others if one != me),
        Say(Text("side_missed.counted", {"side": given["side"], "day": week(situation)})),
    )


RULES = Rules(
    effects={
        "side_missed.count": EffectRule(count, needs=("person.id", "person.name", "programme.coordinators")),
    },
    values={
        "side_missed.week": ValueRule(week, needs=("person.zone",)),
    },
)
