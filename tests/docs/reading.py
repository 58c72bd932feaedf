"""The documentation as tests read it: its pages, and what stands in code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
}
"""Every page by its path."""

WRITTEN_BY_HAND = [name for name in PAGES if not name.startswith("docs/reference/") and name != "docs/conversations.md"]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_GENERATED = re.compile(r"<!-- generated: .*?<!-- end of [^>]*-->", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def by_hand(text: str) -> str:
    """A page without its generated blocks."""
    return _GENERATED.sub(" ", text)


def fences(text: str, language: str) -> list[str]:
    """The content of the fenced blocks of one language, in order."""
    return [found[2] for found in _FENCE.finditer(text) if found[1] == language]


def in_code(text: str) -> Iterator[str]:
    """What stands in single backticks, and every line of a block of shell commands."""
    without = _FENCE.sub("", text)
    yield from (found[1] for found in _CODE.finditer(without))
    for block in fences(text, "sh"):
        yield from block.splitlines()


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    words = re.sub(r"[`*_]", "", heading.strip()).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
