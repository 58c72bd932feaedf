"""What Telegram shows of the bot by itself: what it is, and what stands behind the menu button.

Rules kept here:

* Everybody sees the commands of twins, per language: theirs is the longest list. Who is no twin sees her own in her own
  chat, in the language that she has chosen: as soon as she is in, and anew when she changes it. It goes with her.
* For everybody Telegram takes two-letter languages only. A twin who chose another one (Krio) sees her list in her own
  chat too, until she chooses one of two letters; what the bot is stands there in English.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.commands import COMMANDS
from bot.telegram.menu import Card, Commands, mark
from flows.effects import Lane
from flows.people import PersonId, PersonState, Role
from flows.values import Text
from storage.messages import Message
from storage.outbox import Outgoing

if TYPE_CHECKING:
    from bot.desks import Desk
    from bot.speech import Speech

LETTERS = 2


def cards(speech: Speech) -> dict[str | None, Card]:
    """Language (`None`: everybody else) to what everybody is shown."""

    def card(language: str) -> Card:
        about = (speech.text(Text(f"card.{part}"), language, "UTC") for part in ("description", "short_description"))
        return Card(_commands(speech, Role.TWIN, language), *about)

    others = [language for language in speech.languages if language != "en" and not needs_own(Role.TWIN, language)]
    return {None: card("en")} | {language: card(language) for language in others}


def needs_own(role: Role, language: str) -> bool:
    """Is everybody's list not hers?"""
    return role is not Role.TWIN or len(language) != LETTERS


def mark_of_own(speech: Speech) -> str:
    """Changes when a list that is shown in single chats does, in any language."""
    return mark([_commands(speech, role, language) for role in Role for language in speech.languages])


def _commands(speech: Speech, role: Role, language: str) -> Commands:
    listed = [name for name, command in COMMANDS.items() if role in command.listed]
    return tuple((name, speech.text(Text(f"commands.{name}"), language, "UTC")) for name in listed)


def own(speech: Speech, person: PersonId, chat: int, role: Role, language: str, now: datetime) -> Outgoing:
    """Shows her own commands in her own chat."""
    buttons = tuple(((description, name),) for name, description in _commands(speech, role, language))
    return Outgoing(None, person, chat, Lane.REPLY, Message("menu", buttons=buttons), now)


def changed(speech: Speech, desks: Iterable[Desk], now: datetime) -> list[Outgoing]:
    """What one batch has changed of that."""
    rows = []
    for desk in desks:
        person, before = desk.person, desk.loaded
        if desk.chat is None:
            continue
        had = before.state is not PersonState.JOINING and needs_own(before.role, before.language)
        has = person.state is not PersonState.JOINING and needs_own(person.role, person.language)
        if desk.erased is not None or not has:
            if had:
                by = None if desk.erased is not None else person.id
                rows.append(Outgoing(None, by, desk.chat, Lane.REPLY, Message("menu"), now))
        elif not (had and person.language == before.language):
            rows.append(own(speech, person.id, desk.chat, person.role, person.language, now))
    return rows
