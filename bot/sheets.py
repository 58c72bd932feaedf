"""The one door to spreadsheets: sheets of text to the bytes of an .xlsx file, and back.

Rules kept here:

* A cell holds text and nothing else. What begins with = + - or @ is written as text, so that no program reads a formula
  in it; a formula, a date or a number with a fraction that somebody put in is told, never guessed at.
* What comes back is what was written, line breaks, spaces at both ends and every script included. What a cell can not
  hold is refused before anything is written; nothing is cut off silently.
* A file from outside is measured before it is unpacked.

openpyxl is imported here only, and only when a file is written or read: an idle bot never loads it.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.errors import Refused

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

CELL_CHARACTERS = 32_767
"""What a cell may hold in UTF-16 units, as Excel says. openpyxl cuts off what is longer, so we refuse it."""

FILE_BYTES = 10_000_000
"""The largest file that is read: all of the library in six languages has 0.8 megabytes."""

UNPACKED_BYTES = 200_000_000
"""What a file may unpack to; a small one that unpacks to more was made to do harm."""

ROWS = 20_000
COLUMNS = 100
"""What is read of a sheet. Beyond them stands nothing of ours, and empty cells that a program counts cost memory."""

TITLE_CHARACTERS = 31
"""Of a sheet's name, as Excel says."""

_OWN_CODE = re.compile(r"_x[0-9A-Fa-f]{4}_|x005F_")
"""How a spreadsheet writes a control character; the same letters as somebody's text would come back as another."""

_NO_CHARACTERS = frozenset({"\ufffe", "\uffff"})
"""Code points that XML can not hold and that are no characters of any script."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `fixed` is shown as nothing to be edited, `choices` are offered in a list that opens."""

    title: str
    width: int = 14
    fixed: bool = False
    hidden: bool = False
    right_to_left: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to write: its columns' titles stand in the first row, `rows` below. Places count from 0 in `rows`:
    `limits` warns of a cell that is longer, `stale` are cells to look at again, `idle` those in which nothing stands,
    `strong` are rows in bold."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    limits: Mapping[tuple[int, int], int] = field(default_factory=dict)
    stale: frozenset[tuple[int, int]] = frozenset()
    idle: frozenset[tuple[int, int]] = frozenset()
    strong: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Read:
    """A sheet as it was read: every row with text in it by its number (the first is 1), each as wide as the widest.
    `unreadable` says of a cell, by row and column from 0, what it holds instead of text and what to do."""

    title: str
    rows: Mapping[int, tuple[str, ...]]
    unreadable: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def cell(self, row: int, column: int) -> str:
        """What people call a cell: `B7`."""
        return f"{_letters(column + 1)}{row}"


def fault(text: str) -> str | None:
    """Why a cell can not hold `text`, with what to do; None when it can."""
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > CELL_CHARACTERS:
        return f"is longer than the {CELL_CHARACTERS:,} characters of a cell; shorten it"
    odd = sorted({one for one in text if one not in "\n\t" and unicodedata.category(one) in {"Cc", "Cs"}})
    odd += sorted(_NO_CHARACTERS & set(text))
    if odd:
        named = ", ".join(f"U+{ord(one):04X}" for one in odd)
        return f"has {named}, which no spreadsheet can hold; take it out"
    if found := _OWN_CODE.search(text):
        return f"has “{found[0]}”, which a spreadsheet reads as a sign of its own; word it otherwise"
    return None


def write(sheets: Iterable[Sheet]) -> bytes:
    """The .xlsx file. Refused with the cell that can not be written, before anything is."""
    from openpyxl import Workbook  # noqa: PLC0415 - heavy, see the head of the file

    sheets = tuple(sheets)
    for sheet in sheets:
        _refuse_faults(sheet)
    book = Workbook()
    for old in book.worksheets:
        book.remove(old)
    taken: set[str] = set()
    for sheet in sheets:
        _fill(book.create_sheet(_title(sheet.title, taken)), sheet)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def read(data: bytes) -> tuple[Read, ...]:
    """The sheets of an .xlsx file. Refused, in one sentence, when it is none or is too large."""
    from openpyxl import load_workbook  # noqa: PLC0415 - heavy, see the head of the file

    if len(data) > FILE_BYTES:
        raise Refused(f"The file has more than {FILE_BYTES:,} bytes; a spreadsheet of Twinbot's is far smaller.")
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            size = sum(one.file_size for one in packed.infolist())
        if size > UNPACKED_BYTES:
            raise Refused(f"The file would unpack to {size:,} bytes; a spreadsheet of Twinbot's is far smaller.")
        book = load_workbook(BytesIO(data), keep_links=False)
        return tuple(_read(sheet) for sheet in book.worksheets)
    except Refused:
        raise
    except Exception as error:  # openpyxl and zipfile raise whatever a broken file leads them to
        raise Refused("The file can not be read as a spreadsheet; save it as .xlsx (Excel) and send that.") from error


def _refuse_faults(sheet: Sheet) -> None:
    for row, cells in enumerate(sheet.rows):
        for column, text in enumerate(cells):
            if said := fault(text):
                raise Refused(f"{sheet.title} {_letters(column + 1)}{row + 2} ({cells[0]}): {said}.")


def _title(wanted: str, taken: set[str]) -> str:
    """A name that no other sheet has. Excel compares without case and keeps History for itself."""
    title = re.sub(r"[\[\]:*?/\\']", " ", wanted)[:TITLE_CHARACTERS]
    number = 2
    while title.lower() in taken or title.lower() == "history":
        title = f"{wanted[: TITLE_CHARACTERS - 4]} {number}"
        number += 1
    taken.add(title.lower())
    return title


def _fill(page: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415

    head, fixed, stale = (PatternFill("solid", fgColor=colour) for colour in ("D9E2EC", "F2F2F2", "FFE699"))
    bold = Font(bold=True)
    for number, column in enumerate(sheet.columns, start=1):
        letters = _letters(number)
        page.column_dimensions[letters].width = column.width
        page.column_dimensions[letters].hidden = column.hidden
        aligned = Alignment(wrap_text=True, vertical="top", readingOrder=2 if column.right_to_left else 0)
        cell = _put(page, 1, number, column.title)
        cell.font, cell.fill, cell.alignment = bold, head, aligned
        for row, cells in enumerate(sheet.rows):
            cell = _put(page, row + 2, number, cells[number - 1])
            cell.alignment = aligned
            if row in sheet.strong:
                cell.font = bold
            if (row, number - 1) in sheet.stale:
                cell.fill = stale
            elif column.fixed or (row, number - 1) in sheet.idle:
                cell.fill = fixed
    page.freeze_panes = "A2"
    if sheet.rows:
        _warn(page, sheet)


def _put(page: Worksheet, row: int, column: int, text: str) -> Cell:
    cell: Any = page.cell(row, column)
    if text:
        cell.value = text
        cell.data_type = "s"  # openpyxl takes what begins with = for a formula
        cell.quotePrefix = text[0] in "=+-@'"  # stays text when somebody edits it, too
    cell.number_format = "@"
    return cell  # type: ignore[no-any-return]


def _warn(page: Worksheet, sheet: Sheet) -> None:
    """Lists that open, and a warning while somebody types more than fits."""
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    for number, column in enumerate(sheet.columns, start=1):
        if column.choices:
            offered = DataValidation("list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            offered.add(f"{_letters(number)}2:{_letters(number)}{len(sheet.rows) + 1}")
            page.add_data_validation(offered)
    for limit in sorted(set(sheet.limits.values())):
        short = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(limit), allow_blank=True)
        short.errorStyle, short.showErrorMessage = "warning", True
        short.error = f"More than {limit} characters: a phone cuts it off."
        for cells in _runs(place for place, one in sheet.limits.items() if one == limit):
            short.add(cells)
        page.add_data_validation(short)


def _runs(places: Iterable[tuple[int, int]]) -> Iterator[str]:
    """The places as ranges of cells below one another: a program takes few long ranges, not thousands of cells."""
    runs: list[list[int]] = []
    for column, row in sorted((column, row) for row, column in places):
        if runs and runs[-1][0] == column and runs[-1][2] == row - 1:
            runs[-1][2] = row
        else:
            runs.append([column, row, row])
    return (f"{_letters(column + 1)}{first + 2}:{_letters(column + 1)}{last + 2}" for column, first, last in runs)


def _read(page: Worksheet) -> Read:
    if (page.max_row or 0) > ROWS or (page.max_column or 0) > COLUMNS:
        advice = f"has more than {ROWS:,} rows or {COLUMNS} columns: delete the empty ones below and beside the texts"
        raise Refused(f"The sheet {page.title} {advice}.")
    rows: dict[int, tuple[str, ...]] = {}
    unreadable: dict[tuple[int, int], str] = {}
    for number, cells in enumerate(page.iter_rows(), start=1):
        texts: list[str] = []
        for column, cell in enumerate(cells):
            text, said = _text_of(cell)
            texts.append(text)
            if said:
                unreadable[number, column] = said
        if any(texts) or any(row == number for row, _ in unreadable):
            rows[number] = tuple(texts)
    return Read(page.title, rows, unreadable)


def _text_of(cell: Any) -> tuple[str, str | None]:
    value = cell.value
    if value is None:
        return "", None
    if cell.data_type == "f":
        return "", "holds a formula; write its words instead, with an apostrophe before them if they begin with ="
    if isinstance(value, str) and cell.data_type == "s":
        # a line break that came from elsewhere by copy and paste
        text = value.replace("_x000D_", "").replace("\r\n", "\n")
        return text, fault(text)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value), None
    if isinstance(value, float) and value.is_integer():
        return str(int(value)), None
    return "", "holds a date, a fraction or an error; make the cell's format Text and write it again"


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
