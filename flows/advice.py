"""Advice about a file, in the language of whoever sent it.

Rules kept here:

* A check says its advice in English, where it is written, for a terminal. In the chat the same sentence is looked up
  among the phrases of the section `advice` by its English, and said in her language.
* What is nobody's sentence here (a word of a library below) stays as it was said: no advice is ever lost.
* Names, ids and words of a file are values: never translated, never parsed again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from flows.definition import PLACEHOLDER, PhraseDefinition
from flows.errors import Problem
from flows.values import Listed, Text, Value

SECTION: Final = "advice."
OF: Final = "advice.of"
"""A place inside the file, and what is to be done there."""
LINE: Final = "drafts.line"
PROBLEM: Final = "drafts.problem"
LONGEST: Final = 300
"""Characters of one word or list of a file that an advice repeats: more can not be read on a phone."""

_NESTED: Final = frozenset({"advice", "why"})
"""Placeholders in which advice stands, not a word of the file."""

_WHERE = re.compile(r"(\S+) line (\d+)\Z")


class Advice:
    """The sentences of a library."""

    def __init__(self, phrases: Mapping[str, PhraseDefinition]) -> None:
        sentences = {id_: one.text for id_, one in phrases.items() if id_.startswith(SECTION) and one.text is not None}
        # the one that says most by itself first, since a placeholder takes anything; a place before it at last
        order = sorted(sentences, key=lambda id_: (id_ == OF, -len(PLACEHOLDER.sub("", sentences[id_])), id_))
        self._sentences = [(id_, _pattern(sentences[id_])) for id_ in order]

    def id_of(self, advice: str) -> tuple[str, Mapping[str, str]] | None:
        """Which sentence it is, and what stands in its placeholders."""
        for id_, pattern in self._sentences:
            if found := pattern.fullmatch(advice):
                return id_, found.groupdict()
        return None

    def kept(self, advice: str) -> object:
        """It as plain data, for JSON: the words, or an id with its values."""
        found = self.id_of(advice)
        if found is None:
            return _short(advice)
        id_, values = found
        return [id_, {name: self.kept(value) if name in _NESTED else _short(value) for name, value in values.items()}]

    def kept_of(self, problem: Problem) -> object:
        """A problem as plain data: where, and what to do."""
        return [PROBLEM, {"where": _placed(problem.where), "advice": self.kept(problem.advice)}]


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _pattern(sentence: str) -> re.Pattern[str]:
    literals = PLACEHOLDER.split(sentence)
    seen: set[str] = set()
    parts: list[str] = []
    for place, part in enumerate(literals):
        if place % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
            seen.add(part)
    return re.compile("".join(parts), re.DOTALL)


def said(kept: str) -> Value:
    """What was kept as JSON, to be said: one advice, or a line for each of several. Other words stand as they are."""
    try:
        found = json.loads(kept)
    except ValueError:
        return kept
    match found:
        case [[*_], *_]:
            return Listed(tuple(map(_value, found)), "\n")
        case _:
            return _value(found)


def _value(kept: object) -> Value:
    match kept:
        case [str(id_), dict(values)]:
            return Text(id_, {str(name): _value(value) for name, value in values.items()})
        case _:
            return str(kept)


def _placed(where: str) -> object:
    """`our_story.toml line 12`, or a cell of a sheet as it is."""
    found = _WHERE.fullmatch(where)
    return where if found is None else [LINE, {"file": found[1], "line": found[2]}]
