"""The room in Telegram's shapes (for the bot) and in the page's (for people and tests)."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.keyboards import inline_markup
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.state import Room, commands_for, description_for

MESSAGES_TOLD = 500
"""The page is told a phone's latest messages; older ones stay in the room."""


def bot_user(room: Room) -> dict[str, Any]:
    return {"id": room.bot_id, "is_bot": True, "first_name": room.name, "username": room.username}


def person(phone: Phone) -> dict[str, Any]:
    told: dict[str, Any] = {"id": abs(phone.chat), "is_bot": False, "first_name": phone.name}
    if phone.language:
        told["language_code"] = phone.language
    return told


def chat(phone: Phone) -> dict[str, Any]:
    if phone.chat < 0:
        return {"id": phone.chat, "type": "group", "title": phone.name}
    return {"id": phone.chat, "type": "private", "first_name": phone.name}


def message(room: Room, phone: Phone, shown: PhoneMessage) -> dict[str, Any]:
    """One message as the bot gets it: in answers, updates and taps."""
    told: dict[str, Any] = {
        "message_id": shown.id,
        "from": bot_user(room) if shown.sender == "bot" else person(phone),
        "chat": chat(phone),
        "date": int(shown.at),
    }
    if shown.edited is not None:
        told["edit_date"] = int(shown.edited)
    if shown.protected:
        told["has_protected_content"] = True
    words, entities = ("text", "entities") if shown.file is None else ("caption", "caption_entities")
    if shown.text or shown.file is None:
        told[words] = shown.text
        if shown.entities:
            told[entities] = list(shown.entities)
    if shown.file is not None:
        about = {name: value for name, value in shown.file.items() if name != "kind"}
        told[shown.file["kind"]] = [about] if shown.file["kind"] == "photo" else about
    if shown.buttons:
        told["reply_markup"] = inline_markup(shown.buttons)
    replied = phone.messages.get(shown.reply_to) if shown.reply_to is not None else None
    if replied is not None:
        told["reply_to_message"] = {
            "message_id": replied.id,
            "chat": chat(phone),
            "date": int(replied.at),
            "text": replied.text,
            "from": bot_user(room) if replied.sender == "bot" else person(phone),
        }
    return told


def phone_state(room: Room, phone: Phone) -> dict[str, Any]:
    """One phone as the page and the tests see it."""
    return {
        "chat": phone.chat,
        "name": phone.name,
        "language": phone.language,
        "started": phone.started,
        "blocked": phone.blocked,
        "deactivated": phone.deactivated,
        "right_to_left": phone.right_to_left,
        "caption": phone.caption,
        "zone": phone.zone,
        "traffic": phone.traffic.told(),
        "commands": commands_for(room, phone),
        "description": description_for(room, phone),
        "reply_keyboard": phone.reply_keyboard,
        "messages": [shown.told() for shown in list(phone.messages.values())[-MESSAGES_TOLD:]],
    }
