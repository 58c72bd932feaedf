"""The few shapes of Markdown that the generated pages use."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence


def head(title: str, source: str) -> str:
    """The title of a generated page, and where it comes from."""
    return f"# {title}\n\nMade from {source} by `make docs`; change the code, not this page.\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar in a cell is escaped."""
    lines = [_line(columns), "|" + "---|" * len(columns)]
    lines += [_line(row) for row in rows]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def code(words: object) -> str:
    return f"`{words}`"


def codes(words: Iterable[object]) -> str:
    """Several, in their order; a dash for none."""
    return ", ".join(code(word) for word in words) or "–"


def mermaid(lines: Iterable[str]) -> str:
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def summary(thing: object) -> str:
    """The first sentence, or the first paragraph where it has no full stop, of a docstring; empty without one."""
    return first_sentence(inspect.getdoc(thing) or "")


def first_sentence(text: str) -> str:
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    found = re.match(r"(.+?[.:;])(\s|$)", paragraph)
    return (found[1].rstrip(":;") if found else paragraph).strip()


def paragraph(thing: object) -> str:
    """The first paragraph of a docstring in one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
