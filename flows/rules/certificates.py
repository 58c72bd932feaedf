"""The certificate of participation: when there is one, and what stands on it. domain.md P6.

Rules kept here:

* It is there for a twin whose pair stands in its ending or is past it, whenever she asks for it.
* On it stand her name as she writes it, the programme, its sides and the time: nothing that anybody answered, and
  nobody else's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flows.effects import SendCertificate
from flows.rules.situation import EffectRule, Facts, NotUnderstood, ReaderRule, Reading, Rules, Situation, Understood
from flows.values import Listed, LocalTime, Text, Value

PHASES = frozenset({"closing", "alumni"})

NAME_CHARACTERS = 60
"""What fits one line of the page."""

NAME = "certificate_name"
"""The save name under which she says how her name is to stand there."""


def is_time(facts: Facts) -> bool:
    """Whether there is a certificate for her."""
    current = facts["phase.current"]
    return isinstance(current, tuple) and not PHASES.isdisjoint(current)


def read_name(typed: str, _: Situation) -> Reading:
    """A name in one line."""
    name = " ".join(typed.split())
    return Understood(name) if len(name) <= NAME_CHARACTERS else NotUnderstood("certificate.name_hint")


def send(situation: Situation) -> tuple[SendCertificate, ...]:
    """The page, in her language. The time is that of her pair, until it became one of alumni."""
    facts, now = situation.facts, situation.now
    programme, sides = situation.text("programme.name"), facts["programme.sides"]
    names = tuple(str(name) for _, name in sides) if isinstance(sides, tuple) else ()
    paired, since = facts["pair.since"], facts["phase.since"]
    ended = since.get("alumni") if isinstance(since, Mapping) else None
    days: dict[str, Value] = {
        "first": LocalTime(paired if isinstance(paired, datetime) else now, "date"),
        "last": LocalTime(ended or now, "date"),
    }
    lines: tuple[tuple[str, Value], ...] = (
        ("title", Text("certificate.heading")),
        ("plain", Text("certificate.bearer")),
        ("name", situation.answers.get(NAME) or situation.text("person.name")),
        ("plain", situation.text("side.name")),
        ("plain", Text("certificate.took_part")),
        ("strong", programme),
        ("plain", Listed(names)),
        ("plain", Text("certificate.dates", days)),
        ("small", Text("certificate.about")),
        *(("signed", Text("certificate.for_side", {"side": name})) for name in names),
        ("foot", Text("certificate.made", {"day": LocalTime(now, "date")})),
    )
    return (SendCertificate(Text("certificate.caption"), lines),)


RULES = Rules(
    effects={
        "certificate.send": EffectRule(
            send,
            needs=("person.name", "side.name", "programme.name", "programme.sides", "pair.since", "phase.since"),
        ),
    },
    readers={
        "certificate.name": ReaderRule(read_name),
    },
)
