"""A check-in with its numbers: the card of `/numbers`, and what lite mode puts under the prompt. Pure.

Rules kept here:

* One line of numbers answers what stands on it, whatever the path: every question with every number.
* It fits into `NUMBERS_LIMIT` bytes in every language and for every name; with a prompt above it into `PROMPT_LIMIT`.
"""

from __future__ import annotations

from flows.catalogue import Flow
from flows.definition import PLACEHOLDER, StepDefinition
from flows.rules.situation import Facts
from flows.values import Listed, Text

NUMBERS_LIMIT = 900
"""Bytes of the card, design.md section 5; a test measures it in every language."""

PROMPT_LIMIT = 1_000
"""Bytes of a prompt with its numbers, for names of a dozen letters."""

NAME_LIMIT = 24
"""Bytes of a name on the card; longer ones are cut there, so that the card keeps its promise for everybody."""


def whole(flow: Flow, facts: Facts) -> Text:
    """Every question of `flow`, to keep."""
    return Text("numbers.card", {"questions": _questions(flow, facts, _asked(flow))})


def under(flow: Flow, facts: Facts, prompt: Text) -> Text:
    """`prompt`, the first question, with its numbers, and all that may follow."""
    first, *others = _asked(flow)
    rest = _questions(flow, facts, others)
    return Text("numbers.under", {"question": prompt, "choices": _choices(flow, first), "questions": rest})


def _asked(flow: Flow) -> list[StepDefinition]:
    return [step for step in flow.definition.steps if step.kind == "choose"]


def _questions(flow: Flow, facts: Facts, steps: list[StepDefinition]) -> Listed:
    return Listed(tuple(_question(flow, facts, step) for step in steps), "\n")


def _question(flow: Flow, facts: Facts, step: StepDefinition) -> Text:
    filled = {found: _name_of(found, facts) for found in PLACEHOLDER.findall(step.text or "")}
    question = Text(f"{flow.id}.{step.id}", filled, flow.version)
    return Text("numbers.question", {"question": question, "choices": _choices(flow, step)})


def _choices(flow: Flow, step: StepDefinition) -> Listed:
    numbered = (
        Text("numbers.choice", {"number": choice.number, "choice": Text(choice.text, version=flow.version)})
        for choice in flow.choices(step.id)
    )
    return Listed(tuple(numbered), " · ")


def _name_of(placeholder: str, facts: Facts) -> str:
    name = str(facts.get(f"{placeholder}.name") or "…")
    kept = name.encode()[:NAME_LIMIT].decode(errors="ignore")
    return name if kept == name else f"{kept.rstrip()}…"
