"""The checks of texts: what stands in braces, what is translated, what fits into a message.

Rules kept here:

* Only what the source text names is filled in, so a translation can name nothing else.
* A button is sent as it is written: nothing is filled in on it.
* A text repeats an answer only where everybody who comes there has given it.
* Each check takes one text and yields where and what to do; its name, with dashes, is the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from flows.catalogue import CHOICES_FILE, PHRASES_FILE, Catalogue, Flow
from flows.definition import PLACEHOLDER, StepDefinition, placeholders
from flows.known import (
    LABEL_CHARACTERS,
    MESSAGE_CHARACTERS,
    NAME_CHARACTERS,
    VALUE_CHARACTERS,
    WORDS_CHARACTERS,
    Finding,
    Known,
    at,
)
from flows.paths import reachable, reached_from


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in all its languages. `fills` are the names that are filled in, with the most characters of each;
    `sometimes` those that only some ways to it know."""

    id: str
    where: str
    sources: tuple[str, ...]
    fills: Mapping[str, int] = field(default_factory=dict)
    sometimes: Collection[str] = ()
    translations: Mapping[str, str] = field(default_factory=dict)
    is_label: bool = False
    is_translated: bool = True

    def all(self) -> Iterator[tuple[str, str]]:
        """Every wording with where it stands."""
        for source in self.sources:
            yield self.where, source
        for language, text in sorted(self.translations.items()):
            yield self.at(language), text

    def at(self, language: str) -> str:
        return f"{self.where} ({language})"


# -- what a text may name --------------------------------------------------------------------------------------------


def facts_meant(placeholder: str) -> tuple[str, str]:
    """The facts that fill `{placeholder}`, as the engine looks for them: `{twin}` is `twin.name`, `{twin_side_name}`
    is `twin.side_name`."""
    return f"{placeholder}.name", placeholder.replace("_", ".", 1)


def fillable(flow: Flow, step: StepDefinition) -> dict[str, int]:
    """What may stand in braces in the text of `step`, beside facts: its own values and answers that are there on
    every way to it. With the most characters of each."""
    found = dict.fromkeys(flow.definition.given, WORDS_CHARACTERS) | dict.fromkeys(step.values, VALUE_CHARACTERS)
    for save, length in _answers(flow).items():
        if save not in found and _is_given(flow, save, step):
            found[save] = length
    return found


def _answers(flow: Flow) -> dict[str, int]:
    """The answers of a flow by save name, with the most characters that repeating one takes."""
    found: dict[str, int] = {}
    for step in flow.definition.steps:
        if step.save is not None:
            length = WORDS_CHARACTERS if step.kind == "ask" and step.reads is None else VALUE_CHARACTERS
            found[step.save] = max(length, found.get(step.save, 0))
    return found


def _is_given(flow: Flow, save: str, step: StepDefinition) -> bool:
    """Whether nobody comes to `step` without an answer kept under `save`: a step that can be skipped gives none."""
    givers = {one.id for one in flow.definition.steps if one.save == save and not one.skip}
    if flow.first.id == step.id:
        return False
    return flow.first.id in givers or step.id not in reached_from(flow, flow.first.id, without=givers)


def facts_filling(names: Collection[str]) -> dict[str, int]:
    """The placeholders that listed facts fill, with the most characters of each."""
    found: dict[str, int] = {}
    for fact in names:
        head, _, tail = fact.partition(".")
        length = NAME_CHARACTERS if fact.endswith("name") else VALUE_CHARACTERS
        found[f"{head}_{tail}"] = length
        if tail == "name":
            found[head] = length
    return found


# -- all texts -------------------------------------------------------------------------------------------------------


def wordings(known: Known, ids: Collection[str]) -> Iterator[Wording]:
    """Every text of the flows and phrases with these `ids`, each once."""
    seen: set[str] = set()
    for flow in known.catalogue.flows.values():
        for wording in wordings_of(flow) if flow.id in ids else ():
            if wording.id not in seen:
                seen.add(wording.id)
                yield wording
    yield from (one for one in _phrases(known.catalogue) if one.id in ids)


def wordings_of(flow: Flow) -> Iterator[Wording]:
    """Every text of one flow, shared lists included."""
    facts = facts_filling(flow.definition.facts)
    reached = reachable(flow)
    for step in flow.definition.steps:
        if step.text is not None:
            # A step that nobody reaches is the fault; what it could name is not another one.
            answers = fillable(flow, step) if step.id in reached else _answers(flow)
            id_ = f"{flow.id}.{step.id}"
            sometimes = _answers(flow).keys() - answers.keys()
            yield Wording(id_, at(flow, step.id), (step.text,), facts | answers, sometimes, _translated(flow, id_))
        yield from _labels(flow, step)
    if flow.definition.title is not None:
        id_ = f"{flow.id}.title"
        title = flow.definition.title
        yield Wording(id_, at(flow, "title"), (title,), translations=_translated(flow, id_), is_label=True)
    reminder = flow.definition.reminder
    if reminder is not None:
        id_ = f"{flow.id}.reminder"
        given = dict.fromkeys(flow.definition.given, WORDS_CHARACTERS)
        yield Wording(id_, at(flow, "reminder"), (reminder.text,), facts | given, (), _translated(flow, id_))


def _labels(flow: Flow, step: StepDefinition) -> Iterator[Wording]:
    written = flow.lists.get(step.choices, ()) if isinstance(step.choices, str) else step.choices
    shared = isinstance(step.choices, str)
    for choice, definition in zip(flow.choices(step.id), written if isinstance(written, tuple) else (), strict=True):
        where = f"{CHOICES_FILE}.toml {step.choices}.{choice.id}" if shared else at(flow, f"{step.id}.{choice.id}")
        yield Wording(
            choice.text,
            where,
            (definition.text,),
            translations=_translated(flow, choice.text),
            is_label=True,
            is_translated=not definition.no_translate,
        )


def _phrases(catalogue: Catalogue) -> Iterator[Wording]:
    for id_, phrase in catalogue.phrases.items():
        sources = tuple(text for text in (phrase.text, phrase.one, phrase.other) if text is not None)
        names = {name for source in sources for name in placeholders(source)}
        translations = {language: texts[id_] for language, texts in catalogue.translations.items() if texts.get(id_)}
        yield Wording(
            id_,
            f"{PHRASES_FILE}.toml {id_}",
            sources,
            dict.fromkeys(names, VALUE_CHARACTERS),
            translations=translations,
            # The forms of a plural depend on the language: `bot.translations` judges them.
            is_translated=not phrase.no_translate and phrase.text is not None,
        )


def _translated(flow: Flow, text: str) -> dict[str, str]:
    return {language: texts[text] for language, texts in flow.translations.items() if texts.get(text)}


# -- the checks ------------------------------------------------------------------------------------------------------


def unlisted_fact(wording: Wording, known: Known) -> Iterator[Finding]:
    for name in _unfilled(wording):
        meant = next((fact for fact in facts_meant(name) if fact in known.names.facts), None)
        if meant is not None and not wording.is_label:
            yield wording.where, f"{{{name}}} needs the fact {meant}: write it into the flow's list facts"


def unknown_placeholder(wording: Wording, known: Known) -> Iterator[Finding]:
    for name in _unfilled(wording):
        if wording.is_label:
            yield wording.where, f"nothing is filled in on a button: write the words in place of {{{name}}}"
        elif name in wording.sometimes:
            yield wording.where, f"{{{name}}} is not answered on every way to here: ask it before, unskippable"
        elif not any(fact in known.names.facts for fact in facts_meant(name)):
            yield wording.where, f"nothing fills {{{name}}}: name a fact, an earlier answer or one of the step's values"
    named = {name for source in wording.sources for name in placeholders(source)}
    for language, text in sorted(wording.translations.items()):
        for name in dict.fromkeys(placeholders(text)):
            if name not in named:
                yield wording.at(language), f"the source does not name {{{name}}}: take it out of the translation"


def _unfilled(wording: Wording) -> Iterator[str]:
    named = dict.fromkeys(name for source in wording.sources for name in placeholders(source))
    return (name for name in named if name not in wording.fills)


def stray_brace(wording: Wording, known: Known) -> Iterator[Finding]:  # noqa: ARG001 - all checks have one shape
    for where, text in wording.all():
        rest = PLACEHOLDER.sub("", text)
        if "{" in rest or "}" in rest:
            yield where, "a brace stands alone: write a placeholder as {twin}, in small letters and without spaces"


def missing_translation(wording: Wording, known: Known) -> Iterator[Finding]:
    if not wording.is_translated:
        return
    for language in sorted(known.complete):
        if language not in wording.translations and wording.id not in known.stale.get(language, ()):
            yield wording.at(language), f"{wording.id} is not translated: add it to locales/{language}"


def stale_translation(wording: Wording, known: Known) -> Iterator[Finding]:
    for language, ids in sorted(known.stale.items()):
        if wording.id in ids:
            yield wording.at(language), f"the source of {wording.id} changed since: translate it again, or confirm it"


def message_too_long(wording: Wording, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    if wording.is_label:
        return
    for where, text in wording.all():
        filled = _characters(PLACEHOLDER.sub("", text))
        filled += sum(wording.fills.get(name, VALUE_CHARACTERS) for name in placeholders(text))
        if filled > MESSAGE_CHARACTERS:
            yield where, f"filled in it has {filled} characters and Telegram takes {MESSAGE_CHARACTERS}: shorten it"


def label_too_long(wording: Wording, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    if not wording.is_label:
        return
    for where, text in wording.all():
        if len(text) > LABEL_CHARACTERS:
            yield where, f"a button of {len(text)} characters is cut off: say it in {LABEL_CHARACTERS} at most"


def _characters(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


WORDING_CHECKS = (
    unlisted_fact,
    unknown_placeholder,
    stray_brace,
    missing_translation,
    stale_translation,
    message_too_long,
    label_too_long,
)
