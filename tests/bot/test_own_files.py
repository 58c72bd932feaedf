"""What a facilitator brings, also what nobody should: told in one sentence, and never a crash."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.errors import Refused
from bot.library import packaged_catalogue, read_library
from bot.publishing import judge
from bot.speech.languages import packaged_languages
from bot.tailoring import export
from bot.tailoring.own_files import Brought, brought, read_all
from bot.translations import root


def take(name: str, data: bytes) -> Brought:
    return brought(name, data, read_library(), packaged_catalogue(), packaged_languages())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("flow.toml", b"\xff\xfe\x00", "is no text"),
        ("flow.toml", b"x" * 3_000_000, "more than 2 megabytes"),
        ("flow.toml", b"x" * 200_000, "more than 100,000 characters"),
        ("flow.exe", b"MZ", "ends in .toml"),
        ("<b>x</b>", b"x = 1", "ends in .toml"),
        ("", b"", "ends in .toml"),
        ("flows.xlsx", b"not a zip", "can not be read as a spreadsheet"),
        ("flows.xlsx", b"PK\x03\x04broken", "can not be read as a spreadsheet"),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_one_sentence(name: str, data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        take(name, data)


def test_a_small_file_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b"\0" * 100_000_000)
    with pytest.raises(Refused, match="would unpack to"):
        take("flows.xlsx", packed.getvalue())


@pytest.mark.parametrize("name", ["../../etc/pause.toml", "C:\\flows\\pause.toml", "PAUSE.TOML", "/pause.toml"])
def test_only_the_last_name_of_a_file_counts(name: str) -> None:
    assert set(take(name, b"goal = 1").files) == {"pause.toml"}


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "ours.xlsx"
    export(root(), ["silence_card", "pause"], path)
    return path


def test_of_a_spreadsheet_only_what_differs_is_the_programme_s_own(sheet: Path) -> None:
    with pytest.raises(Refused, match="Nothing in there differs"):
        read_all([sheet], packaged_catalogue())
    book = load_workbook(sheet)
    page = book["silence_card"]
    titles = [cell.value for cell in page[1]]
    dutch = next(n for n, title in enumerate(titles, 1) if "(nl)" in str(title))
    row = next(n for n in range(2, page.max_row + 1) if page.cell(n, 1).value == "title")
    page.cell(row, dutch).value = "Een ander woord"
    book.save(sheet)
    found = read_all([sheet], packaged_catalogue())
    assert (dict(found.files), dict(found.texts)) == ({}, {"silence_card.title": {"nl": "Een ander woord"}})


def test_a_problem_of_a_spreadsheet_is_told_by_its_cell(sheet: Path) -> None:
    book = load_workbook(sheet)
    page = book["silence_card"]
    titles = [str(cell.value).lower() for cell in page[1]]
    row = next(n for n in range(2, page.max_row + 1) if page.cell(n, 1).value == "step")
    page.cell(row, titles.index("english") + 1).value = "Nothing fills {nobody} here."
    book.save(sheet)
    found = read_all([sheet], packaged_catalogue())
    problems = judge(packaged_catalogue(), found.files, "", {}).problems
    assert problems
    assert found.in_cells(problems[0], found.files).where == f"silence_card B{row}"


def test_a_sheet_whose_columns_were_lost_is_forgotten_once_it_comes_with_them(sheet: Path) -> None:
    whole = sheet.read_bytes()
    book = load_workbook(sheet)
    lists = book.create_sheet("choices (shared lists)")
    lists.append(["row", "id", "kind", "name", "save", "next", "settings", "Engels"])
    titles = [str(cell.value) for cell in book["silence_card"][1]]
    book["silence_card"].delete_cols(titles.index("settings") + 1)
    book.save(sheet)
    lost = take("ours.xlsx", sheet.read_bytes())
    assert [one.advice.partition(":")[0] for one in lost.problems] == [
        "the first row lacks settings",
        "the first row lacks English, remark, mark",
    ]
    assert set(lost.pages) == {"silence_card", "pause", "choices"}
    assert lost.files == {}
    assert [name for name, told in lost.together(take("ours.xlsx", whole)).pages.items() if told] == ["choices"]


@pytest.mark.parametrize("change", [("English", "=1+1", "holds a formula"), ("row", "choise", "is no kind of row")])
def test_of_a_row_that_can_not_be_read_only_that_is_told(sheet: Path, change: tuple[str, str, str]) -> None:
    column, words, said = change
    book = load_workbook(sheet)
    page = book["silence_card"]
    row = next(n for n in range(2, page.max_row + 1) if page.cell(n, 1).value == "choice")
    page.cell(row, [cell.value for cell in page[1]].index(column) + 1).value = words
    book.save(sheet)
    found = take("ours.xlsx", sheet.read_bytes())
    assert [said in one.advice for one in found.problems] == [True]
    assert found.files == {}  # or its other choices would be told to have moved
