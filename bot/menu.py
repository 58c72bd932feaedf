"""What Telegram shows of the bot by itself, per language: the menu of commands, and what the bot is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import COMMANDS
from bot.telegram.menu import Card
from flows.effects import Text
from flows.people import Role

if TYPE_CHECKING:
    from bot.speech import Speech


def cards(speech: Speech) -> dict[str | None, Card]:
    """Language (`None`: everybody else) to what is shown; the commands are those of twins, whose list is the longest.

    Telegram takes two-letter languages only; who has another one sees English.
    """
    listed = [name for name, command in COMMANDS.items() if Role.TWIN in command.listed]

    def card(language: str) -> Card:
        def said(text: str) -> str:
            return speech.text(Text(text), language, "UTC")

        commands = tuple((name, said(f"commands.{name}")) for name in listed)
        return Card(commands, said("card.description"), said("card.short_description"))

    others = [language for language in speech.languages if language != "en" and len(language) == LETTERS]
    return {None: card("en")} | {language: card(language) for language in others}


LETTERS = 2
