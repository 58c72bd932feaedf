"""Texts that stand outside any flow, the counted ones too, go to a spreadsheet and come back: into the library, or as a
programme's own words, which are then said with the forms of each language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot import sheets
from bot.errors import Refused
from bot.library import build_catalogue, packaged_catalogue, read_library
from bot.publishing import judge
from bot.sheets import Read
from bot.speech import Languages, Speech
from bot.speech.entries import Entry
from bot.speech.languages import SOURCE, packaged_languages
from bot.speech.wording import isolate_commands
from bot.tailoring import export, take_in
from bot.tailoring.exchange import book, counting_of, read_pages
from bot.tailoring.own_files import Brought as Own
from bot.tailoring.own_files import _of_sheets, read_all
from bot.tailoring.pages import Page
from bot.tailoring.phrases import put
from bot.translations import check, po_files, update
from bot.translations import root as checkout
from bot.translations.messages import forms as forms_of
from flows import ledger
from flows.advice import Advice
from flows.extraction import extract_library
from flows.layout import quoted, texts_file
from flows.overlay import lay
from flows.values import Text
from tests.bot.test_sheets import CELL_TEXT
from tests.bot.test_tailoring import JUNK, _languages, files_of, told
from tests.speech.samples import LIBRARY, make_checkout, write_library

WORDS = CELL_TEXT.filter(lambda text: bool(text.strip()) and "{" not in text)
PAGE = "phrases (other texts)"
MANY = "0, 2, 3, 4 …"


@st.composite
def libraries(draw: st.DrawFn) -> dict[str, str]:
    """Phrases of a file, plain and counted, written as by hand in one of three ways."""
    lines = ["# by hand", "[balance]", 'first = "First"']
    for number in range(draw(st.integers(0, 3))):
        one, other = quoted(draw(WORDS), on_one_line=True), quoted(draw(WORDS), on_one_line=True)
        key, way = f"t{number}", draw(st.sampled_from(["plain", "noted", "inline"]))
        match way:
            case "plain":
                lines.append(f"{key} = {one}  # {number}")
            case "noted":
                lines.append(f'{key} = {{ text = {one}, note = "n" }}')
            case "inline":
                lines.append(f"{key} = {{ one = {one}, other = {other} }}")
    lines += ["[balance.last]", f"one = {quoted(draw(WORDS), on_one_line=True)}", f"other = {quoted(draw(WORDS))}"]
    return {"phrases.toml": "\n".join(lines) + "\n"}


def _translated(data: st.DataObject, library: Mapping[str, str], known: Languages) -> Languages:
    texts = extract_library(library)
    pool = data.draw(st.lists(WORDS, min_size=1, max_size=3))
    catalogs = {}
    for code in ("nl", "qaa", "qab"):
        count = known.by_code[code].plural_forms
        messages = {
            text.id: Message(
                text.source if text.plural is None else (text.source, text.plural),
                data.draw(st.sampled_from(pool))
                if text.plural is None
                else tuple(data.draw(st.sampled_from(pool)) for _ in range(count)),
                context=text.id,
            )
            for text in texts
            if text.id == "balance.first" or data.draw(st.booleans())  # a language without any text is none yet
        }
        catalogs[code] = po_files.merged(code, known, po_files.template(library), messages)
    return Languages.of(known.by_code, catalogs)


def _page(library: Mapping[str, str], languages: Languages) -> Page:
    [page] = read_pages(sheets.read(sheets.write(book(library, languages, (), phrases=True))), languages)
    return page


def _english(library: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        text.id: (text.source,) if text.plural is None else (text.source, text.plural)
        for text in extract_library(library)
    }


def said(entry: Entry | None) -> tuple[str, ...]:
    """The words of an entry; none where it has not all of them."""
    words = () if entry is None else forms_of(entry)
    return words if all(words) else ()


SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@SLOW
@given(data=st.data())
def test_any_text_survives_a_spreadsheet_with_every_form(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    library = data.draw(libraries())
    languages = _translated(data, library, _languages(tmp_path_factory.getbasetemp()))
    page = _page(library, languages)
    assert page.problems == []
    assert page.data == _english(library)
    for code in ("nl", "qaa", "qab"):
        entries = languages.entries[code]
        wanted = {id_: said(one) for id_, one in entries.items() if any(said(one))}
        assert {row.id: row.forms for row in page.rows.get(code, ())} == wanted


@SLOW
@given(data=st.data())
def test_any_other_english_comes_into_the_file_and_nothing_else_of_it_changes(data: st.DataObject) -> None:
    library = data.draw(libraries())
    wanted = {id_: tuple(data.draw(st.sampled_from([one, "New"])) for one in forms)
              for id_, forms in _english(library).items()}  # fmt: skip
    new = dict(library)
    assert put(wanted, dict.fromkeys(wanted, "A1"), {}, library, new) == []
    assert _english(new) == wanted
    assert new["phrases.toml"].count("#") >= library["phrases.toml"].count("  # ")
    assert len(new["phrases.toml"].splitlines()) <= len(library["phrases.toml"].splitlines())


@SLOW
@given(data=st.data())
def test_any_words_of_a_programme_go_through_a_spreadsheet_and_are_said_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    library = data.draw(libraries())
    languages = _translated(data, library, _languages(tmp_path_factory.getbasetemp()))
    base = build_catalogue(library, languages)
    page = book(library, languages, (), phrases=True)
    assert _of_sheets(sheets.write(page), library, base, languages).is_nothing
    own = {id_: data.draw(st.sampled_from([forms, tuple("New" for _ in forms)]))
           for id_, forms in _english(library).items()}  # fmt: skip
    theirs = dict(library)
    put(own, dict.fromkeys(own, "A1"), {}, library, theirs)
    others = _translated(data, theirs, languages)
    brought = _of_sheets(sheets.write(book(theirs, others, (), phrases=True)), library, base, languages)
    assert brought.problems == ()
    overlay = lay(base, {"texts.toml": texts_file(brought.texts)}) if brought.texts else lay(base, {})
    speech = Speech(base, languages).of(overlay.catalogue)
    rules = counting_of(languages)
    for code, counting in rules.items():
        for id_, forms in own.items():
            same = forms == _english(library)[id_]
            theirs_ = said(others.entries.get(code, {}).get(id_))
            wanted = forms if code == SOURCE else theirs_ or (said(languages.entries[code].get(id_)) if same else ())
            if not all(wanted) or not wanted:
                continue  # its parent's words, or the English
            for number in (0, 1, 2, 3, 11, 100):
                spoken = speech.text(Text(id_, {}, count=number if len(forms) == 2 else None), code, "UTC")
                words = wanted[counting.form(number) if len(forms) == 2 else 0]
                assert spoken == (isolate_commands(words) if speech.is_rtl(code) else words), (code, id_, number)


@SLOW
@given(data=st.data())
def test_whatever_stands_on_the_page_it_is_told_or_comes_into_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    library = data.draw(libraries())
    languages = _languages(tmp_path_factory.getbasetemp())
    sheet = book(library, languages, (), phrases=True)[-1]
    rows = [[column.title for column in sheet.columns], *map(list, sheet.rows)]
    for _ in range(data.draw(st.integers(0, 5))):
        row = data.draw(st.sampled_from(rows[1:]))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(
            st.one_of(JUNK, st.sampled_from(["1", MANY, "2", "form"]))
        )
    if data.draw(st.booleans()):
        rows.insert(data.draw(st.integers(1, len(rows))), rows[data.draw(st.integers(1, len(rows) - 1))])
    [page] = read_pages([Read(PAGE, {number: tuple(cells) for number, cells in enumerate(rows, start=1)})], languages)
    new = dict(library)
    cells = {id_: page.cell((id_,)) for id_ in page.data}
    problems = [*page.problems, *(put(page.data, cells, page.marks, library, new) if page.name == "phrases" else ())]
    assert all(one.where.startswith(PAGE) and one.advice for one in problems)
    if not problems:
        assert _english(new) == {**_english(library), **page.data}


def test_every_text_of_the_library_comes_back_as_it_went() -> None:
    library, languages = read_library(), packaged_languages()
    file = sheets.write(book(library, languages, (), phrases=True))
    assert _of_sheets(file, library, packaged_catalogue(), languages).is_nothing
    [page] = read_pages(sheets.read(file), languages)
    assert page.problems == []
    texts = {text.id: text for text in extract_library(library) if text.path.startswith("phrases")}
    assert page.data == {id_: forms for id_, forms in _english(library).items() if id_ in texts}
    for code, rows in page.rows.items():
        assert len(rows) == len(texts)
        count = languages.by_code[code].plural_forms
        assert {len(row.forms) for row in rows} == {1, count}
    assert put(page.data, {}, page.marks, library, dict(library)) == []


# -- by hand -----------------------------------------------------------------------------------------------------------


def edit(place: Path, cells: Mapping[tuple[str, str], str], *, of: str) -> Path:
    """Write into the rows of the text `of`. A cell is named by its row (`text`, or a form's numbers) and column."""
    workbook = load_workbook(place)
    page = workbook[PAGE]
    titles = {str(cell.value): number for number, cell in enumerate(page[1], start=1)}
    first = next(n for n in range(2, page.max_row + 1) if page.cell(n, titles["id"]).value == of)
    left = dict(cells)
    for number in range(first, page.max_row + 1):
        kind, id_ = (str(page.cell(number, titles[title]).value) for title in ("row", "id"))
        if kind == "text" and number > first:
            break
        for row, title in [one for one in left if one[0] in {kind if kind == "text" else id_}]:
            page.cell(number, titles[title]).value = left.pop((row, title)) or None
    assert not left
    workbook.save(place)
    return place


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_checkout(tmp_path, LIBRARY)
    numbers = ledger.written({"choices.kinds": ("skill", "face"), "hello.ask": ("yes", "no")})
    (root / "flows" / "library" / "numbers.toml").write_text(numbers, encoding="utf-8")
    return root


def exported(root: Path) -> Path:
    place = root / "texts.xlsx"
    place.unlink(missing_ok=True)
    assert export(root, ("phrases",), place) == 1
    return place


NL = "Nederlands (nl)"
AR = "العربية (ar)"


def test_an_untouched_sheet_changes_nothing_in_the_library(root: Path) -> None:
    before = files_of(root)
    brought = take_in(root, exported(root))
    assert (brought.changed, brought.translations, told(brought), brought.to_translate) == ((), {}, [], ())
    assert files_of(root) == before


def test_the_cells_that_a_language_has_not_are_grey_as_what_nobody_edits(packaged: Path) -> None:
    page = load_workbook(packaged)[PAGE]
    titles = [cell.value for cell in page[1]]
    grey = {
        (str(page.cell(row, 2).value), str(titles[column])): page.cell(row, column + 1).fill.fgColor.rgb == "00F2F2F2"
        for row in range(3, 14)
        for column in (titles.index("English"), titles.index(NL), titles.index(AR))
    }
    assert {place for place, is_grey in grey.items() if not is_grey} == {
        *(("1", title) for title in ("English", NL, AR)),
        *((MANY, title) for title in ("English", NL)),
        *((label, AR) for label in ("0", "2", "3, 4, 5, 6 …", "11, 12, 13, 14 …", "100, 101, 102, 200")),
    }


def test_a_form_and_its_translation_are_changed_in_the_library(root: Path) -> None:
    cells = {
        (MANY, "English"): "{count} days beside {twin}",
        ("1", NL): "{count} dag naast {twin}",
        (MANY, NL): "{count} dagen naast {twin}",
    }
    brought = take_in(root, edit(exported(root), cells, of="talk.days"))
    assert (told(brought), brought.to_translate) == ([], ())
    assert brought.changed == ("flows/library/phrases.toml",)
    assert brought.translations["nl"].taken == ("talk.days",)
    assert check(root) == []
    text = (root / "flows" / "library" / "phrases.toml").read_text(encoding="utf-8")
    assert text == LIBRARY["phrases.toml"].replace("days with", "days beside")


def test_other_english_for_one_form_makes_the_translation_stale(root: Path) -> None:
    brought = take_in(root, edit(exported(root), {("1", "English"): "a day with {twin}"}, of="talk.days"))
    assert told(brought) == []
    assert [(one.rule, one.where) for one in check(root)] == [("stale", "locales/nl talk.days")]


BROKEN: list[tuple[str, Mapping[tuple[str, str], str], str, str]] = [
    ("talk.days", {("1", "id"): "1, 2"}, "H10", "this language has no form for the numbers 1, 2"),
    ("talk.days", {("1", "English"): ""}, "H10", "is empty"),
    ("talk.days", {("text", "English"): "Days"}, "H9", "into the rows form below it"),
    ("talk.days", {("1", "row"): "formm"}, "A10", "no kind of row"),
    ("talk.days", {("1", "next"): "x"}, "F10", "means nothing in a row form"),
    ("talk.days", {("1", NL): ""}, "I11", "1 of 2 plural forms"),
    ("talk.days", {("1", NL): "{count} dag"}, "I10", "lacks {twin}"),
    ("talk.days", {("text", "id"): "talk.ok"}, "B9", "talk.ok stands on the page twice"),
    ("talk.bye", {("text", "id"): "talk.no_such"}, "B7", "there is no text with this id"),
    ("talk.bye", {("text", "id"): ""}, "B7", "there is no text with this id"),
    ("talk.bye", {("text", "row"): "form"}, "H7", "no form for the numbers talk.bye"),
    ("talk.bye", {("text", "remark"): "why"}, "J7", "keeps no remark"),
]


@pytest.mark.parametrize(("of", "cells", "cell", "words"), BROKEN, ids=[one[3] for one in BROKEN])
def test_what_is_wrong_with_the_rows_of_a_text_is_told_by_its_cell(
    root: Path, of: str, cells: Mapping[tuple[str, str], str], cell: str, words: str
) -> None:
    brought = take_in(root, edit(exported(root), cells, of=of))
    found = [(one.where, one.advice) for one in (*brought.problems, *brought.refused)]
    assert any(words in advice and where == f"{PAGE} {cell}" for where, advice in found), found


def test_a_text_that_changed_in_the_library_meanwhile_is_not_written_over(root: Path) -> None:
    place = edit(exported(root), {("1", "English"): "a day with {twin}"}, of="talk.days")
    write_library(root, {"phrases.toml": LIBRARY["phrases.toml"].replace("days with", "days beside")})
    assert [(one.where, one.rule) for one in take_in(root, place).problems] == [(f"{PAGE} B9", "changed-twice")]


def test_words_that_are_written_in_another_way_are_left_to_whoever_edits_the_file(root: Path) -> None:
    write_library(root, {"phrases.toml": LIBRARY["phrases.toml"].replace('ok = "OK"', "ok = 'O\\K'")})
    update(root)
    brought = take_in(root, edit(exported(root), {("text", "English"): "Right"}, of="talk.ok"))
    assert [one.rule for one in brought.problems] == ["by-hand"]


# -- a programme's own -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sheets") / "texts.xlsx"
    export(checkout(), ("phrases", "silence_card"), place)
    workbook = load_workbook(place)
    page = workbook[PAGE]
    rows = [page.cell(number, 2).value for number in range(1, page.max_row + 1)]
    first = rows.index("balance.gave") + 1
    page.delete_rows(first + 11, page.max_row)  # the rest is as good as taken out, and quicker
    page.delete_rows(3, first - 3)
    workbook.save(place)
    return place


def ours(packaged: Path, cells: Mapping[tuple[str, str], str], *, of: str) -> Own:
    place = packaged.with_name("ours.xlsx")
    place.write_bytes(packaged.read_bytes())
    return read_all([edit(place, cells, of=of)], packaged_catalogue())


def test_a_programme_has_its_own_form_and_keeps_those_that_it_left(packaged: Path) -> None:
    with pytest.raises(Refused, match="Nothing in there differs"):
        read_all([packaged], packaged_catalogue())
    found = ours(packaged, {("3, 4, 5, 6 …", AR): "{count} مرات من العطاء", ("0", AR): ""}, of="balance.gave")
    assert (found.files, found.problems, found.still) == ({}, (), {})
    assert set(found.texts) == {"balance.gave"}
    before = packaged_languages().entries["ar"]["balance.gave"].string
    judged = judge(packaged_catalogue(), {"texts.toml": texts_file(found.texts)}, "", {"ar": 1})
    assert judged.problems == ()
    assert judged.overlay.texts["balance.gave"]["ar"] == (*before[:3], "{count} مرات من العطاء", *before[4:])


def test_what_is_wrong_with_a_form_is_told_by_its_cell(packaged: Path) -> None:
    found = ours(packaged, {("3, 4, 5, 6 …", AR): "{times} مرات"}, of="balance.gave")
    files = {"texts.toml": texts_file(found.texts)}
    [problem] = judge(packaged_catalogue(), files, "", {}).problems
    assert "has {times}, which the source has not" in problem.advice
    row = next(n for n, cell in enumerate(load_workbook(packaged)[PAGE]["B"], 1) if cell.value == "balance.gave")
    assert found.in_cells(problem, files).where.startswith(f"{PAGE} J")
    assert int(found.in_cells(problem, files).where.rpartition("J")[2]) in range(row, row + 11)


def test_words_left_beside_other_english_are_kept_and_told(packaged: Path) -> None:
    found = ours(packaged, {("1", "English"): "gave one time"}, of="balance.gave")
    assert found.still == dict.fromkeys(("ar", "es", "fr", "kri", "nl"), ("balance.gave",))
    judged = judge(packaged_catalogue(), {"texts.toml": texts_file(found.texts)}, "", {"nl": 1, "fr": 1})
    assert (judged.problems, judged.missing) == ((), {})
    speech = Speech(packaged_catalogue()).of(judged.overlay.catalogue)
    assert speech.text(Text("balance.gave", {}, count=1), "nl", "UTC") == "gaf één keer"
    assert speech.text(Text("balance.gave", {}, count=1), "en", "UTC") == "gave one time"


def test_a_cell_that_is_emptied_beside_other_english_is_missing(packaged: Path) -> None:
    cells = {("1", "English"): "gave one time", ("1", NL): "", (MANY, NL): ""}
    found = ours(packaged, cells, of="balance.gave")
    assert "nl" not in found.still
    judged = judge(packaged_catalogue(), {"texts.toml": texts_file(found.texts)}, "", {"nl": 1})
    assert [one.rule for one in judged.problems] == ["missing-translation"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("{count} keer {", "advice.braces"),
        (" {count} keer", "advice.edges"),
        ("{count} keer\\u0007", "advice.control"),
        ("\\u2067{count} keer", "advice.directions"),
        ("{count} {keer}", "advice.has_more"),
        ("{count} keer /weg", "advice.commands"),
        ("x" * 4100, "advice.too_long"),
    ],
)
def test_what_is_wrong_with_one_form_can_be_said_in_every_language(words: str, sentence: str) -> None:
    texts = f'[balance.gave.nl]\n1 = "één keer"\n2 = "{words}"\n'
    problems = judge(packaged_catalogue(), {"texts.toml": texts}, "", {}).problems
    advice = Advice(packaged_catalogue().phrases)
    found = [advice.id_of(one.advice) for one in problems]
    assert sentence in {one[0] for one in found if one is not None}
    assert all(one is not None and one[0] != "advice.of" for one in found), problems
