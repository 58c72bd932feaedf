"""A programme's own files, laid over the library: other words, steps and flows, its own agenda and thresholds. Pure.

Rules kept here:

* What a programme does not touch is the very same object as in the library. Two programmes share it, and a session goes
  on in it.
* A file is known by its name: `agenda.toml`, `choices.toml`, `texts.toml`, `thresholds.toml`, or a flow's. A flow that
  the library has is replaced whole, so that what results can be read in one place.
* What everybody has by right stays the same in every programme, and each refusal says why (`flows.untouched`).
* Every problem of every file is found at once, and told with its line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import ValidationError

from flows import walking
from flows.agenda import Agenda, Item, phrase_of, read_agenda
from flows.catalogue import Catalogue, Flow, explained
from flows.checks import check_some
from flows.definition import ID, FlowDefinition, PhraseDefinition, SharedLists, placeholders, shared_lists
from flows.errors import LibraryBroken, Problem
from flows.known import Known, RuleNames
from flows.ledger import Numbers
from flows.lines import line_of, line_of_id, line_of_text
from flows.own_words import OwnWords, Texts
from flows.paths import SOURCE_LANGUAGE
from flows.rules.agenda import CONDITIONS, SUBJECTS
from flows.rules.situation import Facts
from flows.thresholds import PACKAGED, Thresholds
from flows.untouched import RESERVED_NAMES, why_not_flow, why_not_item, wrongs
from flows.wording import wordings

AGENDA: Final = "agenda.toml"
CHOICES: Final = "choices.toml"
TEXTS: Final = "texts.toml"
THRESHOLDS: Final = "thresholds.toml"
OWN_FILES: Final = "tailored.files"
"""The fact under which the shell hands the names of a programme's own files to the turns of its people."""
OWN_PHASE: Final = "own"
"""The phase of flows that only a programme has."""

FILE_CHARACTERS: Final = 100_000
"""The longest flow of the library has a tenth of it."""
FILES: Final = 60


@dataclass(frozen=True)
class Overlay:
    """A library as one programme has it. `touched` are its flows that differ, and the ids of its phrases that do."""

    catalogue: Catalogue
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    thresholds: Thresholds = PACKAGED
    touched: frozenset[str] = frozenset()
    texts: Texts = field(default_factory=dict, repr=False)


def lay(base: Catalogue, files: Mapping[str, str]) -> Overlay:
    """The library `base` with `files` (name to text) over it. Raises LibraryBroken with every problem of form, and of
    what can not be changed; what a well-formed flow gets wrong is found by `judged`."""
    overlay, problems = lay_what_fits(base, files)
    if problems:
        raise LibraryBroken(problems)
    return overlay


def lay_what_fits(base: Catalogue, files: Mapping[str, str]) -> tuple[Overlay, list[Problem]]:
    """As `lay`, with the problems beside what could be laid in spite of them: to be judged too, and not to be used."""
    return _Laying(base, files).done() if files else (Overlay(base), [])


def judged(overlay: Overlay, numbers: Numbers, world: Facts, *, walked: bool = True) -> list[Problem]:
    """Everything that is wrong with what the programme touched. `numbers` is the ledger, its own numbers included. A
    flow is `walked` only when nothing else is wrong: what breaks off there would be told twice."""
    known = Known(overlay.catalogue, RuleNames.shipped(), numbers=numbers)
    found = [_told(overlay, one) for one in check_some(known, overlay.touched)]
    if found or not walked:
        return sorted(found)
    for name in sorted(overlay.touched & overlay.catalogue.flows.keys()):
        file = f"{name}.toml"
        for one in walking.faults(overlay.catalogue.flows[name], world):
            line = line_of_id(overlay.files.get(file, ""), (one.where,))
            found.append(Problem(f"{file} line {line}", one.rule, one.advice))
    return sorted(found)


def untranslated(overlay: Overlay, languages: Collection[str]) -> dict[str, list[str]]:
    """The ids of the programme's own words that are missing, by language."""
    found: dict[str, list[str]] = {}
    known = Known(overlay.catalogue, RuleNames.shipped())
    for wording in wordings(known, overlay.touched):
        for language in sorted(set(languages) - {SOURCE_LANGUAGE}):
            if wording.is_translated and language not in wording.translations:
                found.setdefault(language, []).append(wording.id)
    for language in languages:
        void = [id_ for id_, forms in overlay.catalogue.plurals.get(language, {}).items() if not forms]
        if void:
            found[language] = sorted([*found.get(language, []), *void])
    return found


def place_of_text(overlay: Overlay, id_: str, language: str) -> str:
    """File and line of the words of a text."""
    if language in overlay.texts.get(id_, {}) or (language != SOURCE_LANGUAGE and id_ in overlay.texts):
        return f"{TEXTS} line {line_of_text(overlay.files[TEXTS], id_, language)}"
    flow, _, rest = id_.partition(".")
    for file in (f"{flow}.toml", AGENDA if flow == "agenda" else CHOICES):
        if file in overlay.files:
            return f"{file} line {line_of_id(overlay.files[file], rest.split('.'))}"
    return TEXTS


def _told(overlay: Overlay, problem: Problem) -> Problem:
    """A problem of a check, with the line of the programme's own file."""
    place, _, language = problem.where.partition(" (")
    path, _, spot = place.partition(" ")
    stem = path.rpartition("/")[2].removesuffix(".toml")
    id_ = spot if stem == "phrases" else f"{stem}.{spot}"
    code = language.rstrip(")") or SOURCE_LANGUAGE
    if code in overlay.texts.get(id_, {}):
        return replace(problem, where=place_of_text(overlay, id_, code))
    file = f"{stem}.toml"
    if file in overlay.files:
        return replace(problem, where=f"{file} line {line_of_id(overlay.files[file], spot.split('.'))}")
    return replace(problem, where=place_of_text(overlay, id_, code))


_NO_TOML: Final = (
    ("illegal character", "a quote is opened here and not closed in the same line"),
    ("unterminated string", "a quote is opened here and not closed in the same line"),
    ("expected '=' after", "a name is followed by = and then by what it is"),
    ("invalid value", "behind = stand words in quotes, a number, true or false, or a list in [ ]"),
    ("cannot ", "this stands in the file a second time"),
    ("unclosed array", "a [ is opened and not closed"),
    ("expected newline", "two things stand in one line: put the second into a line of its own"),
    ("invalid statement", "a line is a name with =, or a heading in [ ]"),
    ("unescaped '\\'", "write a backslash twice"),
    ("expected ']", "a heading ends with as many ] as it has ["),
)
"""What the parser says, in words of somebody who never met one."""


class _Laying:
    """The working table of one `lay`."""

    def __init__(self, base: Catalogue, files: Mapping[str, str]) -> None:
        self.base = base
        self.files = dict(files)
        self.problems: list[Problem] = []
        self.data: dict[str, dict[str, Any]] = {}
        self.touched: set[str] = set()

    def done(self) -> tuple[Overlay, list[Problem]]:
        self._read_files()
        self.words = OwnWords(self.base, self.data.get(TEXTS, {}), self._tell_text)
        lists = self._read_lists()
        flows = self._read_flows(lists)
        agenda = self._read_agenda(flows)
        thresholds = self._read_thresholds()
        phrases = self._phrases(agenda)
        known = {text for flow in flows.values() for text in flow.texts} | phrases.keys()
        self.words.refuse(known | {f"choices.{name}.{one.id}" for name, found in lists.items() for one in found})
        catalogue = Catalogue(
            flows,
            phrases,
            lists,
            {language: self.words.translations(language, phrases) for language in self.base.translations},
            self.base.versions,
            agenda,
            {language: self.words.counted(language) for language in self.base.translations},
            self.base.rules,
        )
        overlay = Overlay(catalogue, self.files, thresholds, frozenset(self.touched), self.words.texts)
        return overlay, sorted(set(self.problems))

    def _tell(self, file: str, line: int, rule: str, advice: str) -> None:
        self.problems.append(Problem(f"{file} line {line}", rule, advice))

    # -- files ---------------------------------------------------------------------------------------------------------

    def _read_files(self) -> None:
        if len(self.files) > FILES:
            self._tell(min(self.files), 1, "files", f"a programme has at most {FILES} files of its own")
        for name, text in sorted(self.files.items()):
            stem = name.removesuffix(".toml")
            if not name.endswith(".toml") or not ID.match(stem):
                advice = "name it <flow>.toml, agenda.toml, choices.toml, texts.toml or thresholds.toml"
                self._tell(name, 1, "file-name", f"this is no name of a flow: {advice}")
            elif len(text) > FILE_CHARACTERS:
                self._tell(name, 1, "file-size", f"it has more than {FILE_CHARACTERS:,} characters: make it shorter")
            elif stem in RESERVED_NAMES:
                self._tell(name, 1, "file-name", f"the library keeps the name {stem} for itself: choose another one")
            else:
                self._parse(name, text)

    def _parse(self, name: str, text: str) -> None:
        try:
            self.data[name] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message, _, at = str(error).rpartition(" (at line ")
            line = at.partition(",")[0]
            number = int(line) if line.isdecimal() else text.count("\n") + 1
            said = (message or str(error)).lower()
            plain = next((advice for begins, advice in _NO_TOML if said.startswith(begins)), said)
            self._tell(name, number, "toml", f"is no valid TOML here: {plain}")
        except RecursionError:
            self._tell(name, 1, "toml", "has brackets inside brackets without end: a flow needs none of that")

    def _validated(self, name: str, read: Callable[[Mapping[str, Any]], Any], cut: int = 0) -> Any:
        """What `read` makes of the file; `None` where it can not. Its problems are told by line."""
        if name not in self.data:
            return None
        try:
            return read(self.data[name])
        except ValidationError as error:
            for place, advice in explained(error):
                inner = place[cut:]
                said = " ".join(str(part + 1 if isinstance(part, int) else part) for part in inner)
                line = line_of(self.files[name], inner)
                self._tell(name, line, "grammar", f"{said}: {advice}" if said else advice)
            return None

    def _tell_text(self, id_: str, language: str, rule: str, advice: str) -> None:
        self._tell(TEXTS, line_of_text(self.files.get(TEXTS, ""), id_, language), rule, f"{id_} {language}: {advice}")

    # -- flows ---------------------------------------------------------------------------------------------------------

    def _read_lists(self) -> SharedLists:
        own = self._validated(CHOICES, shared_lists, cut=1) or {}
        lists = {**self.base.lists, **own}
        for name, choices in lists.items():
            words = [self.words.english(f"choices.{name}.{one.id}") for one in choices]
            if any(words):
                lists[name] = tuple(replace_text(one, said) for one, said in zip(choices, words, strict=True))
        return lists

    def _read_flows(self, lists: SharedLists) -> dict[str, Flow]:
        changed = {name for name, choices in lists.items() if self.base.lists.get(name) is not choices}
        changed |= {id_.split(".")[1] for id_ in self.words.texts if id_.startswith("choices.") and id_.count(".") == 2}
        self._kept_lists(changed)
        worded = {id_.partition(".")[0] for id_ in self.words.texts}
        flows: dict[str, Flow] = {}
        for name in [*self.base.flows, *sorted(self._own_flows() - self.base.flows.keys())]:
            before, file = self.base.flows.get(name), f"{name}.toml"
            definition = before.definition if before is not None else None
            if file in self.data:
                if (why := why_not_flow(name)) is not None:
                    self._tell(file, 1, "untouched", why)
                    continue
                definition = self._validated(file, FlowDefinition.model_validate)
            if definition is None:
                continue
            offers = {step.choices for step in definition.steps if isinstance(step.choices, str)}
            if before is not None and file not in self.data and name not in worded and not offers & changed:
                flows[name] = before
                continue
            phase = OWN_PHASE if before is None else before.phase
            flow = self._flow(name, self._reworded(name, definition), lists, phase)
            if before is not None and flow.version == before.version:
                flows[name] = before
                continue
            flows[name] = flow
            self.touched.add(name)
            if file in self.data:
                for place, rule, advice in wrongs(flow, self.base):
                    self._tell(file, line_of_id(self.files[file], place), rule, advice)
        return flows

    def _kept_lists(self, changed: Collection[str]) -> None:
        """Tell of lists that are offered by a conversation which stays as it is."""
        for flow in self.base.flows.values():
            offers = {step.choices for step in flow.definition.steps if isinstance(step.choices, str)}
            why = why_not_flow(flow.id)
            for name in sorted(offers & set(changed)) if why is not None else ():
                file = CHOICES if name in self.data.get(CHOICES, {}) else TEXTS
                line = line_of(self.files[file], (name,))
                self._tell(file, line, "untouched", f"the list {name} is offered by {flow.id}: {why}")

    def _own_flows(self) -> set[str]:
        return {name.removesuffix(".toml") for name in self.data} - {
            one.removesuffix(".toml") for one in (AGENDA, CHOICES, TEXTS, THRESHOLDS)
        }

    def _flow(self, name: str, definition: FlowDefinition, lists: SharedLists, phase: str) -> Flow:
        bare = Flow(name, definition, lists, phase)
        said = {
            language: {
                id_: words for id_, source in bare.texts.items() if (words := self.words.words(id_, source, language))
            }
            for language in self.base.translations
        }
        return Flow(name, definition, lists, phase, said)

    def _reworded(self, name: str, definition: FlowDefinition) -> FlowDefinition:
        """`definition` with the English words that stand in the file of texts."""
        steps = []
        for step in definition.steps:
            if (said := self.words.english(f"{name}.{step.id}")) is not None and step.text is not None:
                step = step.model_copy(update={step.kind: said})  # noqa: PLW2901 - the same step in other words
            if isinstance(step.choices, tuple):
                own = tuple(replace_text(one, self.words.english(f"{name}.{step.id}.{one.id}")) for one in step.choices)
                step = step.model_copy(update={"choices": own}) if own != step.choices else step  # noqa: PLW2901
            steps.append(step)
        changes: dict[str, Any] = {"steps": tuple(steps)} if tuple(steps) != definition.steps else {}
        if (title := self.words.english(f"{name}.title")) is not None:
            changes["title"] = title
        if definition.reminder is not None and (said := self.words.english(f"{name}.reminder")) is not None:
            changes["reminder"] = definition.reminder.model_copy(update={"text": said})
        return definition.model_copy(update=changes) if changes else definition

    # -- agenda and thresholds -----------------------------------------------------------------------------------------

    def _read_agenda(self, flows: Mapping[str, Flow]) -> Agenda:
        data = self.data.get(AGENDA)
        if data is None:
            return self.base.agenda
        items = {item.id: item for item in self.base.agenda}
        order = list(items)
        for key in data.keys() - {"items", "leave_out"}:
            self._tell(AGENDA, line_of(self.files[AGENDA], (key,)), "grammar", f"{key} is unknown: items or leave_out")
        for id_ in self._left_out(data, items):
            order.remove(id_)
        written = data.get("items", [])
        if not isinstance(written, list):
            self._tell(AGENDA, line_of(self.files[AGENDA], ("items",)), "grammar", "items: write each as [[items]]")
            written = []
        for number, table in enumerate(written):
            line = line_of(self.files[AGENDA], ("items", number))
            item = self._item(table, number, items, flows)
            if item is None:
                continue
            before = table.get("before")
            if before is not None and before not in order:
                self._tell(AGENDA, line, "agenda", f"there is no item '{before}' before which it could stand")
            elif before is not None:
                order = [one for one in order if one != item.id]
                order.insert(order.index(before) if before in order else len(order), item.id)
            elif item.id not in order:
                order.append(item.id)
            items[item.id] = item
        self.touched |= {phrase_of(one) for one in order if items[one].brings != self._packaged_brings(one)}
        return tuple(items[one] for one in order)

    def _packaged_brings(self, item: str) -> str | None:
        return next((one.brings for one in self.base.agenda if one.id == item), None)

    def _left_out(self, data: Mapping[str, Any], items: Mapping[str, Item]) -> Iterator[str]:
        line = line_of(self.files[AGENDA], ("leave_out",))
        named = data.get("leave_out", [])
        for id_ in dict.fromkeys(named if isinstance(named, list) else [named]):
            if id_ not in items:
                self._tell(AGENDA, line, "agenda", f"there is no item '{id_}' that could be left out")
            elif (why := why_not_item(items[id_].flow)) is not None:
                self._tell(AGENDA, line, "untouched", why)
            else:
                yield id_

    def _item(self, table: Any, number: int, items: Mapping[str, Item], flows: Mapping[str, Flow]) -> Item | None:
        line = line_of(self.files[AGENDA], ("items", number))
        own = {key: value for key, value in table.items() if key != "before"} if isinstance(table, dict) else {}
        known = items.get(str(own.get("id")))
        packaged = {} if known is None else known.model_dump(mode="json", exclude_unset=True)
        try:
            item = read_agenda({"items": [{**packaged, **own}]})[0]
        except ValidationError as error:
            for place, advice in explained(error):
                said = " ".join(str(part) for part in place[2:])
                at = line_of(self.files[AGENDA], ("items", number, *place[2:3]))
                self._tell(AGENDA, at, "grammar", f"{said}: {advice}" if said else advice)
            return None
        if known is not None and item.flow != known.flow and (why := why_not_item(known.flow)) is not None:
            self._tell(AGENDA, line, "untouched", why)
        if item.flow not in flows and f"{item.flow}.toml" not in self.files:
            advice = f"asks the flow {item.flow}, which does not exist; send it too, or name another one"
            self._tell(AGENDA, line, "agenda", advice)
        elif item.flow in flows and flows[item.flow].definition.record is None:
            advice = f'the flow {item.flow} leaves no trace that it was asked: write record = "asked" into it'
            self._tell(AGENDA, line, "agenda", advice)
        for name in placeholders(item.brings):
            at = line_of(self.files[AGENDA], ("items", number, "brings"))
            self._tell(AGENDA, at, "unknown-placeholder", f"nothing fills {{{name}}} here: take it out")
        if item.when is not None and item.when not in (there_are := (*CONDITIONS, *SUBJECTS)):
            self._tell(AGENDA, line, "agenda", f"there is no condition '{item.when}'; known: {', '.join(there_are)}")
        return item

    def _read_thresholds(self) -> Thresholds:
        found = self._validated(THRESHOLDS, Thresholds.model_validate)
        return found if isinstance(found, Thresholds) else PACKAGED

    def _phrases(self, agenda: Sequence[Item]) -> Mapping[str, PhraseDefinition]:
        own = {phrase_of(item): PhraseDefinition(text=item.brings) for item in agenda}
        known = {**self.base.phrases, **own}
        worded = [id_ for id_ in self.words.texts if id_ in known]
        self.touched |= set(worded)
        return {**known, **{id_: self.words.phrase(id_, known[id_]) for id_ in worded}}


def replace_text(choice: Any, said: str | None) -> Any:
    """`choice` with other words on it."""
    return choice if said is None else choice.model_copy(update={"text": said})


__all__ = ["AGENDA", "CHOICES", "TEXTS", "THRESHOLDS", "Overlay", "judged", "lay", "untranslated"]
