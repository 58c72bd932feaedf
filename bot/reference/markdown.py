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


def first_sentence(text: str) -> str:
    """The first sentence of a docstring; its first paragraph where no sentence ends."""
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    found = re.match(r"(.+?[.:;])(\s|$)", paragraph)
    return (found[1].rstrip(":;") if found else paragraph).strip()


def paragraph(thing: object) -> str:
    """The first paragraph of a docstring in one line; empty for the one that a dataclass makes of its fields."""
    words = inspect.getdoc(thing) or ""
    made_up = words.startswith(f"{getattr(thing, '__name__', '')}(")
    return "" if made_up else " ".join(words.split("\n\n")[0].split())
