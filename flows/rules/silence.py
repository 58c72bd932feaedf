"""When a twin is quiet: the first rungs of the ladder. domain.md section 7.

Rules kept here:

* Quiet is counted from the first prompt since she was last heard of: since she answered anything, chose a pause, or
  wrote something to a check-in that is no answer. It is derived, never stored.
* Two prompts missed: instead of the next check-in one tap, "all ok?". The agreed limit reached: the coordinators of
  her own side are told that day, once, with the last reason that she gave, and not before she had two days for that
  tap; from then on she is asked every two weeks and reminded of nothing.
* Her partner is never told, and nothing is closed by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import Begin, Effect, RaiseFlag, Say, SetTimer
from flows.events.people import HelpAsked, TwinQuiet
from flows.people import QUIET_DAYS, PersonId
from flows.rules.heard import ASKED, QUIET, flags, heard, to_coordinators
from flows.rules.pausing import own_hour, stop
from flows.rules.situation import Facts, Situation
from flows.values import Text

REASON_LIST = "choices.quiet_reasons"
"""The list from which reasons for no contact are given."""

MISSED_BEFORE_ALL_OK = 2
"""Prompts without an answer before all is asked at once with one tap."""

CHECK_IN, ALL_OK = "weekly_checkin", "all_ok"
"""The flows that come as prompts of a period."""

RARELY = timedelta(days=13)
"""The least time between two prompts for somebody whose coordinators know: every other week, an hour's change aside."""

SLACK = timedelta(hours=12)
"""Days are counted by her calendar: a change of clocks, or of her own hour, makes none shorter."""

TIME_FOR_ALL_OK = timedelta(days=2)
"""How long she has for that one tap before anybody is told: as long as for a check-in before its reminder."""

AFTER_THE_HOUR = timedelta(hours=1)
"""A check-in that falls due in the hour in which the limit is reached goes first: it says the same."""

CHANNELS = {"no_network": "by_phone", "language": "by_language", "work": "after_work"}
"""The way to reach her that her last reason suggests."""


def quiet_days(facts: Facts) -> int:
    """After how many quiet days her coordinators are told."""
    agreed = facts["agreement.quiet_days"]
    return agreed if isinstance(agreed, int) else QUIET_DAYS


def is_to_be_told(facts: Facts, missed: int, since: datetime, now: datetime) -> bool:
    """Whether she has been quiet since `since` for as long as was agreed, was asked whether all is ok, and nobody was
    told yet."""
    if missed < MISSED_BEFORE_ALL_OK or QUIET in flags(facts):
        return False
    return now - since >= timedelta(days=quiet_days(facts)) - SLACK


def limit_reached(facts: Facts, since: datetime, now: datetime) -> SetTimer:
    """The timer, set as she is asked whether all is ok, of the moment at which her coordinators are told."""
    limit = since + timedelta(days=quiet_days(facts)) - SLACK
    due = own_hour(facts, max(limit, now + TIME_FOR_ALL_OK - SLACK), timedelta(0)) + AFTER_THE_HOUR
    return SetTimer("quiet", "", due)


def prompt_in_place(facts: Facts, missed: int, asked_last: datetime | None, now: datetime) -> str | None:
    """Which flow is the prompt that is due, `CHECK_IN` or `ALL_OK`; `None` passes over this one. `missed` counts the
    prompts in a row without an answer, `asked_last` is when the last one was planned."""
    if missed < MISSED_BEFORE_ALL_OK:
        return CHECK_IN
    if QUIET in flags(facts):
        return None if asked_last is not None and now - asked_last < RARELY else CHECK_IN
    return CHECK_IN if ASKED in flags(facts) else ALL_OK


def tell_coordinators(facts: Facts, since: datetime) -> tuple[Effect, ...]:
    """Tell the coordinators of her own side that she is quiet, once."""
    reason = facts["silence.reason"]
    told = TwinQuiet(str(facts["person.name"]), since, f"{REASON_LIST}.{reason}" if isinstance(reason, str) else None)
    return (RaiseFlag(QUIET, reason if isinstance(reason, str) else None), *to_coordinators(facts, told))


def all_ok(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Do what she tapped under "all ok?"."""
    facts, session = situation.facts, situation.session.number
    match situation.answers.get("all_ok"):
        case "pause":
            return (*heard(facts), Begin("pause"))
        case "stop":
            return (*heard(facts), *stop(facts))
        case "call":
            asked = HelpAsked(PersonId(situation.number("person.id") or 0), situation.text("person.name"))
            told = to_coordinators(facts, asked)
            if not told:
                return (*heard(facts), Say(Text("help.no_coordinator"), session=session))
            return (*heard(facts), RaiseFlag("help"), *told, Say(Text("silence.call"), session=session))
        case "busy" | "no_data":
            return (*heard(facts), Say(Text("silence.busy"), session=session))
        case _:
            return (*heard(facts), Say(Text("silence.fine"), session=session))


def channel(reason: str | None) -> str:
    """The text id of the way to reach her that `reason`, a choice's id, suggests."""
    return f"silence.{CHANNELS.get(reason or '', 'by_hello')}"
