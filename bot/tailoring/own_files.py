"""What a facilitator brings, as files of her programme: TOML as it is, a spreadsheet taken apart.

Rules kept here:

* A file is known by its last name; what a phone or a mail program put before it does not count.
* Of a spreadsheet only what differs from the library is the programme's own: a flow as its file, words as texts.
* Words that were left beside English that was changed were seen there: they are the programme's own too, and told.
* What comes later of a flow takes the place of what came before; what was unclear on a page is forgotten with it.
* What is no text, or too large, is refused in one sentence before anything is made of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from bot import sheets
from bot.errors import Refused
from bot.library import read_library
from bot.speech.languages import SOURCE, Languages, packaged_languages
from bot.tailoring.exchange import counting_of, flow_files, read_pages
from bot.tailoring.pages import Page, Place
from bot.translations.messages import forms, source
from bot.translations.rows import Row
from flows.catalogue import CHOICES_FILE, PHRASES_FILE, Catalogue
from flows.counting import example
from flows.errors import Problem
from flows.layout import flow_file, lists_file
from flows.lines import line_of_id, line_of_text
from flows.overlay import FILE_CHARACTERS, TEXTS
from flows.own_words import Forms, Said

FILE_BYTES: Final = 2_000_000
"""The largest file that is taken: all of the library in six languages, as a spreadsheet, has 0.8 megabytes."""

SPREADSHEET: Final = b"PK\x03\x04"
"""How a zip archive begins, which an .xlsx file is."""

NAME_CHARACTERS: Final = 80


@dataclass(frozen=True)
class Brought:
    """Files by name, other words by text id and language, and the pages of spreadsheets with what is unclear on each,
    by cell. `cells` says of what came from a page where it stands there: by flow, step and choice, or by text id and
    language. `still` are texts by language that a spreadsheet has as they are packaged, beside English that it changed:
    they are the programme's own words now, and she is asked to look."""

    files: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, Said]] = field(default_factory=dict)
    pages: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    cells: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    still: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for page in self.pages.values() for problem in page)

    @property
    def names(self) -> list[str]:
        """The files that it makes."""
        return sorted({*self.files, *({TEXTS} if self.texts else set())})

    @property
    def is_nothing(self) -> bool:
        """Whether nothing in it differs from the library."""
        return not (self.files or self.texts or self.problems)

    def together(self, other: Brought) -> Brought:
        """Both; of what both hold the other's."""
        texts = {id_: {**self.texts.get(id_, {}), **other.texts.get(id_, {})} for id_ in {**self.texts, **other.texts}}
        anew = {name.removesuffix(".toml") for name in other.files}
        pages = {name: problems for name, problems in self.pages.items() if name not in anew}
        cells = {place: cell for place, cell in self.cells.items() if place[0] not in anew}
        both = {*self.still, *other.still}
        still = {one: tuple(sorted({*self.still.get(one, ()), *other.still.get(one, ())})) for one in sorted(both)}
        return Brought({**self.files, **other.files}, texts, {**pages, **other.pages}, {**cells, **other.cells}, still)

    def in_cells(self, problem: Problem, files: Mapping[str, str]) -> Problem:
        """A problem of a line, by the cell of the sheet from which that line came."""
        name, _, line = problem.where.partition(" line ")
        if name not in files or not line.isdecimal():
            return problem
        stem, found = name.removesuffix(".toml"), [(0, "")]
        for place, cell in self.cells.items():
            if name == TEXTS and place[0] in self.texts and place[1] in self.texts[place[0]]:
                found.append((line_of_text(files[name], *place), cell))
            elif place[0] == stem:
                found.append((line_of_id(files[name], place[1:]), cell))
        _, cell = max((one for one in found if one[0] <= int(line)), key=lambda one: one[0])
        return replace(problem, where=cell) if cell else problem


def brought(name: str, data: bytes, library: Mapping[str, str], catalogue: Catalogue, languages: Languages) -> Brought:
    """What the file `name` holds. Raises `Refused` for what is neither TOML nor a spreadsheet of Twinbot's."""
    called = PureWindowsPath(PurePosixPath(name).name).name.strip()[-NAME_CHARACTERS:]
    if len(data) > FILE_BYTES:
        raise Refused(f"The file has more than {FILE_BYTES // 1_000_000} megabytes: send one flow, or fewer at once.")
    if data.startswith(SPREADSHEET):
        return _of_sheets(data, library, catalogue, languages)
    if called.lower().endswith(".xlsx"):
        raise Refused("The file can not be read as a spreadsheet; save it as .xlsx (Excel) and send that.")
    if not called.lower().endswith(".toml"):
        raise Refused("A flow comes as a file whose name ends in .toml, or as a spreadsheet that ends in .xlsx.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Refused("The file is no text: save it as UTF-8 and send that.") from None
    if len(text) > FILE_CHARACTERS:
        raise Refused(
            f"The file has more than {FILE_CHARACTERS:,} characters: a flow of the library has a tenth of it."
        )
    return Brought({called.lower(): text})


def _of_sheets(data: bytes, library: Mapping[str, str], catalogue: Catalogue, languages: Languages) -> Brought:
    pages = read_pages(sheets.read(data), languages)
    packaged = {path.rpartition("/")[2]: path for path in (*flow_files(library), f"{CHOICES_FILE}.toml")}
    files: dict[str, str] = {}
    words: dict[tuple[str, str], Forms] = {}
    cells: dict[tuple[str, ...], str] = {}
    still: dict[str, tuple[str, ...]] = {}
    known = _Packaged(catalogue, languages)
    for page in pages:
        if not page.is_whole:
            continue
        if page.name == PHRASES_FILE:
            words |= {(id_, SOURCE): forms for id_, forms in page.data.items()}
            cells |= {(id_, SOURCE): page.cell((id_,)) for id_ in page.data}
        else:
            cells |= _cells(page)
            name = f"{page.name}.toml"
            path = packaged.get(name)
            if path is None or tomllib.loads(library[path]) != page.data:
                files[name] = _lists(page, library) if page.name == CHOICES_FILE else flow_file(page.data, page.remarks)
        for language, rows in page.rows.items():
            words |= {(row.id, language): known.filled(row, language) for row in rows}
            cells |= {(row.id, language): row.place for row in rows}
            if left := sorted(row.id for row in rows if known.is_left(row, language)):
                still[language] = (*still.get(language, ()), *left)
    texts: dict[str, dict[str, Said]] = {}
    for (id_, language), own in words.items():
        if own != known.words(id_, language) or id_ in still.get(language, ()):
            texts.setdefault(id_, {})[language] = known.said(own, language)
    return Brought(files, texts, {page.name or page.title: tuple(page.problems) for page in pages}, cells, still)


class _Packaged:
    """What the library says in each language, to tell what is the programme's own."""

    def __init__(self, catalogue: Catalogue, languages: Languages) -> None:
        self.catalogue = catalogue
        self.languages = languages
        self.counting = counting_of(languages)

    def english(self, id_: str) -> Forms:
        """None for a text that only the programme has."""
        phrase = self.catalogue.phrases.get(id_)
        if phrase is None:
            return tuple(filter(None, [self.catalogue.source_texts.get(id_)]))
        return tuple(words for words in (phrase.text, phrase.one, phrase.other) if words is not None)

    def words(self, id_: str, language: str) -> Forms:
        """None where it has none."""
        english = self.english(id_)
        if language == SOURCE:
            return english
        if len(english) < 2:
            return tuple(filter(None, [self.catalogue.translations.get(language, {}).get(id_)]))
        entry = self.languages.entries.get(language, {}).get(id_)
        return forms(entry) if entry is not None and not entry.fuzzy and source(entry) == english else ()

    def filled(self, row: Row, language: str) -> Forms:
        """The words of a row; a form that is left empty keeps its old ones, as long as the English is the same."""
        old = self.words(row.id, language)
        if row.sources != self.english(row.id) or len(old) != len(row.forms):
            return row.forms
        return tuple(new or before for new, before in zip(row.forms, old, strict=True))

    def is_left(self, row: Row, language: str) -> bool:
        """Whether its words are the packaged ones, and its English is not."""
        return row.forms == self.words(row.id, language) and row.sources != self.english(row.id)

    def said(self, own: Forms, language: str) -> Said:
        """As a file of texts says it."""
        if len(own) == 1:
            return own[0]
        labels = self.counting[language].labels
        return {example(label): words for label, words in zip(labels, own, strict=True) if words}


def _cells(page: Page) -> dict[tuple[str, ...], str]:
    """Where the page, its steps, its lists and their choices stand."""
    found: dict[tuple[str, ...], str] = {(page.name,): page.cell(())}
    above: list[tuple[str, Any, Place, Place]]
    if page.name == CHOICES_FILE:
        above = [(name, choices, (name,), (name,)) for name, choices in page.data.items()]
    else:
        steps = enumerate(page.data["steps"])
        above = [(one["id"], one.get("choices"), ("steps", n), ("steps", n, "choices")) for n, one in steps]
    for id_, choices, place, inside in above:
        found[page.name, id_] = page.cell(place)
        for number, choice in enumerate(choices if isinstance(choices, list) else ()):
            found[page.name, id_, choice["id"]] = page.cell((*inside, number))
    return found


def _lists(page: Page, library: Mapping[str, str]) -> str:
    """Only the lists that differ."""
    before = tomllib.loads(library[f"{CHOICES_FILE}.toml"])
    return lists_file({name: choices for name, choices in page.data.items() if before.get(name) != choices})


def read_all(places: Sequence[Path], catalogue: Catalogue) -> Brought:
    """What the files at `places`, and in the folders among them, hold. Raises `Refused`."""
    library, languages, found = read_library(), packaged_languages(), Brought()
    for place in places:
        if place.is_dir():
            files = sorted(one for one in place.rglob("*") if one.suffix.lower() in {".toml", ".xlsx"})
        elif place.is_file():
            files = [place]
        else:
            raise Refused(f"There is no file {place}.")
        for file in files:
            found = found.together(brought(file.name, file.read_bytes(), library, catalogue, languages))
    if found.is_nothing:
        raise Refused("Nothing in there differs from the packaged library.")
    return found
