"""Joining: informed consent first, then what a good check-in needs to know. domain.md P0."""

from __future__ import annotations

import re
import unicodedata
from collections import ChainMap
from collections.abc import Mapping

from flows.effects import Begin, ChangePerson, Effect, ErasePerson, RecordConsent
from flows.people import PersonState, Role
from flows.rules.cadence import QuietHours, check_in_minutes, zone_named
from flows.rules.holidays import days_off
from flows.rules.mondays import plan_digest
from flows.rules.pausing import RHYTHM_NEEDS, plan_check_in
from flows.rules.places import Found, Several, Zones, cities, distinct_zones, find_country, find_within, fold
from flows.rules.quiet import quiet_of
from flows.rules.situation import (
    ChoicesRule,
    DecisionRule,
    EffectRule,
    NotUnderstood,
    Offer,
    OneOf,
    ReaderRule,
    Reading,
    Rules,
    Situation,
    Understood,
    ValueRule,
)
from flows.values import City, Clock, Country, Listed, LocalTime, Value, Weekday

NAME_LIMIT = 40
"""Characters of the name to be called by; it stands inside questions that must fit a small screen."""

ZONES_OFFERED = 12
"""Zones that fit one keyboard; countries with more have their people in the first ones of zone.tab."""


def read_name(typed: str, _: Situation) -> Reading:
    """A name to be called by: some letters, one line, no more than `NAME_LIMIT` characters."""
    name = " ".join(typed.split())
    letters = any(unicodedata.category(char).startswith("L") for char in name)
    return Understood(name) if letters and len(name) <= NAME_LIMIT else NotUnderstood("join.name_hint")


def consent_given(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Note the core consent. Its version is that of the flow, whose stored texts are what she read."""
    return (RecordConsent("core", situation.session.version, given=True),)


def refused(_: Situation) -> tuple[Effect | Begin, ...]:
    """She said no before anything was kept: keep nothing."""
    return (ErasePerson(),)


# -- where she is ----------------------------------------------------------------------------------------------------


def countries(situation: Situation) -> tuple[Offer, ...]:
    """The countries of the programme's sides."""
    known = situation.facts["programme.countries"]
    codes = known if isinstance(known, tuple) else ()
    return tuple(Offer(code, Country(code)) for code in codes)


def country_label(code: str, _: Situation) -> Value:
    return Country(code)


def read_country(typed: str, situation: Situation) -> Reading:
    """A country's name in any of our languages, forgiving about accents and one slip; its flag, its name in a
    sentence, a large city of it, or the two letters of a country that stands on a button."""
    code = typed.strip().upper()
    if code in {offer.id for offer in countries(situation)}:
        return Understood(code)
    names = situation.names("world.countries")
    match find_country(typed, names) or find_within(typed, {**cities(_zone_table(situation)), **names}):
        case Found(code):
            return Understood(code)
        case Several(codes):
            return OneOf(tuple(codes))
        case _:
            return NotUnderstood("join.country_hint")


def _zone_table(situation: Situation) -> Zones:
    table = situation.facts["world.zones"]
    if not isinstance(table, Zones):
        raise TypeError("fact world.zones is no table of zones")
    return table


def _zones(situation: Situation) -> tuple[str, ...]:
    listed = _zone_table(situation).of.get(situation.answers["country"], ())
    return distinct_zones(listed, situation.now)[:ZONES_OFFERED]


def how_many_zones(situation: Situation) -> str:
    match len(_zones(situation)):
        case 0:
            return "none"
        case 1:
            return "one"
        case _:
            return "several"


def zones(situation: Situation) -> tuple[Offer, ...]:
    """The zones of her country, each told apart by its city and the time it is there now."""
    return tuple(Offer(zone, zone_label(zone, situation)) for zone in _zones(situation))


def zone_label(zone: str, situation: Situation) -> Value:
    return Listed((City(zone), LocalTime(situation.now, "time", zone)), " · ")


def read_zone(typed: str, situation: Situation) -> Reading:
    """A city in any of our languages, or an IANA name, for whoever lives where no button points."""
    table, wanted = _zone_table(situation), typed.strip().casefold().replace(" ", "_")
    written = tuple(zone for zones in table.of.values() for zone in zones if zone.casefold() == wanted)
    found = written or table.cities.get(fold(typed), ())
    if not found:
        return NotUnderstood("join.zone_hint")
    return Understood(found[0]) if len(found) == 1 else OneOf(found)


def zone_of(situation: Situation) -> str:
    """The zone she chose, else the only one of her country."""
    chosen = situation.answers.get("zone")
    if chosen is not None:
        return chosen
    known = _zones(situation)
    return known[0] if known else "UTC"


def local_time(situation: Situation) -> Value:
    """What her clock should show now."""
    return LocalTime(situation.now, "time", zone_of(situation))


# -- when she is asked -----------------------------------------------------------------------------------------------


def days(_: Situation) -> tuple[Offer, ...]:
    return tuple(Offer(str(day), Weekday(day)) for day in range(7))


def day_label(day: str, _: Situation) -> Value:
    return Weekday(int(day))


def read_day(typed: str, situation: Situation) -> Reading:
    """A weekday's name in any of our languages, or its beginning."""
    names = situation.facts["world.weekdays"]
    if not isinstance(names, Mapping):
        raise TypeError("fact world.weekdays is no table of names")
    match find_country(typed, names) or find_within(typed, names):
        case Found(day):
            return Understood(day)
        case _:
            return NotUnderstood("engine.tap_or_number")


def hours(_: Situation) -> tuple[Offer, ...]:
    """Full hours outside the quiet ones, the same numbers for everybody."""
    return tuple(Offer(str(minute), Clock(minute)) for minute in check_in_minutes(QuietHours.default("UTC")))


def read_hour(typed: str, situation: Situation) -> Reading:
    """A time of day that is offered: 9:00, 09.00, 9 uur, 9h, 2 pm, 14. Nobody who types 9 counts nine buttons down."""
    western = "".join(str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", typed))
    found = _HOUR.fullmatch(western.strip())
    if found is None:
        return NotUnderstood("engine.tap_or_number")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    value = str(hour * 60 + minute)
    return Understood(value) if value in {one.id for one in hours(situation)} else NotUnderstood("engine.tap_or_number")


_HOUR = re.compile(
    r"(?:at|om|à|a las|na|الساعة)?\s*(\d{1,2})(?:\s*[:.h]\s*(\d\d))?"
    r"\s*(?:([ap])\.?\s?m\.?|uur|u|h|hrs?|hours?|heures?|horas?|o['’]?clock|okl[ɔo]k)?[.!]?",
    re.IGNORECASE,
)
"""Nothing else may stand beside it: half 9 and 8 in the evening are other hours than their numbers say."""


def hour_label(minute: str, _: Situation) -> Value:
    return Clock(int(minute))


def role(situation: Situation) -> str:
    return str(Role(str(situation.facts["person.role"])))


def finish(situation: Situation) -> tuple[Effect | Begin, ...]:
    """She is in: keep what she told, and plan her first check-in if she has a twin already, or her first digest."""
    answers = situation.answers
    zone = zone_of(situation)
    zone_named(zone)
    changes: dict[str, str | int | PersonState | None] = {
        "state": PersonState.ACTIVE,
        "name": answers["name"],
        "country": answers["country"],
        "zone": zone,
    }
    if "day" in answers and "hour" in answers:
        changes |= {"check_in_day": int(answers["day"]), "check_in_minute": int(answers["hour"])}
    told: dict[str, object] = {f"person.{field}": value for field, value in changes.items()}
    known = ChainMap(told, situation.facts)  # type: ignore[arg-type]
    if situation.facts["person.role"] == Role.COORDINATOR:
        planned: Effect | None = plan_digest(quiet_of(known), situation.now, off=days_off(known))
    else:
        planned = plan_check_in(known, situation.now)
    return (ChangePerson(changes), *(() if planned is None else (planned,)))


RULES = Rules(
    effects={
        "join.consent": EffectRule(consent_given),
        "join.refuse": EffectRule(refused),
        "join.finish": EffectRule(finish, needs=("twin.id", "world.zones", *RHYTHM_NEEDS)),
    },
    decisions={
        "join.role": DecisionRule(role, ("twin", "coordinator", "safeguarding"), needs=("person.role",)),
        "join.zones": DecisionRule(how_many_zones, ("none", "one", "several"), needs=("world.zones",)),
    },
    readers={
        "join.name": ReaderRule(read_name),
        "join.country": ReaderRule(read_country, needs=("programme.countries", "world.countries", "world.zones")),
        "join.zone": ReaderRule(read_zone, needs=("world.zones",)),
        "join.day": ReaderRule(read_day, needs=("world.weekdays",)),
        "join.hour": ReaderRule(read_hour, numbers=True),
    },
    choices={
        "join.countries": ChoicesRule(countries, country_label, needs=("programme.countries",)),
        "join.zones": ChoicesRule(zones, zone_label, needs=("world.zones",)),
        "join.days": ChoicesRule(days, day_label),
        "join.hours": ChoicesRule(hours, hour_label),
    },
    values={
        "join.local_time": ValueRule(local_time, needs=("world.zones",)),
    },
)
