"""What goes to a translator comes back whole: as a spreadsheet and as a PO file."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot import sheets
from bot.errors import Refused
from bot.speech import Languages, read_languages
from bot.translations import Taking, as_po, as_sheet, check, export, po_files, rules, status, take_in, taking, update
from bot.translations.messages import State
from bot.translations.rows import Row, mark_of
from flows.extraction import extract_library
from tests.bot.test_sheets import CELL_TEXT
from tests.speech.samples import (
    DUTCH,
    LIBRARY,
    MORE_LANGUAGES,
    RTL,
    TABLE,
    make_checkout,
    po_file,
    translate,
    write_library,
)

KINDS = ("po", "xlsx")
TEXTS = extract_library(LIBRARY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exported(root: Path, kind: str, language: str = "nl", name: str = "out") -> Path:
    place = root / f"{name}.{kind}"
    place.unlink(missing_ok=True)
    export(root, language, place)
    return place


Cells = Mapping[tuple[str, str], str]
"""Id (and, of a plural, which of its rows: `talk.days 1`) and title of the column, to what is written there."""


def edit(place: Path, cells: Cells) -> Path:
    """Write into a spreadsheet by hand, as a translator does."""
    book = load_workbook(place)
    page = book["Texts"]
    titles = {str(cell.value): number for number, cell in enumerate(page[1], start=1)}
    translation = next(title for title in titles if title.endswith(")"))
    left = dict(cells)
    seen: list[str] = []
    for number in range(2, page.max_row + 1):
        id_ = str(page.cell(number, titles["id"]).value)
        seen.append(id_)
        for name in {id_, f"{id_} {seen.count(id_)}"}:
            for (wanted, title), words in cells.items():
                if wanted == name:
                    cell = page.cell(number, titles[title or translation])
                    cell.value = words or None
                    cell.data_type = "s"
                    left.pop((wanted, title), None)
    assert not left
    book.save(place)
    return place


def change_source(root: Path, old: str, new: str, path: str = "exchange/hello.toml") -> None:
    assert old in LIBRARY[path]
    write_library(root, {path: LIBRARY[path].replace(old, new)})
    update(root)


def rules_of(taking: Taking) -> list[tuple[str, str]]:
    return [(problem.rule, problem.advice.split()[0]) for problem in taking.problems]


def in_dutch(root: Path, id_: str) -> object:
    message = next(one for one in read_languages(root / "locales").catalogs["nl"] if one.context == id_)
    return message.string


# -- round trips -----------------------------------------------------------------------------------------------------

NOTES = CELL_TEXT.map(lambda words: " ".join(words.split()))


@st.composite
def any_rows(draw: st.DrawFn, plural_forms: int) -> tuple[Row, ...]:
    words = st.sampled_from(draw(st.lists(CELL_TEXT, min_size=1, max_size=5)))
    notes = st.sampled_from(draw(st.lists(NOTES, min_size=1, max_size=3)))
    found = []
    for text in TEXTS:
        count = 1 if text.plural is None else plural_forms
        forms = tuple(draw(words) for _ in range(count))
        now = draw(st.sampled_from([State.CURRENT, State.STALE])) if all(forms) else State.MISSING
        was = draw(notes) if now is State.STALE else ""
        sources = (text.source,) if text.plural is None else (text.source, text.plural)
        found.append(Row(text.id, sources, forms, now, was, draw(notes), mark_of(forms, now)))
    return tuple(found)


def languages(tmp: Path) -> Languages:
    (tmp / "languages.toml").write_text(TABLE + MORE_LANGUAGES, encoding="utf-8")
    return read_languages(tmp)


def without_places(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(Row(one.id, one.sources, one.forms, one.state, one.was, one.remark, one.mark) for one in rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("code", ["nl", RTL])
def test_any_rows_survive_a_spreadsheet(tmp_path: Path, code: str, data: st.DataObject) -> None:
    language = languages(tmp_path).by_code[code]
    rows = data.draw(any_rows(language.plural_forms))
    file = sheets.write(as_sheet.write(rows, TEXTS, code, language))
    found, problems = as_sheet.read(sheets.read(file), code, language)
    assert problems == ()
    assert without_places(found) == rows


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("code", ["nl", RTL])
def test_any_rows_survive_a_po_file(tmp_path: Path, code: str, data: st.DataObject) -> None:
    known = languages(tmp_path)
    language = known.by_code[code]
    rows = data.draw(any_rows(language.plural_forms))
    given_ = {row.id: taking._message(row, None, is_stale=row.state is State.STALE) for row in rows}
    merged = po_files.merged(code, known, po_files.template(LIBRARY), given_)
    found = as_po.read(as_po.write(rows, merged, code, language).encode(), code)
    # a text without a word is missing, whatever else stood beside it
    wanted = tuple(row if any(row.forms) else _plain(row) for row in rows)
    assert [_plain(row) if not any(row.forms) else row for row in without_places(found)] == list(wanted)


def _plain(row: Row) -> Row:
    return Row(row.id, row.sources, row.forms, row.state, mark=row.mark)


GOOD = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)
GOOD_WORDS = GOOD.filter(
    lambda words: (
        not set(words) & set("{}/")
        and words.strip() == words
        and sheets.fault(words) is None
        and not any(unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF"} for one in words)
        and not set(words) & set("\u2066\u2067\u2068\u2069")
    )
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.sampled_from(["=", "+1 ", "@", "'", "", "«"]), words=st.lists(GOOD_WORDS, min_size=1, max_size=3))
def test_what_a_translator_writes_is_what_people_read(root: Path, first: str, words: list[str]) -> None:
    wanted = first + "\n".join(words) + " {person}"
    translate(root, "nl", {"hello.bye": DUTCH["hello.bye"]})
    place = edit(exported(root, "xlsx"), {("hello.bye", ""): wanted})
    taking = take_in(root, "nl", place)
    assert (taking.taken, taking.problems) == (("hello.bye",), ())
    assert in_dutch(root, "hello.bye") == wanted
    assert update(root) == ()
    assert take_in(root, "nl", exported(root, "po")).unchanged == len(TEXTS)


def test_an_untouched_file_changes_nothing(root: Path, kind: str) -> None:
    change_source(root, "Any word", "Any news")
    translate(root, "nl", {"engine.skip": ""})
    update(root)
    before = po_file(root, "nl").read_bytes()
    taking = take_in(root, "nl", exported(root, kind))
    assert (taking.taken, taking.kept, taking.problems, taking.unchanged) == ((), (), (), len(TEXTS))
    assert po_file(root, "nl").read_bytes() == before


def test_a_catalogue_that_was_lost_comes_back_from_a_file(root: Path, kind: str) -> None:
    change_source(root, "Any word", "Any news")
    place = po_file(root, "nl")
    place.write_text(
        place.read_text(encoding="utf-8").replace("#. A button, at", "# Ask Fatima.\n#. A button, at", 1),
        encoding="utf-8",
    )
    update(root)
    before = place.read_bytes()
    out = exported(root, kind)
    place.unlink()
    update(root)
    taking = take_in(root, "nl", out)
    assert (len(taking.taken), taking.stale, taking.problems) == (len(TEXTS), ("hello.ask",), ())
    assert place.read_bytes() == before


def test_a_language_without_a_word_is_handed_out_with_the_english(tmp_path: Path, kind: str) -> None:
    root = make_checkout(tmp_path)
    (root / "locales" / "languages.toml").write_text(TABLE + MORE_LANGUAGES, encoding="utf-8")
    update(root)
    out = exported(root, kind, "qab")
    rows = as_po.read(out.read_bytes(), "qab") if kind == "po" else _rows_of(root, out, "qab")
    assert [(row.sources[0], row.state) for row in rows] == [(text.source, State.MISSING) for text in TEXTS]


def _rows_of(root: Path, place: Path, code: str) -> tuple[Row, ...]:
    language = read_languages(root / "locales").by_code[code]
    return as_sheet.read(sheets.read(place.read_bytes()), code, language)[0]


def test_our_own_languages_go_out_and_come_back_untouched(kind: str, tmp_path: Path) -> None:
    from bot.translations import root as checkout

    for language in ("ar", "kri") if kind == "xlsx" else ("ar",):
        place = tmp_path / f"{language}.{kind}"
        count = export(checkout(), language, place)
        taking = take_in(checkout(), language, place, dry_run=True)
        assert (taking.unchanged, taking.problems) == (count, ())


# -- what a translator sees ------------------------------------------------------------------------------------------


def page_of(root: Path, language: str = "nl") -> list[dict[str, str]]:
    found = sheets.read(exported(root, "xlsx", language).read_bytes())[1].rows
    return [dict(zip(found[1], cells, strict=True)) for number, cells in found.items() if number > 1]


def test_a_row_says_what_a_text_is_for(root: Path) -> None:
    row = next(one for one in page_of(root) if one["id"] == "hello.ask.yes")
    assert row["where"] == "exchange/hello"
    assert row["what it is"] == "A button, at most 40 characters.\nUnder: Hello {person}. Any word from {twin}?"
    assert (row["English"], row["Nederlands (nl)"], row["state"]) == ("Yes", "Ja", "ok")


def test_a_counted_text_has_a_row_for_each_plural_form(root: Path) -> None:
    (root / "locales" / "languages.toml").write_text(TABLE + MORE_LANGUAGES, encoding="utf-8")
    update(root)
    rows = [one for one in page_of(root, RTL) if one["id"] == "talk.days"]
    assert [one["for the numbers"] for one in rows] == ["1", "2", "0, 3, 4, 5 …"]
    assert {(one["English"], one["English for many"]) for one in rows} == {
        ("{count} day with {twin}", "{count} days with {twin}")
    }


def test_a_sheet_warns_of_a_button_that_is_too_long_and_of_what_is_stale(root: Path) -> None:
    change_source(root, "Any word", "Any news")
    page = load_workbook(BytesIO(exported(root, "xlsx").read_bytes()))["Texts"]
    warnings = {one.formula1: one for one in page.data_validations.dataValidation if one.type == "textLength"}
    row = next(cell.row for cell in page["A"] if cell.value == "hello.ask.yes")
    assert f"G{row}" in warnings["40"].cells
    assert f"G{row - 1}" not in warnings["40"].cells
    stale = [cell.coordinate for row in page for cell in row if cell.fill.fgColor.rgb == "00FFE699"]
    assert len(stale) == 1
    assert page[stale[0]].value == DUTCH["hello.ask"]


# -- what becomes of a row -------------------------------------------------------------------------------------------


def test_a_good_row_is_taken_though_another_is_refused(root: Path) -> None:
    place = edit(exported(root, "xlsx"), {("hello.ask.yes", ""): "Jazeker", ("hello.bye", ""): "Bedankt!"})
    taking = take_in(root, "nl", place)
    assert taking.taken == ("hello.ask.yes",)
    assert rules_of(taking) == [("placeholders", "hello.bye")]
    assert taking.problems[0].where.startswith("row ")
    assert (in_dutch(root, "hello.ask.yes"), in_dutch(root, "hello.bye")) == ("Jazeker", DUTCH["hello.bye"])
    assert check(root) == []


def test_a_dry_run_says_the_same_and_writes_nothing(root: Path) -> None:
    before = po_file(root, "nl").read_bytes()
    place = edit(exported(root, "xlsx"), {("hello.ask.yes", ""): "Jazeker"})
    assert take_in(root, "nl", place, dry_run=True).taken == ("hello.ask.yes",)
    assert po_file(root, "nl").read_bytes() == before


def test_an_emptied_row_takes_no_words_away(root: Path) -> None:
    taking = take_in(root, "nl", edit(exported(root, "xlsx"), {("hello.bye", ""): ""}))
    assert (taking.kept, taking.taken, taking.problems) == (("hello.bye",), (), ())
    assert in_dutch(root, "hello.bye") == DUTCH["hello.bye"]


def test_an_untouched_row_never_overwrites_what_changed_in_the_catalogue(root: Path, kind: str) -> None:
    place = exported(root, kind)
    translate(root, "nl", {"hello.bye": "Bedankt, {person}."})
    taking = take_in(root, "nl", place)
    assert (taking.kept, taking.problems) == (("hello.bye",), ())
    assert in_dutch(root, "hello.bye") == "Bedankt, {person}."


def test_a_row_that_changed_on_both_sides_is_refused_with_what_stands_there(root: Path) -> None:
    place = edit(exported(root, "xlsx"), {("hello.bye", ""): "Dank, {person}."})
    translate(root, "nl", {"hello.bye": "Bedankt, {person}."})
    taking = take_in(root, "nl", place)
    assert rules_of(taking) == [("changed-twice", "hello.bye")]
    assert "“Bedankt, {person}.”" in taking.problems[0].advice
    assert in_dutch(root, "hello.bye") == "Bedankt, {person}."


def test_both_sides_may_change_to_the_same(root: Path) -> None:
    place = edit(exported(root, "xlsx"), {("hello.bye", ""): "Bedankt, {person}."})
    translate(root, "nl", {"hello.bye": "Bedankt, {person}."})
    assert take_in(root, "nl", place).problems == ()


def test_a_translation_of_an_older_english_is_taken_and_marked_stale(root: Path) -> None:
    place = edit(exported(root, "xlsx"), {("hello.ask", ""): "Dag {person}. Nog iets gehoord van {twin}?"})
    change_source(root, "Any word", "Any news")
    taking = take_in(root, "nl", place)
    assert (taking.taken, taking.stale) == (("hello.ask",), ("hello.ask",))
    written = po_file(root, "nl").read_text(encoding="utf-8")
    assert "#. Was: Hello {person}. Any word from {twin}?\n" in written
    assert "#, fuzzy" in written
    assert [one.rule for one in check(root)] == ["stale"]


def test_a_translation_of_an_older_english_may_lack_what_the_new_one_names(root: Path) -> None:
    place = edit(exported(root, "xlsx"), {("hello.bye", ""): "Bedankt, {person}."})
    change_source(root, "Thank you, {person}.", "Thank you, {person}, and {twin}.")
    taking = take_in(root, "nl", place)
    assert (taking.stale, taking.problems) == (("hello.bye",), ())


@pytest.mark.parametrize(
    "cells", [{("hello.ask", ""): "Dag {person}. Is er nieuws van {twin}?"}, {("hello.ask", "state"): "ok"}]
)
def test_a_stale_row_is_stale_no_more_when_its_words_change_or_it_says_ok(root: Path, cells: Cells) -> None:
    change_source(root, "Any word", "Any news")
    taking = take_in(root, "nl", edit(exported(root, "xlsx"), cells))
    assert (taking.taken, taking.stale) == (("hello.ask",), ())
    assert check(root) == []
    assert "Was:" not in po_file(root, "nl").read_text(encoding="utf-8")


def test_what_was_looked_at_meanwhile_is_not_made_stale_by_an_older_file(root: Path) -> None:
    change_source(root, "Any word", "Any news")
    place = exported(root, "xlsx")
    take_in(root, "nl", edit(exported(root, "xlsx", name="other"), {("hello.ask", "state"): "ok"}))
    assert take_in(root, "nl", place).unchanged == len(TEXTS)
    assert check(root) == []


def test_a_row_in_doubt_is_marked_stale_and_keeps_its_words(root: Path) -> None:
    cells = {("hello.bye", "state"): "unsure", ("hello.bye", "note"): "Too formal?"}
    taking = take_in(root, "nl", edit(exported(root, "xlsx"), cells))
    assert (taking.taken, taking.stale) == (("hello.bye",), ("hello.bye",))
    assert "# Too formal?\n" in po_file(root, "nl").read_text(encoding="utf-8")
    assert in_dutch(root, "hello.bye") == DUTCH["hello.bye"]


def test_a_note_alone_is_taken(root: Path) -> None:
    taking = take_in(root, "nl", edit(exported(root, "xlsx"), {("hello.bye", "note"): "Who says\nthis?"}))
    assert taking.taken == ("hello.bye",)
    assert "# Who says this?\n" in po_file(root, "nl").read_text(encoding="utf-8")


def test_a_fuzzy_mark_of_a_po_editor_is_taken_off_and_put_on(root: Path) -> None:
    change_source(root, "Any word", "Any news")
    place = exported(root, "po")
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("#, fuzzy, python-brace-format", "#, python-brace-format"), encoding="utf-8")
    assert take_in(root, "nl", place).stale == ()
    assert next(one for one in status(root) if one.language == "nl").stale == ()
    place = exported(root, "po")
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace('msgctxt "hello.ask.no"', '#, fuzzy\nmsgctxt "hello.ask.no"'), encoding="utf-8")
    assert take_in(root, "nl", place).stale == ("hello.ask.no",)


def test_a_po_file_without_marks_brings_what_differs(root: Path) -> None:
    place = exported(root, "po")
    lines = place.read_text(encoding="utf-8").replace("Dank je, {person}.", "Bedankt, {person}.").splitlines(True)
    place.write_text("".join(line for line in lines if not line.startswith("#. Mark:")), encoding="utf-8")
    taking = take_in(root, "nl", place)
    assert (taking.taken, taking.problems) == (("hello.bye",), ())


# -- a broken row for each rule --------------------------------------------------------------------------------------

BROKEN: list[tuple[str, Cells]] = [
    ("unknown-id", {("hello.bye", "id"): "hello.by"}),
    ("no-translate", {("hello.bye", "id"): "choices.kinds.face"}),
    ("row-twice", {("hello.bye", "id"): "hello.ask.yes"}),
    ("plural-forms", {("talk.days 1", ""): ""}),
    ("plural-forms", {("talk.days 1", "for the numbers"): "many"}),
    ("state", {("hello.bye", "state"): "done"}),
    ("placeholders", {("hello.bye", ""): "Dank je."}),
    ("commands", {("talk.bye", ""): "Tot ziens, {person}."}),
    ("identical", {("hello.ask.yes", ""): "Yes"}),
    ("edges", {("hello.bye", ""): "Dank je, {person}. "}),
    ("too-long", {("hello.ask.yes", ""): 41 * "j"}),
    ("stray-brace", {("hello.bye", ""): "Dank je, {person}. {"}),
    ("unbalanced-direction", {("hello.bye", ""): "Dank je, \u2068{person}."}),
    ("control-character", {("hello.bye", ""): "Dank\tje, {person}."}),
    ("cell", {("hello.bye", ""): "Dank je, {person}. _x0041_"}),
]


@pytest.mark.parametrize(("rule", "cells"), BROKEN, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(BROKEN)])
def test_a_broken_row_is_told_with_its_place_and_nothing_else_is_lost(root: Path, rule: str, cells: Cells) -> None:
    before = po_file(root, "nl").read_bytes()
    taking = take_in(root, "nl", edit(exported(root, "xlsx"), cells))
    assert rule in {problem.rule for problem in taking.problems}, taking.problems
    assert all(problem.where and problem.advice for problem in taking.problems)
    assert taking.taken == ()
    assert po_file(root, "nl").read_bytes() == before


def test_a_formula_in_a_translation_is_told_with_its_cell(root: Path) -> None:
    place = exported(root, "xlsx")
    book = load_workbook(place)
    book["Texts"]["G5"].value = "=1+1"
    book.save(place)
    taking = take_in(root, "nl", place)
    assert [(one.where, one.rule) for one in taking.problems] == [("G5", "cell")]


def test_every_rule_has_a_broken_row() -> None:
    found = {*rules.WORDING_RULES, *rules.TRANSLATION_RULES, "no-translate", "row-twice", "unknown-id"}
    for module in (as_sheet, taking):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                rule = node.args[1] if len(node.args) > 1 else None
                found |= {rule.value} if isinstance(rule, ast.Constant) and isinstance(rule.value, str) else set()
    assert found == {rule for rule, _ in BROKEN} | {"changed-twice"}


# -- what is refused whole -------------------------------------------------------------------------------------------


def test_a_file_of_another_language_is_refused(root: Path, kind: str) -> None:
    (root / "locales" / "languages.toml").write_text(TABLE + MORE_LANGUAGES, encoding="utf-8")
    update(root)
    with pytest.raises(Refused, match="qaa"):
        take_in(root, "nl", exported(root, kind, RTL))


REFUSED: list[tuple[str, Callable[[Path], object]]] = [
    ("source", lambda root: export(root, "en", root / "en.po")),
    ("no language", lambda root: export(root, "de", root / "de.po")),
    ("neither", lambda root: export(root, "nl", root / "nl.ods")),
    ("no file", lambda root: take_in(root, "nl", root / "nl.po")),
    ("no file", lambda root: take_in(root, "nl", root / "nl.xlsx")),
]


@pytest.mark.parametrize(("words", "act"), REFUSED)
def test_what_can_not_be_done_is_said_in_one_sentence(root: Path, words: str, act: Callable[[Path], object]) -> None:
    with pytest.raises(Refused, match=words):
        act(root)


def test_a_file_that_is_there_is_not_written_over(root: Path, kind: str) -> None:
    place = exported(root, kind)
    before = place.read_bytes()
    with pytest.raises(Refused, match="somebody's work"):
        export(root, "nl", place)
    assert place.read_bytes() == before


@pytest.mark.parametrize("data", [b"msgid no quotes\n", b"\xff\xfe\x00", b'msgid "a"\nmsgstr "b"\n'])
def test_a_broken_po_file_is_refused(root: Path, data: bytes) -> None:
    (root / "nl.po").write_bytes(data)
    with pytest.raises(Refused):
        take_in(root, "nl", root / "nl.po")


def test_a_sheet_without_its_columns_is_refused(root: Path) -> None:
    (root / "nl.xlsx").write_bytes(sheets.write([sheets.Sheet("Other", (sheets.Column("a"),), (("b",),))]))
    with pytest.raises(Refused, match="No sheet has the columns"):
        take_in(root, "nl", root / "nl.xlsx")
