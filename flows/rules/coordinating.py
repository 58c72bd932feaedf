"""Coordinators of a side: who is there, and asking them for help.

Rules kept here:

* Only what the twin agreed to tell is told, and to every coordinator of her own side.
* A coordinator is there for her side unless she has stopped, left, or can not be reached. When the last one of a side
  goes, or one is there again, the others are told.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, RaiseFlag, Say, Tell
from flows.events.people import CareTaken, HelpAsked, OtherTakesCare, SideChanged
from flows.people import Person, PersonId, PersonState, Role
from flows.rules.silence import REASON_LIST
from flows.rules.situation import DecisionRule, EffectRule, Facts, Rules, Situation, ValueRule
from flows.values import Text, Value

WISH = "prefer_coordinator"

HELP = "help"
"""The flag of somebody who asked for a word with a coordinator."""


def has_reason(situation: Situation) -> str:
    """Whether there is a reason that could be told beside the wish to be contacted. That she would rather tell a
    coordinator is no reason beside it: it is the wish."""
    return "no" if situation.session.given.get("reason") in {None, "", WISH} else "yes"


def tell(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Tell every coordinator of her own side what she agreed to, or say that there is none yet."""
    agreed = situation.answers.get("tell")
    session = situation.session.number
    if agreed not in {"wish", "reason"}:
        return (Say(Text("help.nothing_told"), session=session),)
    if not situation.facts["side.coordinators"]:
        return (Say(Text("help.no_coordinator"), session=session),)
    given = situation.session.given.get("reason")
    reason = f"{REASON_LIST}.{given}" if agreed == "reason" and given else None
    return (*ask_coordinators(situation, reason), Say(Text("help.told"), session=session))


def ask_coordinators(situation: Situation, reason: str | None) -> tuple[Effect, ...]:
    """Every coordinator of her own side hears that she wants a word; `reason` is a text id that she agreed to tell."""
    coordinators = situation.facts["side.coordinators"]
    asked = HelpAsked(PersonId(situation.number("person.id") or 0), situation.text("person.name"), reason)
    told = coordinators if isinstance(coordinators, tuple) else ()
    return (RaiseFlag(HELP), *(Tell(PersonId(one), asked) for one in told))


LEADING = frozenset({PersonState.ACTIVE, PersonState.PAUSED})
"""States in which a coordinator is there for her side; a pause only keeps her from being asked."""


def leads(person: Person | None) -> bool:
    """Whether she is a coordinator who is there; `None` is somebody who has been erased."""
    if person is None or person.role is not Role.COORDINATOR:
        return False
    return person.state in LEADING and person.unreachable_since is None


def side_changed(person: PersonId, facts: Facts, *, ready: bool) -> tuple[Tell, ...]:
    """Coordinator `person` came (`ready`) or went: tell the others, unless her side has another one."""
    if _others(facts["side.coordinators"], person):
        return ()
    changed = SideChanged(str(facts["side.name"]), ready)
    return tuple(Tell(one, changed) for one in _others(facts["programme.coordinators"], person))


def _others(people: object, person: PersonId) -> tuple[PersonId, ...]:
    return tuple(one for one in people if one != person) if isinstance(people, tuple) else ()


def with_reason(situation: Situation) -> str:
    """Whether a reason was told to the coordinator beside the wish."""
    return "yes" if "reason" in situation.session.given else "no"


def reason(situation: Situation) -> Value:
    """The reason that the twin agreed to tell."""
    return Text(situation.session.given["reason"])


def take_care(situation: Situation) -> tuple[Effect | Begin, ...]:
    """The twin hears which coordinator will be in touch, and so do the other coordinators of her side."""
    twin, name = PersonId(int(situation.session.given["twin_id"])), situation.text("person.name")
    others = _others(situation.facts["side.coordinators"], PersonId(situation.number("person.id") or 0))
    return (Tell(twin, CareTaken(name)), *(Tell(one, OtherTakesCare(name, twin)) for one in others))


RULES = Rules(
    effects={
        "coordinator.tell": EffectRule(tell, needs=("person.id", "person.name", "side.coordinators")),
        "help.take_care": EffectRule(take_care, needs=("person.id", "person.name", "side.coordinators")),
    },
    decisions={
        "coordinator.has_reason": DecisionRule(has_reason, ("yes", "no")),
        "help.with_reason": DecisionRule(with_reason, ("yes", "no")),
    },
    values={
        "help.reason": ValueRule(reason),
    },
)
