"""When a twin is quiet: the rungs of the ladder. domain.md section 7.

Rules kept here:

* Quiet is counted from the first prompt since she was last heard of: since she answered anything, chose a pause, or
  wrote something to a check-in that is no answer. It is derived, never stored.
* Two prompts missed: instead of the next check-in one tap, "all ok?". The agreed limit reached: the coordinators of
  her own side are told that day, once, with the last reason that she gave, and not before she had two days for that
  tap; from then on she is asked every two weeks and reminded of nothing.
* Two weeks later (at 35 days, where nothing else was agreed) the coordinators of every side are asked once what could
  help, and do it by a tap; from then on she is asked one easy thing instead of a check-in. Five weeks after the limit
  (at 56 days) she is asked nothing any more: the door stays open, and coordinators decide with her.
* Any sign of hers takes all of it down, and whoever was told hears it once. After a long silence she is met with warm
  words, and asked for nothing.
* Her partner is never told, and nothing is closed by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import Begin, Effect, RaiseFlag, Say, SetTimer, Tell
from flows.events.people import CoordinatorHelps, HelpAsked, OtherHelps, TwinQuiet, TwinQuietLong, TwinRests
from flows.flags import ASKED, LONG, QUIET, RESTS
from flows.people import CHECK_IN, PersonId
from flows.rules.heard import flags, heard, to_coordinators, to_every_side
from flows.rules.pausing import RHYTHM_NEEDS, STANDING_NEEDS, own_hour, stop
from flows.rules.situation import EffectRule, Facts, Rules, Situation, ValueRule
from flows.thresholds import thresholds_of
from flows.values import LocalTime, Text, Value

REASON_LIST = "choices.quiet_reasons"
"""The list from which reasons for no contact are given."""

MISSED_BEFORE_ALL_OK = 2
"""Prompts without an answer before all is asked at once with one tap."""

ALL_OK, WAY_BACK = "all_ok", "way_back"
"""The flows that come as prompts of a period in the place of a check-in."""

RARELY = timedelta(days=13)
"""The least time between two prompts for somebody whose coordinators know: every other week, an hour's change aside."""

SLACK = timedelta(hours=12)
"""Days are counted by her calendar: a change of clocks, or of her own hour, makes none shorter."""

TIME_FOR_ALL_OK = timedelta(days=2)
"""How long she has for that one tap before anybody is told: as long as for a check-in before its reminder."""

AFTER_THE_HOUR = timedelta(hours=1)
"""A check-in that falls due in the hour in which the limit is reached goes first: it says the same."""

RUNGS = {LONG: timedelta(days=14), RESTS: timedelta(days=35)}
"""How long after the limit the upper rungs come: domain.md has 35 and 56 days with a limit of 21."""

BETWEEN = {LONG: timedelta(days=7), RESTS: timedelta(days=28)}
"""The least time from the word to the coordinators of her side to an upper rung, so that they can do something."""

CHANNELS = {"no_network": "by_phone", "language": "by_language", "work": "after_work"}
"""The way to reach her that her last reason suggests."""


def quiet_days(facts: Facts) -> int:
    """After how many quiet days her coordinators are told."""
    agreed = facts["agreement.quiet_days"]
    return agreed if isinstance(agreed, int) else thresholds_of(facts).quiet_days


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
    """Which flow is the prompt that is due, `CHECK_IN`, `ALL_OK` or `WAY_BACK`; `None` passes over this one. `missed`
    counts the prompts in a row without an answer, `asked_last` is when the last one was planned."""
    if missed < MISSED_BEFORE_ALL_OK:
        return CHECK_IN
    if QUIET in flags(facts):
        if RESTS in flags(facts) or (asked_last is not None and now - asked_last < RARELY):
            return None
        return WAY_BACK if LONG in flags(facts) else CHECK_IN
    return CHECK_IN if ASKED in flags(facts) else ALL_OK


def tell_coordinators(facts: Facts, since: datetime, now: datetime) -> tuple[Effect, ...]:
    """Tell the coordinators of her own side that she is quiet, once, and plan the rungs above."""
    reason = facts["silence.reason"]
    told = TwinQuiet(str(facts["person.name"]), since, f"{REASON_LIST}.{reason}" if isinstance(reason, str) else None)
    return (
        RaiseFlag(QUIET, reason if isinstance(reason, str) else None),
        *to_coordinators(facts, told),
        *(_rung(facts, kind, since, now) for kind in RUNGS),
    )


def _rung(facts: Facts, kind: str, since: datetime, now: datetime) -> SetTimer:
    reached = max(since + timedelta(days=quiet_days(facts)) + RUNGS[kind], now + BETWEEN[kind]) - SLACK
    return SetTimer("quiet", kind, own_hour(facts, reached, timedelta(0)) + AFTER_THE_HOUR)


def not_yet(facts: Facts, rung: str, since: datetime, now: datetime) -> SetTimer | None:
    """The timer of an upper rung that comes later than was thought: weeks since then count for nobody's silence."""
    reached = since + timedelta(days=quiet_days(facts)) + RUNGS[rung] - SLACK
    due = own_hour(facts, reached, timedelta(0)) + AFTER_THE_HOUR
    return SetTimer("quiet", rung, due) if reached > now else None


def climb(facts: Facts, rung: str, since: datetime) -> tuple[Effect, ...]:
    """An upper rung, `LONG` or `RESTS`, of somebody whose coordinators know that she is quiet."""
    twin, name, partner = facts["person.id"], str(facts["person.name"]), facts["twin.id"]
    if QUIET not in flags(facts) or not isinstance(twin, int) or not isinstance(partner, int):
        return ()
    told: TwinQuietLong | TwinRests = TwinRests(name, since)
    if rung == LONG:
        told = TwinQuietLong(PersonId(twin), name, PersonId(partner), since)
    return (RaiseFlag(rung), *to_every_side(facts, told))


def welcomed(facts: Facts, session: int) -> tuple[Say, ...]:
    """Warm words for the first answer of somebody who has been quiet for long."""
    return (Say(Text("silence.welcome"), session=session),) if QUIET in flags(facts) else ()


# -- to coordinators ---------------------------------------------------------------------------------------------------


def quiet_since(situation: Situation) -> Value:
    return LocalTime(datetime.fromisoformat(situation.session.given["since"]), "day")


def help_long(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Do what a coordinator said would help; the other coordinators hear who sees to her."""
    given, name, chosen = situation.session.given, situation.text("person.name"), situation.answers.get("help")
    me, coordinators = situation.facts["person.id"], situation.facts["programme.coordinators"]
    others = coordinators if isinstance(coordinators, tuple) else ()
    taken = OtherHelps(name, PersonId(int(given["twin_id"])))
    both = (given["twin_id"], given["partner_id"]) if chosen in BY_THE_BOT else ()
    return (
        *(Tell(PersonId(int(one)), CoordinatorHelps(name, str(chosen))) for one in both),
        *(Tell(PersonId(one), taken) for one in others if one != me),
        Say(Text(f"silence.long_{chosen}", {"twin": given["twin"]})),
    )


BY_THE_BOT = frozenset({"hello", "topic"})
"""What helps and the bot can do, for both twins alike."""


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


RULES = Rules(
    effects={
        "silence.all_ok": EffectRule(all_ok, needs=(*STANDING_NEEDS, *RHYTHM_NEEDS)),
        "silence.help_long": EffectRule(help_long, needs=("person.id", "person.name", "programme.coordinators")),
    },
    values={
        "silence.since": ValueRule(quiet_since),
    },
)
