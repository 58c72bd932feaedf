"""What Telegram shows of the bot by itself, and the calls that tell it, one for each part and language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Commands = tuple[tuple[str, str], ...]
"""(command, description), in order."""


@dataclass(frozen=True, slots=True)
class Card:
    """In one language: the commands; what stands in an empty chat; the line on the profile."""

    commands: Commands
    description: str
    short_description: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `name` says which part in which language; `mark` changes when what it tells does."""

    method: str
    name: str
    parameters: Mapping[str, Any]

    @property
    def mark(self) -> str:
        return mark(self.parameters)


def mark(told: Any) -> str:
    """Changes when `told`, plain data, does."""
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def calls(cards: Mapping[str | None, Card]) -> Iterator[Call]:
    """The calls by which Telegram knows all of `cards`; it limits them hard, so it is to be told of changes only."""
    for language, card in cards.items():
        commands = [{"command": command, "description": description} for command, description in card.commands]
        for method, field, value in (
            ("setMyCommands", "commands", commands),
            ("setMyDescription", "description", card.description),
            ("setMyShortDescription", "short_description", card.short_description),
        ):
            yield Call(method, f"{method}/{language or ''}", {field: value, "language_code": language})
