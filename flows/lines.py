"""On which line of a file something stands. A good guess for people: TOML keeps no places.

Rules kept here:

* What is not found stands on the line of what is around it, at last on the first one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Place = Sequence[str | int]
"""Keys, and numbers in a list from 0: `("steps", 2, "choices", 0, "text")`."""

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_ID = re.compile(r"""\bid\s*=\s*["']([^"']*)["']""")


def line_of(text: str, place: Place) -> int:
    """The line, from 1, of `place` in the TOML file `text`."""
    lines = text.splitlines()
    first, last = 0, len(lines)
    found = 0
    rest = list(place)
    while rest:
        key, number = str(rest.pop(0)), rest[0] if rest else None
        if isinstance(number, int):
            rest.pop(0)
            spot = _nth(lines, key, number, first, last)
        else:
            spot = _key(lines, key, first, last)
        if spot is None:
            break
        found, (first, last) = spot[0], spot
    return found + 1


def line_of_id(text: str, ids: Sequence[str]) -> int:
    """The line of the step, or of the choice of a step, with these ids: `("ask_how", "well")`."""
    found, lines = 0, text.splitlines()
    for one in ids:
        spot = next((n for n in range(found, len(lines)) if one in _ID.findall(lines[n])), None)
        if spot is None:
            spot = next((n for n in range(found, len(lines)) if re.match(rf"\s*{re.escape(one)}\s*=", lines[n])), None)
        if spot is None:
            break
        found = spot
    return found + 1


def line_of_text(text: str, id_: str, language: str) -> int:
    """The line of the words of `id_` in `language`, in a file of texts: a table each, or one of a language with words
    by number, by whatever way of writing it."""
    lines = text.splitlines()
    tables = {re.sub(r"[\s\"']", "", found[1]): n for n, line in enumerate(lines) if (found := _TABLE.match(line))}
    if (own := tables.get(f"{id_}.{language}")) is not None:
        return own + 1
    if (table := tables.get(id_)) is None:
        return 1
    inside = _key(lines, language, table + 1, _end(lines, table + 1, len(lines)))
    return (table if inside is None else inside[0]) + 1


def _nth(lines: Sequence[str], key: str, number: int, first: int, last: int) -> tuple[int, int] | None:
    """The lines of the `number`th table, or item of a list, called `key`."""
    heads = [n for n in range(first, last) if (found := _TABLE.match(lines[n])) and found[1].split(".")[-1] == key]
    if heads:
        own = [n for n in heads if lines[n].lstrip().startswith("[[")]
        if number < len(own):
            end = own[number + 1] if number + 1 < len(own) else last
            return own[number], end
        return None
    begins = _key(lines, key, first, last)
    if begins is None:
        return None
    ids = [n for n in range(begins[0], last) for _ in _ID.findall(lines[n])]
    return (ids[number], ids[number] + 1) if number < len(ids) else begins


def _key(lines: Sequence[str], key: str, first: int, last: int) -> tuple[int, int] | None:
    for number in range(first, last):
        table = _TABLE.match(lines[number])
        if table and re.sub(r"[\s\"']", "", table[1]) == key:
            return number, _end(lines, number + 1, last)
        if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", lines[number]):
            return number, last
    return None


def _end(lines: Sequence[str], first: int, last: int) -> int:
    return next((n for n in range(first, last) if _TABLE.match(lines[n])), last)
