"""Asking the own-side coordinator for help: only what the twin agreed to tell is told."""

from __future__ import annotations

from flows.effects import Begin, Effect, RaiseFlag, Say, Tell, Text, Value
from flows.events import CareTaken, HelpAsked
from flows.people import PersonId
from flows.rules.silence import REASON_LIST
from flows.rules.situation import Situation

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
    coordinators = situation.facts["side.coordinators"]
    if not isinstance(coordinators, tuple) or not coordinators:
        return (Say(Text("help.no_coordinator"), session=session),)
    given = situation.session.given.get("reason")
    reason = f"{REASON_LIST}.{given}" if agreed == "reason" and given else None
    asked = HelpAsked(PersonId(situation.number("person.id") or 0), situation.text("person.name"), reason)
    return (
        RaiseFlag(HELP),
        *(Tell(PersonId(coordinator), asked) for coordinator in coordinators),
        Say(Text("help.told"), session=session),
    )


def with_reason(situation: Situation) -> str:
    """Whether a reason was told to the coordinator beside the wish."""
    return "yes" if "reason" in situation.session.given else "no"


def reason(situation: Situation) -> Value:
    """The reason that the twin agreed to tell."""
    return Text(situation.session.given["reason"])


def take_care(situation: Situation) -> tuple[Effect | Begin, ...]:
    """The twin hears which coordinator will be in touch."""
    twin = PersonId(int(situation.session.given["twin_id"]))
    return (Tell(twin, CareTaken(situation.text("person.name"))),)
