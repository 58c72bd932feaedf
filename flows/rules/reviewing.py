"""The look back: how felt equity is read, and the cards to talk about. domain.md P5 and section 6.

Rules kept here:

* What she feels stays with her: no effect here tells it to anybody.
* Who says that her twin gets much more is always asked what would do her good, whatever the counts.
* A card is a topic, never a question with an answer: nothing of it is counted or kept.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, Keep, Say
from flows.rules.pages import PAGE_NEEDS, TWIN, show_lines
from flows.rules.reciprocity import EQUITY, FELT, needs_follow_up
from flows.rules.situation import DecisionRule, EffectRule, Rules, Situation, ValueRule
from flows.values import Text

CARDS = 3
"""Of each theme."""

TURNED = "turned"
"""How many cards were laid aside."""


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
    number, shown = situation.session.number, card(situation)
    if situation.answers.get("card") != "send":
        return (*show_lines(situation, (), ()), Say(Text("dialogue.none"), session=number))
    if situation.number("twin.id") is None:
        return (Say(Text("dialogue.nobody"), session=number),)
    copy = Text("dialogue.sent", {"twin": situation.text("twin.name"), "card": shown})
    return (*show_lines(situation, (TWIN,), (("card", f"={shown.id}"),)), Say(copy, session=number))


RULES = Rules(
    effects={
        "dialogue.turn_over": EffectRule(turn_over),
        "dialogue.carry_out": EffectRule(carry_out, needs=PAGE_NEEDS),
    },
    decisions={
        "review.gives_more": DecisionRule(gives_more, ("yes", "no")),
    },
    values={
        "dialogue.card": ValueRule(card),
    },
)
