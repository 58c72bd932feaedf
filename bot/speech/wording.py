"""One wording, parsed once, and the isolates that keep foreign words from turning a sentence around.

Rules kept here:

* A placeholder is `{name}`; every other brace is a plain character. Values are put in as they are and never parsed
  again, so a person may be called `{twin}`.
* In a right-to-left language every inserted word of people stands in isolates (FSI … PDI); in a left-to-right one
  only words that could turn the line around.
* In a right-to-left language a command does too, or its slash would be shown at its wrong end. Telegram still sees
  the command, since no letter and no digit stands before it.
* Words pass unharmed: nothing is cut out of them, not even stray directional controls; more isolates balance them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from flows.definition import PLACEHOLDER

FSI, PDI = "\u2068", "\u2069"
_OPENERS = frozenset("\u2066\u2067\u2068")
_TURNING = frozenset({"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"})
"""Bidirectional classes that can reorder what stands beside them."""

_COMMAND = re.compile(r"(?<![\w/}])/(?:[a-z_]+|\{[a-z0-9_]+\})")


@dataclass(frozen=True, slots=True)
class Wording:
    """Text between placeholders (`literals`, one more than names) and the names of what goes between."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Wording:
        parts = PLACEHOLDER.split(text)
        return cls(tuple(parts[0::2]), tuple(parts[1::2]))


def isolate(words: str, *, always: bool) -> str:
    """`words` in isolates where needed; `always` in right-to-left languages.

    A line at a time, since a line break ends every isolate (UAX #9, P1).
    """
    if not always and (words.isascii() or not any(unicodedata.bidirectional(c) in _TURNING for c in words)):
        return words
    if "\n" in words:
        return "\n".join(_isolate_line(line) if line else line for line in words.split("\n"))
    return _isolate_line(words)


def isolate_commands(text: str) -> str:
    """A wording of a right-to-left language with its commands in isolates."""
    return _COMMAND.sub(lambda found: f"{FSI}{found[0]}{PDI}", text)


def _isolate_line(words: str) -> str:
    opened, unopened = isolate_balance(words)
    return FSI * (1 + unopened) + words + PDI * (1 + opened)


def isolate_balance(words: str) -> tuple[int, int]:
    """How many isolates are left open, and how many ends have no beginning."""
    opened = unopened = 0
    for character in words:
        if character in _OPENERS:
            opened += 1
        elif character == PDI:
            if opened:
                opened -= 1
            else:
                unopened += 1
    return opened, unopened


def embedding_balance(words: str) -> tuple[int, int]:
    """The same for the older embeddings and overrides (LRE, RLE, LRO, RLO … PDF)."""
    opened = unopened = 0
    for character in words:
        if character in "\u202a\u202b\u202d\u202e":
            opened += 1
        elif character == "\u202c":
            if opened:
                opened -= 1
            else:
                unopened += 1
    return opened, unopened
