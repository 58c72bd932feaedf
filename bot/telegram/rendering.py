"""What a message looks like on a phone: buttons in rows, and the parameters of the Bot API.

Rules kept here:

* Rows are looks, never logic: a button is found by its data, wherever it stands.
* No parse_mode: plain text, so that nothing in a name can break a message.
* A method that only marks a choice leaves the text alone and sends a few bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any, Final

from telegram import InputFile

from storage.outbox import Message

Row = tuple[tuple[str, str], ...]

FACES_A_ROW: Final = 5
FACE_CHARACTERS: Final = 3
"""A face, a digit, or both with a space."""
HALF_CHARACTERS: Final = 14
"""What fits half the width of a small phone."""


@lru_cache(maxsize=1024)  # the same few questions, thousands of times
def rows(labels: tuple[str, ...]) -> tuple[slice, ...]:
    """Which labels stand side by side on a phone: faces and digits five in a row, where there are more than two of them
    together, short labels in twos, else one a row."""
    laid: list[slice] = []
    begin = 0
    while begin < len(labels):
        tiny = takewhile(lambda label: len(label) <= FACE_CHARACTERS, labels[begin : begin + FACES_A_ROW])
        end = begin + sum(1 for _ in tiny)
        if end - begin <= 2:
            are_short = all(len(label) <= HALF_CHARACTERS for label in labels[begin : begin + 2])
            end = begin + 2 if are_short else begin + 1
        laid.append(slice(begin, end))
        begin = end
    return tuple(laid)


def send_parameters(chat: int, message: Message) -> dict[str, Any]:
    """The parameters of sendMessage."""
    return {
        "chat_id": chat,
        "text": message.text,
        "reply_markup": _keyboard(message.buttons) if message.buttons else None,
        "disable_notification": True if message.silent else None,
        "protect_content": True if message.protected else None,
    }


def menu_call(chat: int, message: Message) -> tuple[str, dict[str, Any]]:
    """The method and the parameters by which one chat gets commands of its own, or no more of its own."""
    scope = {"type": "chat", "chat_id": chat}
    if not message.buttons:
        return "deleteMyCommands", {"scope": scope}
    commands = [{"command": name, "description": described} for row in message.buttons for described, name in row]
    return "setMyCommands", {"scope": scope, "commands": commands}


def voice_parameters(chat: int, message: Message) -> dict[str, Any]:
    """The parameters of sendVoice: a voice note that is with Telegram already, by its name there."""
    return {**_beside_a_file(chat, message), "voice": message.file}


def document_parameters(chat: int, message: Message) -> dict[str, Any]:
    """The parameters of sendDocument: a file of ours."""
    document = message.document
    file = None if document is None else InputFile(document.content, document.name)
    return {**_beside_a_file(chat, message), "document": file}


def picture_parameters(chat: int, message: Message, drawn: bytes) -> dict[str, Any]:
    """The parameters of sendPhoto: a picture of ours."""
    return {**_beside_a_file(chat, message), "photo": InputFile(drawn, "picture.png")}


def _beside_a_file(chat: int, message: Message) -> dict[str, Any]:
    parameters = send_parameters(chat, message)
    parameters["caption"] = parameters.pop("text")
    return parameters


def rewrite_parameters(chat: int, telegram_message: int, message: Message) -> dict[str, Any]:
    """The parameters of editMessageText; the keyboard goes."""
    return {"chat_id": chat, "message_id": telegram_message, "text": message.text}


def delete_parameters(chat: int, telegram_message: int) -> dict[str, Any]:
    """The parameters of deleteMessage."""
    return {"chat_id": chat, "message_id": telegram_message}


def mark_parameters(chat: int, telegram_message: int, message: Message) -> dict[str, Any]:
    """The parameters of editMessageReplyMarkup. No buttons: the keyboard goes."""
    keyboard = _keyboard(message.buttons) if message.buttons else None
    return {"chat_id": chat, "message_id": telegram_message, "reply_markup": keyboard}


def _keyboard(buttons: Sequence[Row]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in buttons]}
