"""A language as a spreadsheet that a translator takes away, and brings back.

Rules kept here:

* One row a text; a text that is counted has one row for each plural form of the language. Columns are found by their
  titles, so they may be moved, and rows may be sorted or left out.
* Only three columns are hers: the translation, the state and the note. All others say what a text is for.
* `stale` is what she finds; when she changes the words it is stale no more. `ok` says that the words hold as they are,
  `unsure` that somebody should look again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.errors import Refused
from bot.sheets import Column, Read, Sheet
from bot.speech.languages import Language
from bot.translations.messages import State
from bot.translations.rows import Row, mark_of, one_line
from flows.counting import Counting
from flows.errors import Problem
from flows.extraction import MESSAGE_LIMIT, Extracted

ID, WHERE, WHAT, ENGLISH, MANY, FORM = "id", "where", "what it is", "English", "English for many", "for the numbers"
STATE, WAS, NOTE, MARK = "state", "English before", "note", "mark"
UNSURE = "unsure"
_WORDS: Mapping[State, str] = {State.MISSING: "missing", State.STALE: "stale", State.CURRENT: "ok"}
_STATES: Mapping[str, State] = {"": State.CURRENT, UNSURE: State.STALE, **{word: one for one, word in _WORDS.items()}}

HOW = """\
What this is: the texts of Twinbot, a chat companion for professional twins. It asks short questions on a phone.
Write only into the columns with the name of your language, “state” and “note”. Leave the grey ones as they are.
Rows stand in the order of the conversations. You may sort them, hide them, or send back only some of them.
“what it is” says how long a text may be. A button has 40 characters at most; the sheet warns you.
Keep every {word} in braces and every /command as it is. You may move them.
A line break in a cell: Alt+Enter (on a Mac: Control+Option+Enter).
state “missing”: there is no translation yet. Write one; you need not change the state.
state “stale”: the English has changed since; “English before” is what was translated. Change the words.
If the words still hold as they are, change the state from stale to ok.
state “unsure”: write it where you want somebody to look again. Say why in the note.
A text that is counted, such as days, has one row for each form your language has; “for the numbers” shows which.
A cell that you empty takes nothing away: the old words stay.
Write as one speaks to a colleague, short and plain. Where your language marks gender, choose a form for everybody.
Save it as .xlsx and send it back. Whoever takes it in is told of every row that does not fit, and why."""


def write(rows: Sequence[Row], texts: Sequence[Extracted], code: str, language: Language) -> tuple[Sheet, ...]:
    """The sheets for a translator: how to read it, and the texts. `rows` are those of `texts`."""
    columns = (
        Column(ID, 26, fixed=True),
        Column(WHERE, 22, fixed=True),
        Column(WHAT, 36, fixed=True),
        Column(ENGLISH, 44, fixed=True),
        Column(MANY, 30, fixed=True, hidden=all(text.plural is None for text in texts)),
        Column(FORM, 12, fixed=True, hidden=all(text.plural is None for text in texts)),
        Column(_title(code, language), 44, right_to_left=language.direction == "rtl"),
        Column(STATE, 10, choices=(*_WORDS.values(), UNSURE)),
        Column(WAS, 30, fixed=True),
        Column(NOTE, 30),
        Column(MARK, 10, fixed=True, hidden=True),
    )
    lines: list[tuple[str, ...]] = []
    limits: dict[tuple[int, int], int] = {}
    stale: set[tuple[int, int]] = set()
    labels = Counting(language.plural).labels
    for row, text in zip(rows, texts, strict=True):
        for number, form in enumerate(row.forms):
            if text.limit < MESSAGE_LIMIT:
                limits[len(lines), 6] = text.limit
            if row.state is State.STALE:
                stale.add((len(lines), 6))
            label = labels[number] if text.plural is not None else ""
            what = "\n".join(text.comments)
            where = text.path.removesuffix(".toml")
            told = (row.id, where, what, text.source, text.plural or "", label, form, _WORDS[row.state])
            lines.append((*told, row.was, row.remark or "", row.mark or ""))
    guide = Sheet("How to read this", (Column("How to read this", 110),), tuple((line,) for line in HOW.split("\n")))
    return guide, Sheet("Texts", columns, tuple(lines), limits, frozenset(stale))


def read(sheets: Sequence[Read], code: str, language: Language) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """The rows of a spreadsheet, and the cells that can not be read. Refused when it is no sheet of texts, or one of
    another language than `code`."""
    for sheet in sheets:
        for number, cells in sheet.rows.items():
            if {ID, ENGLISH} <= {cell.strip() for cell in cells}:
                return _Reader(sheet, number, _places(sheet, cells, code, language), language).rows()
    raise Refused(f"No sheet has the columns “{ID}” and “{ENGLISH}”; export the language anew and work in that file.")


def _title(code: str, language: Language) -> str:
    return f"{language.name} ({code})"


def _places(sheet: Read, head: tuple[str, ...], code: str, language: Language) -> dict[str, int]:
    """Title to column. The column of translations must say that it is of this language."""
    places = {cell.strip(): column for column, cell in enumerate(head) if cell.strip()}
    named = {found[1]: title for title in places if (found := re.search(r"\(([A-Za-z_]+)\)$", title))}
    if code not in named:
        said = f"it is of {', '.join(named)}" if named else "it names no language"
        raise Refused(f"The sheet {sheet.title} has no column “{_title(code, language)}”: {said}.")
    return {**places, "": places[named[code]]}


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the sheet. `form` counts the rows of one id."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Reader:
    sheet: Read
    head: int
    places: Mapping[str, int]
    language: Language

    def rows(self) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
        columns = {column: title for title, column in self.places.items()}
        broken = {row: (column, said) for (row, column), said in self.sheet.unreadable.items() if column in columns}
        lines: dict[str, list[_Line]] = {}
        problems: list[Problem] = []
        for number, cells in self.sheet.rows.items():
            line = _Line(number, {title: cells[column] for title, column in self.places.items()})
            if number <= self.head or not (line.cells[ID].strip() or line.cells[""]):
                continue
            if number in broken:
                column, said = broken[number]
                problems.append(Problem(self.sheet.cell(number, column), "cell", said))
            lines.setdefault(line.cells[ID].strip(), []).append(line)
        spoilt = {one.cells[ID].strip() for found in lines.values() for one in found if one.number in broken}
        rows = [row for id_, found in lines.items() if id_ not in spoilt for row in self._rows(id_, found, problems)]
        return tuple(rows), tuple(problems)

    def _rows(self, id_: str, lines: Sequence[_Line], problems: list[Problem]) -> Iterator[Row]:
        """One text. Its plural forms come in the order of the language, whatever the order of the rows."""
        first = lines[0].cells
        sources = (first[ENGLISH], first[MANY]) if first.get(MANY) else (first[ENGLISH],)
        if len(sources) == 1:
            for line in lines:
                yield from self._row(id_, sources, (line.cells[""],), [line], problems)
            return
        labels = Counting(self.language.plural).labels
        by_label = {line.cells.get(FORM, "").strip(): line for line in reversed(lines)}
        if len(by_label) < len(lines) or not by_label.keys() <= set(labels):
            advice = (
                f"has rows for other numbers than those of its plural forms, or twice the same: {'; '.join(labels)}"
            )
            problems.append(Problem(f"row {lines[0].number}", "plural-forms", f"{id_} {advice}"))
            return
        forms = tuple(by_label[label].cells[""] if label in by_label else "" for label in labels)
        yield from self._row(id_, sources, forms, lines, problems)

    def _row(
        self,
        id_: str,
        sources: tuple[str, ...],
        forms: tuple[str, ...],
        lines: Sequence[_Line],
        problems: list[Problem],
    ) -> Iterator[Row]:
        words = [line.cells.get(STATE, "").strip().lower() for line in lines]
        if unknown := next((word for word in words if word not in _STATES), None):
            advice = f"{id_} has the state {unknown!r}; write {', '.join((*_WORDS.values(), UNSURE))}"
            problems.append(Problem(f"row {lines[0].number}", "state", advice))
            return
        mark = lines[0].cells.get(MARK, "").strip() or None
        remarks = dict.fromkeys(one_line(line.cells[NOTE]) for line in lines if line.cells.get(NOTE))
        remark = " ".join(remarks) if NOTE in self.places else None
        place = f"row {lines[0].number}"
        now = _state(words, forms, mark)
        yield Row(id_, sources, forms, now, one_line(lines[0].cells.get(WAS, "")), remark, mark, place)


def _state(words: Sequence[str], forms: tuple[str, ...], mark: str | None) -> State:
    if not all(forms):
        return State.MISSING
    if UNSURE in words:
        return State.STALE
    found_stale = _WORDS[State.STALE] in words
    is_untouched = mark is None or mark == mark_of(forms, State.STALE)
    return State.STALE if found_stale and is_untouched else State.CURRENT
