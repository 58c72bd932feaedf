"""What reaches a turn, and what a turn answers at once. Plain data, the same for every platform.

Rules kept here:

* An arrival says everything that a turn needs; nothing of Telegram's shapes gets past `bot/telegram/inbound.py`.
* `key` makes a repeat harmless. A timer, a told event and what was set aside have none: their own row is the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.events import Event
from flows.events.own import CommandGiven
from flows.people import PersonId


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event on its way into a turn.

    `telegram_id` is both the person and her private chat. `callback` names a tap that waits for an answer.
    `language` is a hint, never a choice. `start` is the payload of /start ("" for a bare one; the event is then
    `CommandGiven("start", payload)`).
    `told` is the inbox row of an event that somebody told her, or (with a `telegram_id`) of what she sent herself and
    had to wait; `timer` the key of a due moment with its `due_at`,
    and `lapses` the moment after which it is skipped. `again` is the key under which it was set aside before.
    """

    key: str | None
    event: Event
    telegram_id: int | None = None
    person: PersonId | None = None
    callback: str | None = None
    language: str | None = None
    start: str | None = None
    told: int | None = None
    timer: str | None = None
    due_at: datetime | None = None
    lapses: datetime | None = None
    again: str | None = None


def start_of(event: Event) -> str | None:
    """The payload of `event` where it is a /start."""
    return event.argument if isinstance(event, CommandGiven) and event.name == "start" else None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The answer to a tap: `text` is shown at once over the button, `None` only stops its spinner."""

    callback: str
    text: str | None = None
