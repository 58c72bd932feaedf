"""What became of one call, as a value. The one place where python-telegram-bot's errors are told apart.

Rules kept here:

* `BadRequest` is a `NetworkError` in PTB: it is looked at first.
* A reason is a word or a slug, never Telegram's sentence whole: that may quote someone's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.telegram.errors import Flooded, NotSent, ServerTrouble


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram did it. `message_id` is `None` where nothing new was sent (a mark, or no change needed). `moved_to` is
    the chat's new number, where it turned out to have one."""

    message_id: int | None = None
    moved_to: int | None = None


@dataclass(frozen=True, slots=True)
class RetryAfter:
    seconds: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The chat can not be written to: blocked, deactivated, never_started or not_found."""

    reason: str


@dataclass(frozen=True, slots=True)
class Transient:
    """Try again later. With `unknown` Telegram may have done it all the same."""

    reason: str
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram will never do this."""

    reason: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """The chat has another number now: to be tried there, once."""

    chat: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The message to be changed is gone, or too old for that: nothing is left to do."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Telegram could not read the entities: to be sent as plain text, once."""


TOKEN_REFUSED: Final = "token_refused"  # noqa: S105 - a word of ours
"""Nothing is wrong with the message, and nothing can be sent any more."""

Outcome = Sent | RetryAfter | Unreachable | Transient | Refused
Answer = Outcome | Migrated | Gone | Unparsable

RESULTS: Final[Mapping[type[Outcome | Gone], str]] = {
    Sent: "sent",
    RetryAfter: "retry_after",
    Unreachable: "unreachable",
    Transient: "transient",
    Refused: "refused",
    Gone: "gone",
}
"""What a call came to, in the word by which it is counted."""

# Part of Telegram's sentence, in small letters -> what it means. First match counts.
_BAD_REQUESTS: Final[tuple[tuple[str, Answer], ...]] = (
    ("message is not modified", Sent()),
    ("message to edit not found", Gone("edit_not_found")),
    ("message can't be edited", Gone("edit_too_late")),
    ("message to delete not found", Gone("delete_not_found")),
    ("message can't be deleted", Gone("delete_too_late")),
    ("message_id_invalid", Gone("edit_not_found")),
    ("can't parse entities", Unparsable()),
    ("chat not found", Unreachable("not_found")),
    ("peer_id_invalid", Unreachable("not_found")),
    ("user not found", Unreachable("not_found")),
    ("chat_write_forbidden", Unreachable("blocked")),
)
_FORBIDDEN: Final[tuple[tuple[str, Answer], ...]] = (
    ("blocked by the user", Unreachable("blocked")),
    ("deactivated", Unreachable("deactivated")),
    ("can't initiate", Unreachable("never_started")),
)
_SLUG_CHARACTERS = 48


def answer_of(error: TelegramError) -> Answer:
    """What `error` means for the one call that raised it."""
    match error:
        case Flooded():
            return RetryAfter(error.seconds)
        case ChatMigrated():
            return Migrated(error.new_chat_id)
        case BadRequest():
            return _first(_BAD_REQUESTS, error.message) or Refused(slug(error.message))
        case Forbidden():
            return _first(_FORBIDDEN, error.message) or Unreachable("forbidden")
        case InvalidToken():
            return Transient(TOKEN_REFUSED)
        case Conflict():
            return Transient("conflict")
        case ServerTrouble():
            return Transient(error.message)
        case NotSent():
            return Transient("not_connected")
        case NetworkError():
            return Transient("no_answer", unknown=True)
        case _:
            return Transient("unreadable_answer", unknown=True)


def _first(table: tuple[tuple[str, Answer], ...], message: str) -> Answer | None:
    message = message.lower()
    return next((answer for part, answer in table if part in message), None)


def slug(message: str) -> str:
    """The words of Telegram's sentence up to the first quotation or colon after "Bad Request:"."""
    plain = re.sub(r"^(bad request: *)?(bad webhook: *)?", "", message.lower())
    plain = re.split(r"[\"“:]| '", plain, maxsplit=1)[0]
    return re.sub(r"[^a-z0-9_]+", "_", plain).strip("_")[:_SLUG_CHARACTERS] or "bad_request"
