"""A flow, or the shared lists, as a page that people read and edit: rows of named cells, in the order of the file.

Rules kept here:

* First what holds for the flow, a row for each key there is, then the steps in their order, each with its choices,
  outcomes and values below it. What is not said is an empty cell.
* A page says what the file says, in the file's own words: `48h` stays `48h`.
* Texts that stand outside any flow have a page of their own; a counted one has a row for each form.
* Every text has a cell for each language. Its mark tells afterwards which of them somebody has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.speech.languages import SOURCE
from bot.tailoring.notation import name_written, names_written, settings_written
from bot.translations.messages import State, sources
from bot.translations.rows import Row
from bot.translations.rows import mark_of as row_mark
from flows.catalogue import CHOICES_FILE, PHRASES_FILE, is_phrases
from flows.counting import Counting
from flows.definition import KINDS
from flows.errors import Problem
from flows.extraction import Extracted
from flows.remarks import Anchor, Remarks

ROW, ID, KIND, NAME, SAVE, NEXT, SETTINGS, ENGLISH, REMARK, MARK = (
    *("row", "id", "kind", "name", "save", "next", "settings", "english", "remark", "mark"),
)
FLOW, PHASE, LISTS, LIST, STEP, CHOICE, OUTCOME, VALUE, LISTEN = (
    *("flow", "phase", "lists", "list", "step", "choice", "outcome", "value", "listen"),
)
PHRASES, TEXT, FORM = "phrases", "text", "form"
HEADS: Mapping[str, str] = {FLOW: "", LISTS: CHOICES_FILE, PHRASES: PHRASES_FILE}
"""The rows with which a page begins, and what a page is called that has no name of its own."""
HEAD = ("goal", "title", "facts", "given", "record", "one_line", "aside", "reminder", "expires")
"""The rows of the head, after flow and phase."""

ROWS = (FLOW, PHASE, *HEAD, STEP, CHOICE, OUTCOME, VALUE, LISTEN)
"""What a row of a flow can be."""

OF_STEP = ("many", "values", "reads", "skip", "guard", "voice")
OF_CHOICE = ("record", "no_translate")
OF_LISTEN = ("for", "guard")
OF_REMINDER = ("after", "at")
OF_EXPIRES = ("after", "late_for", "keep")
"""What the cell `settings` of a row may hold."""

RULE = "rule: "
"""Before the name of a rule that makes the choices of a step; a name alone is a shared list."""

COLUMNS = (ROW, ID, KIND, NAME, SAVE, NEXT, SETTINGS, ENGLISH, REMARK, MARK)
TITLES = frozenset(COLUMNS)
"""What the columns are called, beside those of the languages, whose names end in `CODE`."""

CODE = re.compile(r"\(([A-Za-z_]+)\)\Z")

NAMED = frozenset({"decide", "do", "wait", "start"})
"""The kinds of step whose value is a name or a duration, not a text."""

Languages = Mapping[str, Mapping[str, Row]]
"""Language to text id to its row."""

MARK_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a page: titles of columns to what stands there; `text` is the id of its text, if it has one."""

    cells: Mapping[str, str]
    text: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    """The languages whose translation is stale."""


Place = tuple[str | int, ...]


@dataclass(slots=True)
class Page:
    """What one sheet says. `cells` tells where each part of `data` stands; `rows` are its translations by language. Of
    the page of texts `data` has the English words by text id, and `marks` what they were when it went out."""

    title: str = ""
    name: str = ""
    phase: str = ""
    mark: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    remarks: dict[Anchor, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    cells: dict[Place, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True
    """Whether it is a flow, or a page of lists or texts, in spite of its problems, and no row of it was left out."""

    @property
    def path(self) -> str:
        """The file that it is about; of the page of texts the first."""
        return f"{self.phase}/{self.name}.toml" if self.name not in HEADS.values() else f"{self.name}.toml"

    def is_about(self, path: str) -> bool:
        return is_phrases(path) if self.name == PHRASES_FILE else path == self.path

    def cell(self, place: Place) -> str:
        """Where `place`, or the nearest thing around it, stands."""
        while place and place not in self.cells:
            place = place[:-1]
        return self.cells[place]


def flow_page(flow: str, phase: str, data: Mapping[str, Any], remarks: Remarks, languages: Languages) -> list[Line]:
    """`data` is what tomllib reads from the flow's file."""
    page = _Page(flow, remarks, languages)
    return [
        page.line(FLOW, (), id=flow, mark=mark_of(data, remarks)),
        page.line(PHASE, ("phase",), id=phase),
        *page.head(data),
        page.line("", ("", "")),
        *(line for step in data["steps"] for line in page.step(step)),
    ]


def lists_page(data: Mapping[str, Any], remarks: Remarks, languages: Languages) -> list[Line]:
    """`data` is what tomllib reads from the file of shared lists."""
    page = _Page(CHOICES_FILE, remarks, languages)
    lines = [page.line(LISTS, (), mark=mark_of(data, remarks))]
    for name, choices in data.items():
        lines.append(page.line(LIST, ("", name), id=name))
        lines += [page.choice(choice, (name,), name) for choice in choices]
    return lines


def phrases_page(texts: Sequence[Extracted], counting: Mapping[str, Counting], languages: Languages) -> list[Line]:
    """The texts that stand outside any flow. A counted one has a row `form` for the numbers of each form that some
    language has, filled in for the languages that have it. `counting` is that of every language, the source's too."""
    labels = list(dict.fromkeys(label for one in counting.values() for label in one.labels))
    lines = [Line({ROW: PHRASES})]
    for text in texts:
        of = {language: rows[text.id] for language, rows in languages.items() if text.id in rows}
        marks = {SOURCE: english_mark(sources(text)), **{language: one.mark for language, one in of.items()}}
        cells = {ROW: TEXT, ID: text.id, MARK: " ".join(f"{language}={mark}" for language, mark in marks.items())}
        stale = frozenset(language for language, one in of.items() if one.state is State.STALE)
        forms = {language: one.forms for language, one in of.items()}
        if text.plural is None:
            translations = {language: one[0] for language, one in forms.items()}
            lines.append(Line({**cells, ENGLISH: text.source}, text.id, translations, stale))
            continue
        lines.append(Line(cells, text.id))
        said = {
            language: dict(zip(counting[language].labels, one, strict=True))
            for language, one in {SOURCE: sources(text), **forms}.items()
        }
        for label in labels:
            found = {language: one[label] for language, one in said.items() if label in one}
            english = {ENGLISH: found.pop(SOURCE)} if SOURCE in found else {}
            lines.append(Line({ROW: FORM, ID: label, **english}, "", found, stale & found.keys()))
    return lines


def english_mark(words: tuple[str, ...]) -> str:
    """The mark of English words: whoever brings them back may have changed them, or somebody else meanwhile."""
    return row_mark(words, State.CURRENT)


def mark_of(data: Mapping[str, Any], remarks: Remarks) -> str:
    """A digest of everything the file says."""
    said = [[list(place), text] for place, text in sorted(remarks.items())]
    packed = json.dumps([data, said], sort_keys=True).encode()
    return hashlib.sha256(packed).hexdigest()[:MARK_CHARACTERS]


@dataclass(frozen=True, slots=True)
class _Page:
    name: str
    remarks: Remarks
    languages: Languages

    def line(self, row: str, place: Anchor, text: str = "", **cells: str) -> Line:
        found = {language: rows[text] for language, rows in self.languages.items() if text in rows}
        marks = " ".join(f"{language}={one.mark}" for language, one in found.items())
        kept = {key: cell for key, cell in {"mark": marks, **cells}.items() if cell}
        written = {ROW: row, REMARK: self.remarks.get(place, ""), **kept}
        translations = {language: one.forms[0] for language, one in found.items()}
        stale = frozenset(language for language, one in found.items() if one.state is State.STALE)
        return Line(written, text, translations, stale)

    def head(self, data: Mapping[str, Any]) -> Iterator[Line]:
        for key in HEAD:
            value = data.get(key)
            match key, value:
                case _, None:
                    yield self.line(key, (key,))
                case "goal", _:
                    yield self.line(key, (key,), english=value)
                case "title", _:
                    yield self.line(key, (key,), f"{self.name}.title", english=value)
                case "reminder", _:
                    settings = {name: one for name, one in value.items() if name != "text"}
                    id_ = f"{self.name}.reminder"
                    yield self.line(key, (key,), id_, settings=settings_written(settings), english=value["text"])
                case "expires", _:
                    yield self.line(key, (key,), settings=settings_written(value))
                case "record", _:
                    yield self.line(key, (key,), settings=name_written(value))
                case (("one_line" | "aside"), _):
                    yield self.line(key, (key,), settings="yes" if value else "no")
                case _:
                    yield self.line(key, (key,), settings=names_written(value))

    def step(self, step: Mapping[str, Any]) -> Iterator[Line]:
        kind = next(kind for kind in KINDS if kind in step)
        place = ("steps", step["id"])
        settings = {key: step[key] for key in OF_STEP if key in step and not (key == "values" and step[key])}
        is_named = kind in NAMED
        yield self.line(
            STEP,
            place,
            "" if is_named else f"{self.name}.{step['id']}",
            id=step["id"],
            kind=kind,
            name=_name(step, kind),
            save=step.get("save", ""),
            next=step.get("next", ""),
            settings=settings_written(settings),
            english="" if is_named else step[kind],
        )
        for name, rule in step.get("values", {}).items():
            yield self.line(VALUE, ("",), id=name_written(name), name=name_written(rule))
        if isinstance(step.get("choices"), list):
            for choice in step["choices"]:
                yield self.choice(choice, (*place, "choices"), step["id"])
        for outcome, target in step.get("then", {}).items():
            yield self.line(OUTCOME, ("",), id=name_written(outcome), next=target)
        if (listen := step.get("listen")) is not None:
            settings = {key: listen[key] for key in OF_LISTEN if key in listen}
            yield self.line(LISTEN, ("",), save=listen["save"], settings=settings_written(settings))

    def choice(self, choice: Mapping[str, Any], place: Anchor, of: str) -> Line:
        settings = {key: choice[key] for key in OF_CHOICE if key in choice}
        return self.line(
            CHOICE,
            (*place, choice["id"]),
            f"{self.name}.{of}.{choice['id']}",
            id=choice["id"],
            next=choice.get("next", ""),
            settings=settings_written(settings),
            english=choice["text"],
        )


def _name(step: Mapping[str, Any], kind: str) -> str:
    if kind in NAMED:
        return name_written(step[kind])
    match step.get("choices"):
        case str(name):
            return name_written(name)
        case {"rule": rule}:
            return RULE + name_written(rule)
        case _:
            return ""
