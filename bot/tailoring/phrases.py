"""The page of texts that stand outside any flow: what its rows say, and how that comes into the library's files.

Rules kept here:

* A counted text has its words in rows `form`, each for the numbers that its first cell names. A language fills in the
  rows of its own forms, and no other.
* A file of phrases is written by hand, with remarks and in an order of its own: other words go in where the old ones
  stand, and nothing else of it changes. What that does not make what was meant is left to whoever edits the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from bot.speech.languages import SOURCE
from bot.tailoring.pages import english_mark
from bot.translations.messages import State
from bot.translations.rows import Row, mark_of
from flows.catalogue import is_phrases
from flows.counting import Counting
from flows.errors import Problem
from flows.layout import quoted

Forms = tuple[str, ...]

PLAIN = ""
"""The label of a text that is not counted."""


@dataclass(slots=True)
class Worded:
    """One text as its rows say it: language to label to its words and the cell they stand in. English has a cell where
    it is empty, too."""

    id: str
    cell: str
    marks: Mapping[str, str]
    said: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        return any(label != PLAIN for words in self.said.values() for label in words)

    def put(self, language: str, label: str, words: str, cell: str) -> None:
        self.said.setdefault(language, {})[label] = (words, cell)

    def english(self, counting: Counting, tell: Callable[[str, str], None]) -> Forms | None:
        """Its English words; `None` where there are none, which is told."""
        wanted = counting.labels if self.is_counted else (PLAIN,)
        found = self._forms(SOURCE, wanted, tell)
        if all(found):
            return found
        said = self.said.get(SOURCE, {})
        empty = (said[label][1] for label in wanted if label in said and not said[label][0])
        tell(next(empty, self.cell), "is empty; write the words")
        return None

    def rows(
        self, english: Forms, counting: Mapping[str, Counting], tell: Callable[[str, str], None]
    ) -> Iterator[tuple[str, Row]]:
        """Its translations by language."""
        for language, said in self.said.items():
            if language == SOURCE:
                continue
            forms = self._forms(language, counting[language].labels if self.is_counted else (PLAIN,), tell)
            if any(forms):
                mark = self.marks.get(language)
                now = State.STALE if mark == mark_of(forms, State.STALE) else State.CURRENT
                cell = next(iter(said.values()))[1]
                yield language, Row(self.id, english, forms, now, remark=None, mark=mark, place=cell)

    def _forms(self, language: str, labels: tuple[str, ...], tell: Callable[[str, str], None]) -> Forms:
        said = self.said.get(language, {})
        for label, (words, cell) in said.items():
            if words and label == PLAIN and labels != (PLAIN,):
                tell(cell, "this text is counted: write its words into the rows form below it")
            elif words and label not in labels:
                tell(cell, f"this language has no form for the numbers {label}: use the rows {'; '.join(labels)}")
        return tuple(said.get(label, ("", ""))[0] for label in labels)


def put(
    words: Mapping[str, Forms],
    cells: Mapping[str, str],
    marks: Mapping[str, str],
    library: Mapping[str, str],
    new: MutableMapping[str, str],
) -> list[Problem]:
    """Put English words by text id into `new`, the files of the library. `cells` and `marks` are those of the page."""
    places = {
        f"{section}.{key}": path
        for path in library
        if is_phrases(path)
        for section, entries in tomllib.loads(library[path]).items()
        for key in entries
    }
    problems: list[Problem] = []
    for id_, forms in words.items():
        path = places.get(id_)
        if path is None:
            problems.append(Problem(cells[id_], "unknown-text", "there is no text with this id"))
            continue
        before = _english(new[path], id_)
        if before == forms:
            continue
        if len(before) != len(forms):
            advice = "whether a text is counted stands in the library: take the rows back as they were"
            problems.append(Problem(cells[id_], "plural-forms", advice))
        elif marks.get(id_) not in {None, english_mark(before)}:
            advice = f"{id_} was changed in the library since this sheet went out: export it anew, change it there"
            problems.append(Problem(cells[id_], "changed-twice", advice))
        elif (text := _with(new[path], id_, forms)) is None:
            advice = f"{id_} is written in {path} in a way that can not be changed from here: change it there by hand"
            problems.append(Problem(cells[id_], "by-hand", advice))
        else:
            new[path] = text
    return problems


def _english(file: str, id_: str) -> Forms:
    section, _, key = id_.partition(".")
    match tomllib.loads(file)[section][key]:
        case str(text) | {"text": str(text)}:
            return (text,)
        case {"one": str(one), "other": str(other)}:
            return (one, other)
    raise AssertionError(id_)  # the grammar of phrases allows nothing else


def _with(file: str, id_: str, forms: Forms) -> str | None:
    """The file with other words for one text; `None` where they can not be put in the place of the old ones."""
    section, _, key = id_.partition(".")
    wanted = tomllib.loads(file)
    entry = wanted[section][key]
    keys = ("text",) if len(forms) == 1 else ("one", "other")
    for name, words in zip(keys, forms, strict=True):
        old = entry if isinstance(entry, str) else entry[name]
        if old == words:
            continue
        if isinstance(entry, str):
            wanted[section][key] = words
        else:
            entry[name] = words
        replaced = next((one for one in _replaced(file, old, words) if _reads(one) == wanted), None)
        if replaced is None:
            return None
        file = replaced
    return file


def _replaced(file: str, old: str, words: str) -> Iterator[str]:
    """The file with `words` in the place of `old`, for every place where that stands."""
    for literal in dict.fromkeys((quoted(old, on_one_line=True), quoted(old))):
        at = file.find(literal)
        while at >= 0:
            for new in dict.fromkeys((quoted(words), quoted(words, on_one_line=True))):
                yield file[:at] + new + file[at + len(literal) :]
            at = file.find(literal, at + 1)


def _reads(file: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(file)
    except tomllib.TOMLDecodeError:
        return None
