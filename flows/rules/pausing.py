"""Pausing, stopping and coming back. Each takes effect at once, in the same turn as the wish.

Rules kept here:

* A pause begins at once or on a day that she chose, and ends by itself or by /resume. Whoever has stopped is asked
  nothing until she says so herself; then also what her partner has asked meanwhile.
* Whoever pauses or stops is not quiet: she has said so.
* That somebody has stopped, or is back, is told to the coordinators of her side; why is nobody's business. The last
  coordinator of a side is told what rests without her.
* A rhythm that was changed plans the next check-in anew: no week twice, and never two within four days.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from flows.effects import (
    Begin,
    CancelTimer,
    ChangePerson,
    ClearFlag,
    Effect,
    RaiseFlag,
    Say,
    SetTimer,
    Tell,
    WithdrawPrompts,
)
from flows.events.pairs import AgreementProposed, GoalProposed, PhaseProposed
from flows.events.people import StandingChanged
from flows.flags import BACK, MET
from flows.goals import TO_READ, open_goals
from flows.people import PairId, PersonId, PersonState, Role
from flows.rules.alumni import is_alumna
from flows.rules.cadence import (
    DAY,
    LONGEST_OFF,
    WEEK,
    CheckInRule,
    Every,
    due_at,
    local_time,
    moment_at,
    next_due,
    own_hour_after,
    rule_version,
)
from flows.rules.heard import HEARD_NEEDS, flags, heard, unflagged
from flows.rules.holidays import days_off
from flows.rules.quiet import QUIET_NEEDS, quiet_of
from flows.rules.situation import EffectRule, Facts, Rules, Situation
from flows.values import LocalTime, Text, Value

STANDING_NEEDS = ("person.id", "person.role", "person.state", "settings.coordinators", *HEARD_NEEDS)
"""What is read when she stops, so that whoever has to learn of it does."""

HOURS_NEEDS = ("person.check_in_day", "person.check_in_minute", "person.country", "world.holidays", *QUIET_NEEDS)
"""What is read to find an hour of hers."""

RHYTHM_NEEDS = (*HOURS_NEEDS, "agreement.cadence", "phase.current")
"""What is read to plan her check-ins."""

PROMPT_TIMERS = ("check_in", "asking", "reminder", "held_prompt")
"""What would bring a prompt, and so ends with a pause."""


def stop_prompts() -> tuple[Effect, ...]:
    """Cancel what would ask, and take back what was decided but not sent."""
    return (*(CancelTimer(kind) for kind in PROMPT_TIMERS), WithdrawPrompts())


def pause_for(weeks: int, situation: Situation) -> tuple[Effect | Begin, ...]:
    """Pause until her own hour so many weeks from now, and say until when. Who has stopped stays so: a pause would
    end by itself."""
    if situation.facts["person.state"] == PersonState.STOPPED:
        return (Say(Text("stop.already")),)
    until = own_hour_after(any_rule(situation.facts), situation.now, timedelta(weeks=weeks))
    return (*pause_until(until), Say(Text("pause.until", {"day": LocalTime(until, "day")})))


def pause_until(until: datetime | None) -> tuple[Effect, ...]:
    """Pause; without `until`, until she says /resume."""
    ending: Effect = CancelTimer("pause_end") if until is None else SetTimer("pause_end", "", until)
    return (*stop_prompts(), ChangePerson({"state": PersonState.PAUSED, "paused_until": until}), ending)


def pause_chosen(situation: Situation) -> tuple[Effect | Begin, ...]:
    """`/pause`: the length that was chosen."""
    return (*heard(situation.facts), *_as_chosen(situation))


def _as_chosen(situation: Situation) -> tuple[Effect | Begin, ...]:
    match situation.answers.get("length"):
        case "week_1":
            return pause_for(1, situation)
        case "weeks_2":
            return pause_for(2, situation)
        case "weeks_4":
            return pause_for(4, situation)
        case "open_end":
            return (*pause_until(None), Say(Text("pause.open_end")))
        case _ if situation.facts["person.state"] == PersonState.PAUSED:
            return resume(situation.facts, situation.now)
        case _:
            return (Say(Text("pause.none")),)


def go_away(situation: Situation) -> tuple[Effect | Begin, ...]:
    """`/pause` from a day to a day: at once where that is today, else when it comes. She is asked again at her own hour
    of the day after."""
    facts, answers = situation.facts, situation.answers
    if facts["person.state"] == PersonState.STOPPED:
        return (Say(Text("stop.already")),)
    rule, zone = any_rule(facts), str(facts["person.zone"])
    begins = moment_at(date.fromisoformat(answers["first"]), 0, zone)
    until = own_hour_after(rule, moment_at(date.fromisoformat(answers["last"]) + DAY, 0, zone), timedelta())
    told = {"first": LocalTime(begins, "date"), "day": LocalTime(until, "day")}
    if begins <= situation.now:
        return (*heard(facts), *pause_until(until), Say(Text("pause.until", {"day": told["day"]})))
    return (
        *heard(facts),
        ChangePerson({"away_from": begins, "away_until": until}),
        SetTimer("pause_begin", "", begins),
        Say(Text("pause.away", told)),
    )


def begin_pause(facts: Facts, now: datetime) -> tuple[Effect, ...]:
    """The day has come from which she wanted to be left alone. A pause that lasts longer goes on; what is over after a
    downtime does not begin."""
    until, paused_until = facts["person.away_until"], facts["person.paused_until"]
    begins = facts["person.state"] == PersonState.ACTIVE
    if facts["person.state"] == PersonState.PAUSED and isinstance(until, datetime):
        begins = isinstance(paused_until, datetime) and paused_until < until
    if not begins or not isinstance(until, datetime) or until <= now:
        return forget_absence(facts)
    return (*pause_until(until), *forget_absence(facts))


def forget_absence(facts: Facts) -> tuple[Effect, ...]:
    """A pause that would begin later is over, or is not wanted any more."""
    if facts["person.away_from"] is None:
        return ()
    return (ChangePerson({"away_from": None, "away_until": None}), CancelTimer("pause_begin"))


def is_away(facts: Facts, moment: datetime) -> bool:
    """Whether `moment` lies in a pause that begins later."""
    begins, until = facts["person.away_from"], facts["person.away_until"]
    return isinstance(begins, datetime) and isinstance(until, datetime) and begins <= moment < until


def absence(facts: Facts) -> tuple[Value, ...]:
    """The pause that begins later, in a line."""
    begins, until = facts["person.away_from"], facts["person.away_until"]
    if not isinstance(begins, datetime) or not isinstance(until, datetime):
        return ()
    return (Text("next.away", {"first": LocalTime(begins, "date"), "day": LocalTime(until, "day")}),)


def resume(facts: Facts, now: datetime) -> tuple[Effect, ...]:
    """Take up the rhythm again, after a pause or a stop, and say when the next check-in comes."""
    effects: list[Effect] = [
        ChangePerson({"state": PersonState.ACTIVE, "paused_until": None}),
        CancelTimer("pause_end"),
    ]
    if facts["person.state"] == PersonState.STOPPED:
        effects += (*tell_standing(facts, "back"), *_asked_meanwhile(facts))
    effects += _met_at_first(facts, now)
    planned = plan_check_in(facts, now)
    if planned is None:
        return (*effects, Say(Text("pause.resumed")))
    if is_alumna(facts):
        return (*effects, planned, Say(Text("pause.resumed")))
    return (*effects, planned, Say(Text("pause.resumed_next", {"day": LocalTime(planned.due_at, "weekday_time")})))


def _asked_meanwhile(facts: Facts) -> tuple[Tell, ...]:
    """What her partner may have asked while she had stopped, told to her anew: each looks itself whether it holds."""
    own, pair = facts["person.id"], facts["pair.id"]
    if not isinstance(own, int) or not isinstance(pair, int):
        return ()
    me, goals = PersonId(own), [one for one in open_goals(facts["goals.list"]) if one.standing == TO_READ]
    return (
        Tell(me, AgreementProposed(PairId(pair))),
        Tell(me, PhaseProposed(PairId(pair))),
        *(Tell(me, GoalProposed(PairId(pair), one.number)) for one in goals),
    )


def _met_at_first(facts: Facts, now: datetime) -> tuple[Effect, ...]:
    """Who comes back after a stop, or after weeks without a question, is first asked one easy thing."""
    asked = facts["silence.asked"]
    is_long = isinstance(asked, datetime) and now - asked >= LONG_AWAY
    if facts["person.role"] != Role.TWIN or not (is_long or facts["person.state"] == PersonState.STOPPED):
        return ()
    return (*((ClearFlag(MET),) if MET in flags(facts) else ()), RaiseFlag(BACK))


LONG_AWAY = timedelta(days=28)
"""After so long without a check-in nobody is met with four questions at once."""


def stop(facts: Facts) -> tuple[Effect, ...]:
    """Ask nothing any more, keep everything, tell the coordinators, and say how to come back."""
    return (
        *stop_prompts(),
        *unflagged(facts),
        CancelTimer("pause_end"),
        ChangePerson({"state": PersonState.STOPPED, "paused_until": None}),
        *forget_absence(facts),
        *tell_standing(facts, "stopped"),
        Say(Text("stop.done_last" if is_last_coordinator(facts) else "stop.done")),
    )


def is_last_coordinator(facts: Facts) -> bool:
    """Whether her side has nobody else, so that check-ins rest without her."""
    return facts["person.role"] == Role.COORDINATOR and not _without(facts["side.coordinators"], facts["person.id"])


def tell_standing(facts: Facts, standing: str) -> tuple[Tell, ...]:
    """Tell the coordinators of her side, or of every side where hers has no other, where she stands now."""
    own = _without(facts["side.coordinators"], facts["person.id"])
    told = own or _without(facts["settings.coordinators"], facts["person.id"])
    changed = StandingChanged(str(facts["person.name"]), standing)
    return tuple(Tell(one, changed) for one in told)


def _without(people: object, person: object) -> tuple[PersonId, ...]:
    return tuple(one for one in people if one != person) if isinstance(people, tuple) else ()


def why_not_asked(facts: Facts) -> str | None:
    """Why nothing may be asked of her now, as a word for the log; `None` where it may. What comes with a moment of its
    own asks more of it."""
    if facts["person.state"] != PersonState.ACTIVE:
        return str(facts["person.state"])
    if facts["person.unreachable_since"] is not None:
        return "unreachable"
    return None if facts["programme.ready"] else "no_coordinator"


def rule_of(facts: Facts) -> CheckInRule | None:
    """The person's own check-in rule, as often as the two agreed; `None` until she has chosen day and hour."""
    day, minute, zone = facts["person.check_in_day"], facts["person.check_in_minute"], facts["person.zone"]
    if not isinstance(day, int) or not isinstance(minute, int) or not isinstance(zone, str):
        return None
    agreed = facts["agreement.cadence"]
    return CheckInRule(day, minute, zone, Every.WEEKLY if agreed is None else Every(str(agreed)), quiet_of(facts))


def any_rule(facts: Facts) -> CheckInRule:
    """The rule of those without a check-in of their own, such as coordinators: nine in the morning."""
    return rule_of(facts) or replace(ANY_RULE, quiet=quiet_of(facts))


def plan_check_in(
    facts: Facts, after: datetime, last_period: str | None = None, *, last_due: datetime | None = None
) -> SetTimer | None:
    """The timer of her next check-in; `None` while she has no twin or no rule. `last_due` is the moment of the last
    one, where her rule may have changed since."""
    rule = rule_of(facts)
    if rule is None or facts["twin.id"] is None:
        return None
    period, due = next_due(rule, after, last_period, last_due=last_due, off=days_off(facts))
    return SetTimer("check_in", period, due, due + PROMPT_VALID_FOR, rule_version(rule))


def is_check_in_day(facts: Facts, today: date) -> bool:
    """Whether this week's check-in comes today, or an earlier week's that holidays have moved here."""
    rule = rule_of(facts)
    if rule is None:
        return False
    weeks = (today - weeks * WEEK for weeks in range(LONGEST_OFF // 7 + 1))
    dues = (due_at(rule, f"{day:%G-W%V}", days_off(facts)) for day in weeks)
    return any(local_time(due, rule.zone).date() == today for due in dues)


PROMPT_VALID_FOR = timedelta(hours=48)
"""After a downtime longer than this a check-in is skipped, not sent stale (peers.md: CommCare's two days)."""

ANY_RULE = CheckInRule(0, 9 * 60, "UTC")


def own_hour(facts: Facts, now: datetime, at_least: timedelta) -> datetime:
    """Her own hour of check-ins, on the first day at least so long from `now` that is no holiday of hers; nine in the
    morning without one."""
    return own_hour_after(any_rule(facts), now, at_least, days_off(facts))


RULES = Rules(
    effects={
        "pause.chosen": EffectRule(
            pause_chosen, needs=("twin.id", "pair.id", "silence.asked", *HEARD_NEEDS, *RHYTHM_NEEDS)
        ),
        "pause.away": EffectRule(go_away, needs=("person.state", *HEARD_NEEDS, *RHYTHM_NEEDS)),
    },
)
