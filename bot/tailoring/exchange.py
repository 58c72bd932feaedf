"""Flows to a spreadsheet and back into the library of a checkout.

Rules kept here:

* A file that is there already is never written over: it may hold a facilitator's work.
* Flows are taken all together or not at all: they lead to one another, and half a change is no conversation. One
  problem that the library did not have before stops everything. A missing translation stops nothing and is told.
* Translations are judged one by one, by the rules of `twinbot translations import`: a cell that was left alone never
  overwrites what was changed meanwhile.
* A flow that somebody changed in the library since the sheet went out is not taken.
* A flow that says what it said keeps its file to the last space; another is laid out anew, its remarks with it.
* New choices get their permanent numbers, as by `twinbot flows check --keep-numbers`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import sheets
from bot.errors import Refused
from bot.library import NUMBERS, build_catalogue
from bot.sheets import Column, Read, Sheet
from bot.speech.languages import SOURCE, Languages
from bot.tailoring import pages, reading
from bot.tailoring.guide import GUIDE
from bot.tailoring.pages import Line, Page, Place, flow_page, lists_page, phrases_page
from bot.tailoring.phrases import put as put_words
from bot.translations.catalogues import put, read
from bot.translations.po_files import LIBRARY, Messages, merged, planned, template
from bot.translations.rows import Row, rows
from bot.translations.rules import lint
from bot.translations.taking import Taking, take, untranslated
from flows import ledger
from flows.catalogue import CHOICES_FILE, PHRASES_FILE, is_phrases
from flows.checks import check_catalogue
from flows.counting import Counting
from flows.definition import KINDS
from flows.errors import LibraryBroken, Problem
from flows.extraction import LIMITS, Kind, extract_library
from flows.layout import flow_file, lists_file
from flows.remarks import remarks_of

_MISSING = frozenset({"missing-translation", "stale-translation"})
"""What a facilitator can leave to translators: told, and no reason to refuse a flow."""

_UNNUMBERED = "number-not-in-the-ledger"
"""What is written down here, once nothing else is wrong."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a spreadsheet brings. With `problems` nothing is written at all; `refused` are single translations."""

    changed: tuple[str, ...]
    """Files of the library."""
    translations: Mapping[str, Taking]
    """By language, of those of which something was taken."""
    problems: tuple[Problem, ...]
    refused: tuple[Problem, ...]
    to_translate: tuple[Problem, ...]

    def lines(self, *, dry_run: bool) -> list[str]:
        """What came of it, to be read."""
        if self.problems:
            count = len(self.problems)
            return [f"{count} {'problem' if count == 1 else 'problems'}; nothing was changed."]
        told = [f"changed: {path}" for path in self.changed]
        told += [f"{language}: {len(one.taken)} translations taken" for language, one in self.translations.items()]
        told += [f"to translate: {one}" for one in self.to_translate]
        return [*(told or ["Nothing to change."]), *(["Nothing was written."] if dry_run else [])]


def export(root: Path, names: Sequence[str], to: Path) -> int:
    """Write the flows called `names` with the lists they offer into the new file `to`, and the texts that stand outside
    any flow where `names` has `phrases`; everything, when nothing is named. Returns how many of both there are."""
    if to.suffix.lower() != ".xlsx":
        raise Refused(f"{to} is no spreadsheet: name a file that ends in .xlsx.")
    if to.exists():
        raise Refused(f"{to} is there already, and may hold somebody's work: name another file.")
    library, languages = read(root)
    files = {path.rpartition("/")[2].removesuffix(".toml"): path for path in flow_files(library)}
    if unknown := [name for name in names if name not in {*files, PHRASES_FILE}]:
        raise Refused(f"There is no flow {', '.join(unknown)}; known: {', '.join(sorted(files))}, {PHRASES_FILE}.")
    wanted = names or [*files, PHRASES_FILE]
    paths = [files[name] for name in wanted if name in files]
    data = sheets.write(book(library, languages, paths, phrases=PHRASES_FILE in wanted))
    with to.open("xb") as file:
        file.write(data)
    return len(wanted)


def flow_files(library: Mapping[str, str]) -> tuple[str, ...]:
    """The paths of the flows, in the order of the library."""
    return tuple(path for path in library if "/" in path and not is_phrases(path))


def book(
    library: Mapping[str, str], languages: Languages, paths: Sequence[str], *, phrases: bool = False
) -> tuple[Sheet, ...]:
    """The sheets of the flows at `paths`, of the lists that they offer, the guide, and that of `phrases`."""
    translated = _translated(library, languages)
    written: list[Sheet] = [GUIDE]
    offered: set[str] = set()
    for path in paths:
        phase, _, name = path.removesuffix(".toml").rpartition("/")
        data = tomllib.loads(library[path])
        offered |= {step["choices"] for step in data["steps"] if isinstance(step.get("choices"), str)}
        written.append(_sheet(name, flow_page(name, phase, data, remarks_of(library[path]), translated), languages))
    if offered:
        text = library[f"{CHOICES_FILE}.toml"]
        lines = lists_page(tomllib.loads(text), remarks_of(text), translated)
        written.append(_sheet(f"{CHOICES_FILE} (shared lists)", lines, languages))
    if phrases:
        texts = [text for text in extract_library(library) if is_phrases(text.path)]
        lines = phrases_page(texts, counting_of(languages), translated)
        written.append(_sheet(f"{PHRASES_FILE} (other texts)", lines, languages))
    return tuple(written)


def counting_of(languages: Languages) -> dict[str, Counting]:
    """How each language counts."""
    return {code: Counting(one.plural) for code, one in languages.by_code.items()}


def take_in(root: Path, file: Path, *, dry_run: bool = False) -> Brought:
    """Judge the flows of a spreadsheet and, when nothing is wrong with them, write them into the library."""
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    library, languages = read(root)
    found = read_pages(sheets.read(file.read_bytes()), languages)
    problems = [problem for page in found for problem in page.problems]
    new = dict(library)
    for page in found:
        if not page.problems:
            problems += _put_page(page, library, new)
    if problems:
        return Brought((), {}, tuple(problems), (), ())
    texts = extract_library(new)
    fresh = template(library)
    takings: dict[str, Taking] = {}
    for code in languages.by_code:
        brought = [row for page in found for row in page.rows.get(code, ())]
        if brought:
            catalog = merged(code, languages, fresh)
            takings[code] = take(brought, texts, catalog, languages.by_code[code], untranslated(new))
    changed = {code: taking.messages for code, taking in takings.items()}
    after = _with(languages, changed, new)
    problems, to_translate, numbers = _checked((library, languages), (new, after), found)
    if problems:
        return Brought((), {}, tuple(problems), (), ())
    files: dict[Path, str] = {LIBRARY / path: text for path, text in new.items() if library.get(path) != text}
    told = tuple(path.as_posix() for path in files)
    if not dry_run:
        put(root, {**files, LIBRARY / NUMBERS: numbers, **planned(new, languages, changed)})
    refused = tuple(problem for taking in takings.values() for problem in taking.problems)
    return Brought(told, {code: one for code, one in takings.items() if one.taken}, (), refused, tuple(to_translate))


def read_pages(found: Sequence[Read], languages: Languages) -> list[Page]:
    """Every sheet that is a page. Refused when none is."""
    read_: list[Page] = []
    for sheet in found:
        if not reading.is_page(sheet):
            continue
        codes = {title: code[1] for title in reading.heads(sheet) if (code := pages.CODE.search(title))}
        known = {title: code for title, code in codes.items() if code in languages.by_code}
        page = reading.read(sheet, known, counting_of(languages))
        page.problems += [
            Problem(
                f"{sheet.title} row {min(sheet.rows)}", "cell", f"there is no language {code!r}: take “{title}” out"
            )
            for title, code in codes.items()
            if code not in languages.by_code or code == SOURCE
        ]
        read_.append(page)
    if not read_:
        raise Refused("No sheet has the columns row, id and English; export the flows anew and work in that file.")
    return read_


# -- out -------------------------------------------------------------------------------------------------------------


def _translated(library: Mapping[str, str], languages: Languages) -> dict[str, dict[str, Row]]:
    texts, fresh = extract_library(library), template(library)
    return {
        code: {row.id: row for row in rows(texts, merged(code, languages, fresh), one.plural_forms)}
        for code, one in languages.by_code.items()
        if code != SOURCE
    }


def _sheet(title: str, lines: Sequence[Line], languages: Languages) -> Sheet:
    codes = [code for code in languages.by_code if code != SOURCE]
    outside = lines[0].cells[pages.ROW] == pages.PHRASES
    columns = (
        Column(pages.ROW, 10, choices=() if outside else pages.ROWS),
        Column(pages.ID, 30 if outside else 20),
        Column(pages.KIND, 9, hidden=outside, choices=KINDS),
        Column(pages.NAME, 22, hidden=outside),
        Column(pages.SAVE, 13, hidden=outside),
        Column(pages.NEXT, 18, hidden=outside),
        Column(pages.SETTINGS, 26, hidden=outside),
        Column("English", 48),
        *(
            Column(f"{one.name} ({code})", 40, right_to_left=one.direction == "rtl")
            for code, one in languages.by_code.items()
            if code != SOURCE
        ),
        Column(pages.REMARK, 30, hidden=outside),
        Column(pages.MARK, 10, fixed=True, hidden=True),
    )
    keys = (pages.ROW, pages.ID, pages.KIND, pages.NAME, pages.SAVE, pages.NEXT, pages.SETTINGS, pages.ENGLISH)
    return Sheet(
        title,
        columns,
        tuple(
            (
                *(line.cells.get(key, "") for key in keys),
                *(line.translations.get(code, "") for code in codes),
                line.cells.get(pages.REMARK, ""),
                line.cells.get(pages.MARK, ""),
            )
            for line in lines
        ),
        limits={
            (number, column): LIMITS[Kind.BUTTON]
            for number, line in enumerate(lines)
            for column in range(len(keys) - 1, len(keys) + len(codes))
            if line.cells[pages.ROW] in {"title", pages.CHOICE}
        },
        stale=frozenset(
            (number, len(keys) + place)
            for number, line in enumerate(lines)
            for place, code in enumerate(codes)
            if code in line.stale
        ),
        idle=frozenset(
            (number, len(keys) - 1 + place)
            for number, line in enumerate(lines)
            if line.cells[pages.ROW] in {pages.TEXT, pages.FORM}
            for place, code in enumerate([pages.ENGLISH, *codes])
            if code not in {*line.cells, *line.translations}
        ),
        strong=frozenset(
            number for number, line in enumerate(lines) if line.cells[pages.ROW] in {pages.FLOW, pages.STEP, pages.LIST}
        ),
    )


# -- in --------------------------------------------------------------------------------------------------------------


def _put_page(page: Page, library: Mapping[str, str], new: dict[str, str]) -> list[Problem]:
    """Put what a page says into `new`, the files of the library."""
    if page.name == PHRASES_FILE:
        cells = {id_: page.cell((id_,)) for id_ in page.data}
        return put_words(page.data, cells, page.marks, library, new)
    others = [path for path in new if path.rpartition("/")[2] == f"{page.name}.toml" and path != page.path]
    if others:
        advice = f"the flow {page.name} stands in {others[0]}: write its phase as it is, a file is moved by hand"
        return [Problem(page.cell(()), "flow-id", advice)]
    if new.get(page.path) != library.get(page.path):
        return [Problem(page.cell(()), "flow-id", f"{page.name} stands on two sheets: take one out")]
    before = library.get(page.path)
    if before is not None:
        data, remarks = tomllib.loads(before), remarks_of(before)
        if data == page.data and remarks == page.remarks:
            return []
        if page.mark != pages.mark_of(data, remarks):
            advice = (
                f"{page.name} was changed in the library since this sheet went out: export it anew, change it there"
            )
            return [Problem(page.cell(()), "changed-twice", advice)]
    written: Any = lists_file if page.name == CHOICES_FILE else flow_file
    new[page.path] = written(page.data, page.remarks)
    return []


def _with(languages: Languages, changed: Mapping[str, Messages], library: Mapping[str, str]) -> Languages:
    """The languages as they will be."""
    fresh = template(library)
    codes = [code for code in languages.by_code if code != SOURCE]
    return Languages.of(languages.by_code, {code: merged(code, languages, fresh, changed.get(code)) for code in codes})


Content = tuple[dict[str, str], Languages]


def _checked(before: Content, after: Content, found: Sequence[Page]) -> tuple[list[Problem], list[Problem], str]:
    """The problems that the library did not have before, those that are left to translators, and the numbers."""
    library = before[0]
    numbers = ledger.read(library[NUMBERS]) if NUMBERS in library else {}
    try:
        kept = ledger.written(ledger.kept(numbers, build_catalogue(*after)))
    except LibraryBroken as broken:
        return list(broken.problems), [], ""
    new = _problems(after, numbers) - _problems(before, numbers)
    told = [Problem(_cell(one, found), one.rule, one.advice) for one in sorted(new) if one.rule != _UNNUMBERED]
    stopping = [one for one in told if one.rule not in _MISSING]
    return stopping, [one for one in told if one.rule in _MISSING], kept


def _problems(content: Content, numbers: ledger.Numbers) -> set[Problem]:
    library, languages = content
    complete = [code for code in languages.offered if code != SOURCE]
    found = set(check_catalogue(build_catalogue(library, languages), numbers=numbers, complete=complete))
    # of the translations only their gaps are told: what is wrong with one by itself was told when it was judged
    return found | {one for one in lint(library, languages) if one.where.partition(" ")[0] in library}


def _cell(problem: Problem, found: Sequence[Page]) -> str:
    """The cell of what a check found; where it is on none of the pages, the check's own words."""
    path, _, place = problem.where.partition(" ")
    place = place.partition(" ")[0]
    for page in found:
        if page.is_about(path):
            return page.cell(_spot(page, place))
    return problem.where


def _spot(page: Page, place: str) -> Place:
    """The place of data that a check calls `place`: a key, a step, a choice, or the id of a text."""
    if page.name == PHRASES_FILE:
        return (place,)
    place = place.removeprefix(f"{page.name}.")
    first, _, choice = place.partition(".")
    if page.name == CHOICES_FILE:
        ids = [one["id"] for one in page.data.get(first, ())]
        return (first, ids.index(choice)) if choice in ids else (first,)
    steps = [step["id"] for step in page.data["steps"]]
    if first not in steps:
        return (first,)
    number = steps.index(first)
    choices = page.data["steps"][number].get("choices", ())
    ids = [one["id"] for one in choices] if isinstance(choices, list) else []
    return ("steps", number, "choices", ids.index(choice)) if choice in ids else ("steps", number)
