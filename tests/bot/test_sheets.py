from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from bot import sheets
from bot.errors import Refused
from bot.sheets import CELL_CHARACTERS, Column, Sheet, fault

SPECIAL = (
    "=1+1",
    '=HYPERLINK("http://example.org")',
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted'",
    '"',
    "#N/A",
    "12",
    "1e5",
    "2026-11-26",
    "TRUE",
    " both ends ",
    "\n",
    "line\nbreak\n",
    "\tTab",
    "مرحبا {person}!",
    "\u2067 turned \u2069",
    "👩🏽‍⚕️ 🤝",
    "_x000D_",
    "x005F_",
    "\r\n",
    "\x00",
    "\x0b",
    "\ufffe",
    "\ud800",
    "<b>&amp;</b>]]>",
    "\u00a0",
    "\u2028",
    "\x85",
)
ANY_TEXT = st.lists(st.one_of(st.sampled_from(SPECIAL), st.text(max_size=8)), max_size=4).map("".join)

_LETTERS = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff_")
HELD = st.one_of(st.sampled_from([one for one in SPECIAL if fault(one) is None]), st.text(_LETTERS, max_size=6))
CELL_TEXT = st.lists(HELD, max_size=3).map("".join)
"""Whatever a cell can hold."""


def one_cell(text: str) -> Sheet:
    return Sheet("One", (Column("a"), Column("b")), (("id", text),))


def written(data: bytes) -> Workbook:
    return load_workbook(BytesIO(data))


@settings(max_examples=100, deadline=None)
@given(text=ANY_TEXT)
def test_a_cell_comes_back_as_it_was_or_is_refused_before_anything_is_written(text: str) -> None:
    if fault(text) is not None:
        with pytest.raises(Refused, match=r"One B2 \(id\): "):
            sheets.write([one_cell(text)])
        return
    read = sheets.read(sheets.write([one_cell(text)]))
    assert read[0].rows == {1: ("a", "b"), 2: ("id", text)}
    assert read[0].unreadable == {}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "12", "TRUE"])
def test_what_looks_like_a_formula_or_a_number_is_written_as_text(text: str) -> None:
    cell = written(sheets.write([one_cell(text)]))["One"]["B2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    assert cell.quotePrefix == (text[0] in "=+-@")


@pytest.mark.parametrize("text", ["a\x00", "a\r", "\x1f", "\ufffe", "\ud800", "_x0041_", "x005F_", "x" * 32_768])
def test_what_no_cell_can_hold_is_told(text: str) -> None:
    assert fault(text) is not None


def test_the_longest_text_of_a_cell_is_not_cut_off() -> None:
    text = "x" * CELL_CHARACTERS
    assert sheets.read(sheets.write([one_cell(text)]))[0].rows[2][1] == text


def book_with(value: object, data_type: str | None = None) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    cell = page.cell(1, 1)
    cell.value = value  # type: ignore[assignment]
    if data_type is not None:
        cell.data_type = data_type
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("value", ["=1+1", 1.5, True, datetime(2026, 11, 26)])  # noqa: DTZ001 - as a cell has it
def test_a_formula_a_date_or_a_fraction_is_told_and_never_guessed_at(value: object) -> None:
    read = sheets.read(book_with(value))[0]
    assert list(read.unreadable) == [(1, 0)]
    assert read.rows[1] == ("",)
    assert read.cell(1, 0) == "A1"


@pytest.mark.parametrize(("value", "text"), [(12, "12"), (12.0, "12"), ("one_x000D_\ntwo", "one\ntwo")])
def test_a_whole_number_and_a_pasted_line_break_are_text(value: object, text: str) -> None:
    assert sheets.read(book_with(value))[0].rows == {1: (text,)}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", b"id,English\n", b"x" * (sheets.FILE_BYTES + 1)])
def test_a_file_that_is_no_spreadsheet_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(Refused):
        sheets.read(data)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused_before_it_is() -> None:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed, packed.open("xl/sharedStrings.xml", "w") as inside:
        for _ in range(sheets.UNPACKED_BYTES // 1_000_000 + 1):
            inside.write(bytes(1_000_000))
    assert len(file.getvalue()) < sheets.FILE_BYTES
    with pytest.raises(Refused, match="would unpack to"):
        sheets.read(file.getvalue())


def test_a_sheet_with_a_cell_far_away_is_refused_and_costs_no_memory() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.cell(1_000_000, 16_000).value = "far"
    file = BytesIO()
    book.save(file)
    with pytest.raises(Refused, match="delete the empty ones"):
        sheets.read(file.getvalue())


def test_two_sheets_never_have_the_same_title() -> None:
    names = ["weekly_checkin_of_thirty_one_ch" + "ar", "weekly_checkin_of_thirty_one_ch" + "at", "history", "a/b"]
    read = sheets.read(sheets.write(Sheet(name, (Column("a"),), (("b",),)) for name in names))
    titles = [one.title for one in read]
    assert len({title.lower() for title in titles}) == 4
    assert "history" not in titles
    assert all(len(title) <= sheets.TITLE_CHARACTERS for title in titles)


def test_a_bot_never_loads_the_library_of_spreadsheets() -> None:
    code = "import sys, bot.application, bot.cli, bot.translations, bot.content; sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
