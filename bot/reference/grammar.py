"""docs/reference/flow-format.md: the grammar from `flows/definition.py`, named rules, facts, checks and limits."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bot.library import packaged_catalogue
from bot.reference.markdown import code, codes, head, paragraph, table
from flows import checks, definition, facts, known, paths, rules
from flows.definition import (
    KINDS,
    ChoiceDefinition,
    Expires,
    FlowDefinition,
    Listen,
    PhraseDefinition,
    Reminder,
    StepDefinition,
)

KIND_WORDS: Mapping[str, str] = {
    "say": "says something and goes on; with `listen` it ends the flow and stays open for one text",
    "ask": "asks for words of the person's own",
    "choose": "asks and offers buttons; a number typed means the same as a tap",
    "decide": "a named decision says where to go on",
    "do": "a named effect is carried out",
    "wait": "waits so long, then goes on",
    "start": "begins another flow in front of this one",
}

FIELD_WORDS: Mapping[str, str] = {
    "FlowDefinition.goal": "what this conversation is for, in one sentence",
    "FlowDefinition.title": "what people call it, where they choose among conversations; 60 characters at most",
    "FlowDefinition.facts": "the facts that its texts name",
    "FlowDefinition.given": "names that are known when it begins, or kept on its way by a named effect",
    "FlowDefinition.record": "a named record, written when the session ends or expires",
    "FlowDefinition.one_line": "one line of numbers may answer several questions",
    "FlowDefinition.aside": "it stands beside the conversation: it comes to the front only when one of its buttons is "
    "tapped",
    "FlowDefinition.reminder": "one reminder while it is unanswered",
    "FlowDefinition.expires": "when an unanswered session ends",
    "FlowDefinition.steps": "the steps, in order; each begins with `[[steps]]`",
    "StepDefinition.id": "permanent and readable",
    "StepDefinition.save": "under which name the answer is kept; needed by `ask` and `choose`",
    "StepDefinition.choices": 'a list of choices, the name of a shared list, or `{ rule = "name" }`',
    "StepDefinition.many": "several choices may be picked, one tap each, and a button says that it is done; with a "
    "number instead of `true` so many at most, and after the last of them it is done",
    "StepDefinition.reads": "a named reader that makes an answer of typed words",
    "StepDefinition.skip": "the question may be passed over with `/skip`, a button or 0",
    "StepDefinition.guard": "words that might identify somebody wait for edit, keep or discard",
    "StepDefinition.voice": "a voice note is an answer too; it is kept unheard, so nothing can be checked in it",
    "StepDefinition.listen": "after the end one text is still taken",
    "StepDefinition.then": "each outcome of the decision, and the step to which it leads",
    "StepDefinition.values": "placeholders that a named value fills",
    "StepDefinition.next": "the step that follows, or `end`; without it the one below",
    "ChoiceDefinition.id": "permanent; it is what the database keeps",
    "ChoiceDefinition.text": "the label of the button",
    "ChoiceDefinition.next": "where this choice leads, if elsewhere than the step",
    "ChoiceDefinition.record": "directions of a reflection that it states: giving, receiving, giving_back, passing_on",
    "ChoiceDefinition.no_translate": "shown as it stands in every language",
    "Listen.for": "how long",
    "Listen.save": "under which name the words are kept",
    "Listen.guard": "as for a step",
    "Reminder.after": "how long after the question",
    "Reminder.at": "`own_hour`: at the person's own hour of that day",
    "Reminder.text": "what it says",
    "Expires.after": "a duration, or `next_prompt`: when the next one is due",
    "Expires.late_for": "how long after sending a tap on the first question still reopens it",
    "Expires.keep": "`partial`: what was answered counts; `nothing`: it does not",
    "PhraseDefinition.text": "the text",
    "PhraseDefinition.one": "the text where `{count}` is one; together with `other`",
    "PhraseDefinition.other": "the text for every other `{count}`",
    "PhraseDefinition.no_translate": "shown as it stands in every language",
    "PhraseDefinition.note": "what a translator needs to know",
}
"""What a field of a flow file means. A new field needs a line here."""


def page() -> str:
    return "\n".join(
        [
            head("Flow format", "`flows/definition.py`, `flows/rules`, `flows/checks.py` and `flows/known.py`"),
            "How to write a flow, with examples, is in [write a flow](../write-a-flow.md). A file holds nothing but "
            "what stands here; anything else is refused.\n",
            "An id has a to z, digits and `_`, begins with a letter and has 32 characters at most. A duration is a "
            "number and `m`, `h`, `d` or `w`, as in `48h`.\n",
            "## The flow\n",
            _fields(FlowDefinition),
            "### reminder\n",
            _fields(Reminder),
            "### expires\n",
            _fields(Expires),
            "## Steps\n",
            "A step has an `id` and exactly one of the seven kinds, whose value is its text, name or duration.\n",
            _kinds(),
            _fields(StepDefinition, without=KINDS),
            "### listen\n",
            _fields(Listen),
            "## Choices\n",
            "Numbers count from 1 in the order of the list and are permanent: a new choice goes last. Shared lists "
            f"stand in `choices.toml`: {codes(packaged_catalogue().lists)}.\n",
            _fields(ChoiceDefinition),
            "## Phrases\n",
            "Texts outside any flow stand in `phrases.toml` or in a file of the folder `phrases`, in sections: a line "
            '`id = "text"`, or a table.\n',
            _fields(PhraseDefinition),
            "## Facts\n",
            "A placeholder is `{name}`. It is filled by a value of the step, by what was answered under that name, by "
            "what was given, or by a fact: `{twin}` is `twin.name`. The facts there are: "
            f"{codes(sorted(facts.FACTS))}.\n",
            "## Named rules\n",
            "Python functions in `flows/rules`, one table a kind. *Reads* are the facts that a rule uses by itself; a "
            "flow need not list them.\n",
            *_rules(),
            "## Checks\n",
            f"`twinbot flows check` runs {len(checks.rules())} checks. The name of a check is the name of its broken "
            f"example in `tests/flows/gallery`: {codes(checks.rules())}.\n",
            "## Limits\n",
            table(("limit", "value", "reason"), _limits()),
            "## Worst paths\n",
            "What the longest way through each flow costs: messages (sends and text edits), taps or typed answers, "
            "and bytes in UTF-8.\n",
            _worst(),
        ]
    )


def _fields(model: type[BaseModel], without: Iterable[str] = ()) -> str:
    rows = []
    for name, field in model.model_fields.items():
        if name in set(without):
            continue
        written = field.alias or name
        rows.append((code(written), _default(field.default), FIELD_WORDS[f"{model.__name__}.{written}"]))
    return table(("key", "default", "meaning"), rows)


def _default(value: object) -> str:
    if value is PydanticUndefined:
        return ""
    if value is None or value == () or value == timedelta():
        return "none"
    return code(str(value).lower() if isinstance(value, bool) else value)


def _kinds() -> str:
    allowed: Mapping[str, frozenset[str]] = definition._ALLOWED
    rows = [
        (code(kind), KIND_WORDS[kind], codes(name for name in StepDefinition.model_fields if name in allowed[kind]))
        for kind in KINDS
    ]
    return table(("kind", "what it does", "may also have, beside `next`"), rows)


def _rules() -> Iterator[str]:
    tables: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("do", "EFFECTS", rules.EFFECTS),
        ("decide", "DECISIONS", rules.DECISIONS),
        ("reads", "READERS", rules.READERS),
        ("choices", "CHOICES", rules.CHOICES),
        ("values", "VALUES", rules.VALUES),
        ("record", "RECORDS", rules.RECORDS),
    )
    for key, name, found in tables:
        yield f"### {key} (`{name}`)\n"
        rows = []
        for rule, one in sorted(found.items()):
            outcomes = getattr(one, "outcomes", ())
            said = paragraph(one.run) + (f" Outcomes: {codes(outcomes)}." if outcomes else "")
            rows.append((code(rule), said.strip() or "–", codes(dict.fromkeys(one.needs))))
        yield table(("name", "what it does", "reads"), rows)


def _limits() -> Iterator[tuple[str, str, str]]:
    body = ast.parse(inspect.getsource(known)).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(target, ast.Name) or not target.id.isupper():
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            value = getattr(known, target.id)
            shown = str(value) if isinstance(value, int) else ", ".join(f"{k} {v}" for k, v in _budget(value).items())
            yield code(target.id), shown, " ".join(str(after.value.value).split())


def _budget(budget: known.Budget) -> dict[str, int]:
    return {"messages": budget.messages, "taps": budget.taps, "bytes": budget.bytes}


def _worst() -> str:
    rows = [
        (code(row.flow), row.language, str(row.cost.messages), str(row.cost.taps), f"{row.cost.bytes:,}")
        for row in paths.rows(packaged_catalogue())
    ]
    return table(("flow", "language", "messages", "taps", "bytes"), rows)
