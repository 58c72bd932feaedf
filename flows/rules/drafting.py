"""What becomes of flows that a facilitator has sent: tried, published, thrown away."""

from __future__ import annotations

from typing import Final

from flows.advice import said
from flows.effects import Begin, DropDraft, PublishDraft, Say
from flows.rules.situation import DecisionRule, EffectRule, Rules, Situation, ValueRule
from flows.rules.trying import ITSELF
from flows.values import Listed, Text, Value

DRAFT: Final = "draft"


def _flows(situation: Situation) -> tuple[str, ...]:
    """The flows of the draft, each with a + where it has a title."""
    return tuple(one.partition("=")[0] for one in situation.session.given.get("drafted", "").split())


def is_sound(situation: Situation) -> str:
    """Whether nothing is wrong with what she sent."""
    return "no" if situation.session.given.get("problems") else "yes"


def problems(situation: Situation) -> Value:
    """What is wrong, a line each, as far as it fits."""
    given = situation.session.given
    more = (Text("drafts.more", {"more": given["more"]}),) if given.get("more") else ()
    return Listed((said(given["problems"]), *more), "\n")


def inside(situation: Situation) -> Value:
    """How many people are in the middle of what would be replaced."""
    said = situation.session.given.get("inside", "")
    count = int(said) if said.isdecimal() else 0
    return Text("drafts.inside", count=count) if count else Text("drafts.nobody_inside")


def try_it(situation: Situation) -> tuple[Say | Begin, ...]:
    """Let her choose which of them, and in which language."""
    flows = _flows(situation)
    if not flows:
        return (Say(Text("drafts.nothing_to_try"), session=situation.session.number),)
    given = {"flows": " ".join(flows), "drafted": situation.session.given["drafted"]}
    return (Begin(ITSELF, {**given, **({"flow": flows[0].removesuffix("+")} if len(flows) == 1 else {})}),)


def publish(situation: Situation) -> tuple[PublishDraft, ...]:  # noqa: ARG001 - the shape of a rule
    return (PublishDraft(),)


def discard(situation: Situation) -> tuple[DropDraft, ...]:  # noqa: ARG001
    return (DropDraft(),)


RULES = Rules(
    effects={
        "draft.try": EffectRule(try_it),
        "draft.publish": EffectRule(publish),
        "draft.discard": EffectRule(discard),
    },
    decisions={
        "draft.is_sound": DecisionRule(is_sound, ("yes", "no")),
    },
    values={
        "draft.inside": ValueRule(inside),
        "draft.problems": ValueRule(problems),
    },
)
