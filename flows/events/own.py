"""What a person did herself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Typed:
    """She wrote `text`; `message` is the number of her message in the chat, by which an edit is recognised."""

    text: str
    message: int


@dataclass(frozen=True, slots=True)
class Edited:
    """She changed the message that she had sent before."""

    text: str
    message: int


@dataclass(frozen=True, slots=True)
class Tapped:
    """She tapped a button of her own session `session`, under the question `step`; `choice` counts from 1."""

    session: int
    step: str
    choice: int


@dataclass(frozen=True, slots=True)
class TappedUnknown:
    """She tapped a button that names nothing we know: forged, or older than this bot."""


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """She wrote `/name argument`."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class SentUnreadable:
    """She sent something that is no text: `kind` is voice, photo, sticker, location, …"""

    kind: str


@dataclass(frozen=True, slots=True)
class SentVoice:
    """She sent a voice note of `seconds`; `file` is its name on the platform, `message` the number of her message."""

    file: str
    seconds: int
    message: int


@dataclass(frozen=True, slots=True)
class SentDocument:
    """She sent a file of `size` bytes that she calls `name`; `file` is its name on the platform, `message` the number
    of her message."""

    file: str
    name: str
    size: int
    message: int


@dataclass(frozen=True, slots=True)
class InvitationOpened:
    """She opened an invitation that is hers now: this is her first event."""


@dataclass(frozen=True, slots=True)
class InvitationRefused:
    """She opened an invitation that does nothing for her; `reason` is the end of a text id, `invitation.…`."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChatBlocked:
    """Her chat can not be reached; `reason` is Telegram's, shortened to a word."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChatReturned:
    """She unblocked the bot."""
