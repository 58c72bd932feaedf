"""The look back: how felt equity is read, and the cards to talk about. domain.md P5 and section 6.

Rules kept here:

* What she feels stays with her: no effect here tells it to anybody.
* Who says that her twin gets much more is always asked what would do her good, whatever the counts.
* A card is a topic, never a question with an answer: nothing of it is counted or kept.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, Keep, Say, Tell
from flows.events.pairs import PagePassedOn, PageTakenBack
from flows.people import PersonId
from flows.rules.reciprocity import EQUITY, FELT, needs_follow_up
from flows.rules.situation import DecisionRule, EffectRule, Rules, Situation, ValueRule
from flows.values import Text

CARDS = 3
"""Of each theme."""

TURNED, SENT_TO = "turned", "sent_to"
"""How many cards were laid aside, and who was sent one."""


def gives_more(situation: Situation) -> str:
    """Whether she is to be asked, gently and in private, what would do her good."""
    return "yes" if needs_follow_up(FELT.get(situation.answers.get(EQUITY, ""))) else "no"


def card(situation: Situation) -> Text:
    """The card that lies on top."""
    turned = int(situation.session.given.get(TURNED, "0"))
    return Text(f"dialogue.{situation.answers['theme']}_{turned % CARDS + 1}")


def turn_over(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """The next card of the theme; after the last one comes the first."""
    return (Keep({TURNED: str((int(situation.session.given.get(TURNED, "0")) + 1) % CARDS)}),)


def carry_out(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """The card goes to her twin, each reading it in their own language, and to herself; a second thought takes it
    back."""
    session, twin, shown = situation.session, situation.number("twin.id"), card(situation)
    author, name = PersonId(situation.number("person.id") or 0), situation.text("person.name")
    was_sent = session.given.get(SENT_TO)
    if situation.answers.get("card") != "send":
        back = () if was_sent is None else (Tell(PersonId(int(was_sent)), PageTakenBack(author, name, session.number)),)
        return (*back, Say(Text("dialogue.none"), session=session.number))
    if twin is None:
        return (Say(Text("dialogue.nobody"), session=session.number),)
    lines = (("card", f"={shown.id}"),)
    page = PagePassedOn(author, name, session.number, session.flow, lines, changed=was_sent is not None)
    copy = Text("dialogue.sent", {"twin": situation.text("twin.name"), "card": shown})
    return (Tell(PersonId(twin), page), Say(copy, session=session.number), Keep({SENT_TO: str(twin)}))


RULES = Rules(
    effects={
        "dialogue.turn_over": EffectRule(turn_over),
        "dialogue.carry_out": EffectRule(carry_out, needs=("person.id", "person.name", "twin.id", "twin.name")),
    },
    decisions={
        "review.gives_more": DecisionRule(gives_more, ("yes", "no")),
    },
    values={
        "dialogue.card": ValueRule(card),
    },
)
