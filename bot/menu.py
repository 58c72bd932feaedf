"""What Telegram shows behind the menu button, per language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import COMMANDS
from flows.effects import Text
from flows.people import Role

if TYPE_CHECKING:
    from bot.speech import Speech


def lines(speech: Speech) -> dict[str | None, list[tuple[str, str]]]:
    """Language (`None`: everybody else) to (command, description), for twins: theirs is the longest list."""
    listed = [name for name, command in COMMANDS.items() if Role.TWIN in command.listed]

    def described(language: str) -> list[tuple[str, str]]:
        return [(name, speech.text(Text(f"commands.{name}"), language, "UTC")) for name in listed]

    others = [language for language in speech.languages if language != "en"]
    return {None: described("en")} | {language: described(language) for language in others}
