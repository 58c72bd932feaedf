"""The methods of the Bot API that change a chat.

Rules kept here:

* Order of the checks: what was sent, then whether the person can be reached, then the pace. What is refused changes
  nothing and counts nowhere.
* Editing a text without `reply_markup` takes the inline keyboard away, as Telegram does.
"""

from __future__ import annotations

from typing import Any

from bot.rehearsal import telling
from bot.rehearsal.entities import Formatted, parse
from bot.rehearsal.keyboards import Keyboard, Rows, read_inline, read_keyboard
from bot.rehearsal.parameters import Parameters
from bot.rehearsal.phones import Phone, PhoneMessage, weight
from bot.rehearsal.refusals import Refused, Why
from bot.rehearsal.state import Room, StoredFile
from bot.rehearsal.voices import duration

TEXT = 4096
CAPTION = 1024
CALLBACK_ANSWER = 200
DELETABLE = 48 * 3600.0
QUERY_LIFETIME = 30.0
"""Telegram publishes no figure for the age at which a tap can no longer be answered; this one is ours."""
UPLOAD = 50 * 2**20
PHOTO = 10 * 2**20


def chat_id(parameters: Parameters) -> int | None:
    """The chat that a call names; `None` where it names none that could exist. Raises `Refused` when empty."""
    if parameters.text("chat_id") in (None, ""):
        raise Refused(Why.CHAT_ID_EMPTY)
    return parameters.number("chat_id")


def send_message(room: Room, parameters: Parameters, now: float) -> dict[str, Any]:
    words = _text(parameters)
    return _send(room, parameters, words, None, now)


def send_document(room: Room, parameters: Parameters, now: float) -> dict[str, Any]:
    return _send_file(room, "document", parameters, now)


def send_photo(room: Room, parameters: Parameters, now: float) -> dict[str, Any]:
    return _send_file(room, "photo", parameters, now)


def send_voice(room: Room, parameters: Parameters, now: float) -> dict[str, Any]:
    return _send_file(room, "voice", parameters, now)


def edit_text(room: Room, parameters: Parameters, now: float) -> dict[str, Any]:
    words = _text(parameters)
    rows = read_inline(parameters)
    phone, shown = _editable(room, parameters)
    if shown.file is not None:
        raise Refused(Why.EDIT_WITHOUT_TEXT)
    if (shown.text, shown.entities, shown.buttons) == (words.text, words.entities, rows):
        raise Refused(Why.NOT_MODIFIED)
    room.pace.check(phone.chat, now)
    room.pace.count(phone.chat, now)
    if shown.text != words.text:
        shown.reworded = now
    shown.text, shown.entities, shown.buttons, shown.edited = words.text, words.entities, rows, now
    phone.traffic.text_edits += 1
    return _done(room, phone, shown, "editMessageText")


def edit_markup(room: Room, parameters: Parameters, now: float) -> dict[str, Any]:
    rows = read_inline(parameters)
    phone, shown = _editable(room, parameters)
    if shown.buttons == rows:
        raise Refused(Why.NOT_MODIFIED)
    shown.buttons, shown.edited = rows, now
    phone.traffic.markup_edits += 1
    return _done(room, phone, shown, "editMessageReplyMarkup")


def delete_message(room: Room, parameters: Parameters, now: float) -> bool:
    phone = room.reachable(chat_id(parameters))
    shown = phone.messages.get(_message_id(parameters))
    if shown is None:
        raise Refused(Why.DELETE_NOT_FOUND)
    if now - shown.at > DELETABLE:
        raise Refused(Why.DELETE_IMPOSSIBLE)
    del phone.messages[shown.id]
    room.note("deleteMessage", phone.chat, shown.id, None, now=now, kind="deletion")
    room.changed("phone", phone.chat)
    return True


def answer_tap(room: Room, parameters: Parameters, now: float) -> bool:
    text = (parameters.text("text") or "").strip()
    if len(text) > CALLBACK_ANSWER:
        raise Refused(Why.ANSWER_TOO_LONG)
    query = room.queries.get(parameters.text("callback_query_id") or "")
    if query is None or now - query.at > QUERY_LIFETIME:
        raise Refused(Why.QUERY_TOO_OLD)
    phone = room.phones.get(query.chat)
    if phone is not None and not query.answered:  # a second answer is taken and shown nowhere
        shown = phone.messages.get(query.message)
        if shown is not None:
            shown.toast = text or None
            shown.answered += 1
        phone.traffic.bytes_in += weight(text)
        room.changed("phone", phone.chat)
    query.answered = True
    room.note("answerCallbackQuery", query.chat, query.message, text or None, now=now, kind="answer", callback=query.id)
    return True


# -- the parts ------------------------------------------------------------------------------------------------------


def _words(parameters: Parameters, field: str, entities: str) -> Formatted:
    try:
        given = parameters.structure(entities)
    except ValueError:
        raise Refused(Why.UNPARSABLE_ENTITIES, {"detail": "can't parse entities JSON array"}) from None
    return parse(parameters.text(field) or "", parameters.text("parse_mode"), given)


def _text(parameters: Parameters) -> Formatted:
    """The text of a message, which must have one."""
    if not parameters.text("text"):
        raise Refused(Why.TEXT_EMPTY)
    words = _words(parameters, "text", "entities")
    if not words.text:
        raise Refused(Why.TEXT_BLANK)
    if len(words.text) > TEXT:
        raise Refused(Why.TEXT_TOO_LONG)
    return words


def _message_id(parameters: Parameters) -> int:
    number = parameters.number("message_id")
    if number is None:
        raise Refused(Why.MESSAGE_ID_MISSING)
    return number


def _editable(room: Room, parameters: Parameters) -> tuple[Phone, PhoneMessage]:
    phone = room.reachable(chat_id(parameters))
    shown = phone.messages.get(_message_id(parameters))
    if shown is None:
        raise Refused(Why.EDIT_NOT_FOUND)
    if shown.sender != "bot":
        raise Refused(Why.EDIT_IMPOSSIBLE)
    return phone, shown


def _replied(parameters: Parameters, phone: Phone) -> int | None:
    try:
        reply = parameters.structure("reply_parameters")
    except ValueError:
        raise Refused(Why.UNREADABLE_REQUEST, {"detail": "reply_parameters is no JSON object"}) from None
    asked = reply if isinstance(reply, dict) else {}
    number = Parameters(asked).number("message_id") or parameters.number("reply_to_message_id")
    if number is None or number in phone.messages:
        return number
    if Parameters(asked).yes("allow_sending_without_reply") or parameters.yes("allow_sending_without_reply"):
        return None
    raise Refused(Why.REPLIED_NOT_FOUND)


def _send(
    room: Room, parameters: Parameters, words: Formatted, stored: StoredFile | None, now: float
) -> dict[str, Any]:
    keyboard = read_keyboard(parameters)
    phone = room.reachable(chat_id(parameters))
    replied = _replied(parameters, phone)
    room.pace.check(phone.chat, now)
    room.pace.count(phone.chat, now)
    if stored is not None:
        room.files.setdefault(stored.id, stored)
    shown = PhoneMessage(
        room.next_message(),
        "bot",
        words.text,
        now,
        entities=words.entities,
        buttons=keyboard.inline or (),
        reply_to=replied,
        file=about_file(stored) if stored else None,
        protected=parameters.yes("protect_content"),
    )
    phone.keep(shown)
    _lay(phone, keyboard)
    phone.traffic.messages_in += 1
    phone.traffic.bytes_in += weight("", (), keyboard.reply or ())
    kind = f"send{stored.kind.capitalize()}" if stored else "sendMessage"
    return _done(room, phone, shown, kind, silent=parameters.yes("disable_notification"))


def _lay(phone: Phone, keyboard: Keyboard) -> None:
    if keyboard.reply is not None:
        phone.reply_keyboard = keyboard.reply
    elif keyboard.removed:
        phone.reply_keyboard = None


_KINDS = {"editMessageText": "text_edit", "editMessageReplyMarkup": "markup_edit"}


def _done(room: Room, phone: Phone, shown: PhoneMessage, method: str, **more: Any) -> dict[str, Any]:
    """What every accepted send and edit leaves behind: traffic, the journal, the answer."""
    kind = _KINDS.get(method, "message")
    text = None if kind == "markup_edit" else shown.text
    phone.traffic.bytes_in += weight(text or "", shown.buttons)
    at = shown.at if shown.edited is None else shown.edited
    room.note(method, phone.chat, shown.id, text, now=at, kind=kind, buttons=_shown(shown.buttons), **more)
    room.changed("phone", phone.chat)
    return telling.message(room, phone, shown)


def _shown(rows: Rows) -> list[list[dict[str, str | None]]]:
    return [[button.told() for button in row] for row in rows]


def _send_file(room: Room, kind: str, parameters: Parameters, now: float) -> dict[str, Any]:
    words = _words(parameters, "caption", "caption_entities")
    if len(words.text) > CAPTION:
        raise Refused(Why.CAPTION_TOO_LONG)
    return _send(room, parameters, words, _file(room, kind, parameters), now)


_MISSING = {"document": Why.NO_DOCUMENT, "photo": Why.NO_PHOTO, "voice": Why.NO_VOICE}


def _file(room: Room, kind: str, parameters: Parameters) -> StoredFile:
    """The file that a call carries, names by an attachment, or names by its id."""
    named = None if kind in parameters.uploads else parameters.text(kind)
    upload = parameters.uploads.get(kind)
    if named is not None and named.startswith("attach://"):
        upload = parameters.uploads.get(named.removeprefix("attach://"))
    elif named:
        if named.lower().startswith(("http://", "https://")):
            raise Refused(Why.FOREIGN_ADDRESS)
        known = room.files.get(named)
        if known is None or known.kind != kind:
            raise Refused(Why.WRONG_FILE_ID)
        return known
    if upload is None or not upload.content:
        raise Refused(_MISSING[kind])
    if len(upload.content) > UPLOAD:
        raise Refused(Why.REQUEST_TOO_LARGE)
    if kind == "photo":
        if len(upload.content) > PHOTO:
            raise Refused(Why.PHOTO_TOO_BIG)
        if not upload.content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")):
            raise Refused(Why.NOT_A_PICTURE)
    return room.new_file(kind, upload.name, upload.mime, upload.content)


def about_file(stored: StoredFile) -> dict[str, Any]:
    """What Telegram tells about a file, with its `kind`."""
    about: dict[str, Any] = {
        "kind": stored.kind,
        "file_id": stored.id,
        "file_unique_id": stored.unique,
        "file_size": len(stored.content),
    }
    if stored.kind == "photo":
        width, height = 320, 240
        if stored.content.startswith(b"\x89PNG") and len(stored.content) >= 24:
            width, height = (int.from_bytes(stored.content[at : at + 4], "big") for at in (16, 20))
        return {**about, "width": width, "height": height}
    if stored.kind == "voice":
        return {**about, "duration": duration(stored.content), "mime_type": "audio/ogg"}
    return {**about, "file_name": stored.name, "mime_type": stored.mime}
