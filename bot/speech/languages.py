"""The languages in `locales/`: what each is called, and what its PO file says.

Rules kept here:

* A PO file is the only place of a translation; no compiled file is written or shipped.
* A translation whose source has changed since (gettext's fuzzy, or another msgid under the same id) is not used: the
  reader gets the parent's words, at last the English ones, never an outdated promise.
* A broken table or PO file stops the start, with every problem listed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal
from unicodedata import bidirectional

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.speech.entries import Entries, entries_of, plurals
from flows.errors import LibraryBroken, Problem

SOURCE = "en"
"""The language of the library; it has no PO file."""

TABLE = "languages.toml"
DOMAIN = "twinbot"


class Review(BaseModel):
    """Who has read all of a translation, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: str = Field(min_length=1)
    on: date


class Language(BaseModel):
    """One table of `languages.toml`; the comment at its head says what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    direction: Literal["ltr", "rtl"]
    plural: str = Field(pattern=r"^nplurals=[1-6]; plural=.+;$")
    complete: bool
    reviewed: Literal[False] | Review
    note: str = ""
    parent: str | None = None
    locale: str | None = None
    also: tuple[str, ...] = ()
    same_as_source: tuple[str, ...] = ()

    @property
    def plural_forms(self) -> int:
        return int(self.plural[len("nplurals=")])


@dataclass(frozen=True)
class Languages:
    """All languages by code. `catalogs` has Babel's catalogue of each translated one, `entries` what it says of each
    text."""

    by_code: Mapping[str, Language]
    catalogs: Mapping[str, Catalog]
    entries: Mapping[str, Entries]

    @classmethod
    def of(cls, by_code: Mapping[str, Language], catalogs: Mapping[str, Catalog]) -> Languages:
        return cls(by_code, catalogs, {code: entries_of(catalog) for code, catalog in catalogs.items()})

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages that people may choose, English first."""
        return tuple(code for code, language in self.by_code.items() if language.complete)

    def chain(self, code: str) -> tuple[str, ...]:
        """`code` and its parents; English last."""
        chain: list[str] = []
        following: str | None = code
        while following is not None and following not in chain:
            chain.append(following)
            following = self.by_code[following].parent
        return tuple(chain) if SOURCE in chain else (*chain, SOURCE)

    def locale(self, code: str) -> Locale:
        """The CLDR locale whose forms the language uses."""
        for one in self.chain(code):
            try:
                return Locale.parse(self.by_code[one].locale or one)
            except (UnknownLocaleError, ValueError):
                continue
        return Locale.parse(SOURCE)

    def words(self, code: str, text: str, source: str) -> str:
        """The language's own translation of a text without a plural; empty where it has none of this source."""
        entry = self.entries.get(code, {}).get(text)
        return "" if entry is None or entry.fuzzy or entry.id != source else str(entry.string)

    def plurals(self, code: str) -> NullTranslations:
        """gettext over the language's own texts that have a plural. What it has not is an empty string."""
        return plurals(self.entries.get(code, {}), self.by_code[code].plural)

    def translations(self, sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Language to text id to text, as `flows.catalogue.load` takes it; only what translates today's `sources`, and
        no language of which nothing is translated yet."""
        found = {
            code: {id_: words for id_ in entries if (words := self.words(code, id_, sources.get(id_, "")))}
            for code, entries in self.entries.items()
        }
        return {code: texts for code, texts in found.items() if texts}

    def best(self, language_code: str | None, default: str) -> str:
        """The offered language nearest to a phone's (`pt-br`): itself, one that stands in for it, or its parents by
        CLDR; `default` where none is near."""
        if not language_code:
            return default
        offered = self.offered
        wanted = {one.lower(): one for one in offered}
        for code in offered:
            wanted.update({other.lower(): code for other in self.by_code[code].also if other.lower() not in wanted})
        for candidate in _nearest(language_code):
            if candidate in wanted:
                return wanted[candidate]
        return default


def direction_of(name: str) -> Literal["ltr", "rtl"]:
    """How a language is written that calls itself so: as the first letter with a direction runs (Unicode's P2)."""
    strong = next((kind for kind in map(bidirectional, name) if kind in {"L", "R", "AL"}), "L")
    return "ltr" if strong == "L" else "rtl"


def _nearest(language_code: str) -> Iterator[str]:
    """`zh-hant-tw`, `zh_hant`, `zh`, in lower case with underscores; then the same for CLDR's alias (`iw` for `he`),
    which is not looked up where nobody asks for it."""
    language, *rest = language_code.strip().replace("-", "_").lower().split("_")
    yield from _shorter(language, rest)
    aliases: Mapping[str, str] = get_global("language_aliases")
    if language in aliases:
        yield from _shorter(aliases[language], rest)


def _shorter(language: str, rest: Sequence[str]) -> Iterator[str]:
    for length in range(len(rest), -1, -1):
        yield "_".join((language, *rest[:length]))


@cache
def packaged_languages() -> Languages:
    """The languages that came with the program. Read once; the files can not change under a running bot."""
    return read_languages(files("locales"))


def read_languages(directory: Traversable | Path) -> Languages:
    """Read `languages.toml` and every PO file beside it. Raises LibraryBroken with every problem found."""
    problems: list[Problem] = []
    by_code = _read_table((directory / TABLE).read_text(encoding="utf-8"), problems)
    catalogs = _PoFiles(directory, by_code)
    entries: dict[str, Entries] = {}
    for code in catalogs:
        try:
            entries[code] = entries_of(catalogs.without_locale(code))
        except (PoFileError, ValueError, UnicodeDecodeError) as error:
            problems.append(Problem(f"locales/{code}", "po-form", f"the PO file can not be read: {error}"))
    if problems:
        raise LibraryBroken(problems)
    return Languages(by_code, catalogs, entries)


class _PoFiles(Mapping[str, Catalog]):
    """The catalogues of those languages that have a file, each read when it is asked for and then forgotten: only who
    writes PO files needs more of them than their entries."""

    def __init__(self, directory: Traversable | Path, codes: Iterable[str]) -> None:
        places = {code: directory / code / "LC_MESSAGES" / f"{DOMAIN}.po" for code in codes if code != SOURCE}
        self._places = {code: place for code, place in places.items() if place.is_file()}

    def __getitem__(self, code: str) -> Catalog:
        return read_po(self._lines(code), locale=code, domain=DOMAIN, abort_invalid=True)

    def without_locale(self, code: str) -> Catalog:
        """Enough for the entries. For a language that CLDR does not know Babel would look through the world's, and
        keep 2 MB of them (measured with Krio)."""
        lines = [line for line in self._lines(code) if not line.startswith(b'"Language:')]
        return read_po(lines, domain=DOMAIN, abort_invalid=True)

    def _lines(self, code: str) -> list[bytes]:
        return self._places[code].read_bytes().splitlines(keepends=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _read_table(text: str, problems: list[Problem]) -> dict[str, Language]:
    try:
        by_code = TypeAdapter(dict[str, Language]).validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(TABLE, "toml", f"is no valid TOML: {error}"))
        return {}
    except ValidationError as error:
        for detail in error.errors():
            place = ".".join(str(part) for part in detail["loc"])
            problems.append(Problem(TABLE, "language-table", f"{place}: {detail['msg']}"))
        return {}
    if SOURCE not in by_code:
        problems.append(Problem(TABLE, "language-table", f"the table [{SOURCE}] of the source language is missing"))
    for code, language in by_code.items():
        if code != SOURCE and language.parent is None:
            problems.append(
                Problem(TABLE, "language-table", f"{code}: give it a parent; {SOURCE} if nothing is nearer")
            )
        if language.parent is not None and language.parent not in by_code:
            problems.append(Problem(TABLE, "language-table", f"{code}: its parent {language.parent} has no table"))
    if not problems:
        problems.extend(
            Problem(TABLE, "language-table", f"{code}: its parents lead back to itself and never to {SOURCE}")
            for code in by_code
            if not _reaches_source(code, by_code)
        )
    return by_code


def _reaches_source(code: str, by_code: Mapping[str, Language]) -> bool:
    seen: set[str] = set()
    following: str | None = code
    while following is not None and following not in seen:
        seen.add(following)
        following = by_code[following].parent
    return following is None and SOURCE in seen
