"""The quiet hours that a person can choose: when nothing comes to her that she has not asked for.

Rules kept here:

* Nobody has to choose: who has not has the usual hours, 21:00 to 08:00.
* Ramadan hours are the usual ones but in Ramadan, and on one day more before and after, since the sighting of the moon
  may differ by a day. Then it is quiet from 16:00 to 11:00: before the fast is broken there is much to do, in winter
  from half past four on in the north; after it come the meal, the night prayer and the night, and who has eaten before
  dawn sleeps in the morning. What is left, from late morning to afternoon, is when she is at work or awake anyway.
* An hour of hers that lies in her quiet hours stays hers: she is asked at their end, and told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.rules.cadence import QUIET_END, QUIET_START, CheckInRule, IsRamadan, QuietHours, Stretch, never_off
from flows.rules.situation import ChoicesRule, Facts, Offer, Rules, Situation, ValueRule
from flows.values import Clock, Text, Value

QUIET_NEEDS = ("person.quiet_hours", "person.zone", "world.ramadan")
"""What `quiet_of` reads."""

USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the choices: its hours, and those of Ramadan where it has any of their own."""

    hours: Stretch
    ramadan: Stretch | None = None


KINDS: Mapping[str, Kind] = {
    USUAL: Kind((QUIET_START, QUIET_END)),
    "early": Kind((20 * 60, 7 * 60)),
    "late": Kind((23 * 60, 10 * 60)),
    "ramadan": Kind((QUIET_START, QUIET_END), (16 * 60, 11 * 60)),
}
"""By the id that is kept of a person. All go over midnight."""


def quiet_hours(kind: str | None, zone: str, is_ramadan: IsRamadan = never_off) -> QuietHours:
    """The quiet hours of somebody in `zone` who chose `kind`; the usual ones where she chose none."""
    chosen = KINDS[_known(kind)]
    return QuietHours(*chosen.hours, zone, chosen.ramadan, is_ramadan)


def quiet_of(facts: Facts) -> QuietHours:
    """Her own quiet hours."""
    kind, is_ramadan = facts.get("person.quiet_hours"), facts.get("world.ramadan")

    def in_ramadan(day: object) -> bool:
        return callable(is_ramadan) and bool(is_ramadan(day))

    return quiet_hours(kind if isinstance(kind, str) else None, str(facts["person.zone"]), in_ramadan)


def _known(kind: str | None) -> str:
    """What a newer version has written is read as the usual."""
    return kind if kind is not None and kind in KINDS else USUAL


# -- in words ----------------------------------------------------------------------------------------------------------


def offers(_: Situation) -> tuple[Offer, ...]:
    return tuple(Offer(kind, _label(kind)) for kind in KINDS)


def offer_label(kind: str, _: Situation) -> Value:
    return _label(kind)


def _label(kind: str) -> Value:
    chosen = KINDS[_known(kind)]
    return _span(chosen.hours) if chosen.ramadan is None else Text("quiet.ramadan_label")


def _span(stretch: Stretch) -> Text:
    start, end = stretch
    return Text("quiet.span", {"start": Clock(start), "end": Clock(end)})


def holds(situation: Situation) -> Value:
    """The quiet hours that she has now."""
    kind = situation.facts.get("person.quiet_hours")
    return in_words(kind if isinstance(kind, str) else None)


def in_words(kind: str | None) -> Text:
    """The hours of `kind`."""
    chosen = KINDS[_known(kind)]
    if chosen.ramadan is None:
        return _span(chosen.hours)
    return Text("quiet.with_ramadan", {"usual": _span(chosen.hours), "ramadan": _span(chosen.ramadan)})


def in_ramadan(_: Situation) -> Value:
    """The hours of Ramadan, where they are offered."""
    (stretch,) = (one.ramadan for one in KINDS.values() if one.ramadan is not None)
    return _span(stretch)


def moved(facts: Facts, rule: CheckInRule | None) -> tuple[Value, ...]:
    """What becomes of her hour where it lies in her quiet hours, in a sentence each."""
    quiet = quiet_of(facts)
    if rule is None:
        return ()
    said: list[Value] = []
    for text, hours in (("quiet.moved", quiet.usual), ("quiet.moved_ramadan", quiet.ramadan)):
        if hours is not None and QuietHours(*hours, rule.zone).cover(rule.minute):
            said.append(Text(text, {"hour": Clock(rule.minute), "end": Clock(hours[1])}))
    return tuple(said)


RULES = Rules(
    choices={
        "quiet.kinds": ChoicesRule(offers, offer_label),
    },
    values={
        "quiet.holds": ValueRule(holds, needs=QUIET_NEEDS),
        "quiet.in_ramadan": ValueRule(in_ramadan),
    },
)
