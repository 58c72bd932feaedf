"""/delete: forgetting somebody whole, because she wants it.

Rules kept here:

* Three taps, none of them typed: what it means, what becomes of what she shared, and the last word.
* Her partner and the coordinators of her side hear that she has left; why is nobody's business.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, ErasePerson, Say
from flows.entries import PRIVATE
from flows.people import PersonState, Role
from flows.rules.pausing import STANDING_NEEDS, is_last_coordinator, stop, tell_standing
from flows.rules.reflecting import OWN_NEEDS, own
from flows.rules.situation import DecisionRule, EffectRule, Rules, Situation, ValueRule
from flows.values import Text, Value


def who_hears(situation: Situation) -> Value:
    """Who will be told that she has left, and what rests then."""
    facts = situation.facts
    if facts["person.state"] == PersonState.JOINING:
        return Text("leaving.nobody_hears")
    if is_last_coordinator(facts):
        return Text("leaving.last_coordinator")
    return Text("leaving.coordinators_hear" if facts["twin.id"] is None else "leaving.twin_hears")


def has_shared(situation: Situation) -> str:
    """Whether something of hers may stand in another chat: a note to her twin, what she shared with anybody, or what a
    twin tells the coordinators of her side (what would fit her, how to reach her, why she declined)."""
    facts = situation.facts
    tells = facts["person.role"] == Role.TWIN and facts["person.state"] != PersonState.JOINING
    handed_in = tells and bool(facts["side.coordinators"])
    shared = any(entry.sharing != PRIVATE for entry in own(facts))
    return "yes" if shared or handed_in or facts["twin.id"] is not None else "no"


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


HAS_SHARED_NEEDS = ("person.role", "person.state", "twin.id", "side.coordinators")

RULES = Rules(
    effects={
        "delete.rather_stop": EffectRule(rather_stop, needs=STANDING_NEEDS),
        "delete.carry_out": EffectRule(delete, needs=("twin.id", *STANDING_NEEDS)),
    },
    decisions={
        "delete.has_shared": DecisionRule(has_shared, ("yes", "no"), needs=(*HAS_SHARED_NEEDS, *OWN_NEEDS)),
    },
    values={
        "delete.who_hears": ValueRule(who_hears, needs=("twin.id", *STANDING_NEEDS)),
    },
)
