"""One row, one call: what is asked of Telegram for it, and what became of that.

Rules kept here:

* A chat that moved is followed once; a text whose entities do not parse is sent as plain text once.
* A picture is drawn before it is sent; where it can not be, its words are sent alone.
* Nothing is repeated here but that: when and whether to try again is the sender's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from telegram.error import TelegramError

from bot.telegram.books import Held
from bot.telegram.outcomes import Answer, Gone, Migrated, Outcome, Refused, Sent, Unparsable, answer_of
from bot.telegram.rendering import (
    delete_parameters,
    document_parameters,
    mark_parameters,
    menu_call,
    picture_parameters,
    rewrite_parameters,
    send_parameters,
    voice_parameters,
)
from storage.messages import Message

if TYPE_CHECKING:
    from bot.drawing import Drawing
    from bot.telegram.transport import TelegramBot


async def deliver(bot: TelegramBot, held: Held, drawing: Drawing) -> Outcome | Gone:
    """Sends the row's message, or changes the message it aims at. Telegram's errors come back as values."""
    message, photo = await _drawn(held.row.message, drawing)
    method, parameters = _asked(replace(held, row=replace(held.row, message=message)), photo)
    answer = await _call(bot, method, parameters)
    if isinstance(answer, Migrated):
        moved_to = answer.chat
        answer = await _call(bot, method, {**parameters, "chat_id": moved_to})
        if isinstance(answer, Sent):
            answer = Sent(answer.message_id, moved_to)
    elif isinstance(answer, Unparsable):
        plain = {name: value for name, value in parameters.items() if name not in ("parse_mode", "entities")}
        answer = await _call(bot, method, plain)
    if isinstance(answer, Migrated | Unparsable):
        return Refused(type(answer).__name__.lower())
    return answer


async def _drawn(message: Message, drawing: Drawing) -> tuple[Message, bytes | None]:
    """With the document that its page becomes, or the photo of its picture. What can not be drawn is said instead."""
    if message.picture is not None:
        return message, await drawing.photo(message.picture)
    if message.page is None:
        return message, None
    document = await drawing.document(message.page)
    if document is None:
        return Message("send", message.page.instead, silent=message.silent), None
    return replace(message, document=document, page=None), None


def _asked(held: Held, photo: bytes | None) -> tuple[str, dict[str, Any]]:
    """The method of the Bot API and its parameters. A picture that could not be drawn is said in its words alone."""
    row = held.row
    match row.message.method:
        case "mark" if held.target is not None:
            return "editMessageReplyMarkup", mark_parameters(*held.target, row.message)
        case "rewrite" if held.target is not None:
            return "editMessageText", rewrite_parameters(*held.target, row.message)
        case "delete" if held.target is not None:
            return "deleteMessage", delete_parameters(*held.target)
        case "voice":
            return "sendVoice", voice_parameters(row.chat, row.message)
        case "document":
            return "sendDocument", document_parameters(row.chat, row.message)
        case "picture" if photo is not None:
            return "sendPhoto", picture_parameters(row.chat, row.message, photo)
        case "menu":
            return menu_call(row.chat, row.message)
        case _:
            return "sendMessage", send_parameters(row.chat, row.message)


async def _call(bot: TelegramBot, method: str, parameters: dict[str, Any]) -> Answer:
    try:
        result = await bot.call(method, **parameters)
    except TelegramError as error:
        return answer_of(error)
    number = result.get("message_id") if method.startswith("send") and isinstance(result, dict) else None
    return Sent(number if type(number) is int else None)
