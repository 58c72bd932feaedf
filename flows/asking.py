"""The words of a step: its text with what fills it, its choices, and the buttons that show them.

Rules kept here:

* A text is an id, its values and the version of the flow whose wording holds; no sentence is made here.
* What fills a placeholder is, in this order: a value that the step names, what was answered under that name on the
  path taken, a fact.
* A button counts from 1 in the order of the file; the one that skips is number 0, so that a choice added later moves
  no number.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from flows.definition import ChoicesByRule, StepDefinition, placeholders
from flows.effects import Button, Text, Value
from flows.errors import FlowMisled
from flows.rules import CHOICES, VALUES
from flows.rules.situation import Situation
from flows.session import Answered

SKIP = 0
"""The number of the skip button."""

UNKNOWN = "…"
"""Stands for a fact that is not known any more, such as the name of a twin after the pair was parted."""


def text_of(situation: Situation, step: StepDefinition) -> Text:
    """What `step` says or asks."""
    return _filled(situation, f"{situation.flow.id}.{step.id}", step.text or "", step.values)


def reminder_of(situation: Situation, source: str) -> Text:
    """What the flow's reminder says."""
    return _filled(situation, f"{situation.flow.id}.reminder", source, {})


def _filled(situation: Situation, text: str, source: str, named: Mapping[str, str]) -> Text:
    values = {name: _fill(situation, name, named) for name in placeholders(source)}
    return Text(text, values, situation.session.version)


def _fill(situation: Situation, name: str, named: Mapping[str, str]) -> Value:
    if name in named:
        return VALUES[named[name]].run(situation)
    for answered in reversed(situation.session.path):
        if situation.flow.step(answered.step).save == name:
            label = label_of_answer(situation, answered)
            if label is not None:
                return label
    for fact in (f"{name}.name", name.replace("_", ".", 1)):
        if fact in situation.facts:
            value = situation.facts[fact]
            return value if isinstance(value, str | int) else UNKNOWN
    raise FlowMisled(f"flow {situation.flow.id}: nothing fills {{{name}}}")


def label_of_answer(situation: Situation, answered: Answered) -> Value | None:
    """An answer in words: the label of its choice, or what was typed; `None` where the question was skipped."""
    if answered.choice is None:
        return answered.words
    return label(situation, situation.flow.step(answered.step), answered.choice)


def label(situation: Situation, step: StepDefinition, choice: str) -> Value:
    """What stands on the button of `choice`."""
    if isinstance(step.choices, ChoicesByRule):
        return CHOICES[step.choices.rule].label(choice, situation)
    text = next(one.text for one in situation.flow.choices(step.id) if one.id == choice)
    return _fixed(text, situation.session.version)


@lru_cache(maxsize=4096)  # every button of every version that is open: made once, not for each person
def _fixed(text: str, version: str) -> Text:
    return Text(text, version=version)


def offered(situation: Situation, step: StepDefinition) -> tuple[str, ...]:
    """The ids of the choices that a rule makes now; none where they are written in the file."""
    if not isinstance(step.choices, ChoicesByRule):
        return ()
    return tuple(offer.id for offer in CHOICES[step.choices.rule].run(situation))


def choice_ids(situation: Situation, step: StepDefinition) -> tuple[str, ...]:
    """The choices of `step` by id, in the order of their numbers. Where the session stands, what was offered holds."""
    if not isinstance(step.choices, ChoicesByRule):
        return tuple(choice.id for choice in situation.flow.choices(step.id))
    if situation.session.step == step.id:
        return situation.session.offered
    return offered(situation, step)


def buttons(situation: Situation, step: StepDefinition) -> tuple[Button, ...]:
    """The buttons under `step`, the answer that holds marked."""
    answered = situation.session.answer(step.id)
    chosen = answered.choice if answered is not None else None
    if isinstance(step.choices, ChoicesByRule):
        ids = choice_ids(situation, step)
        shown = [Button(label(situation, step, id_), n, chosen=id_ == chosen) for n, id_ in enumerate(ids, start=1)]
    else:
        version = situation.session.version
        shown = [
            Button(_fixed(choice.text, version), choice.number, chosen=choice.id == chosen)
            for choice in situation.flow.choices(step.id)
        ]
    if step.skip:
        skipped = answered is not None and answered.choice is None and answered.words is None
        shown.append(Button(Text("engine.skip"), SKIP, chosen=skipped))
    return tuple(shown)
