"""Reading what a bot sent: the same values come as JSON, as a urlencoded form or as a multipart form.

Rules kept here:

* Numbers and yes/no may come as text, nested objects as JSON in a text: all three ways read the same.
* What is no number, list or object where one is due is refused, never guessed and never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.refusals import Refused, Why

# Control characters that Telegram turns into spaces; tab and newline stay, carriage return goes.
_CONTROLS = {code: " " for code in range(32) if code not in (9, 10, 13)} | {13: None}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart form."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """One call's parameters. `values` as they came, `uploads` by field name."""

    values: Mapping[str, Any] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A text; numbers are taken as text too. Raises `Refused` for objects and lists."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return None if value is None else str(value).lower()
        if isinstance(value, str):
            return value.translate(_CONTROLS).encode("utf-8", "replace").decode()
        if isinstance(value, int | float):
            return str(value)
        raise Refused(Why.UNREADABLE_REQUEST, {"detail": f'field "{name}" must be of type String'})

    def number(self, name: str) -> int | None:
        """A whole number, or `None` where none was given or it is not one (Telegram reads rubbish as nothing)."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        if isinstance(value, str) and len(value) > 20:
            return None
        try:
            return int(value)
        except ValueError:
            return None

    def yes(self, name: str) -> bool:
        value = self.values.get(name)
        if isinstance(value, str):
            return value.strip().lower() in ("true", "yes", "1")
        return value is True or (isinstance(value, int) and value == 1)

    def structure(self, name: str) -> Any:
        """A nested value: as it came in JSON, or parsed from a JSON text; `None` when absent.

        Raises `ValueError` for a text that is not JSON; the caller knows which refusal that is.
        """
        value = self.values.get(name)
        if isinstance(value, str):
            if not value.strip():
                return None
            try:
                return json.loads(value)
            except RecursionError:
                raise ValueError("nested too deeply") from None
        return value

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None or name in self.uploads
