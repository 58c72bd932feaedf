"""How a twin would like to go on otherwise: with another twin, or not at all. domain.md P5.

Rules kept here:

* What she answers in the look back stays with her. Only if she says so, asked for nothing else, do the coordinators of
  every side know; her partner never does.
* It is up until her pair ends, a coordinator says that the two go on, or she says otherwise herself.
"""

from __future__ import annotations

from flows.effects import Begin, ClearFlag, Effect, Keep, RaiseFlag, Say, Tell
from flows.events.people import WishTold
from flows.flags import WISHES
from flows.people import PersonId
from flows.rules import agenda
from flows.rules.heard import flags
from flows.rules.pausing import HOURS_NEEDS
from flows.rules.situation import DecisionRule, EffectRule, Facts, RecordRule, Rules, Situation
from flows.session import Outcome
from flows.values import Text

FLOW, WISH = "wish", "wish"
"""The flow in which she is asked whether coordinators may know, and what it is given."""


def ask(situation: Situation) -> tuple[Begin, ...]:
    """Ask whether coordinators may know what she answered."""
    return (Begin(FLOW, {WISH: situation.answers.get("continue", "")}),)


def which(situation: Situation) -> str:
    """What she wishes."""
    return "stop" if situation.session.given[WISH] == "stop" else "new_twin"


def tell(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Tell the coordinators of every side, if she agreed; what she agreed to before holds no more otherwise."""
    facts, session, wish = situation.facts, situation.session.number, which(situation)
    known = facts["programme.coordinators"]
    leading = known if isinstance(known, tuple) else ()
    if situation.answers.get("tell") != "tell":
        return (*taken_down(facts), Say(Text("wish.kept"), session=session))
    if not leading:
        return (Say(Text("help.no_coordinator"), session=session),)
    told = WishTold(situation.text("person.name"), str(facts["twin.name"] or "…"), wish)
    return (
        *(one for one in taken_down(facts) if one.kind != WISHES[wish]),
        RaiseFlag(WISHES[wish]),
        *(Tell(PersonId(one), told) for one in leading),
        Say(Text("wish.told"), session=session),
    )


def taken_down(facts: Facts) -> tuple[ClearFlag, ...]:
    """Nothing is wished any more."""
    return tuple(ClearFlag(kind) for kind in WISHES.values() if kind in flags(facts))


def record(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """The look back has ended: whoever goes on as it is, with a change or after a pause wishes nothing else."""
    goes_on = situation.session.outcome is Outcome.COMPLETED and situation.answers.get("continue") not in WISHES
    return (*agenda.record(situation), *(taken_down(situation.facts) if goes_on else ()))


RULES = Rules(
    effects={
        "wish.ask": EffectRule(ask),
        "wish.tell": EffectRule(tell, needs=("person.name", "twin.name", "programme.coordinators", "flags.up")),
    },
    decisions={
        "wish.which": DecisionRule(which, ("new_twin", "stop")),
    },
    records={
        "review": RecordRule(record, needs=("flags.up", *HOURS_NEEDS)),
    },
)
