"""The files under `locales/`: the template and one PO file a language.

Rules kept here:

* An id never changes, so a translation follows its id: a changed source leaves the old translation in place, marked
  fuzzy, with the old source beside it as `Was:`.
* What is written depends on the library and the translations alone: no dates, no versions of tools, no line numbers,
  no machine's paths; the order is the library's. Updating twice changes nothing.
* A text that left the library stays at the end of the PO file as obsolete, and comes back when its id does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import generate_po

from bot.errors import Refused
from bot.library import library_folder, read_library
from bot.speech.languages import DOMAIN, SOURCE, TABLE, Languages, read_languages
from bot.translations.messages import State, by_id, forms, source, state
from bot.translations.rules import identical_to_source, lint
from flows.catalogue import load
from flows.errors import LibraryBroken, Problem
from flows.extraction import Extracted, extract_library

LIBRARY = Path("flows/library")
LOCALES = Path("locales")
EXTRACTOR = "flows.extraction:babel_messages"
KEYWORDS = {"pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
WAS = "Was: "
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
    changed: list[Path] = []
    for path, text in _planned(root).items():
        place = root / path
        if _content(place) != text:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return tuple(changed)


def status(root: Path) -> tuple[Status, ...]:
    """How far every language is, in the order of the table. Raises LibraryBroken as `update` does."""
    library, languages = _read(root)
    texts = extract_library(library)
    return tuple(_status(code, texts, languages) for code in languages.by_code)


def check(root: Path) -> list[Problem]:
    """Everything wrong with the translations of the checkout at `root`, sorted. Empty: nothing."""
    try:
        library, languages = _read(root)
        planned = _planned(root)
    except LibraryBroken as broken:
        return list(broken.problems)
    problems = lint(library, languages)
    for path, text in planned.items():
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
    messages = by_id(languages.catalogs.get(code))
    found: dict[State, list[str]] = {one: [] for one in State}
    identical: list[str] = []
    for text in texts if code != SOURCE else ():
        message = messages.get(text.id)
        now = state(message, text)
        found[now].append(text.id)
        if now is State.CURRENT and any(identical_to_source(text, forms(message), language)):
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


def _read(root: Path) -> tuple[dict[str, str], Languages]:
    library = read_library(root / LIBRARY)
    load(library)
    return library, read_languages(root / LOCALES)


def _planned(root: Path) -> dict[Path, str]:
    """What every file should hold."""
    _, languages = _read(root)
    template = _template(root)
    planned = {LOCALES / f"{DOMAIN}.pot": _written(template, _head(""))}
    for code, language in languages.by_code.items():
        if code != SOURCE:
            merged = _merge(languages.catalogs.get(code), template, code, language.plural)
            head = _head(f" in {language.name}", f"Language: {code}", f"Plural-Forms: {language.plural}")
            planned[LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po"] = _written(merged, head)
    return planned


def _template(root: Path) -> Catalog:
    template = Catalog(charset="utf-8")
    place = root / LIBRARY
    for path in sorted(place.rglob("*.toml"), key=lambda path: path.relative_to(place).as_posix()):
        location = (LIBRARY / path.relative_to(place)).as_posix()
        for _, message, comments, context in extract_from_file(EXTRACTOR, path, keywords=KEYWORDS):
            template.add(message, context=context, locations=[(location, 0)], auto_comments=comments)
    return template


def _merge(old: Catalog | None, template: Catalog, code: str, plural: str) -> Catalog:
    merged = Catalog(locale=code, charset="utf-8")
    merged.mime_headers = [("Plural-Forms", plural)]
    known = by_id(old)
    gone = {str(message.context): message for message in old.obsolete.values()} if old is not None else {}
    wanted: set[str] = set()
    for message in template:
        if not message.id:
            continue
        id_ = str(message.context)
        wanted.add(id_)
        before = known.get(id_) or gone.get(id_)
        fresh = message.clone()
        if before is not None:
            _take_over(fresh, before, merged.num_plurals)
        merged[message.id] = fresh
    for id_, message in sorted({**gone, **known}.items()):
        # a fuzzy one would come back as if it were right: obsolete texts carry no flags
        if id_ not in wanted and all(forms(message)) and not message.fuzzy:
            merged.obsolete[id_] = message
    return merged


def _take_over(fresh: Message, before: Message, count: int) -> None:
    fresh.user_comments = list(before.user_comments)
    strings = forms(before)
    if not any(strings):
        return
    if not fresh.pluralizable:
        fresh.string = strings[-1]
    elif len(strings) == 1:
        fresh.string = strings * count
    else:
        fresh.string = (*strings, *("",) * count)[:count]
    same = source(before) == source(fresh)
    if not same or before.fuzzy:
        fresh.flags.add("fuzzy")
        was = _was(before) if same else WAS + " / ".join(source(before))
        fresh.auto_comments = [*fresh.auto_comments, *([was] if was else [])]


def _was(message: Message) -> str | None:
    """The source that a fuzzy translation belongs to, as an earlier update wrote it (Babel wraps long comments)."""
    for place, comment in enumerate(message.auto_comments):
        if comment.startswith(WAS):
            return " ".join(message.auto_comments[place:])
    return None


def _written(catalog: Catalog, head: str) -> str:
    # Babel's own head carries dates and its version, which change without the texts; and its lines are not wrapped,
    # so that one changed sentence is one changed line
    return head + "".join(generate_po(catalog, omit_header=True, include_lineno=False, width=0)).rstrip("\n") + "\n"


def _head(title: str, *headers: str) -> str:
    lines = [
        f"# The texts of Twinbot{title}. How to translate: docs/translate.md",
        'msgid ""',
        'msgstr ""',
        *(
            rf'"{header}\n"'
            for header in (
                "Project-Id-Version: twinbot",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: 8bit",
                *headers,
            )
        ),
    ]
    return "\n".join(lines) + "\n\n"


def _content(place: Path) -> str:
    return place.read_text(encoding="utf-8") if place.is_file() else ""
