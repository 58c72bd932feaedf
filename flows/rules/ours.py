"""What a programme has of its own: shown to coordinators, and taken back by a facilitator."""

from __future__ import annotations

from typing import Final

from flows.effects import TakeFlowsBack
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.values import Listed, Text, Value

ALL: Final = "all"
CLOSE: Final = "close"


def _own(situation: Situation) -> tuple[str, ...]:
    """The files, as they were when she asked."""
    return tuple(situation.session.given.get("own", "").split())


def standing(situation: Situation) -> str:
    if not _own(situation):
        return "nothing"
    return "hers" if situation.session.given.get("may") else "others"


def files(situation: Situation) -> Value:
    return Listed(_own(situation), ", ")


def which(situation: Situation) -> tuple[Offer, ...]:
    """Each file, all of them where there are several, and none."""
    own = _own(situation)
    ids = (*own, *((ALL,) if len(own) > 1 else ()), CLOSE)
    return tuple(Offer(id_, which_label(id_, situation)) for id_ in ids)


def which_label(choice: str, _: Situation) -> Value:
    return Text(f"own_files.{choice}") if choice in {ALL, CLOSE} else choice


def picked(situation: Situation) -> str:
    return "none" if situation.answers["which"] == CLOSE else "some"


def take_back(situation: Situation) -> tuple[TakeFlowsBack, ...]:
    choice = situation.answers["which"]
    return (TakeFlowsBack(situation.session.number, _own(situation) if choice == ALL else (choice,)),)


RULES = Rules(
    effects={
        "ours.take_back": EffectRule(take_back),
    },
    decisions={
        "ours.standing": DecisionRule(standing, ("nothing", "hers", "others")),
        "ours.picked": DecisionRule(picked, ("some", "none")),
    },
    choices={
        "ours.which": ChoicesRule(which, which_label),
    },
    values={
        "ours.files": ValueRule(files),
    },
)
