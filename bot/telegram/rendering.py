"""What a message looks like on a phone: buttons in rows, and the parameters of the Bot API.

Rules kept here:

* Rows are looks, never logic: a button is found by its data, wherever it stands.
* No parse_mode: plain text, so that nothing in a name can break a message.
* A method that only marks a choice leaves the text alone and sends a few bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from telegram import InputFile

from storage.outbox import Message

Row = tuple[tuple[str, str], ...]

FACES_A_ROW: Final = 5
FACE_CHARACTERS: Final = 3
"""A face, a digit, or both with a space."""
HALF_CHARACTERS: Final = 14
"""What fits half the width of a small phone."""


def rows(buttons: Sequence[tuple[str, str]]) -> tuple[Row, ...]:
    """(label, data) in order, laid out for a phone: faces side by side, short labels in twos, else one a row."""
    if buttons and all(len(label) <= FACE_CHARACTERS for label, _ in buttons):
        return tuple(tuple(buttons[i : i + FACES_A_ROW]) for i in range(0, len(buttons), FACES_A_ROW))
    laid: list[Row] = []
    waiting: tuple[str, str] | None = None
    for button in buttons:
        short = len(button[0]) <= HALF_CHARACTERS
        if waiting is not None and short:
            laid.append((waiting, button))
            waiting = None
            continue
        if waiting is not None:
            laid.append((waiting,))
            waiting = None
        if short:
            waiting = button
        else:
            laid.append((button,))
    if waiting is not None:
        laid.append((waiting,))
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


def voice_parameters(chat: int, message: Message) -> dict[str, Any]:
    """The parameters of sendVoice: a voice note that is with Telegram already, by its name there."""
    return {**_beside_a_file(chat, message), "voice": message.file}


def document_parameters(chat: int, message: Message) -> dict[str, Any]:
    """The parameters of sendDocument: a file of ours."""
    document = message.document
    file = None if document is None else InputFile(document.content, document.name)
    return {**_beside_a_file(chat, message), "document": file}


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
