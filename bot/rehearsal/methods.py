"""All methods of the Bot API that the room knows, by name.

Rules kept here:

* A method is a function of the room, the parameters and the moment; it answers Telegram's `result` or raises `Refused`.
* getUpdates is not here: it waits, and waiting is the server's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bot.rehearsal import sending, telling
from bot.rehearsal.parameters import Parameters
from bot.rehearsal.refusals import Refused, Why
from bot.rehearsal.state import Room, StoredFile, Webhook, commands_key

COMMANDS = 100
COMMAND_DESCRIPTION = 256
DESCRIPTION = 512
SHORT_DESCRIPTION = 120
DOWNLOAD = 20 * 2**20
SECRET_TOKEN = 256
WEBHOOK_CONNECTIONS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_HERE = ("127.0.0.1", "localhost", "::1")


def get_me(room: Room, _parameters: Parameters, _now: float) -> dict[str, Any]:
    return {
        **telling.bot_user(room),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def read_allowed(parameters: Parameters) -> tuple[str, ...] | None:
    """`allowed_updates` of the call; `None` leaves the list as it is, an empty one is Telegram's default."""
    try:
        kinds = parameters.structure("allowed_updates")
    except ValueError:
        return None
    if not isinstance(kinds, list):
        return None
    return tuple(kind for kind in kinds if isinstance(kind, str))[:100]


def set_webhook(room: Room, parameters: Parameters, now: float) -> bool:
    url = (parameters.text("url") or "").strip()
    if not url:
        return delete_webhook(room, parameters, now)
    secret = parameters.text("secret_token") or ""
    if len(secret) > SECRET_TOKEN:
        raise Refused(Why.SECRET_TOKEN_TOO_LONG)
    if not _SECRET.fullmatch(secret):
        raise Refused(Why.SECRET_TOKEN_CHARACTERS)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused(Why.WEBHOOK_NOT_HTTP) from None
    if parts.scheme not in ("http", "https"):
        raise Refused(Why.WEBHOOK_NOT_HTTP)
    if host not in _HERE:
        raise Refused(Why.WEBHOOK_ELSEWHERE)
    connections = parameters.number("max_connections") or 40
    allowed = read_allowed(parameters)
    if allowed is not None:
        room.updates.allowed = allowed
    if parameters.yes("drop_pending_updates"):
        room.updates.clear()
    room.webhook = Webhook(url, secret, min(max(connections, 1), WEBHOOK_CONNECTIONS))
    room.changed("webhook", None)
    return True


def delete_webhook(room: Room, parameters: Parameters, _now: float) -> bool:
    room.webhook = Webhook()
    if parameters.yes("drop_pending_updates"):
        room.updates.clear()
    room.changed("webhook", None)
    return True


def get_webhook_info(room: Room, _parameters: Parameters, _now: float) -> dict[str, Any]:
    hook = room.webhook
    told: dict[str, Any] = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(room.updates.waiting),
    }
    if hook.url:
        told |= {"max_connections": hook.max_connections, "ip_address": "127.0.0.1"}
    if hook.last_error_at is not None:
        told |= {"last_error_date": int(hook.last_error_at), "last_error_message": hook.last_error}
    if room.updates.allowed:
        told["allowed_updates"] = list(room.updates.allowed)
    return told


def set_my_commands(room: Room, parameters: Parameters, now: float) -> bool:
    try:
        given = parameters.structure("commands")
        key = _commands_key(parameters)
    except ValueError:
        raise Refused(Why.COMMANDS_UNREADABLE, {"detail": "expected an Array of BotCommand"}) from None
    if not isinstance(given, list) or not all(isinstance(command, dict) for command in given):
        raise Refused(Why.COMMANDS_UNREADABLE, {"detail": "expected an Array of BotCommand"})
    if len(given) > COMMANDS:
        raise Refused(Why.TOO_MANY_COMMANDS)
    read = []
    for command in given:
        name, description = command.get("command"), command.get("description")
        name = name.removeprefix("/") if isinstance(name, str) else ""
        if not _COMMAND.fullmatch(name):
            raise Refused(Why.COMMAND_INVALID)
        if not isinstance(description, str) or not 1 <= len(description.strip()) <= COMMAND_DESCRIPTION:
            raise Refused(Why.COMMAND_DESCRIPTION)
        read.append({"command": name, "description": description.strip()})
    room.commands[key] = read
    room.note("setMyCommands", None, None, None, now=now, kind="card", key=key, commands=read)
    room.changed("card", None)
    return True


def get_my_commands(room: Room, parameters: Parameters, _now: float) -> list[dict[str, str]]:
    try:
        return room.commands.get(_commands_key(parameters), [])
    except ValueError:
        return []


def delete_my_commands(room: Room, parameters: Parameters, now: float) -> bool:
    try:
        room.commands.pop(_commands_key(parameters), None)
    except ValueError:
        raise Refused(Why.COMMANDS_UNREADABLE, {"detail": "expected an Object as scope"}) from None
    room.note("deleteMyCommands", None, None, None, now=now, kind="card")
    room.changed("card", None)
    return True


def _commands_key(parameters: Parameters) -> str:
    return commands_key(parameters.structure("scope"), _language(parameters))


def _language(parameters: Parameters) -> str:
    language = parameters.text("language_code") or ""
    if not _LANGUAGE.fullmatch(language):
        raise Refused(Why.LANGUAGE_CODE)
    return language


def _describe(method: str, field: str, most: int, why: Why) -> Callable[[Room, Parameters, float], bool]:
    def describe(room: Room, parameters: Parameters, now: float) -> bool:
        text = (parameters.text(field) or "").strip()
        if len(text) > most:
            raise Refused(why)
        key = f"{field}/{_language(parameters)}"
        room.descriptions[key] = text
        room.note(method, None, None, None, now=now, kind="card", key=key)
        room.changed("card", None)
        return True

    return describe


def _described(field: str) -> Callable[[Room, Parameters, float], dict[str, str]]:
    def described(room: Room, parameters: Parameters, _now: float) -> dict[str, str]:
        language = _language(parameters)
        own = room.descriptions.get(f"{field}/{language}")
        return {field: own or room.descriptions.get(f"{field}/", "")}

    return described


def get_file(room: Room, parameters: Parameters, _now: float) -> dict[str, Any]:
    stored = room.files.get(parameters.text("file_id") or "")
    if stored is None:
        raise Refused(Why.WRONG_FILE_ID)
    if len(stored.content) > DOWNLOAD:
        raise Refused(Why.DOWNLOAD_TOO_BIG)
    return {
        "file_id": stored.id,
        "file_unique_id": stored.unique,
        "file_size": len(stored.content),
        "file_path": stored.path,
    }


def find_download(room: Room, path: str) -> StoredFile:
    """The file behind a `file_path`. Raises `Refused`."""
    found = next((stored for stored in room.files.values() if stored.path == path), None)
    if found is None:
        raise Refused(Why.UNKNOWN_FILE)
    if len(found.content) > DOWNLOAD:
        raise Refused(Why.DOWNLOAD_TOO_BIG)
    return found


Method = Callable[[Room, Parameters, float], Any]

METHODS: dict[str, Method] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": sending.send_message,
    "sendDocument": sending.send_document,
    "sendPhoto": sending.send_photo,
    "sendVoice": sending.send_voice,
    "editMessageText": sending.edit_text,
    "editMessageReplyMarkup": sending.edit_markup,
    "deleteMessage": sending.delete_message,
    "answerCallbackQuery": sending.answer_tap,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": _describe("setMyDescription", "description", DESCRIPTION, Why.DESCRIPTION_TOO_LONG),
    "setMyShortDescription": _describe(
        "setMyShortDescription", "short_description", SHORT_DESCRIPTION, Why.SHORT_DESCRIPTION_TOO_LONG
    ),
    "getMyDescription": _described("description"),
    "getMyShortDescription": _described("short_description"),
    "getFile": get_file,
}

# Telegram takes names of methods in any case.
BY_LOWER_NAME = {name.lower(): name for name in (*METHODS, "getUpdates")}
