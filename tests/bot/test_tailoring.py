"""A flow goes to a spreadsheet and comes back: whole, or told by sheet and cell."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pydantic import BaseModel

from bot import sheets
from bot.errors import Refused
from bot.library import build_catalogue, packaged_catalogue, read_library, read_numbers
from bot.sheets import Read
from bot.speech import Languages, read_languages
from bot.tailoring import Brought, export, notation, pages, take_in
from bot.tailoring.exchange import book, flow_files, read_pages
from bot.tailoring.pages import Page
from bot.translations import check, po_files, update
from bot.translations import root as checkout
from flows import ledger
from flows.catalogue import Flow, load
from flows.definition import (
    KINDS,
    ChoiceDefinition,
    Expires,
    FlowDefinition,
    Listen,
    Reminder,
    StepDefinition,
    shared_lists,
)
from flows.extraction import extract_library
from flows.layout import flow_file, lists_file
from flows.remarks import remarks_of
from tests.bot.test_sheets import CELL_TEXT
from tests.flows.any_definition import choice_lists, definitions, remarks
from tests.flows.test_layout import BY_HAND
from tests.speech.samples import DUTCH, LIBRARY, MORE_LANGUAGES, TABLE, make_checkout, po_file, translate, write_library

HELLO = "exchange/hello.toml"

SMALL: Mapping[str, str] = {
    **LIBRARY,
    HELLO: LIBRARY[HELLO].replace("[[steps]]", 'expires = { after = "7d" }  # a week\n\n[[steps]]', 1),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_checkout(tmp_path, SMALL)
    numbers = ledger.written({"choices.kinds": ("skill", "face"), "hello.ask": ("yes", "no")})
    (root / "flows" / "library" / "numbers.toml").write_text(numbers, encoding="utf-8")
    return root


def exported(root: Path, *flows: str) -> Path:
    place = root / "flows.xlsx"
    place.unlink(missing_ok=True)
    export(root, flows, place)
    return place


def edit(place: Path, sheet: str, cells: Mapping[tuple[str, str], str]) -> Path:
    """Write into a page by hand. A cell is named by its row (kind and id) and its column."""
    workbook = load_workbook(place)
    page = workbook[sheet]
    titles = {str(cell.value): number for number, cell in enumerate(page[1], start=1)}
    left = dict(cells)
    for number in range(2, page.max_row + 1):
        kind, id_ = (page.cell(number, titles[title]).value or "" for title in ("row", "id"))
        for (row, title), words in cells.items():
            if row == f"{kind} {id_}".strip() and (row, title) in left:
                page.cell(number, titles[title]).value = words or None
                del left[row, title]
    assert not left
    workbook.save(place)
    return place


def insert(place: Path, sheet: str, after: str, **cells: str) -> Path:
    """A new row below the one called `after`."""
    workbook = load_workbook(place)
    page = workbook[sheet]
    titles = {str(cell.value): number for number, cell in enumerate(page[1], start=1)}
    for number in range(2, page.max_row + 1):
        if f"{page.cell(number, 1).value or ''} {page.cell(number, 2).value or ''}".strip() == after:
            page.insert_rows(number + 1)
            for title, words in cells.items():
                page.cell(number + 1, titles[title]).value = words
            workbook.save(place)
            return place
    raise AssertionError(after)


def library_of(root: Path) -> dict[str, str]:
    return read_library(root / "flows" / "library")


def told(brought: Brought) -> list[tuple[str, str]]:
    return [(problem.where, problem.rule) for problem in (*brought.problems, *brought.refused)]


def files_of(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in ("flows", "locales") for path in (root / folder).rglob("*.*")}


# -- round trips -----------------------------------------------------------------------------------------------------


@cache
def _languages(tmp: Path) -> Languages:
    (tmp / "languages.toml").write_text(TABLE + MORE_LANGUAGES, encoding="utf-8")
    return read_languages(tmp)


def _flow(
    data: Mapping[str, object], lists: Mapping[str, object], translations: Mapping[str, Mapping[str, str]]
) -> Flow:
    return Flow("any", FlowDefinition.model_validate(data), shared_lists(lists), "phase", translations)


def _pages(library: Mapping[str, str], languages: Languages) -> dict[str, Page]:
    file = sheets.write(book(library, languages, flow_files(library)))
    return {page.name: page for page in read_pages(sheets.read(file), languages)}


def _words(pages: Mapping[str, Page]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for page in pages.values():
        for language, rows in page.rows.items():
            found.setdefault(language, {}).update({row.id: row.forms[0] for row in rows})
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_any_flow_survives_a_spreadsheet(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    wanted = data.draw(definitions(CELL_TEXT))
    said = data.draw(remarks(wanted))
    lists = {"helps": data.draw(choice_lists(CELL_TEXT))}
    library = {"choices.toml": lists_file(lists), "phase/any.toml": flow_file(wanted, said)}
    known = _languages(tmp_path_factory.getbasetemp())
    texts = extract_library(library)
    words = data.draw(st.lists(CELL_TEXT.filter(bool), min_size=1, max_size=3))
    translated = {
        code: {text.id: data.draw(st.sampled_from(words)) for text in texts if data.draw(st.booleans())}
        for code in ("nl", "qaa")
    }
    catalogs = {
        code: po_files.merged(
            code,
            known,
            po_files.template(library),
            {text.id: Message(text.source, found[text.id], context=text.id) for text in texts if text.id in found},
        )
        for code, found in translated.items()
    }
    pages = _pages(library, Languages.of(known.by_code, catalogs))
    assert [problem for page in pages.values() for problem in page.problems] == []
    assert (pages["any"].data, pages["any"].remarks) == (wanted, said)
    offers = any(isinstance(step.get("choices"), str) for step in wanted["steps"])
    own = {id_ for id_ in (text.id for text in texts) if offers or not id_.startswith("choices.")}
    kept = {code: {id_: one for id_, one in found.items() if id_ in own} for code, found in translated.items()}
    assert _words(pages) == {code: found for code, found in kept.items() if found}
    lists_back = pages["choices"].data if offers else lists
    back = _flow(tomllib.loads(flow_file(pages["any"].data)), lists_back, _words(pages))
    assert back == _flow(wanted, lists, {code: found for code, found in kept.items() if found})
    assert back.version == _flow(wanted, lists, kept).version or not all(kept.values())


def test_every_flow_of_the_library_survives_with_its_translations() -> None:
    library, languages = read_library(), read_languages(checkout() / "locales")
    before = build_catalogue(library, languages)
    pages = _pages(library, languages)
    assert [problem for page in pages.values() for problem in page.problems] == []
    new = dict(library)
    for page in pages.values():
        new[page.path] = (lists_file if page.name == "choices" else flow_file)(page.data, page.remarks)
        assert remarks_of(new[page.path]) == remarks_of(library[page.path])
    after = load(new, before.translations)
    assert after.flows.keys() == before.flows.keys()
    words = _words(pages)
    for name, flow in before.flows.items():
        assert after.flows[name] == flow
        assert after.flows[name].version == flow.version
        for language, texts in before.translations.items():
            for id_ in flow.texts.keys() & texts.keys():
                assert words[language][id_] == texts[id_]


def test_an_untouched_spreadsheet_changes_nothing(root: Path) -> None:
    before = files_of(root)
    brought = take_in(root, exported(root))
    assert (brought.changed, brought.translations, told(brought), brought.to_translate) == ((), {}, [], ())
    assert files_of(root) == before


def test_our_own_library_goes_out_and_comes_back_untouched(tmp_path: Path) -> None:
    place = tmp_path / "flows.xlsx"
    assert export(checkout(), (), place) == len(packaged_catalogue().flows) + 1
    brought = take_in(checkout(), place, dry_run=True)
    assert (brought.changed, brought.translations, told(brought), brought.to_translate) == ((), {}, [], ())


def keys_of(model: type[BaseModel]) -> set[str]:
    return {one.alias or name for name, one in model.model_fields.items()}


def test_every_key_of_the_grammar_has_its_place_on_a_page() -> None:
    assert set(pages.HEAD) == keys_of(FlowDefinition) - {"steps"}
    columns = {"id", "save", "next"}
    assert {*pages.OF_STEP, *columns, *KINDS, "choices", "then", "listen"} == keys_of(StepDefinition)
    assert {*pages.OF_CHOICE, "id", "text", "next"} == keys_of(ChoiceDefinition)
    assert {*pages.OF_LISTEN, "save"} == keys_of(Listen)
    assert {*pages.OF_REMINDER, "text"} == keys_of(Reminder)
    assert set(pages.OF_EXPIRES) == keys_of(Expires)
    # what is no plain name in a cell
    flags = [one for model in (FlowDefinition, StepDefinition, ChoiceDefinition, Listen) for one in flags_of(model)]
    assert set(flags) == notation.YES_OR_NO


def flags_of(model: type[BaseModel]) -> list[str]:
    return [name for name, one in model.model_fields.items() if bool in (one.annotation, *get_args(one.annotation))]


# -- what a facilitator can do -----------------------------------------------------------------------------------------


def test_a_changed_text_is_laid_out_in_the_file_and_its_translation_becomes_stale(root: Path) -> None:
    brought = take_in(root, edit(exported(root), "hello", {("step ask", "English"): "Hello {person}. News of {twin}?"}))
    assert brought.changed == ("flows/library/exchange/hello.toml",)
    assert [one.rule for one in brought.to_translate] == ["missing-translation"]
    text = library_of(root)[HELLO]
    assert 'choose = "Hello {person}. News of {twin}?"\n' in text
    assert '# a week\nexpires = { after = "7d" }\n' in text
    assert "#. Was: Hello {person}. Any word from {twin}?\n" in po_file(root, "nl").read_text(encoding="utf-8")
    assert [(one.rule, one.where) for one in check(root)] == [("stale", "locales/nl hello.ask")]
    assert update(root) == ()


def test_a_stale_translation_that_is_left_alone_stays_stale(root: Path) -> None:
    write_library(root, {HELLO: SMALL[HELLO].replace("Any word", "Any news")})
    update(root)
    brought = take_in(root, edit(exported(root), "hello", {("choice no", "Nederlands (nl)"): "Neen"}))
    assert brought.translations["nl"].taken == ("hello.ask.no",)
    assert [(one.rule, one.where) for one in check(root)] == [("stale", "locales/nl hello.ask")]


def test_a_text_and_its_translation_can_be_changed_together(root: Path) -> None:
    cells = {
        ("step ask", "English"): "Hello {person}. News of {twin}?",
        ("step ask", "Nederlands (nl)"): "Dag {person}. Nieuws van {twin}?",
    }
    brought = take_in(root, edit(exported(root), "hello", cells))
    assert (brought.to_translate, told(brought)) == ((), [])
    assert brought.translations["nl"].taken == ("hello.ask",)
    assert check(root) == []


def test_a_new_step_and_a_new_choice_come_with_numbers_and_translations(root: Path) -> None:
    place = exported(root)
    cells = {"next": "tell", "English": "Not sure", "Nederlands (nl)": "Weet niet"}
    insert(place, "hello", "choice no", row="choice", id="unsure", **cells)
    insert(
        place, "hello", "step bye", row="step", id="tell", kind="say", English="Fine.", **{"Nederlands (nl)": "Prima."}
    )
    brought = take_in(root, place)
    assert told(brought) == []
    assert brought.translations["nl"].taken == ("hello.ask.unsure", "hello.tell")
    assert read_numbers(root / "flows" / "library")["hello.ask"] == ("yes", "no", "unsure")
    assert '  { id = "unsure", text = "Not sure", next = "tell" },\n' in library_of(root)[HELLO]
    assert check(root) == []


def test_a_copied_sheet_with_another_id_is_a_new_flow(root: Path) -> None:
    place = exported(root)
    book_ = load_workbook(place)
    book_.copy_worksheet(book_["hello"]).title = "again"
    book_.save(place)
    edit(place, "again", {("flow hello", "id"): "hello_again"})
    brought = take_in(root, place)
    assert told(brought) == []
    assert brought.changed == ("flows/library/exchange/hello_again.toml",)
    assert set(brought.translations["nl"].taken) == {
        id_.replace("hello.", "hello_again.") for id_ in DUTCH if "hello." in id_
    }
    assert check(root) == []


def test_a_shared_list_is_changed_in_its_own_sheet(root: Path) -> None:
    brought = take_in(root, edit(exported(root), "choices (shared lists)", {("choice skill", "English"): "A skill"}))
    assert brought.changed == ("flows/library/choices.toml",)
    assert '[[kinds]]\nid = "skill"\ntext = "A skill"\n' in library_of(root)["choices.toml"]


def test_a_remark_can_be_written_and_taken_away(root: Path) -> None:
    place = edit(exported(root), "hello", {("step bye", "remark"): "kept short", ("expires", "remark"): ""})
    take_in(root, place)
    text = library_of(root)[HELLO]
    assert '\n# kept short\n[[steps]]\nid = "bye"\n' in text
    assert "a week" not in text


def test_a_dry_run_says_the_same_and_writes_nothing(root: Path) -> None:
    before = files_of(root)
    place = edit(exported(root), "hello", {("step bye", "English"): "Thanks, {person}."})
    assert take_in(root, place, dry_run=True).changed == ("flows/library/exchange/hello.toml",)
    assert files_of(root) == before


# -- what is told ------------------------------------------------------------------------------------------------------

BROKEN: list[tuple[Mapping[tuple[str, str], str], str, str]] = [
    ({("step ask", "row"): "stepp"}, "A14", "no kind of row"),
    ({("step ask", "kind"): "question"}, "C14", "no kind of step"),
    ({("step ask", "next"): "nowhere"}, "B14", "no step 'nowhere'"),
    ({("choice no", "next"): "nowhere"}, "B14", "no step 'nowhere'"),
    ({("step ask", "save"): ""}, "B14", "asks: say with save"),
    ({("step ask", "id"): "Ask it"}, "B14", "no id"),
    ({("step ask", "settings"): "skip"}, "G14", "no setting here"),
    ({("step ask", "settings"): "skip = perhaps"}, "G14", "write yes or no"),
    ({("step ask", "settings"): "skip = yes\nskip = no"}, "G14", "twice"),
    ({("step ask", "name"): "kinds"}, "A15", "names its choices already"),
    ({("step ask_kind", "name"): "no_list"}, "B17", "no list 'no_list'"),
    ({("step bye", "English"): ""}, "H18", "is empty"),
    ({("step bye", "English"): "Thank you, {doctor}."}, "B18", "nothing fills {doctor}"),
    ({("choice no", "id"): "yes"}, "B2", "two choices with the same id"),
    ({("choice no", "save"): "x"}, "E16", "means nothing in a row choice"),
    ({("goal", "Nederlands (nl)"): "Zeg dag."}, "I4", "means nothing in a row goal"),
    ({("goal", "English"): ""}, "H4", "goal"),
    ({("expires", "settings"): "after = soon"}, "G12", "no duration"),
    ({("facts", "settings"): "person.name,, twin.name"}, "G6", "no list of names"),
    ({("facts", "settings"): "person.shoe"}, "G6", "no fact 'person.shoe'"),
    ({("record", "remark"): "why"}, "J8", "a remark about nothing"),
    ({("title", "Nederlands (nl)"): "Dag"}, "I5", "translates nothing"),
    ({("phase exchange", "id"): "../../etc"}, "B3", "no id"),
    ({("phase exchange", "id"): "naming"}, "B2", "stands in exchange/hello.toml"),
    ({("choice yes", "id"): "maybe"}, "B14", "the number 1 means 'yes' for ever"),
    ({("choice yes", "English"): 41 * "y"}, "B15", "characters"),
]


@pytest.mark.parametrize(
    ("cells", "cell", "words"), BROKEN, ids=[f"{n}-{words}" for n, (_, _, words) in enumerate(BROKEN)]
)
def test_what_is_wrong_is_told_with_its_cell_and_nothing_is_written(
    root: Path, cells: Mapping[tuple[str, str], str], cell: str, words: str
) -> None:
    before = files_of(root)
    brought = take_in(root, edit(exported(root), "hello", cells))
    assert f"hello {cell}" in {problem.where for problem in brought.problems if words in problem.advice}, (
        brought.problems
    )
    assert brought.changed == ()
    assert files_of(root) == before


JUNK = st.one_of(
    st.sampled_from(
        ["", " ", "-", "=", "\n", "rule:", "rule: x", "yes", "end", '"', '"a', "a = b", "skip = yes", "nl=x"]
    ),
    st.sampled_from([*pages.ROWS, pages.LISTS, pages.LIST, "say", "ask", "choose", "wait", "48h", "ask_kind", "kinds"]),
    CELL_TEXT,
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_stands_on_a_page_it_is_told_or_reads_back(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    known = _languages(tmp_path_factory.getbasetemp())
    library = {**SMALL, "exchange/by_hand.toml": BY_HAND}
    written = book(library, Languages.of(known.by_code, {}), flow_files(library))[1:]
    found = []
    for sheet in written:
        rows = [[column.title for column in sheet.columns], *map(list, sheet.rows)]
        for _ in range(data.draw(st.integers(0, 5))):
            row = data.draw(st.sampled_from(rows[1:]))
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(JUNK)
        for _ in range(data.draw(st.integers(0, 1))):
            rows.insert(data.draw(st.integers(1, len(rows))), rows[data.draw(st.integers(1, len(rows) - 1))])
        found.append(Read(sheet.title, {number: tuple(cells) for number, cells in enumerate(rows, start=1)}))
    for page in read_pages(found, known):
        assert all(problem.where and problem.advice for problem in page.problems)
        if not page.problems:
            text = (lists_file if page.name == "choices" else flow_file)(page.data, page.remarks)
            assert tomllib.loads(text) == page.data
            assert remarks_of(text) == page.remarks
            load({page.path: text})


def test_a_choice_that_moved_is_told(root: Path) -> None:
    place = exported(root)
    cells = {("choice yes", "id"): "no", ("choice no", "id"): "yes"}
    brought = take_in(root, edit(place, "hello", cells))
    assert {problem.rule for problem in brought.problems} >= {"changed-number"}


def test_a_single_translation_that_does_not_fit_is_told_and_the_rest_is_taken(root: Path) -> None:
    cells = {("choice yes", "Nederlands (nl)"): 41 * "j", ("choice no", "Nederlands (nl)"): "Neen"}
    brought = take_in(root, edit(exported(root), "hello", cells))
    assert told(brought) == [("hello I15", "too-long")]
    assert brought.translations["nl"].taken == ("hello.ask.no",)
    assert check(root) == []


def test_a_flow_that_changed_in_the_library_meanwhile_is_not_written_over(root: Path) -> None:
    place = edit(exported(root), "hello", {("step bye", "English"): "Thanks, {person}."})
    write_library(root, {HELLO: SMALL[HELLO].replace("What kind?", "Which kind?")})
    assert told(take_in(root, place)) == [("hello B2", "changed-twice")]
    assert "Which kind?" in library_of(root)[HELLO]


def test_a_translation_that_changed_meanwhile_is_not_written_over(root: Path) -> None:
    place = edit(exported(root), "hello", {("step ask", "Nederlands (nl)"): "Dag {person}. Nieuws van {twin}?"})
    translate(root, "nl", {"hello.bye": "Bedankt, {person}."})
    update(root)
    brought = take_in(root, place)
    assert brought.translations["nl"].taken == ("hello.ask",)
    assert 'msgstr "Bedankt, {person}."' in po_file(root, "nl").read_text(encoding="utf-8")


def test_two_sheets_about_one_flow_are_told(root: Path) -> None:
    place = exported(root)
    book_ = load_workbook(place)
    book_.copy_worksheet(book_["hello"]).title = "again"
    book_.save(place)
    edit(place, "hello", {("step bye", "English"): "Thanks, {person}."})
    edit(place, "again", {("step bye", "English"): "Thank you so much, {person}."})
    assert [problem.rule for problem in take_in(root, place).problems] == ["flow-id"]


def test_a_column_of_a_language_that_there_is_not_is_told(root: Path) -> None:
    place = exported(root)
    book_ = load_workbook(place)
    book_["hello"].cell(1, 9).value = "Deutsch (de)"
    book_.save(place)
    assert [problem.advice for problem in take_in(root, place).problems] == [
        "there is no language 'de': take “deutsch (de)” out"
    ]


HEADS = [
    (8, "Engels", "hello row 1", "the first row lacks English: name the columns"),
    (7, "", "hello row 1", "the first row lacks settings: name the columns"),
    (9, "Vlaams", "hello I1", "nobody reads this column"),
    (9, "", "hello I1", "nobody reads this column"),
    (12, "next", "hello L1", "a column of this name stands there twice"),
]


@pytest.mark.parametrize(("column", "name", "cell", "words"), HEADS, ids=[words for *_, words in HEADS])
def test_a_column_that_was_renamed_is_told_and_nothing_in_it_is_lost_in_silence(
    root: Path, column: int, name: str, cell: str, words: str
) -> None:
    before = files_of(root)
    place = exported(root)
    book_ = load_workbook(place)
    book_["hello"].cell(1, column).value = name
    book_.save(place)
    found = take_in(root, place).problems
    assert any(one.where == cell and one.advice.startswith(words) for one in found), found
    assert files_of(root) == before


def test_a_column_of_which_nothing_is_filled_and_a_sheet_of_something_else_change_nothing(root: Path) -> None:
    place = exported(root)
    book_ = load_workbook(place)
    book_["hello"].cell(1, 12).value = "to do"
    book_.create_sheet("Budget").append(["id", "name", "settings", "remark"])
    book_.save(place)
    brought = take_in(root, place)
    assert (brought.changed, brought.translations, told(brought), brought.to_translate) == ((), {}, [], ())


@pytest.mark.parametrize("name", ["flows.ods", "there.xlsx"])
def test_only_a_new_spreadsheet_is_written(root: Path, name: str) -> None:
    (root / "there.xlsx").write_bytes(b"work")
    with pytest.raises(Refused):
        export(root, (), root / name)
    assert (root / "there.xlsx").read_bytes() == b"work"


def test_an_unknown_flow_and_a_file_without_pages_are_refused(root: Path) -> None:
    with pytest.raises(Refused, match="no flow goodbye"):
        export(root, ("goodbye",), root / "f.xlsx")
    with pytest.raises(Refused, match="no file"):
        take_in(root, root / "f.xlsx")
    (root / "f.xlsx").write_bytes(sheets.write([sheets.Sheet("Other", (sheets.Column("a"),), (("b",),))]))
    with pytest.raises(Refused, match="No sheet"):
        take_in(root, root / "f.xlsx")
