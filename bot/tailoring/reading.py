"""A page that came back, as what a flow file says; and everything unclear on it, by cell.

Rules kept here:

* Nothing on a page is passed over in silence: a cell that is filled where it means nothing is told, and so is a column
  whose name says nothing. A page that lacks a column is not read: what stood there would be lost.
* What the grammar of flows refuses is told by the cell it stands in.
* An unclear cell does not keep the rest of the page from being read, so that all is told at once. Where a whole row is
  unclear no flow is made of the page: what follows from the gap (numbers of choices that move up) is nobody's question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.sheets import Read
from bot.speech.languages import SOURCE
from bot.tailoring import pages
from bot.tailoring.notation import Unclear, name_read, settings_read, value_read
from bot.tailoring.pages import (
    ENGLISH,
    HEADS,
    ID,
    KIND,
    MARK,
    NAME,
    NAMED,
    NEXT,
    REMARK,
    ROW,
    SAVE,
    SETTINGS,
    Page,
    Place,
)
from bot.tailoring.phrases import PLAIN, Worded
from bot.translations.messages import State
from bot.translations.rows import Row, mark_of
from flows.catalogue import CHOICES_FILE, PHRASES_FILE, explained
from flows.counting import Counting
from flows.definition import ID as ID_FORM
from flows.definition import KINDS, FlowDefinition, shared_lists
from flows.errors import Problem
from flows.remarks import Anchor

Value = TypeVar("Value")

_HELD: Mapping[str, tuple[str, ...]] = {
    pages.FLOW: (ID,),
    pages.PHASE: (ID,),
    pages.LISTS: (),
    pages.LIST: (ID,),
    "goal": (ENGLISH,),
    "title": (ENGLISH,),
    "reminder": (SETTINGS, ENGLISH),
    **dict.fromkeys(("facts", "given", "record", "one_line", "aside", "expires"), (SETTINGS,)),
    pages.STEP: (ID, KIND, NAME, SAVE, NEXT, SETTINGS, ENGLISH),
    pages.CHOICE: (ID, NEXT, SETTINGS, ENGLISH),
    pages.OUTCOME: (ID, NEXT),
    pages.VALUE: (ID, NAME),
    pages.LISTEN: (SAVE, SETTINGS),
    pages.PHRASES: (),
    pages.TEXT: (ID, ENGLISH),
    pages.FORM: (ID, ENGLISH),
}
"""Which cells a row may fill, beside its remark and its mark."""

_TRANSLATED = frozenset({"title", "reminder", pages.STEP, pages.CHOICE, pages.TEXT, pages.FORM})
_REMARKED = frozenset({pages.FLOW, pages.LISTS, *pages.HEAD, pages.STEP, pages.CHOICE})


def is_page(sheet: Read) -> bool:
    """Whether the sheet has the columns of a page, or most of them: somebody may have renamed one."""
    return bool(sheet.rows) and 2 * len(pages.TITLES & set(heads(sheet))) > len(pages.TITLES)


def heads(sheet: Read) -> list[str]:
    """What the columns are called, from the first; in small letters, as people write them in both."""
    return [title.strip().lower() for title in sheet.rows[min(sheet.rows)]]


def read(sheet: Read, languages: Mapping[str, str], counting: Mapping[str, Counting]) -> Page:
    """What the sheet says. `languages` are the titles of their columns, to their codes; `counting` is how each counts,
    the source too."""
    head, top = heads(sheet), min(sheet.rows)
    if lost := [title for title in pages.COLUMNS if title not in head]:
        named = ", ".join(lost).replace(ENGLISH, ENGLISH.title())
        advice = f"the first row lacks {named}: name the columns as they were exported, or export anew"
        problems = [Problem(f"{sheet.title} row {top}", "cell", advice)]
        return Page(sheet.title, sheet.title.partition(" ")[0], problems=problems, is_whole=False)
    titles = {title: column for column, title in enumerate(head) if title}
    reader = _Reader(sheet, titles, languages, counting)
    for number in sheet.rows:
        if number > top:
            reader.line(number)
    page = reader.done()
    page.problems += _idle_columns(sheet, head, languages)
    return page


def _idle_columns(sheet: Read, head: Sequence[str], languages: Mapping[str, str]) -> Iterator[Problem]:
    """Tell of columns with something in them that are called like nothing here, or like one before them."""
    top = min(sheet.rows)
    for column, title in enumerate(head):
        where = f"{sheet.title} {sheet.cell(top, column)}"
        if title in head[:column] and title:
            yield Problem(where, "cell", "a column of this name stands there twice: take one out")
        elif title in pages.TITLES or title in languages or not _is_filled(sheet, column):
            continue
        elif not pages.CODE.search(title):  # a language that there is not is told with the languages
            advice = "nobody reads this column: call it by a language, as in Nederlands (nl), or take it out"
            yield Problem(where, "cell", advice)


def _is_filled(sheet: Read, column: int) -> bool:
    return any(cells[column].strip() for number, cells in sheet.rows.items() if number > min(sheet.rows))


@dataclass(slots=True)
class _Line:
    number: int
    row: str
    cells: Mapping[str, str]


@dataclass(slots=True)
class _Reader:
    sheet: Read
    titles: Mapping[str, int]
    languages: Mapping[str, str]
    counting: Mapping[str, Counting]
    page: Page = field(default_factory=Page)
    texts: list[Worded] = field(default_factory=list)
    step: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    spot: Place = ()
    """The step, or the list, that the rows below it belong to."""
    no_kind: set[Place] = field(default_factory=set)
    """The steps of which it is not clear what they do."""

    def line(self, number: int) -> None:
        cells = self.sheet.rows[number]
        named = {title: cells[column] for title, column in self.titles.items()}
        line = _Line(number, named.get(ROW, "").strip().lower(), named)
        broken = [column for row, column in self.sheet.unreadable if row == number]
        for column in broken:
            self._tell(self.sheet.cell(number, column), self.sheet.unreadable[number, column])
        if broken:
            self.page.is_whole = False
            return
        if not (line.row or any(cell.strip() for cell in cells)):
            return
        if line.row not in _HELD:
            self.page.is_whole = False
            said = f"“{line.row}” is no kind of row" if line.row else "a row needs its kind"
            self._tell(self._at(line, ROW), f"{said}: write one of {', '.join(_HELD)} into the column row")
            return
        if line.row not in HEADS and not self.page.name:
            self._tell(self._at(line, ROW), "a page begins with the row flow, lists or phrases: write it first")
            return
        self._nothing_idle(line)
        match line.row:
            case pages.FLOW | pages.LISTS | pages.PHRASES | pages.PHASE:
                self._head_of_page(line)
            case pages.TEXT | pages.FORM:
                self._text(line)
            case pages.STEP:
                self._step(line)
            case pages.LIST:
                self._list(line)
            case pages.CHOICE:
                self._choice(line)
            case pages.OUTCOME | pages.VALUE | pages.LISTEN:
                self._below_step(line)
            case _:
                self._key(line)

    def done(self) -> Page:
        page = self.page
        page.title = self.sheet.title
        page.cells.setdefault((), f"{self.sheet.title} A1")
        if page.name == CHOICES_FILE:
            try:
                shared_lists(page.data)
            except ValidationError as error:
                self._explain(error, cut=1)
        elif page.name == PHRASES_FILE:
            self._settle()
        elif not page.name or not page.phase:
            page.is_whole = False
            self._tell("A1", "the page needs a row flow and a row phase, each with its id")
        else:
            try:
                FlowDefinition.model_validate(page.data)
            except ValidationError as error:
                self._explain(error, cut=0)
        return page

    def _explain(self, error: ValidationError, *, cut: int) -> None:
        self.page.is_whole = False
        for place, advice in explained(error):
            inner = place[cut:]
            said = str(inner[-1]) if inner and isinstance(inner[-1], str) else ""
            if inner[:2] not in self.no_kind:  # what follows from an unclear cell is nobody's question
                problem = Problem(self.page.cell(inner), "grammar", f"{said}: {advice}" if said else advice)
                self.page.problems.append(problem)

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _head_of_page(self, line: _Line) -> None:
        page = self.page
        if line.row in {pages.LISTS, pages.PHRASES}:
            page.name = HEADS[line.row]
            self._known(line, ())
            page.mark = line.cells.get(MARK, "").strip()
            return
        id_ = line.cells.get(ID, "").strip()
        if not ID_FORM.match(id_):
            self._tell(self._at(line, ID), f"“{id_}” is no id: use a to z, digits and _, beginning with a letter")
        elif line.row == pages.PHASE:
            page.phase = id_
        elif page.name or id_ in HEADS.values():
            self._tell(self._at(line, ID), "a page is about one flow: put another one on a sheet of its own")
        else:
            page.name, page.mark = id_, line.cells.get(MARK, "").strip()
            self._known(line, ())

    def _key(self, line: _Line) -> None:
        key, data = line.row, self.page.data
        if (key,) in self.page.cells:
            self._tell(self._at(line, ROW), f"{key} stands on the page twice: take one out")
            return
        words, settings = line.cells.get(ENGLISH, ""), line.cells.get(SETTINGS, "")
        self.page.cells[key,] = self._at(line, ENGLISH if key in {"goal", "title"} else SETTINGS)
        if key == "reminder":
            self.page.cells[key, "text"] = self._at(line, ENGLISH)
        if words or settings.strip():
            value = self._value(line, key, words)
            if value is not None:
                data[key] = value
        self._remark(line, (key,), is_there=key in data)
        if key in _TRANSLATED:
            self._texts(line, f"{self.page.name}.{key}")

    def _value(self, line: _Line, key: str, words: str) -> Any:
        match key:
            case "goal" | "title":
                return words
            case "reminder":
                return self._settings(line, pages.OF_REMINDER) | ({"text": words} if words else {})
            case "expires":
                return self._settings(line, pages.OF_EXPIRES)
            case "record":
                return self._clear(line, SETTINGS, name_read)
            case _:
                return self._clear(line, SETTINGS, lambda cell: value_read(key, cell))

    def _step(self, line: _Line) -> None:
        steps = self.page.data.setdefault("steps", [])
        cells = line.cells
        self.spot = ("steps", len(steps))
        self.step = {ID: cells.get(ID, "").strip()}
        self.choices = None
        steps.append(self.step)
        for title in (ID, KIND, NAME, SAVE, NEXT, SETTINGS):
            self.page.cells[*self.spot, title] = self._at(line, title)
        self._known(line, self.spot)
        kind = cells.get(KIND, "").strip().lower()
        if kind not in KINDS:
            self.no_kind.add(self.spot)
            self._tell(self._at(line, KIND), f"“{kind}” is no kind of step: write one of {', '.join(KINDS)}")
            return
        self.page.cells[*self.spot, kind] = self._at(line, NAME if kind in NAMED else ENGLISH)
        words, name = cells.get(ENGLISH, ""), cells.get(NAME, "").strip()
        if kind in NAMED:
            if words:
                self._tell(self._at(line, ENGLISH), f"a step of the kind {kind} says nothing: take the words out")
            self.step[kind] = self._clear(line, NAME, name_read) or ""
        else:
            self.step[kind] = words
            if name:
                self.step["choices"] = self._clear(line, NAME, _choices_read) or ""
        self.step |= {key: cells[key].strip() for key in (SAVE, NEXT) if cells.get(key, "").strip()}
        self.step |= self._settings(line, pages.OF_STEP)
        anchor = ("steps", self.step[ID])
        self._remark(line, anchor)
        if kind not in NAMED:
            self._texts(line, f"{self.page.name}.{self.step[ID]}")

    def _list(self, line: _Line) -> None:
        name = line.cells.get(ID, "").strip()
        if self.page.name != CHOICES_FILE or name in self.page.data:
            advice = "a list stands on the page of shared lists, and once: take the row out"
            self._tell(self._at(line, ROW), advice)
            return
        self.choices = self.page.data.setdefault(name, [])
        self.spot = (name,)
        self._known(line, self.spot)

    def _choice(self, line: _Line) -> None:
        if self.step is not None and self.choices is None:
            if "choices" in self.step:
                advice = "the step above names its choices already: empty the cell name there, or take these rows out"
                self._tell(self._at(line, ROW), advice)
                return
            self.choices = self.step["choices"] = []
        if self.choices is None:
            self._tell(self._at(line, ROW), "a choice stands below the step or the list it belongs to: move it there")
            return
        within = (*self.spot, "choices") if self.step is not None else self.spot
        spot: Place = (*within, len(self.choices))
        for title, key in ((ID, ID), (ENGLISH, "text"), (NEXT, NEXT), (SETTINGS, "record")):
            self.page.cells[*spot, key] = self._at(line, title)
        self._known(line, spot)
        choice = {ID: line.cells.get(ID, "").strip(), "text": line.cells.get(ENGLISH, "")}
        if line.cells.get(NEXT, "").strip():
            choice[NEXT] = line.cells[NEXT].strip()
        choice |= self._settings(line, pages.OF_CHOICE)
        self.choices.append(choice)
        of = self.step[ID] if self.step is not None else str(self.spot[0])
        anchor = ("steps", of, "choices", choice[ID]) if self.step is not None else (of, choice[ID])
        self._remark(line, anchor)
        self._texts(line, f"{self.page.name}.{of}.{choice[ID]}")

    def _below_step(self, line: _Line) -> None:
        if self.step is None:
            self._tell(self._at(line, ROW), f"{line.row} stands below the step it belongs to: move it there")
            return
        if line.row == pages.LISTEN:
            listen = {SAVE: line.cells.get(SAVE, "").strip()} | self._settings(line, pages.OF_LISTEN)
            self._once(line, self.step, "listen", listen)
            return
        key = "then" if line.row == pages.OUTCOME else "values"
        name = self._clear(line, ID, name_read)
        target = line.cells.get(NEXT, "").strip() if key == "then" else self._clear(line, NAME, name_read)
        if name is not None and target is not None:
            self._once(line, self.step.setdefault(key, {}), name, target)
            self.page.cells[*self.spot, key, name] = self._at(line, NEXT if key == "then" else NAME)

    def _text(self, line: _Line) -> None:
        id_, at = line.cells.get(ID, "").strip(), self._at(line, ID)
        if self.page.name != PHRASES_FILE:
            self._tell(self._at(line, ROW), f"a row {line.row} stands on the page of texts: take it out")
            return
        if line.row == pages.TEXT:
            if any(one.id == id_ for one in self.texts):
                self._tell(at, f"{id_} stands on the page twice: take one out")
            self.texts.append(Worded(id_, at, dict(_marks(line.cells.get(MARK, "")))))
        elif not self.texts:
            self._tell(self._at(line, ROW), f"{line.row} stands below the text it belongs to: move it there")
            return
        label = id_ if line.row == pages.FORM else PLAIN
        for title, language in ((ENGLISH, SOURCE), *self.languages.items()):
            words = line.cells.get(title, "")
            if words or (language == SOURCE and (label == PLAIN or label in self.counting[SOURCE].labels)):
                self.texts[-1].put(language, label, words, self._at(line, title))

    def _settle(self) -> None:
        """What the rows of the page of texts come to."""
        for text in self.texts:
            self.page.cells[text.id,] = text.cell
            english = text.english(self.counting[SOURCE], self._tell)
            if english is None:
                continue
            self.page.data[text.id] = english
            self.page.marks[text.id] = text.marks.get(SOURCE, "")
            for language, row in text.rows(english, self.counting, self._tell):
                self.page.rows.setdefault(language, []).append(row)

    # -- cells ---------------------------------------------------------------------------------------------------------

    def _at(self, line: _Line, title: str) -> str:
        return f"{self.sheet.title} {self.sheet.cell(line.number, self.titles.get(title, 0))}"

    def _known(self, line: _Line, spot: Place) -> None:
        self.page.cells[spot] = self._at(line, ID)
        if spot == ():
            self._remark(line, ())

    def _tell(self, where: str, advice: str) -> None:
        place = where if where.startswith(self.sheet.title) else f"{self.sheet.title} {where}"
        self.page.problems.append(Problem(place, "cell", advice))

    def _clear(self, line: _Line, title: str, reading: Callable[[str], Value]) -> Value | None:
        try:
            return reading(line.cells.get(title, ""))
        except Unclear as unclear:
            self._tell(self._at(line, title), str(unclear))
            return None

    def _settings(self, line: _Line, allowed: Sequence[str]) -> dict[str, Any]:
        return self._clear(line, SETTINGS, lambda cell: settings_read(cell, allowed)) or {}

    def _once(self, line: _Line, inside: dict[str, Any], key: str, value: Any) -> None:
        if key in inside:
            self._tell(self._at(line, ROW), f"{key} stands below this step twice: take one out")
        inside[key] = value

    def _nothing_idle(self, line: _Line) -> None:
        """Tell what is filled in where it means nothing."""
        for title, cell in line.cells.items():
            if title in self.languages:
                idle = line.row not in _TRANSLATED
            else:
                idle = title not in {*_HELD[line.row], ROW, REMARK, MARK} and title in pages.TITLES
            if idle and cell.strip():
                self._tell(self._at(line, title), f"means nothing in a row {line.row}: take it out")
        if line.row not in _REMARKED and line.cells.get(REMARK, "").strip():
            self._tell(self._at(line, REMARK), f"a row {line.row} keeps no remark: write it beside its step or flow")

    def _remark(self, line: _Line, anchor: Anchor, *, is_there: bool = True) -> None:
        text = "\n".join(one.strip() for one in line.cells.get(REMARK, "").strip().split("\n"))
        if text and not is_there:
            self._tell(self._at(line, REMARK), "a remark about nothing: fill in the row, or take the remark out")
        elif text:
            self.page.remarks[anchor] = text

    def _texts(self, line: _Line, id_: str) -> None:
        english = line.cells.get(ENGLISH, "")
        written = {title: words for title in self.languages if (words := line.cells.get(title, ""))}
        if written and not english:
            self._tell(self._at(line, next(iter(written))), "translates nothing: write the English, or take it out")
            return
        for title, words in written.items():
            language = self.languages[title]
            mark = dict(_marks(line.cells.get(MARK, ""))).get(language)
            now = State.STALE if mark == mark_of((words,), State.STALE) else State.CURRENT
            row = Row(id_, (english,), (words,), now, remark=None, mark=mark, place=self._at(line, title))
            self.page.rows.setdefault(language, []).append(row)


def _marks(cell: str) -> list[tuple[str, str]]:
    return [(language, mark) for language, sign, mark in (one.partition("=") for one in cell.split()) if sign]


def _choices_read(cell: str) -> Any:
    word = cell.strip()
    return {"rule": name_read(word[len("rule:") :])} if word.startswith("rule:") else name_read(word)
