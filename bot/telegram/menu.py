"""The bot's menu of commands, one list a language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.telegram.transport import TelegramBot

Menu = Mapping[str | None, Sequence[tuple[str, str]]]
"""(command, description) in order, by two-letter language; `None` is for everyone else."""


def fingerprint(menu: Menu) -> str:
    """Changes when the menu does: Telegram limits setMyCommands hard, so it is told of changes only."""
    told = sorted((language or "", [list(line) for line in lines]) for language, lines in menu.items())
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


async def publish(bot: TelegramBot, menu: Menu) -> None:
    """Tell Telegram the whole menu. Raises PTB's `TelegramError`."""
    for language, lines in menu.items():
        commands = [{"command": command, "description": description} for command, description in lines]
        await bot.call("setMyCommands", commands=commands, language_code=language)
