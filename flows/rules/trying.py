"""Trying a conversation: which one, and in which language."""

from __future__ import annotations

from collections.abc import Mapping

from flows.effects import Begin, Say
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation
from flows.values import Text, Value

ITSELF = "try_conversation"


def has_flow(situation: Situation) -> str:
    """Whether the command named one already."""
    return "yes" if situation.session.given.get("flow") else "no"


def _listed(situation: Situation) -> tuple[tuple[str, bool], ...]:
    """Every flow, and whether it has a title: `join+ pause` as `Catalogue.flows` was when she asked."""
    given = situation.session.given.get("flows", "")
    return tuple((name.removesuffix("+"), name.endswith("+")) for name in given.split())


def flows(situation: Situation) -> tuple[Offer, ...]:
    return tuple(Offer(flow, flow_label(flow, situation)) for flow, _ in _listed(situation))


def flow_label(flow: str, situation: Situation) -> Value:
    """Its title, or its id in plain letters."""
    has_title = dict(_listed(situation)).get(flow)
    return Text(f"{flow}.title", version=_drafted(situation).get(flow)) if has_title else flow.replace("_", " ")


def _drafted(situation: Situation) -> Mapping[str, str]:
    """The versions that a facilitator has sent and wants to try, by flow."""
    known = (one.partition("=") for one in situation.session.given.get("drafted", "").split())
    return {flow.removesuffix("+"): version for flow, _, version in known}


def how_many_languages(situation: Situation) -> str:
    return "several" if len(_languages(situation)) > 1 else "one"


def languages(situation: Situation) -> tuple[Offer, ...]:
    return tuple(Offer(code, name) for code, name in _languages(situation).items())


def language_label(code: str, situation: Situation) -> Value:
    return _languages(situation).get(code, code)


def _languages(situation: Situation) -> Mapping[str, str]:
    known = situation.facts["world.languages"]
    return known if isinstance(known, Mapping) else {}


def begin(situation: Situation) -> tuple[Say | Begin, ...]:
    flow = situation.session.given.get("flow") or situation.answers["flow"]
    language = situation.answers.get("language", situation.text("person.language"))
    begun = Begin(flow, trial=language, version=_drafted(situation).get(flow))
    return (Say(Text("trial.begins"), session=situation.session.number), begun)


RULES = Rules(
    effects={
        "trial.begin": EffectRule(begin, needs=("person.language",)),
    },
    decisions={
        "trial.has_flow": DecisionRule(has_flow, ("yes", "no")),
        "trial.languages": DecisionRule(how_many_languages, ("one", "several"), needs=("world.languages",)),
    },
    choices={
        "trial.flows": ChoicesRule(flows, flow_label),
        "trial.languages": ChoicesRule(languages, language_label, needs=("world.languages",)),
    },
)
