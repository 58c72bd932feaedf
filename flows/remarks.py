"""The remarks of a flow file: what its author wrote behind #, and what each is about.

Rules kept here:

* A remark at the head of a file with an empty line after it is about the file; another one on a line of its own, about
  what follows it; one behind something, about that.
* Something is a key of the head, a step or a choice. Lines about the same are one remark of several lines.
* No remark is lost: one that is about nothing else is about the step it stands in, or about the file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Anchor = tuple[str, ...]
"""`()` the file, `("expires",)` a key of the head, `("steps", "ask_how")` a step, `("steps", "ask_how", "choices",
"well")` a choice; in the file of shared lists `("helps", "topic")`."""

Remarks = Mapping[Anchor, str]

_PIECE = re.compile(
    r""""{3}(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|\n|[^"'#\n]+""", re.DOTALL
)
"""A string, a remark, a line's end, or anything else."""

_TABLE = re.compile(r"\[\[\s*([A-Za-z0-9_-]+)\s*(\.\s*choices\s*)?\]\]")
_SECTION = re.compile(r"\[\s*([A-Za-z0-9_-]+)\s*\]")
_KEY = re.compile(r"([A-Za-z0-9_-]+)\s*=")

_Place = tuple[str | int, ...]


def remarks_of(text: str) -> dict[Anchor, str]:
    """Every remark of a valid TOML file, by what it is about."""
    if "#" not in text:
        return {}
    data = tomllib.loads(text)
    found: dict[Anchor, list[str]] = {}
    for place, remark in _placed(text):
        found.setdefault(_named(place, data), []).append(remark)
    return {anchor: "\n".join(lines) for anchor, lines in found.items()}


def _lines(text: str) -> Iterator[tuple[str, str | None]]:
    """Line by line what stands there, with strings blanked (so that one of several lines is one), and the remark."""
    line, remark = "", None
    for piece in _PIECE.findall(text):
        if piece == "\n":
            yield line.strip(), remark
            line, remark = "", None
        elif piece[0] == "#":
            remark = piece[1:].strip()
        else:
            line += '""' if piece[0] in "\"'" else piece
    yield line.strip(), remark


def _placed(text: str) -> Iterator[tuple[_Place, str]]:
    waiting: list[str] = []
    walk = _Walk()
    for line, remark in _lines(text):
        if not line:
            waiting += [remark] if remark is not None else []
            if remark is None and walk.is_first:
                yield from (((), one) for one in waiting)
                waiting = []
            continue
        first = walk.pass_over(line)
        yield from ((first, one) for one in waiting)
        waiting = []
        walk.is_first = False
        if remark is not None:
            yield walk.place, remark
    yield from ((walk.place, one) for one in waiting)


def _named(place: _Place, data: Mapping[str, Any]) -> Anchor:
    """The place with ids where it has numbers; the nearest one around it where that is no table with an id."""
    named: list[str] = []
    inside: Any = data
    for part in place:
        if isinstance(part, str):
            if not isinstance(inside, Mapping) or part not in inside:
                return tuple(named)
            inside = inside[part]
            named.append(part)
        else:
            if not isinstance(inside, Sequence) or isinstance(inside, str) or not 0 <= part < len(inside):
                return tuple(named[:-1])
            inside = inside[part]
            if not isinstance(inside, Mapping) or not isinstance(inside.get("id"), str):
                return tuple(named[:-1])
            named.append(inside["id"])
    return tuple(named)


@dataclass(slots=True)
class _Walk:
    """Goes through a file line by line, and knows where it is."""

    place: _Place = ()
    is_first: bool = True
    depth: int = 0
    table: _Place = ()
    is_section: bool = False
    is_choices: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def pass_over(self, line: str) -> _Place:
        """Go past a line. Returns what its first words are about; `place` is then what its last words are about."""
        brackets = line
        if not self.depth:
            if found := _TABLE.match(line):
                self._begin_table(found[1], is_choice=bool(found[2]))
                brackets = ""
            elif found := _SECTION.match(line):
                self.place, self.is_section, brackets = (found[1],), True, ""
            elif found := _KEY.match(line):
                self._begin_key(found[1])
        first = self.place if not self.is_choices else None
        for one in brackets:
            if one in "[{":
                self.depth += 1
                if one == "{" and self.depth == 2 and self.is_choices:
                    self.place = (*self.table, "choices", self._count("in the list"))
                    first = first or self.place
            elif one in "]}":
                self.depth -= 1
                if not self.depth and self.is_choices:
                    self.place, self.is_choices = self.table, False
        return first or self.table

    def _begin_table(self, name: str, *, is_choice: bool) -> None:
        if is_choice:
            self.place = (*self.table, "choices", self._count(f"{name}.choices"))
        else:
            self.counts.pop(f"{name}.choices", None)
            self.place = self.table = (name, self._count(name))
        self.is_section = False

    def _begin_key(self, key: str) -> None:
        if not self.table and not self.is_section:
            self.place = (key,)
        self.is_choices = key == "choices" and bool(self.table)
        if self.is_choices:
            self.counts.pop("in the list", None)

    def _count(self, what: str) -> int:
        self.counts[what] = self.counts.get(what, -1) + 1
        return self.counts[what]
