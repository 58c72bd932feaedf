"""What a button says when it is tapped: `<session>.<step>.<choice>`.

Rules kept here:

* At most 64 bytes, Telegram's limit; a longer one is an author's error and raises.
* Written in one way only: what was not written so was not written by us.
"""

from __future__ import annotations

import re

CALLBACK_DATA_BYTES = 64
"""Bot API, InlineKeyboardButton.callback_data: 1 to 64 bytes."""

_WRITTEN = re.compile(r"([1-9][0-9]{0,9})\.([a-z][a-z0-9_]{0,48})\.(0|[1-9][0-9]?)")


def build_data(session: int, step: str, choice: int) -> str:
    """The data of one button. Raises `ValueError` for what could not be read back."""
    data = f"{session}.{step}.{choice}"
    if len(data.encode()) > CALLBACK_DATA_BYTES or _WRITTEN.fullmatch(data) is None:
        raise ValueError(f"No button can name session {session}, step {step!r}, choice {choice}.")
    return data


def parse_data(data: str) -> tuple[int, str, int] | None:
    """(session, step, choice), or `None` for what this bot never wrote."""
    found = _WRITTEN.fullmatch(data)
    return (int(found[1]), found[2], int(found[3])) if found else None
