"""The way back after a long silence, a stop or a long pause: one easy choice instead of a check-in, and no blame.

Rules kept here:

* Whatever she taps is enough, and a sign of hers. Who taps nothing has missed nothing.
* The check-in that she chooses is that of the week, with its four taps.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, Say
from flows.people import CHECK_IN
from flows.rules import topics
from flows.rules.check_in import say_hello
from flows.rules.heard import HEARD_NEEDS, heard
from flows.rules.situation import EffectRule, Rules, Situation
from flows.values import Text


def chosen(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Do what she tapped."""
    session = situation.session
    match situation.answers.get("first"):
        case "hello":
            done: tuple[Effect | Begin, ...] = say_hello(situation)
        case "check_in":
            done = (Begin(CHECK_IN, period=session.period, planned_at=session.planned_at),)
        case "topic":
            done = (Say(topics.card(session.period, situation.facts, situation.now), session=session.number),)
        case _:
            done = (Say(Text("way_back.not_yet"), session=session.number),)
    return (*heard(situation.facts), *done)


RULES = Rules(
    effects={
        "way_back.chosen": EffectRule(chosen, needs=("person.id", "person.name", "twin.id", "twin.name", *HEARD_NEEDS)),
    },
)
