"""A challenge that one twin puts to the other: how it is done there, and what each of the two would try."""

from __future__ import annotations

from flows.effects import Begin, Effect, Say, Tell
from flows.events.pairs import TwinAsked
from flows.people import PersonId
from flows.rules.situation import EffectRule, Rules, Situation
from flows.values import Text

ANSWER, TRY = "challenge_answer", "challenge_try"
"""The flows that begin with the other one: with whom it is put to, and with whom it is answered."""


def put(situation: Situation) -> tuple[Effect | Begin, ...]:
    """To her twin, who is asked how it is done there."""
    twin = situation.number("twin.id")
    if twin is None:
        return (Say(Text("hello.no_twin"), session=situation.session.number),)
    return _ask(situation, twin, situation.text("twin.name"), ANSWER, {"challenge": situation.answers["challenge"]})


def answer(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Back to who put it, who is asked what she will try."""
    given, answers = situation.session.given, situation.answers
    said = [answers[save] for save in ("home", "try") if save in answers]
    if not said:
        return (Say(Text("pages.nothing_said"), session=situation.session.number),)
    return _ask(situation, int(given["sender_id"]), given["sender"], TRY, {"answer": "\n\n".join(said)})


def _ask(situation: Situation, whom: int, name: str, flow: str, given: dict[str, str]) -> tuple[Effect | Begin, ...]:
    session = situation.session.number
    author = PersonId(situation.number("person.id") or 0)
    asked = TwinAsked(author, situation.text("person.name"), session, flow, given)
    return (Tell(PersonId(whom), asked), Say(Text("pages.now_twin", {"twin": name}), session=session))


RULES = Rules(
    effects={
        "challenge.put": EffectRule(put, needs=("person.id", "person.name", "twin.id", "twin.name")),
        "challenge.answer": EffectRule(answer, needs=("person.id", "person.name")),
    },
)
