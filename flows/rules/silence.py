"""When a twin is quiet: the first rungs of the ladder. domain.md section 7.

Rules kept here:

* Quiet is counted from the first prompt without an answer; any answer ends it. It is derived, never stored.
* Two prompts missed: instead of the next check-in one tap, "all ok?". The agreed limit reached: the coordinators of
  her own side are told once, with the last reason that she gave; from then on she is asked every two weeks and
  reminded of nothing.
* Her partner is never told, and nothing is closed by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import Begin, ClearFlag, Effect, RaiseFlag, Say, Tell, Text
from flows.events import HelpAsked, TwinAnswered, TwinQuiet
from flows.people import QUIET_DAYS, PersonId
from flows.rules.pausing import stop
from flows.rules.situation import Facts, Situation

REASON_LIST = "choices.quiet_reasons"
"""The list from which reasons for no contact are given."""

MISSED_BEFORE_ALL_OK = 2
"""Prompts without an answer before all is asked at once with one tap."""

CHECK_IN, ALL_OK = "weekly_checkin", "all_ok"
"""The flows that come as prompts of a period."""

ASKED, QUIET = "quiet_asked", "quiet"
"""Flags: all was asked at once; the limit is reached and her coordinators know."""

RARELY = timedelta(days=13)
"""The least time between two prompts for somebody whose coordinators know: every other week, an hour's change aside."""

SLACK = timedelta(hours=12)
"""Days are counted by her calendar: a change of clocks, or of her own hour, makes none shorter."""

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


def prompt_in_place(facts: Facts, missed: int, asked_last: datetime | None, now: datetime) -> str | None:
    """Which flow is the prompt that is due, `CHECK_IN` or `ALL_OK`; `None` passes over this one. `missed` counts the
    prompts in a row without an answer, `asked_last` is when the last one was planned."""
    up = flags(facts)
    if QUIET in up:
        return None if asked_last is not None and now - asked_last < RARELY else CHECK_IN
    return ALL_OK if missed >= MISSED_BEFORE_ALL_OK and ASKED not in up else CHECK_IN


def flags(facts: Facts) -> frozenset[str]:
    """The kinds of flags that are up about her."""
    up = facts["flags.up"]
    return up if isinstance(up, frozenset) else frozenset()


def tell_coordinators(facts: Facts, since: datetime) -> tuple[Effect, ...]:
    """Tell the coordinators of her own side that she is quiet, once."""
    reason = facts["silence.reason"]
    told = TwinQuiet(str(facts["person.name"]), since, f"{REASON_LIST}.{reason}" if isinstance(reason, str) else None)
    return (RaiseFlag(QUIET, reason if isinstance(reason, str) else None), *_to_coordinators(facts, told))


def answered(facts: Facts) -> tuple[Effect, ...]:
    """She has answered: nothing is quiet any more, and who was told hears so."""
    up = flags(facts)
    back = _to_coordinators(facts, TwinAnswered(str(facts["person.name"]))) if QUIET in up else ()
    return (*(ClearFlag(kind) for kind in (ASKED, QUIET) if kind in up), *back)


def all_ok(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Do what she tapped under "all ok?"."""
    facts, session = situation.facts, situation.session.number
    heard = answered(facts)
    match situation.answers.get("all_ok"):
        case "pause":
            return (*heard, Begin("pause"))
        case "stop":
            return (*heard, *stop(facts))
        case "call":
            asked = HelpAsked(PersonId(situation.number("person.id") or 0), situation.text("person.name"))
            return (
                *heard,
                RaiseFlag("help"),
                *_to_coordinators(facts, asked),
                Say(Text("silence.call"), session=session),
            )
        case "busy" | "no_data":
            return (*heard, Say(Text("silence.busy"), session=session))
        case _:
            return (*heard, Say(Text("silence.fine"), session=session))


def channel(reason: str | None) -> str:
    """The text id of the way to reach her that `reason`, a choice's id, suggests."""
    return f"silence.{CHANNELS.get(reason or '', 'by_hello')}"


def _to_coordinators(facts: Facts, event: TwinQuiet | TwinAnswered | HelpAsked) -> tuple[Effect, ...]:
    coordinators = facts["side.coordinators"]
    return tuple(Tell(PersonId(one), event) for one in coordinators) if isinstance(coordinators, tuple) else ()
