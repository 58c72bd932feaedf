"""How a cell says what is no text of a flow: names, lists of names, yes and no, several settings.

Rules kept here:

* A plain name stands as it is; any other stands in quotes, as JSON has it, so that a cell can say every one.
* Several settings stand in one cell, one on a line: `key = value`.
* A list that is there and empty is a dash: an empty cell says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

EMPTY = "-"
YES, NO = "yes", "no"

YES_OR_NO = frozenset({"one_line", "aside", "many", "skip", "guard", "voice", "no_translate"})
OR_A_NUMBER = frozenset({"many"})
LISTS = frozenset({"facts", "given", "record"})
"""Settings that are no plain name. `record` is a list on a choice only."""

_PLAIN = re.compile(r"[A-Za-z0-9_.]+\Z")
_NAME = re.compile(r'\s*(?:([A-Za-z0-9_.]+)|("(?:[^"\\]|\\.)*"))\s*(,|\Z)')


class Unclear(ValueError):
    """A cell that does not say what it has to. Its text is what to do."""


def name_written(name: str) -> str:
    return name if _PLAIN.match(name) else json.dumps(name, ensure_ascii=False)


def name_read(cell: str) -> str:
    names = names_read(cell)
    if len(names) != 1:
        raise Unclear(f"“{cell.strip()}” is no name: write one, of letters, digits, _ and .")
    return names[0]


def names_written(names: Sequence[str]) -> str:
    return ", ".join(map(name_written, names)) or EMPTY


def names_read(cell: str) -> list[str]:
    if cell.strip() == EMPTY:
        return []
    names: list[str] = []
    place = 0
    while place < len(cell):
        found = _NAME.match(cell, place)
        if found is None:
            raise Unclear(f"“{cell.strip()}” is no list of names: write them with commas between, as in a, b")
        names.append(found[1] or _unquoted(found[2]))
        place = found.end()
    return names


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except json.JSONDecodeError as error:
        raise Unclear(f"{quoted} is not quoted rightly: take the quotes and backslashes out") from error


def settings_written(settings: Mapping[str, Any]) -> str:
    return "\n".join(f"{key} = {value_written(value)}" for key, value in settings.items())


def settings_read(cell: str, allowed: Sequence[str]) -> dict[str, Any]:
    """The settings of a cell. `allowed` are the keys that may stand in it."""
    found: dict[str, Any] = {}
    for line in cell.split("\n"):
        key, sign, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not sign or key not in allowed:
            known = ", ".join(allowed) or "nothing"
            raise Unclear(f"“{line.strip()}” is no setting here: write one on a line, as in key = value, of {known}")
        if key in found:
            raise Unclear(f"{key} stands here twice: take one out")
        found[key] = value_read(key, value)
    return found


def value_written(value: Any) -> str:
    match value:
        case bool():
            return YES if value else NO
        case int():
            return str(value)
        case str():
            return name_written(value)
        case _:
            return names_written(list(value))


def value_read(key: str, cell: str) -> Any:
    word = cell.strip()
    if key in OR_A_NUMBER and word.isdecimal():
        return int(word)
    if key in YES_OR_NO:
        if word.lower() not in {YES, NO}:
            raise Unclear(f"{key} is “{word}”: write yes or no")
        return word.lower() == YES
    if key == "values" and word == EMPTY:
        return {}
    return names_read(cell) if key in LISTS else name_read(cell)
