"""All flows, loaded and checked. Takes texts, reads no files.

Rules kept here:

* A flow's version is the hash of its definition and of all its texts in every language: whatever a person could see
  or be asked. A session names the version it began with, and goes on with it when the current one has moved on.
* A broken library is refused whole, with every problem listed.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from pydantic import BaseModel, TypeAdapter, ValidationError

from flows.agenda import AGENDA_FILE, Agenda, misplaced, phrase_of, read_agenda
from flows.counting import ENGLISH, Counting, counting_by
from flows.definition import (
    END,
    ChoiceDefinition,
    ChoicesByRule,
    FlowDefinition,
    PhraseDefinition,
    SharedLists,
    StepDefinition,
    shared_lists,
)
from flows.errors import FlowMisled, LibraryBroken, Problem

SourceTexts = Mapping[str, str]
Translations = Mapping[str, Mapping[str, str]]
"""Language, then text id, then text."""
Translating = Callable[[SourceTexts], Translations]
"""Gives the translations of these source texts, where they are known only beside their sources."""

CHOICES_FILE = "choices"
PHRASES_FILE = "phrases"
"""The file of phrases, and the folder of more such files, by area; a section stands in one of them only."""
VERSION_LENGTH = 12
"""Hexadecimal characters of a version: 48 bits, ample for the few hundred versions that a programme will ever store."""

_DEFINITION: TypeAdapter[FlowDefinition] = TypeAdapter(FlowDefinition)


@dataclass(frozen=True)
class Choice:
    """A choice with the id of its text, shared lists resolved. `number` counts from 1 and is permanent."""

    id: str
    number: int
    text: str
    next: str | None = None
    record: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """A flow ready to be advanced. `texts` are the source texts by id; `translations` hang on the same ids."""

    id: str
    definition: FlowDefinition
    lists: SharedLists = field(repr=False)
    phase: str = ""
    translations: Translations = field(default_factory=dict, repr=False)

    @cached_property
    def steps(self) -> Mapping[str, StepDefinition]:
        return {step.id: step for step in self.definition.steps}

    @cached_property
    def first(self) -> StepDefinition:
        return self.definition.steps[0]

    @cached_property
    def first_question(self) -> str | None:
        """The step whose buttons may reopen an earlier session."""
        return next((step.id for step in self.definition.steps if step.kind in {"ask", "choose"}), None)

    def step(self, step: str) -> StepDefinition:
        try:
            return self.steps[step]
        except KeyError:
            raise FlowMisled(f"flow {self.id} has no step {step}") from None

    def after(self, step: str) -> str | None:
        """The step that stands below `step` in the file; `None` after the last."""
        return self._following[step]

    @cached_property
    def _following(self) -> Mapping[str, str | None]:
        ids = [step.id for step in self.definition.steps]
        return dict(zip(ids, [*ids[1:], None], strict=True))

    def following(self, step: StepDefinition, chosen: str | None = None) -> str | None:
        """Where the path goes from `step` (`chosen`: a choice's own next); `None` ends the flow."""
        target = chosen or step.next or self._following[step.id]
        return None if target == END else target

    def choices(self, step: str) -> tuple[Choice, ...]:
        """The choices written in the file (none where a rule makes them), in their permanent order."""
        return self._choices[step]

    @cached_property
    def _choices(self) -> Mapping[str, tuple[Choice, ...]]:
        return {step.id: tuple(self._resolve(step)) for step in self.definition.steps}

    def _resolve(self, step: StepDefinition) -> Iterator[Choice]:
        if isinstance(step.choices, ChoicesByRule):
            return
        shared = isinstance(step.choices, str)
        found = self.lists.get(step.choices, ()) if isinstance(step.choices, str) else step.choices
        prefix = f"{CHOICES_FILE}.{step.choices}" if shared else f"{self.id}.{step.id}"
        for number, choice in enumerate(found, start=1):
            yield Choice(choice.id, number, f"{prefix}.{choice.id}", choice.next, choice.record)

    @cached_property
    def texts(self) -> SourceTexts:
        """Every source text that a person in this flow can see, by id, in the order of the file."""
        texts: dict[str, str] = {}
        for step in self.definition.steps:
            if step.text is not None:
                texts[f"{self.id}.{step.id}"] = step.text
            for choice, written in zip(self.choices(step.id), self._written(step), strict=True):
                texts[choice.text] = written.text
        if self.definition.title is not None:
            texts[f"{self.id}.title"] = self.definition.title
        if self.definition.reminder is not None:
            texts[f"{self.id}.reminder"] = self.definition.reminder.text
        return texts

    def _written(self, step: StepDefinition) -> tuple[ChoiceDefinition, ...]:
        if isinstance(step.choices, ChoicesByRule):
            return ()
        return self.lists.get(step.choices, ()) if isinstance(step.choices, str) else step.choices

    def text_in(self, language: str, text: str) -> str:
        """The wording of this version in `language`; the source where it has none."""
        return self.translations.get(language, {}).get(text) or self.texts[text]

    @cached_property
    def version(self) -> str:
        content = json.dumps(self.to_data(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:VERSION_LENGTH]

    def to_data(self) -> dict[str, object]:
        """Everything the version stands for, as plain data; `Flow.from_data` reads it back."""
        used = {step.choices for step in self.definition.steps if isinstance(step.choices, str)}
        return {
            "flow": self.id,
            "phase": self.phase,
            "definition": self.definition.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "lists": {
                name: [choice.model_dump(mode="json", exclude_unset=True) for choice in self.lists[name]]
                for name in sorted(used)
                if name in self.lists
            },
            "translations": {
                language: {text: texts[text] for text in sorted(self.texts) if text in texts}
                for language, texts in sorted(self.translations.items())
            },
        }

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Flow:
        """A stored version. Raises pydantic's ValidationError when it was written by a grammar we no longer read."""
        stored = _Stored.model_validate(data)
        return cls(stored.flow, stored.definition, shared_lists(stored.lists), stored.phase, stored.translations)


class _Stored(BaseModel):
    flow: str
    phase: str
    definition: FlowDefinition
    lists: dict[str, list[dict[str, object]]]
    translations: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Catalogue:
    """The current flows by id, the phrases outside them, and every version that a session may still be in."""

    flows: Mapping[str, Flow]
    phrases: Mapping[str, PhraseDefinition]
    lists: SharedLists
    translations: Translations = field(default_factory=dict)
    versions: dict[str, Flow] = field(default_factory=dict)
    agenda: Agenda = ()
    plurals: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """What counted texts say in a programme's own words: language, text id, words for each form. Where there are none
    the packaged ones hold, which gettext counts."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """How each language counts, see `flows.counting`."""

    def __post_init__(self) -> None:
        self.versions.update({flow.version: flow for flow in self.flows.values()})

    def current(self, flow: str) -> Flow:
        try:
            return self.flows[flow]
        except KeyError:
            raise FlowMisled(f"there is no flow called {flow}") from None

    def version(self, version: str) -> Flow:
        try:
            return self.versions[version]
        except KeyError:
            raise FlowMisled(f"version {version} is not loaded") from None

    def source(self, text: str) -> str | PhraseDefinition:
        """The current source of a text id. Raises KeyError for an unknown one."""
        if text in self.phrases:
            return self.phrases[text]
        return self.source_texts[text]

    def words(self, text_id: str) -> tuple[str, ...]:
        """What a text without a plural says, in every language that has it; nothing when there is none."""
        phrase = self.phrases.get(text_id)
        source = self.source_texts.get(text_id, "") if phrase is None else phrase.text or ""
        return tuple(filter(None, (source, *(known.get(text_id, "") for known in self.translations.values()))))

    def counting(self, language: str) -> Counting:
        """How the language counts; as English, where nobody has said."""
        rule = self.rules.get(language)
        return ENGLISH if rule is None else counting_by(rule)

    def counted(self, language: str, text_id: str, count: int) -> str:
        """What a counted text says of `count` in a programme's own words; empty where it has none."""
        forms = self.plurals.get(language, {}).get(text_id)
        return forms[self.counting(language).form(count)] if forms else ""

    @cached_property
    def source_texts(self) -> SourceTexts:
        """All texts of all flows by id; phrases are apart, since they can have a plural."""
        return _sources(self.flows, {})


def load(
    files: Mapping[str, str],
    translations: Translations | Translating | None = None,
    rules: Mapping[str, str] | None = None,
) -> Catalogue:
    """Build the catalogue from the library's files: path below `library/` (`exchange/weekly_checkin.toml`) to text.
    `rules` are the plural rules of its languages.

    Raises LibraryBroken with every problem of form found; what a well-formed flow gets wrong is the business of
    `flows.checks`.
    """
    problems: list[Problem] = []
    data: dict[str, dict[str, object]] = {}
    for path, text in sorted(files.items()):
        try:
            data[path] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            problems.append(Problem(path, "toml", f"is no valid TOML: {error}"))
    lists = _read_lists(data, problems)
    phrases = _read_phrases(data, problems)
    flows: dict[str, Flow] = {}
    for path, content in data.items():
        phase, _, name = path.removesuffix(".toml").rpartition("/")
        if not phase or is_phrases(path):
            continue
        try:
            definition = _DEFINITION.validate_python(content)
        except ValidationError as error:
            problems.extend(_explain(path, error))
            continue
        if name in flows:
            problems.append(Problem(path, "flow-id", f"the flow {name} exists in phase {flows[name].phase} already"))
        flows[name] = Flow(name, definition, lists, phase)
    asked = _read_agenda(data, flows, problems)
    if problems:
        raise LibraryBroken(problems)
    phrases = {**phrases, **{phrase_of(item): PhraseDefinition(text=item.brings) for item in asked}}
    translated = translations(_sources(flows, phrases)) if callable(translations) else translations or {}
    spoken = {name: replace(flow, translations=translated) for name, flow in flows.items()}
    return Catalogue(spoken, phrases, lists, translated, agenda=asked, rules=rules or {})


def _sources(flows: Mapping[str, Flow], phrases: Mapping[str, PhraseDefinition]) -> SourceTexts:
    """Every text that has no plural."""
    texts = {id_: text for flow in flows.values() for id_, text in flow.texts.items()}
    return texts | {id_: phrase.text for id_, phrase in phrases.items() if phrase.text is not None}


def _read_agenda(
    data: Mapping[str, dict[str, object]],
    flows: Mapping[str, Flow],
    problems: list[Problem],
) -> Agenda:
    path = f"{AGENDA_FILE}.toml"
    try:
        items = read_agenda(data.get(path, {}))
    except ValidationError as error:
        problems.extend(_explain(path, error))
        return ()
    problems.extend(Problem(f"{path} {item}", "agenda", said) for item, said in misplaced(items, flows))
    return items


def _read_lists(data: Mapping[str, dict[str, object]], problems: list[Problem]) -> SharedLists:
    path = f"{CHOICES_FILE}.toml"
    try:
        return shared_lists(data.get(path, {}))
    except ValidationError as error:
        problems.extend(_explain(path, error))
        return {}


def _read_phrases(data: Mapping[str, dict[str, object]], problems: list[Problem]) -> Mapping[str, PhraseDefinition]:
    phrases: dict[str, PhraseDefinition] = {}
    sections: dict[str, str] = {}
    for path, content in data.items():
        for section, entries in content.items() if is_phrases(path) else ():
            if not isinstance(entries, dict):
                problems.append(Problem(path, "grammar", f"'{section}' stands outside a section; put it into one"))
            elif sections.setdefault(section, path) != path:
                other = sections[section]
                problems.append(Problem(path, "grammar", f"the section '{section}' stands in {other}; write it there"))
            else:
                _read_section(path, section, entries, phrases, problems)
    return phrases


def _read_section(
    path: str,
    section: str,
    entries: Mapping[str, object],
    phrases: dict[str, PhraseDefinition],
    problems: list[Problem],
) -> None:
    for key, written in entries.items():
        content = {"text": written} if isinstance(written, str) else written
        try:
            phrases[f"{section}.{key}"] = PhraseDefinition.model_validate(content)
        except ValidationError as error:
            problems.extend(_explain(f"{path} {section}.{key}", error))


def is_phrases(path: str) -> bool:
    """Whether the library file `path` holds phrases: `phrases.toml`, or a file of the folder `phrases`."""
    return path == f"{PHRASES_FILE}.toml" or path.startswith(f"{PHRASES_FILE}/")


_ADVICE = {
    "extra_forbidden": "is unknown here; see docs/write-a-flow.md for what a flow may hold",
    "missing": "is missing; write it",
    "string_type": "has to be text; put it into quotes",
    "string_too_short": "is empty; write the words",
    "tuple_type": "has to be a list; put it into [ ]",
    "dict_type": "has to be a table; put it into curly brackets",
    "model_type": "has to be a table; put it into curly brackets",
    "bool_type": "is true or false, without quotes",
    "bool_parsing": "is true or false, without quotes",
}
"""What to do, in place of pydantic's words, which name types that no author of flows knows."""


def explained(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong with a definition: the place (keys, and numbers of a list from 0) and what to do."""
    for detail in error.errors():
        # which form of choices was read is nobody's question
        place = tuple(part for part in detail["loc"] if not str(part).startswith("as a "))
        yield place, _ADVICE.get(detail["type"], detail["msg"].removeprefix("Value error, "))


def _explain(path: str, error: ValidationError) -> Iterator[Problem]:
    for place, advice in explained(error):
        # A list is counted from one, as its author counts.
        said = " ".join(str(part + 1 if isinstance(part, int) else part) for part in place)
        yield Problem(path, "grammar", f"{said}: {advice}" if said else advice)
