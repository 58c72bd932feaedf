"""What a button says when it is tapped: `<session>.<step>.<choice>`.

Rules kept here:

* At most 64 bytes, Telegram's limit; a longer one is an author's error and raises.
* Written in one way only: what was not written so was not written by us.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

CALLBACK_DATA_BYTES = 64
"""Bot API, InlineKeyboardButton.callback_data: 1 to 64 bytes."""

_STEP = re.compile(r"[a-z][a-z0-9_]{0,48}")
_WRITTEN = re.compile(r"([1-9][0-9]{0,9})\.([a-z][a-z0-9_]{0,48})\.(0|[1-9][0-9]{0,2})")


def build_data(session: int, step: str, choice: int) -> str:
    """The data of one button. Raises `ValueError` for what could not be read back."""
    return build_all(session, step, (choice,))[0]


def build_all(session: int, step: str, choices: Sequence[int]) -> list[str]:
    """The data of the buttons of one message. Raises as `build_data`."""
    endings, longest = _endings(step, tuple(choices))
    begins = str(session)
    if not 0 < session < 10**10 or len(begins) + longest > CALLBACK_DATA_BYTES:
        raise ValueError(f"No button can name session {session}, step {step!r}.")
    return [begins + ending for ending in endings]


@lru_cache(maxsize=4096)  # the steps of a library are few, the buttons of a batch are many
def _endings(step: str, choices: tuple[int, ...]) -> tuple[tuple[str, ...], int]:
    """What follows the session, and how many bytes that is at most."""
    if not _STEP.fullmatch(step) or not all(0 <= choice < 1000 for choice in choices):
        raise ValueError(f"No button can name step {step!r} and the choices {choices}.")
    endings = tuple(f".{step}.{choice}" for choice in choices)
    return endings, max(map(len, endings), default=0)


def parse_data(data: str) -> tuple[int, str, int] | None:
    """(session, step, choice), or `None` for what this bot never wrote."""
    found = _WRITTEN.fullmatch(data)
    return (int(found[1]), found[2], int(found[3])) if found else None
