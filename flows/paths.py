"""Where the steps of a flow lead, and what the worst way through them costs.

Rules kept here:

* A way is one line from a step to the next one, or out of the flow. Checks, costs and diagrams walk the same ways.
* A loop is counted once: whoever is in it may see each of its steps before leaving, so each is counted, none twice.
* Costs are never told too low: a named effect counts as one message, though some say nothing.
* Not counted is what a slip adds (a wrong answer asked again), the reminder, the guard's question, and a flow that
  this one starts: that one is counted for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from flows.catalogue import Catalogue, Choice, Flow
from flows.definition import END, PLACEHOLDER, ChoicesByRule, StepDefinition

SOURCE_LANGUAGE = "en"

TYPICAL_VALUE = 12
"""Bytes that a filled-in placeholder counts for: a first name or the name of a town, in Latin letters. Also a button
of which the flow file does not know the words: the one that skips, those that a rule makes."""

TYPICAL_PARAGRAPH = 350
"""Bytes that a placeholder counts for which is a paragraph of its own: `/goals` read whole, `/balance`, what would be
shared, six weeks of `/agenda`. In the transcripts they have 150 to 600."""

MADE_BUTTONS = 13
"""Buttons counted where a rule makes them: the full hours outside the quiet ones, the longest list so far."""

EFFECT_BYTES = 240
"""Bytes counted for what a named effect may say; a topic card has about a hundred in Latin letters, and twice that
in Arabic ones."""

MARK = len("✓ ".encode())
"""Bytes by which the buttons grow when the tapped one is marked."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step: by a `choice`, by the `outcome` of a decision, by skipping, or the only one.
    `to` is `None` where the flow ends."""

    to: str | None
    choice: Choice | None = None
    outcome: str | None = None
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """The most that a person can meet between the start of a flow and its end. `messages` are sends and text edits,
    `taps` are taps or typed answers, `bytes` UTF-8 of texts and buttons, those marked after a tap included.
    Each number is the largest over all paths; `path` is the one with the most messages, then taps, then bytes."""

    messages: int
    taps: int
    bytes: int
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of costs."""

    flow: str
    language: str
    cost: Cost


# -- ways ----------------------------------------------------------------------------------------------------------


def ways(flow: Flow, step: StepDefinition) -> Iterator[Way]:
    """Every way out of `step`, in the order in which it is written. A target may name a step that does not exist."""
    if step.listen is not None:
        yield Way(None)  # the engine ends there, whatever stands below
        return
    if step.kind == "decide":
        for outcome, target in step.then.items():
            yield Way(None if target == END else target, outcome=outcome)
        return
    choices = flow.choices(step.id)
    for choice in choices:
        yield Way(flow.following(step, choice.next), choice=choice)
    if not choices:
        yield Way(flow.following(step))
    if step.skip:
        yield Way(flow.following(step), skipped=True)


def targets(flow: Flow, step: str) -> frozenset[str]:
    """The existing steps to which `step` leads directly."""
    return frozenset(way.to for way in ways(flow, flow.steps[step]) if way.to is not None and way.to in flow.steps)


def ends_after(flow: Flow, step: str) -> bool:
    """Whether a way out of `step` leaves the flow. A target that does not exist counts as leaving: it is named by a
    check of its own."""
    return any(way.to not in flow.steps for way in ways(flow, flow.steps[step]))


def reached_from(flow: Flow, step: str, without: Collection[str] = ()) -> frozenset[str]:
    """The steps that can follow `step`, soon or late, itself only when it lies in a loop. Does not lead on through
    the steps in `without`."""
    found: set[str] = set()
    open_steps = [step]
    while open_steps:
        for target in targets(flow, open_steps.pop()) - found:
            found.add(target)
            if target not in without:
                open_steps.append(target)
    return frozenset(found)


def reachable(flow: Flow) -> frozenset[str]:
    """The steps that a session can come to, the first one included."""
    return reached_from(flow, flow.first.id) | {flow.first.id}


# -- costs ---------------------------------------------------------------------------------------------------------


def size(text: str) -> int:
    """UTF-8 bytes of `text`, each placeholder filled in at its typical length: one that is a paragraph of its own holds
    a page, a list or somebody's words."""
    found, alone = len(PLACEHOLDER.findall(text)), _count_alone(text)
    filled = (found - alone) * TYPICAL_VALUE + alone * TYPICAL_PARAGRAPH
    return len(PLACEHOLDER.sub("", text).encode()) + filled


def _count_alone(text: str) -> int:
    return sum(PLACEHOLDER.fullmatch(one.strip()) is not None for one in text.split("\n\n"))


def step_bytes(flow: Flow, step: StepDefinition, language: str) -> int:
    """UTF-8 bytes of the message that `step` sends, with its buttons."""
    if step.text is None:
        return 0
    return size(flow.text_in(language, f"{flow.id}.{step.id}")) + _labels(flow, step, language)


def _labels(flow: Flow, step: StepDefinition, language: str) -> int:
    written = sum(size(flow.text_in(language, choice.text)) for choice in flow.choices(step.id))
    made = MADE_BUTTONS * isinstance(step.choices, ChoicesByRule) + step.skip
    return written + made * TYPICAL_VALUE


def step_cost(flow: Flow, step: StepDefinition, language: str) -> Cost:
    """What passing `step` once costs. A tap marks the chosen button: that sends the buttons once more, no message."""
    if step.kind == "do":
        return Cost(1, 0, EFFECT_BYTES)
    if step.text is None:
        return Cost(0, 0, 0)
    sent = step_bytes(flow, step, language)
    if step.kind == "say":
        return Cost(1, 0, sent)
    labels = _labels(flow, step, language)
    taps = 1
    if step.many:
        taps = step.most or 1 + (len(flow.choices(step.id)) or MADE_BUTTONS)  # each choice, and that she is done
    return Cost(1, taps, sent + taps * (labels + MARK if labels else 0))


def worst(
    flow: Flow, language: str, *, chosen: Mapping[str, Collection[str]] | None = None, by_line: bool = False
) -> Cost:
    """The worst path of `flow` in `language`.

    `chosen` follows only these choices at these steps, as in `{"ask_contact": ["tried", "none"]}` for the path
    without contact. `by_line` answers everything in one typed line: only the first question is sent.
    """
    costs = {step.id: _priced(flow, step, language, by_line=by_line) for step in flow.definition.steps}
    following = {step.id: _followed(flow, step, chosen or {}) for step in flow.definition.steps}
    measures: tuple[Callable[[Cost], tuple[int, ...]], ...] = (
        lambda cost: (cost.messages, cost.taps, cost.bytes),
        lambda cost: (cost.taps,),
        lambda cost: (cost.bytes,),
    )
    loops = _loops(following)
    messages, taps, bytes_ = (_longest(flow.first.id, costs, following, loops, measure) for measure in measures)
    return Cost(messages.messages, taps.taps, bytes_.bytes, messages.path)


def _priced(flow: Flow, step: StepDefinition, language: str, *, by_line: bool) -> Cost:
    if by_line and step.kind in {"ask", "choose"}:
        if step.id != flow.first_question:
            return Cost(0, 0, 0)
        return Cost(1, 1, step_bytes(flow, step, language))
    return step_cost(flow, step, language)


def _followed(flow: Flow, step: StepDefinition, chosen: Mapping[str, Collection[str]]) -> frozenset[str]:
    allowed = chosen.get(step.id)
    return frozenset(
        way.to
        for way in ways(flow, step)
        if way.to is not None
        and way.to in flow.steps
        and (allowed is None or (way.choice is not None and way.choice.id in allowed))
    )


def _longest(
    first: str,
    costs: Mapping[str, Cost],
    following: Mapping[str, frozenset[str]],
    loops: Mapping[str, frozenset[str]],
    measure: Callable[[Cost], tuple[int, ...]],
) -> Cost:
    """The longest path from `first` by `measure`: loops are drawn together, what is left has no loop."""
    order = {step: place for place, step in enumerate(costs)}

    @cache
    def from_loop(loop: frozenset[str]) -> Cost:
        steps = sorted(loop, key=order.__getitem__)
        exits = {target for step in steps for target in following[step]} - loop
        # In the order of the file, so that of two equal paths the same one is shown every time.
        tails = [from_loop(loops[target]) for target in sorted(exits, key=order.__getitem__)]
        tail = max(tails, key=measure, default=Cost(0, 0, 0))
        return Cost(
            sum(costs[step].messages for step in steps) + tail.messages,
            sum(costs[step].taps for step in steps) + tail.taps,
            sum(costs[step].bytes for step in steps) + tail.bytes,
            (*steps, *tail.path),
        )

    return from_loop(loops[first])


def _loops(following: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """For each step all those between which one can go round with it; itself alone where it lies in no loop."""
    later = {step: _closure(step, following) for step in following}
    return {step: frozenset({step} | {other for other in later[step] if step in later[other]}) for step in following}


def _closure(step: str, following: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    open_steps = [step]
    while open_steps:
        new = following[open_steps.pop()] - found
        found |= new
        open_steps.extend(new)
    return frozenset(found)


# -- the table -----------------------------------------------------------------------------------------------------


def languages(catalogue: Catalogue) -> tuple[str, ...]:
    """The source language first, then the others by their tag."""
    return (SOURCE_LANGUAGE, *sorted(set(catalogue.translations) - {SOURCE_LANGUAGE}))


def rows(catalogue: Catalogue) -> list[Row]:
    """The worst path of every flow in every language, by flow, source language first."""
    return [
        Row(flow.id, language, worst(flow, language))
        for flow in sorted(catalogue.flows.values(), key=lambda flow: flow.id)
        for language in languages(catalogue)
    ]


def table(found: Collection[Row]) -> str:
    """The rows as plain text in columns, for the terminal."""
    head = ("flow", "language", "messages", "taps", "bytes", "worst path")
    lines = [head, *(_cells(row) for row in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head) - 1)]
    return "\n".join(
        "  ".join(
            [
                *(cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)),
                *(cell.rjust(width) for cell, width in zip(line[2:5], widths[2:], strict=True)),
                line[5],
            ]
        )
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    cost = row.cost
    path = " > ".join(cost.path)
    return row.flow, row.language, str(cost.messages), str(cost.taps), f"{cost.bytes:,}", path
