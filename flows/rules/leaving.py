"""/delete: forgetting somebody whole, because she wants it.

Rules kept here:

* Three taps, none of them typed: what it means, what becomes of what she shared, and the last word.
* Her partner and the coordinators of her side hear that she has left; why is nobody's business.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, ErasePerson, Say, Text
from flows.people import PersonState
from flows.rules.pausing import stop, tell_standing
from flows.rules.situation import Situation


def has_shared(situation: Situation) -> str:
    """Whether there is a partner in whose chat something of hers may stand."""
    return "no" if situation.facts["twin.id"] is None else "yes"


def rather_stop(situation: Situation) -> tuple[Effect | Begin, ...]:
    """She only wants quiet: stop, and keep everything."""
    if situation.facts["person.state"] == PersonState.JOINING:
        return (Say(Text("stop.joining")),)
    return stop(situation.facts)


def delete(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Erase her, and tell those who work with her that she has left."""
    facts = situation.facts
    told: list[Effect] = []
    if facts["person.state"] != PersonState.JOINING:  # of somebody who was never in nobody knows
        told.extend(tell_standing(facts, "left"))
    take_back = situation.answers.get("shared") == "take_back"
    return (*told, ErasePerson(on_request=True, take_back=take_back))
