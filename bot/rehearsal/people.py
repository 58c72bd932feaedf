"""What a person does on her phone, and what the bot hears of it.

Rules kept here:

* What a real phone would not let her do raises `RoomError` with a sentence for her.
* Who blocked the bot is silent until she unblocks it; who was deactivated is silent for good.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.rehearsal import telling
from bot.rehearsal.entities import commands_in
from bot.rehearsal.errors import RoomError
from bot.rehearsal.phones import Phone, PhoneMessage, weight
from bot.rehearsal.refusals import Refused, Why
from bot.rehearsal.sending import TEXT, about_file
from bot.rehearsal.state import Query, Room, StoredFile
from bot.rehearsal.voices import voice_note

EDITABLE = 48 * 3600.0
PHONES = 1_000
FILE_NAME = 255
"""No system knows longer names of files."""
START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PHOTO = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def add_phone(room: Room, chat: Any, name: Any, language: Any = None, caption: Any = "", zone: Any = "UTC") -> Phone:
    """A new phone whose owner has not written to the bot yet. A known chat keeps its phone and takes the new names."""
    if isinstance(chat, bool) or not isinstance(chat, int) or chat == 0 or abs(chat) >= 2**52:
        raise RoomError("A phone needs a chat: a whole number that is not 0.")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 64:
        raise RoomError("A phone needs its person's name: 1 to 64 characters.")
    if language is not None and (not isinstance(language, str) or not _LANGUAGE.fullmatch(language)):
        raise RoomError("A language is a code like en, pt-br or ar.")
    if not isinstance(caption, str) or len(caption) > 100:
        raise RoomError("A caption has at most 100 characters.")
    if not _is_zone(zone):
        raise RoomError("A time zone has a name like Europe/Amsterdam or Africa/Freetown.")
    if chat not in room.phones and len(room.phones) >= PHONES:
        raise RoomError(f"The room holds {PHONES} phones.", 409)
    phone = room.phones.setdefault(chat, Phone(chat, name.strip()))
    phone.name, phone.language, phone.caption, phone.zone = name.strip(), language, caption, zone
    room.changed("phone", chat)
    return phone


def write(room: Room, chat: int, text: Any, now: float) -> PhoneMessage:
    """She writes `text`; a command is a text too."""
    phone = _able(room, chat)
    words = _words(text)
    sent = PhoneMessage(room.next_message(), "person", words, now, entities=commands_in(words))
    _put(room, phone, sent, now)
    return sent


def open_link(room: Room, chat: int, payload: Any, now: float) -> PhoneMessage:
    """She opens the link t.me/bot?start=`payload`. Raises `Refused` for a payload that Telegram does not pass on."""
    if not isinstance(payload, str) or not START_PAYLOAD.fullmatch(payload):
        raise Refused(Why.START_PAYLOAD)
    return write(room, chat, f"/start {payload}", now)


def edit(room: Room, chat: int, message: int, text: Any, now: float) -> PhoneMessage:
    """She changes what she wrote."""
    phone = _able(room, chat)
    words = _words(text)
    shown = phone.messages.get(message)
    if shown is None or shown.sender != "person" or shown.file is not None:
        raise RoomError("Only a text that was written on this phone can be edited.", 404)
    if now - shown.at > EDITABLE:
        raise RoomError("A message can be edited for 48 hours.", 409)
    shown.text, shown.entities, shown.edited, shown.reworded = words, commands_in(words), now, now
    phone.traffic.bytes_out += weight(words)
    room.emit("edited_message", chat, telling.message(room, phone, shown), now)
    room.changed("phone", chat)
    return shown


def tap(room: Room, chat: int, message: int, place: tuple[int, int], now: float) -> Query:
    """She taps the inline button at `place`: row and column, from 0."""
    row, column = place
    phone = _able(room, chat)
    shown = phone.messages.get(message)
    rows = shown.buttons if shown else ()
    if not (0 <= row < len(rows) and 0 <= column < len(rows[row])):
        raise RoomError("There is no such button.", 404)
    button = rows[row][column]
    if button.data is None:
        raise RoomError("This button opens an address; the bot does not hear of it.", 409)
    return tap_data(room, chat, message, button.data, now)


def tap_label(room: Room, chat: int, label: str, now: float) -> Query:
    """She taps the latest button that is labelled `label`."""
    phone = _able(room, chat)
    for shown in reversed(phone.messages.values()):
        for row in shown.buttons:
            for button in row:
                if button.text == label and button.data is not None:
                    return tap_data(room, chat, shown.id, button.data, now)
    raise RoomError(f"There is no button {label[:64]!r} on this phone.", 404)


def tap_data(room: Room, chat: int, message: int, data: Any, now: float) -> Query:
    """She taps a button that carries `data` under `message`, be it still there or not: two taps can race an edit."""
    phone = _able(room, chat)
    shown = phone.messages.get(message)
    if shown is None or shown.sender != "bot":
        raise RoomError("There is no such message of the bot.", 404)
    if not isinstance(data, str) or not 1 <= len(data.encode("utf-8", "replace")) <= 64:
        raise RoomError("A button's data has 1 to 64 bytes.")
    query = room.ask_query(chat, message, now)
    phone.traffic.taps += 1
    shown.toast = None
    body = {
        "id": query.id,
        "from": telling.person(phone),
        "message": telling.message(room, phone, shown),
        "chat_instance": str(chat),
        "data": data,
    }
    room.emit("callback_query", chat, body, now)
    room.changed("phone", chat)
    return query


def send_voice(room: Room, chat: int, now: float) -> PhoneMessage:
    """She records a voice note (a few seconds of silence)."""
    return _put_file(room, chat, room.new_file("voice", "voice.ogg", "audio/ogg", voice_note()), now)


def send_photo(room: Room, chat: int, now: float) -> PhoneMessage:
    """She sends a photo (a placeholder of one pixel)."""
    return _put_file(room, chat, room.new_file("photo", "photo.png", "image/png", _PHOTO), now)


def send_document(room: Room, chat: int, name: Any, content: bytes, now: float) -> PhoneMessage:
    """She sends a file of her own, under whatever name."""
    if not isinstance(name, str) or not 1 <= len(name) <= FILE_NAME:
        raise RoomError(f"A file has a name of 1 to {FILE_NAME} characters.")
    if not content:
        raise RoomError("Telegram takes no empty file.")
    return _put_file(room, chat, room.new_file("document", name, "application/octet-stream", content), now)


def block(room: Room, chat: int, now: float) -> None:
    """She blocks the bot. Doing it twice changes nothing."""
    _set_blocked(room, chat, True, now)


def unblock(room: Room, chat: int, now: float) -> None:
    _set_blocked(room, chat, False, now)


def deactivate(room: Room, chat: int) -> None:
    """Her account is gone. The bot is not told; it learns by a 403."""
    _phone(room, chat).deactivated = True
    room.changed("phone", chat)


def _is_zone(zone: Any) -> bool:
    try:
        return isinstance(zone, str) and bool(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, a folder, a name of nothing
        return False


def _phone(room: Room, chat: int) -> Phone:
    phone = room.phones.get(chat)
    if phone is None:
        raise RoomError(f"There is no phone with chat {chat}.", 404)
    return phone


def _able(room: Room, chat: int) -> Phone:
    phone = _phone(room, chat)
    if phone.deactivated:
        raise RoomError("This account was deactivated.", 409)
    if phone.blocked:
        raise RoomError("This phone has blocked the bot; unblock it first.", 409)
    return phone


def _words(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise RoomError("A message needs a text.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RoomError("A message must be valid Unicode.") from None
    if len(text.strip()) > TEXT:
        raise RoomError(f"A message has at most {TEXT} characters.")
    return text.strip()


def _put(room: Room, phone: Phone, sent: PhoneMessage, now: float) -> None:
    phone.started = True
    phone.keep(sent)
    phone.traffic.messages_out += 1
    phone.traffic.bytes_out += weight(sent.text)
    room.emit("message", phone.chat, telling.message(room, phone, sent), now)
    room.changed("phone", phone.chat)


def _put_file(room: Room, chat: int, stored: StoredFile, now: float) -> PhoneMessage:
    phone = _able(room, chat)
    room.files[stored.id] = stored
    sent = PhoneMessage(room.next_message(), "person", "", now, file=about_file(stored))
    _put(room, phone, sent, now)
    return sent


def _set_blocked(room: Room, chat: int, blocked: bool, now: float) -> None:
    phone = _phone(room, chat)
    if phone.deactivated:
        raise RoomError("This account was deactivated.", 409)
    if phone.blocked == blocked:
        return
    phone.blocked = blocked
    bot = telling.bot_user(room)
    member = {"user": bot, "status": "member"}
    kicked = {"user": bot, "status": "kicked", "until_date": 0}
    body = {
        "chat": telling.chat(phone),
        "from": telling.person(phone),
        "date": int(now),
        "old_chat_member": member if blocked else kicked,
        "new_chat_member": kicked if blocked else member,
    }
    room.emit("my_chat_member", chat, body, now)
    room.changed("phone", chat)
