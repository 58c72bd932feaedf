"""The block of docs/deploy/botfather.md: what Telegram shows of the bot by itself, in each language."""

from __future__ import annotations

from bot import menu
from bot.library import packaged_catalogue
from bot.reference.markdown import table
from bot.speech import SOURCE, Speech


def block() -> str:
    """A table a language: the line on the profile, and what an empty chat says."""
    speech = Speech(packaged_catalogue())
    rows = [
        (speech.name(language or SOURCE), card.short_description, card.description.replace("\n\n", "<br>"))
        for language, card in menu.cards(speech).items()
    ]
    return table(("language", "line on the profile", "in an empty chat"), rows)
