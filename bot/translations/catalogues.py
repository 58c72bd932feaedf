"""`update`, `status` and `check`: the files under `locales/` as they are, beside what they should be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Refused
from bot.library import library_folder, read_library
from bot.speech.languages import SOURCE, TABLE, Languages, read_languages
from bot.translations.messages import State, forms, state
from bot.translations.po_files import LIBRARY, LOCALES, planned
from bot.translations.rules import identical_to_source, lint
from flows.catalogue import load
from flows.errors import LibraryBroken, Problem
from flows.extraction import Extracted, extract_library

SHOWN = 10
"""Ids that a person reads in one line; scripts get them all."""

_MACHINE_PATH = re.compile(r"(?:^|[\s\"'(])(?:/(?:home|root|Users|tmp|var|work)/|[A-Z]:\\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Status:
    """How far one language is. The tuples hold text ids."""

    language: str
    name: str
    complete: bool
    reviewed: bool
    texts: int
    missing: tuple[str, ...]
    stale: tuple[str, ...]
    identical: tuple[str, ...]
    """Equal to the English, and not listed as right so."""

    @property
    def coverage(self) -> float:
        """Share of the texts that are translated and up to date; 0 to 1."""
        return 1 - (len(self.missing) + len(self.stale)) / self.texts if self.texts else 1.0

    def __str__(self) -> str:
        marks = [
            f"{self.coverage:.0%} of {self.texts} texts",
            "offered" if self.complete else "not offered",
            "reviewed" if self.reviewed else "not reviewed",
        ]
        for what, ids in (("missing", self.missing), ("stale", self.stale), ("equal to English", self.identical)):
            if ids:
                marks.append(f"{what}: {', '.join(ids[:SHOWN])}" + (" …" if len(ids) > SHOWN else ""))
        return f"{self.language} {self.name}: {'; '.join(marks)}"


def root() -> Path:
    """The checkout that this program runs from. Refused for an installed one: its files are not there to be edited."""
    checkout = library_folder().parents[1]
    if not (checkout / LOCALES / TABLE).is_file():
        raise Refused("There is no checkout of Twinbot here; translations are edited in one.")
    return checkout


def update(root: Path) -> tuple[Path, ...]:
    """Write the template and every language's PO file anew from the library. Returns what changed, relative to `root`.

    A language that has a table and no file gets one. Raises LibraryBroken for a library or table that can not be read.
    """
    return put(root, planned(*read(root)))


def put(root: Path, files: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write those of `files` that are not so already. Each is whole or as it was, whatever interrupts."""
    changed = [path for path, text in files.items() if _content(root / path) != text]
    for path in changed:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        _beside(place).write_text(files[path], encoding="utf-8", newline="\n")
    for path in changed:
        _beside(root / path).replace(root / path)
    return tuple(changed)


def _beside(place: Path) -> Path:
    return place.with_name(f"{place.name}.new")


def status(root: Path) -> tuple[Status, ...]:
    """How far every language is, in the order of the table. Raises LibraryBroken as `update` does."""
    library, languages = read(root)
    texts = extract_library(library)
    return tuple(_status(code, texts, languages) for code in languages.by_code)


def check(root: Path) -> list[Problem]:
    """Everything wrong with the translations of the checkout at `root`, sorted. Empty: nothing."""
    try:
        library, languages = read(root)
        files = planned(library, languages)
    except LibraryBroken as broken:
        return list(broken.problems)
    problems = lint(library, languages)
    for path, text in files.items():
        written = _content(root / path)
        if written != text:
            advice = "is not up to date with the library; run: twinbot translations update"
            problems.append(Problem(path.as_posix(), "not-updated", advice))
        if _MACHINE_PATH.search(written):
            problems.append(
                Problem(path.as_posix(), "machine-path", "names a folder of somebody's machine; take it out")
            )
    for folder in sorted((root / LOCALES).glob("*/LC_MESSAGES")):
        code = folder.parent.name
        if code not in languages.by_code:
            problems.append(Problem(f"locales/{code}", "unknown-language", f"has no table in {TABLE}; give it one"))
    return sorted(problems)


def _status(code: str, texts: Sequence[Extracted], languages: Languages) -> Status:
    language = languages.by_code[code]
    entries = languages.entries.get(code, {})
    found: dict[State, list[str]] = {one: [] for one in State}
    identical: list[str] = []
    for text in texts if code != SOURCE else ():
        entry = entries.get(text.id)
        now = state(entry, text)
        found[now].append(text.id)
        if now is State.CURRENT and any(identical_to_source(text, forms(entry), language)):
            identical.append(text.id)
    return Status(
        code,
        language.name,
        language.complete,
        language.reviewed is not False,
        len(texts),
        tuple(found[State.MISSING]),
        tuple(found[State.STALE]),
        tuple(identical),
    )


def read(root: Path) -> tuple[dict[str, str], Languages]:
    """The library and the languages of a checkout. Raises LibraryBroken with every problem of form."""
    library = read_library(root / LIBRARY)
    load(library)
    return library, read_languages(root / LOCALES)


def _content(place: Path) -> str:
    return place.read_text(encoding="utf-8") if place.is_file() else ""
