"""/language, /lite and /time: how she is spoken to, when she is asked, and when she is left in peace.

Places are found by the rules of joining."""

from __future__ import annotations

from collections import ChainMap
from datetime import datetime

from flows.effects import Begin, CancelTimer, ChangePerson, Effect, Say
from flows.people import PersonState, Role
from flows.rules import quiet
from flows.rules.alumni import is_alumna
from flows.rules.joining import zone_of
from flows.rules.pausing import RHYTHM_NEEDS, plan_check_in, rule_of
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Facts, Offer, Rules, Situation, ValueRule
from flows.values import City, Clock, Country, Listed, LocalTime, Text, Value, Weekday

LAST_PERIOD, LAST_DUE = "last_period", "last_due"
"""What `/time` knows of the check-in before, given to its flow where there was one: its period and its moment."""


def languages(situation: Situation) -> tuple[Offer, ...]:
    """The languages that we speak, each by its own name."""
    return tuple(Offer(code, name) for code, name in situation.names("world.languages").items())


def language_label(code: str, situation: Situation) -> Value:
    return situation.names("world.languages").get(code, code)


def keep_language(situation: Situation) -> tuple[Effect | Begin, ...]:
    """From now on everything is said in the language she chose; this is the first of it."""
    return (ChangePerson({"language": situation.answers["language"]}), Say(Text("language.kept")))


def lite_now(situation: Situation) -> Value:
    """Whether lite mode is on."""
    return Text("lite.is_on" if situation.facts["person.lite"] else "lite.is_off")


def keep_lite(situation: Situation) -> tuple[Effect | Begin, ...]:
    """From the next word on all comes as she chose."""
    on = situation.answers["lite"] == "on"
    return (ChangePerson({"lite": on}), Say(Text("lite.on" if on else "lite.off")))


def whose(situation: Situation) -> str:
    """Whether she has an hour of her own, or only a clock."""
    is_twin = situation.facts["person.role"] == Role.TWIN
    return "twin" if is_twin and situation.facts["person.check_in_day"] is not None else "other"


def now_holds(situation: Situation) -> Value:
    """What holds now: Monday, 09:00, Freetown."""
    return line_of(situation.facts, situation.now)


def line_of(facts: Facts, now: datetime) -> Value:
    """Day and hour, where she has them, with the city of her zone, and what her clock should show."""
    zone = str(facts["person.zone"])
    values: dict[str, Value] = {"city": City(zone), "time": LocalTime(now, "time", zone)}
    country = facts["person.country"]
    values["country"] = Country(country) if isinstance(country, str) else "…"
    day, minute = facts["person.check_in_day"], facts["person.check_in_minute"]
    if isinstance(day, int) and isinstance(minute, int):
        return Text("rhythm.line", values | {"day": Weekday(day), "hour": Clock(minute)})
    return Text("rhythm.line_clock", values)


def keep_hour(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Another day and hour, from the next check-in on."""
    answers = situation.answers
    return _changed(situation, {"check_in_day": int(answers["day"]), "check_in_minute": int(answers["hour"])})


def keep_place(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Another country or clock; her day and hour are meant there from now on."""
    return _changed(situation, {"country": situation.answers["country"], "zone": zone_of(situation)})


def keep_quiet(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Other quiet hours, from now on."""
    return _changed(situation, {"quiet_hours": situation.answers["quiet"]})


def _changed(situation: Situation, changes: dict[str, str | int | datetime | PersonState | None]) -> tuple[Effect, ...]:
    told: dict[str, object] = {f"person.{field}": value for field, value in changes.items()}
    facts: Facts = ChainMap(told, situation.facts)  # type: ignore[arg-type]
    if "quiet_hours" in changes:
        kept = Text("quiet.kept", {"hours": quiet.in_words(situation.answers["quiet"])})
    else:
        kept = Text("rhythm.kept", {"line": line_of(facts, situation.now)})
    said: list[Value] = [kept, *quiet.moved(facts, rule_of(facts))]
    planned = None
    if facts["person.state"] == PersonState.ACTIVE:
        given = situation.session.given
        due = datetime.fromisoformat(given[LAST_DUE]) if LAST_DUE in given else None
        planned = plan_check_in(facts, situation.now, given.get(LAST_PERIOD), last_due=due)
    if planned is None:
        return (ChangePerson(changes), _together(said))
    if is_alumna(facts):
        return (ChangePerson(changes), CancelTimer("check_in"), planned, _together(said))
    next_one = LocalTime(planned.due_at, "weekday_time", str(facts["person.zone"]))
    said.append(Text("rhythm.next", {"day": next_one}))
    return (ChangePerson(changes), CancelTimer("check_in"), planned, _together(said))


def _together(said: list[Value]) -> Say:
    return Say(Text("rhythm.sentences", {"sentences": Listed(tuple(said), " ")}))


_PLACE = ("person.state", "person.country", "twin.id")

RULES = Rules(
    effects={
        "language.keep": EffectRule(keep_language),
        "lite.keep": EffectRule(keep_lite),
        "rhythm.keep_hour": EffectRule(keep_hour, needs=(*_PLACE, *RHYTHM_NEEDS)),
        "rhythm.keep_quiet": EffectRule(keep_quiet, needs=(*_PLACE, *RHYTHM_NEEDS)),
        "rhythm.keep_place": EffectRule(keep_place, needs=(*_PLACE, "world.zones", *RHYTHM_NEEDS)),
    },
    decisions={
        "rhythm.whose": DecisionRule(whose, ("twin", "other"), needs=("person.role", "person.check_in_day")),
    },
    choices={
        "language.offered": ChoicesRule(languages, language_label, needs=("world.languages",)),
    },
    values={
        "lite.now": ValueRule(lite_now, needs=("person.lite",)),
        "rhythm.now_holds": ValueRule(now_holds, needs=RHYTHM_NEEDS),
    },
)
