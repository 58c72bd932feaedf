"""What Telegram delivered, as an arrival. A parser of our own: a tenth of the time of building PTB's objects.

Rules kept here:

* Nothing that is delivered can raise: what is not understood is `None`, and a log line with the update's id.
* Private chats only. What happens in a group, a channel or inline is nobody's answer.
* Control characters, lone surrogates and bidirectional overrides are stripped here, at the edge, so that one NUL
  can not fail a whole commit and no name can turn the text around it.
* An invitation link that was pasted or forwarded as a text is the /start that it stands for: not every phone opens it.
* A forged or strange button is a `TappedUnknown`: it gets an answer and has no effect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import structlog

from bot.arrivals import Arrival, start_of
from bot.callback_data import parse_data
from flows.events import Event
from flows.events.own import (
    ChatBlocked,
    ChatReturned,
    CommandGiven,
    Edited,
    SentDocument,
    SentUnreadable,
    SentVoice,
    Tapped,
    TappedUnknown,
    Typed,
)

TEXT_CHARACTERS: Final = 4096
"""Bot API, Message.text: 0 to 4096 characters. Only a forged update has more."""

NAME_CHARACTERS: Final = 255
"""Of a file's name; no system knows longer ones."""

START_CHARACTERS: Final = 64
"""Bot API, deep links: a payload of at most 64 characters."""

HIGHEST_TELEGRAM_ID: Final = 2**52
"""Bot API, User.id: at most 52 significant bits."""

HIGHEST_NUMBER: Final = 2**63 - 1
"""What a BIGINT holds."""

ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")
"""my_chat_member has to be asked for: it tells of blocking and return."""

LONGEST_VOICE: Final = 24 * 3600
"""Seconds; what says more is forged."""

# venue before location and animation before document: Telegram sends both for old clients' sake.
KINDS: Final = (
    "voice", "photo", "sticker", "video_note", "video", "animation", "audio", "document", "venue", "location",
    "contact", "poll", "dice", "story", "game", "checklist", "paid_media",
)  # fmt: skip

# C0 but tab and newline, DEL and C1, overrides and isolates, surrogates, noncharacters at the end of the plane.
# Left-to-right and right-to-left marks (200E, 200F) stay: keyboards type them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:@[A-Za-z0-9_]+)?(?:\s+(.*))?", re.DOTALL)
_FILE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LINK = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/\w+/?\?start=|tg://resolve/?\?domain=\w+&start=)([\w-]{1,64})",
    re.ASCII | re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}")

_log = structlog.get_logger(__name__)


def arrival(update: object) -> Arrival | None:
    """The arrival that `update` (decoded JSON) is, or `None` where it is nothing for us. Never raises."""
    try:
        found = _arrival(update)
    except Exception as failure:  # one strange update must not stop the others
        _log.warning("update_not_understood", update=update_id(update), error=type(failure).__name__)
        return None
    if found is None:
        _log.info("update_ignored", update=update_id(update))
    return found


def update_id(update: object) -> int | None:
    """The number by which Telegram is told that the update has arrived; `None` where there is no sane one."""
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if type(found) is int and 0 <= found < HIGHEST_NUMBER else None


def cleaned(text: str, limit: int = TEXT_CHARACTERS) -> str:
    """`text` without what has no business in anyone's words, cut to `limit` characters."""
    if text.isprintable() and len(text) <= limit and text.isascii():
        return text
    return _UNWANTED.sub("", text)[:limit]


def _arrival(update: object) -> Arrival | None:
    number = update_id(update)
    if number is None or not isinstance(update, dict):
        return None
    callback = start = None
    event: Event | None
    if type(message := update.get("message")) is dict:
        sender = _private(message)
        event = None if sender is None else _message(message)
        start = None if event is None else start_of(event)
    elif type(query := update.get("callback_query")) is dict:
        callback = query.get("id")
        sender = _private(query.get("message"), query)
        if type(callback) is not str or not 0 < len(callback) <= 64 or not callback.isascii():
            return None
        event = _tap(query.get("data"))
    elif type(message := update.get("edited_message")) is dict:
        sender = _private(message)
        event = _edited(message)
    elif type(member := update.get("my_chat_member")) is dict:
        sender = _private(member)
        event = _membership(member)
    else:
        return None
    if sender is None or event is None:
        return None
    return Arrival(
        key=f"tg/{number}",
        event=event,
        telegram_id=sender["id"],
        callback=callback,
        language=_language(sender.get("language_code")),
        start=start,
    )


def _private(message: object, origin: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """The sender, when this happened in the private chat of a person with the bot."""
    if not isinstance(message, dict):
        return None
    chat, sender = message.get("chat"), (message if origin is None else origin).get("from")
    if type(chat) is not dict or type(sender) is not dict or chat.get("type") != "private":
        return None
    number = sender.get("id")
    if type(number) is not int or not 0 < number < HIGHEST_TELEGRAM_ID or chat.get("id") != number:
        return None
    return None if sender.get("is_bot") else sender


def _message(message: Mapping[str, Any]) -> Event | None:
    text = message.get("text")
    if type(text) is not str:
        if (file := _voice(message) or _document(message)) is not None:
            return file
        return next((SentUnreadable(kind) for kind in KINDS if kind in message), None)
    text = cleaned(text)
    if text.startswith("/") and (found := _COMMAND.fullmatch(text)):
        name, argument = found[1].lower(), (found[2] or "").strip()
        # Forwarded with the rest of a letter, the payload is the first word.
        return CommandGiven(name, argument.split()[0][:START_CHARACTERS] if name == "start" and argument else argument)
    if found := _LINK.search(text):
        return CommandGiven("start", found[1])
    if not text.strip():
        return SentUnreadable("empty")
    number = _number(message.get("message_id"))
    return None if number is None else Typed(text, number)


def _voice(message: Mapping[str, Any]) -> SentVoice | None:
    voice, number = message.get("voice"), _number(message.get("message_id"))
    if type(voice) is not dict or number is None:
        return None
    file, seconds = voice.get("file_id"), voice.get("duration")
    if type(file) is not str or not _FILE.fullmatch(file) or type(seconds) is not int:
        return None
    return SentVoice(file, min(max(seconds, 0), LONGEST_VOICE), number)


def _document(message: Mapping[str, Any]) -> SentDocument | None:
    """A file; its name is what its sender calls it, and nothing else."""
    document, number = message.get("document"), _number(message.get("message_id"))
    if type(document) is not dict or "animation" in message or number is None:
        return None
    file, size, name = document.get("file_id"), document.get("file_size"), document.get("file_name")
    if type(file) is not str or not _FILE.fullmatch(file):
        return None
    called = cleaned(name, NAME_CHARACTERS) if type(name) is str else ""
    return SentDocument(file, called.replace("\n", " "), size if type(size) is int and size >= 0 else 0, number)


def _edited(message: Mapping[str, Any]) -> Event | None:
    """Only a text can be corrected: a moving live location is an edited message too."""
    text, number = message.get("text"), _number(message.get("message_id"))
    if type(text) is not str or number is None:
        return None
    text = cleaned(text)
    return Edited(text, number) if text.strip() else None


def _tap(data: object) -> Event:
    found = parse_data(data) if type(data) is str else None
    return Tapped(*found) if found else TappedUnknown()


def _membership(member: Mapping[str, Any]) -> Event | None:
    match member.get("new_chat_member"):
        case {"status": "kicked"}:
            return ChatBlocked("blocked")
        case {"status": "member"}:
            return ChatReturned()
    return None


def _number(found: object) -> int | None:
    return found if type(found) is int and 0 < found <= HIGHEST_NUMBER else None


def _language(found: object) -> str | None:
    return found.lower() if type(found) is str and _LANGUAGE.fullmatch(found) else None
