"""Flows drawn from their definition: Mermaid for the documentation, a tree for the terminal.

Rules kept here:

* Nothing is drawn by hand and nothing is left out: every step and every way out of it appears.
* The same flow gives the same text, byte for byte, so that the diff of a diagram is the diff of the flow.
* Texts are the source texts; whoever reads a diagram reads the flow file too.
"""

from __future__ import annotations

from collections.abc import Iterator

from flows.catalogue import Catalogue, Flow
from flows.definition import ChoicesByRule, StepDefinition
from flows.known import Known, RuleNames
from flows.paths import EFFECT_BYTES, TYPICAL_PARAGRAPH, TYPICAL_VALUE, Cost, Way, languages, ways, worst

_SHAPES = {
    "say": ('["', '"]'),
    "ask": ('[/"', '"/]'),
    "choose": ('(["', '"])'),
    "decide": ('{"', '"}'),
    "do": ('[["', '"]]'),
    "wait": ('(("', '"))'),
    "start": ('>"', '"]'),
}
"""How Mermaid draws each kind of step."""

_END = "the_end"
"""Mermaid keeps the word `end` for itself. No step meets this name: theirs are prefixed."""

_ESCAPES = str.maketrans(
    {
        "&": "#amp;",
        '"': "#quot;",
        "<": "#lt;",
        ">": "#gt;",
        "#": "#35;",
        "`": "#96;",
        "|": "#124;",
        "\\": "#92;",
        "\n": "<br>",
    }
)
"""What Mermaid would read as its own, as the entities it knows."""

_LONGEST_LINE = 60
"""Characters of a text shown in the tree of the terminal, so that a branch stays on its line."""


def mermaid(flow: Flow) -> str:
    """`flow` as a Mermaid flowchart. A way by a choice carries its number and words, one of a decision its outcome."""
    lines = ["flowchart TD"]
    for step in flow.definition.steps:
        left, right = _SHAPES[step.kind]
        lines.append(f"    {_node(step.id)}{left}{_escaped(f'{step.id}: {_content(step)}')}{right}")
    lines.append(f'    {_END}(("end"))')
    for step in flow.definition.steps:
        lines.extend(_arrows(flow, step))
    return "\n".join(lines) + "\n"


def _arrows(flow: Flow, step: StepDefinition) -> Iterator[str]:
    # Ways to the same place share an arrow: six choices that all lead on are one line, not a brush.
    together: dict[str | None, list[str]] = {}
    for way in ways(flow, step):
        together.setdefault(way.to, []).append(_escaped(_words(flow, step, way)))
    for to, words in together.items():
        label = "<br>".join(word for word in words if word)
        arrow = f'-- "{label}" -->' if label else "-->"
        yield f"    {_node(step.id)} {arrow} {_END if to is None else _node(to)}"


def _node(step: str) -> str:
    return f"step_{step}"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _words(flow: Flow, step: StepDefinition, way: Way) -> str:
    """What stands on a way: `1 Real exchange`, an outcome, or nothing where there is only one."""
    if way.choice is not None:
        return f"{way.choice.number} {flow.texts[way.choice.text]}"
    if way.outcome is not None:
        return way.outcome
    if way.skipped:
        return "0 skipped"
    if isinstance(step.choices, ChoicesByRule):
        return f"choices of {step.choices.rule}"
    if step.listen is not None:
        return f"listens, keeps {step.listen.save}"
    return ""


def _content(step: StepDefinition) -> str:
    if step.text is not None:
        return step.text.strip()
    if step.wait is not None:
        return f"wait {step.wait}"
    return f"{step.kind} {step.decide or step.do or step.start}"


# -- the tree of the terminal ------------------------------------------------------------------------------------------


def draw(flow: Flow) -> str:
    """`flow` as a tree in plain text: each step once, with every way out; `^` leads to a step drawn above."""
    lines = [flow.id, f"  {flow.definition.goal}", ""]
    drawn: set[str] = set()
    below: list[str] = [flow.first.id]
    while below:
        name = below.pop(0)
        if name in drawn or name not in flow.steps:
            continue
        drawn.add(name)
        step = flow.steps[name]
        out = list(ways(flow, step))
        lines.append(f"{name}  {_short(_content(step))}")
        for place, way in enumerate(out):
            corner = "└─" if place == len(out) - 1 else "├─"
            words = _words(flow, step, way)
            lines.append(f"  {corner} {f'{_short(words)} ' if words else ''}→ {_target(flow, way, drawn)}")
        new = dict.fromkeys(way.to for way in out if way.to is not None and way.to not in drawn)
        below = [*new, *(one for one in below if one not in new)]
    left_out = [step.id for step in flow.definition.steps if step.id not in drawn]
    if left_out:
        lines += ["", f"no way leads to: {', '.join(left_out)}"]
    return "\n".join(lines) + "\n"


def _target(flow: Flow, way: Way, drawn: set[str]) -> str:
    if way.to is None:
        return "end"
    if way.to not in flow.steps:
        return f"{way.to} (there is no such step)"
    return f"{way.to} ^" if way.to in drawn else way.to


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"


# -- the page of the documentation -------------------------------------------------------------------------------------


def catalogue_page(catalogue: Catalogue) -> str:
    """All conversations in Markdown, by phase: goal, what the worst path costs in each language, diagram."""
    parts = [
        "# Conversations\n",
        "Made from `flows/library` by `make docs`; change the flow files, not this page.\n",
        "Costs are those of the worst path: messages (sends and text edits), taps or typed answers, and bytes of texts "
        f"and buttons in UTF-8. A named effect counts as one message of {EFFECT_BYTES} bytes, what fills a placeholder "
        f"as {TYPICAL_VALUE} bytes, or {TYPICAL_PARAGRAPH} where it is a paragraph of its own. Files, voice notes and "
        "pictures come only when tapped for and are not in it.\n",
        "## What each costs\n",
        "Behind the slash stands the most that a flow of its kind may cost; the checks refuse one that costs more. "
        "Bytes differ from language to language. `twinbot flows check` prints the same with the path.\n",
        overview(catalogue),
    ]
    flows = sorted(catalogue.flows.values(), key=lambda flow: (flow.phase, flow.id))
    phase: str | None = None
    for flow in flows:
        if flow.phase != phase:
            phase = flow.phase
            parts.append(f"## {phase or 'without a phase'}\n")
        costs = {language: worst(flow, language) for language in languages(catalogue)}
        parts += [f"### {flow.id}\n", f"{flow.definition.goal}\n", _costs(costs), f"```mermaid\n{mermaid(flow)}```\n"]
    return "\n".join(parts)


def overview(catalogue: Catalogue) -> str:
    """The worst path of every flow as one table in Markdown: messages, taps, and bytes in each language."""
    known, spoken = Known(catalogue, RuleNames()), languages(catalogue)
    head = ("conversation", "messages", "taps", "bytes at most", *spoken)
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    for flow in sorted(catalogue.flows.values(), key=lambda flow: flow.id):
        allowed, costs = known.budget(flow), [worst(flow, language) for language in spoken]
        messages, taps = max(cost.messages for cost in costs), max(cost.taps for cost in costs)
        cells = [
            f"`{flow.id}`",
            f"{messages} / {allowed.messages}",
            f"{taps} / {allowed.taps}",
            f"{allowed.bytes:,}",
            *(f"{cost.bytes:,}" for cost in costs),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _costs(costs: dict[str, Cost]) -> str:
    lines = ["| language | messages | taps | bytes |", "|---|---:|---:|---:|"]
    lines += [f"| {language} | {cost.messages} | {cost.taps} | {cost.bytes:,} |" for language, cost in costs.items()]
    path = " → ".join(f"`{step}`" for step in next(iter(costs.values())).path)
    return "\n".join(lines) + f"\n\nWorst path: {path}\n"
