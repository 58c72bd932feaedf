"""How to be refused at the door, while receiving, by a chat, for the bot's own card and for files."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest
from aiohttp import FormData

from bot.rehearsal import people
from bot.rehearsal.pace import PRIVATE_BURST
from bot.rehearsal.refusals import Refused, Why
from bot.rehearsal.sending import PHOTO
from bot.rehearsal.state import StoredFile

from .line import AMINATA, BINTU, TOKEN, Line
from .provoking import refusal

# -- the door -------------------------------------------------------------------------------------------


@refusal(Why.WRONG_TOKEN, 401, "Unauthorized")
async def wrong_token(line: Line) -> dict[str, Any]:
    return await line.call("getMe", token="4242:other")


@refusal(Why.MALFORMED_TOKEN, 404, "Not Found")
async def malformed_token(line: Line) -> dict[str, Any]:
    return await line.call("getMe", token="no-token")


@refusal(Why.UNKNOWN_METHOD, 404, "Not Found: method not found")
async def unknown_method(line: Line) -> dict[str, Any]:
    await line.ok("GETME")  # any case will do
    return await line.call("sendPigeon")


@refusal(Why.UNKNOWN_FILE, 404, "Not Found")
async def unknown_file(line: Line) -> dict[str, Any]:
    async with line.session.get(f"{line.server.url}/file/bot{TOKEN}/voices/file_9.ogg") as answer:
        told: dict[str, Any] = await answer.json()
        return told


@refusal(Why.UNREADABLE_REQUEST, 400, "Bad Request: can't parse the request")
async def unreadable_request(line: Line) -> dict[str, Any]:
    url = f"{line.server.url}/bot{TOKEN}/sendMessage"
    async with line.session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        told: dict[str, Any] = await answer.json()
        return told


@refusal(Why.REQUEST_TOO_LARGE, 413, "Request Entity Too Large")
async def request_too_large(line: Line) -> dict[str, Any]:
    async def pieces() -> Any:
        for _ in range(52):
            yield bytes(2**20)

    url = f"{line.server.url}/bot{TOKEN}/sendDocument"
    async with line.session.post(url, data=pieces(), headers={"Content-Type": "application/json"}) as answer:
        told: dict[str, Any] = await answer.json()
        return told


# -- receiving ------------------------------------------------------------------------------------------


@refusal(Why.WEBHOOK_ACTIVE, 409, "Conflict: can't use getUpdates method while webhook is active")
async def webhook_active(line: Line) -> dict[str, Any]:
    await line.ok("getUpdates")
    await line.ok("setWebhook", url="http://127.0.0.1:9/hook")
    return await line.call("getUpdates")


@refusal(
    Why.OTHER_POLLER, 409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance"
)
async def other_poller(line: Line) -> dict[str, Any]:
    older = asyncio.create_task(line.call("getUpdates", timeout=10))
    await asyncio.sleep(0.05)
    newer = asyncio.create_task(line.call("getUpdates", timeout=10))
    told = await older
    line.write("for the newer")
    assert len((await newer)["result"]) == 1
    return told


@refusal(Why.POLLING_ENDED_BY_WEBHOOK, 409, "Conflict: terminated by setWebhook request")
async def polling_ended_by_webhook(line: Line) -> dict[str, Any]:
    polling = asyncio.create_task(line.call("getUpdates", timeout=10))
    await asyncio.sleep(0.05)
    await line.ok("setWebhook", url="http://localhost:9/hook")
    return await polling


@refusal(Why.WEBHOOK_NOT_HTTP, 400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
async def webhook_not_http(line: Line) -> dict[str, Any]:
    return await line.call("setWebhook", url="ftp://127.0.0.1/hook")


@refusal(Why.WEBHOOK_ELSEWHERE, 400, "Bad Request: bad webhook: Failed to resolve host")
async def webhook_elsewhere(line: Line) -> dict[str, Any]:
    return await line.call("setWebhook", url="https://twins.example/hook")


@refusal(Why.SECRET_TOKEN_CHARACTERS, 400, "Bad Request: secret token contains unallowed characters")
async def secret_token_characters(line: Line) -> dict[str, Any]:
    await line.ok("setWebhook", url="http://127.0.0.1:9/", secret_token="aZ09_-")
    return await line.call("setWebhook", url="http://127.0.0.1:9/", secret_token="a b")


@refusal(Why.SECRET_TOKEN_TOO_LONG, 400, "Bad Request: secret token is too long")
async def secret_token_too_long(line: Line) -> dict[str, Any]:
    await line.ok("setWebhook", url="http://127.0.0.1:9/", secret_token="a" * 256)
    return await line.call("setWebhook", url="http://127.0.0.1:9/", secret_token="a" * 257)


# -- whom and how often ---------------------------------------------------------------------------------


@refusal(Why.TOO_MANY_REQUESTS, 429, "Too Many Requests: retry after 1")
async def too_many_requests(line: Line) -> dict[str, Any]:
    for _ in range(PRIVATE_BURST):
        await line.send()
    told = await line.call("sendMessage", chat_id=AMINATA, text="one more")
    assert told["parameters"] == {"retry_after": 1}
    line.jump(1)
    await line.send()
    return await line.call("sendMessage", chat_id=AMINATA, text="one more")


@refusal(Why.CHAT_ID_EMPTY, 400, "Bad Request: chat_id is empty")
async def chat_id_empty(line: Line) -> dict[str, Any]:
    return await line.call("sendMessage", text="to whom?")


@refusal(Why.CHAT_NOT_FOUND, 400, "Bad Request: chat not found")
async def chat_not_found(line: Line) -> dict[str, Any]:
    assert (await line.call("sendMessage", chat_id="@somebody", text="?"))["error_code"] == 400
    return await line.call("sendMessage", chat_id=999, text="?")


@refusal(Why.NOT_STARTED, 403, "Forbidden: bot can't initiate conversation with a user")
async def not_started(line: Line) -> dict[str, Any]:
    told = await line.call("sendMessage", chat_id=BINTU, text="Hello?")
    line.write("/start", BINTU)
    await line.send("Hello!", BINTU)
    return told


@refusal(Why.BLOCKED, 403, "Forbidden: bot was blocked by the user")
async def blocked(line: Line) -> dict[str, Any]:
    people.block(line.room, AMINATA, line.now())
    told = await line.call("sendMessage", chat_id=AMINATA, text="?")
    people.unblock(line.room, AMINATA, line.now())
    await line.send()
    return told


@refusal(Why.DEACTIVATED, 403, "Forbidden: user is deactivated")
async def deactivated(line: Line) -> dict[str, Any]:
    people.deactivate(line.room, AMINATA)
    return await line.call("sendMessage", chat_id=AMINATA, text="?")


# -- the bot's own card ---------------------------------------------------------------------------------


async def _commands(line: Line, *commands: tuple[str, str], **more: Any) -> dict[str, Any]:
    given = [{"command": name, "description": about} for name, about in commands]
    return await line.call("setMyCommands", commands=given, **more)


@refusal(Why.COMMANDS_UNREADABLE, 400, "Bad Request: can't parse commands")
async def commands_unreadable(line: Line) -> dict[str, Any]:
    assert not (await line.call("setMyCommands", commands="["))["ok"]
    return await line.call("setMyCommands", commands={"command": "help"})


@refusal(Why.TOO_MANY_COMMANDS, 400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
async def too_many_commands(line: Line) -> dict[str, Any]:
    hundred = [(f"c{number}", "about") for number in range(100)]
    assert (await _commands(line, *hundred))["ok"]
    return await _commands(line, *hundred, ("one_more", "about"))


@refusal(Why.COMMAND_INVALID, 400, "Bad Request: BOT_COMMAND_INVALID")
async def command_invalid(line: Line) -> dict[str, Any]:
    assert (await _commands(line, ("a" * 32, "about")))["ok"]
    assert not (await _commands(line, ("Help", "about")))["ok"]
    return await _commands(line, ("a" * 33, "about"))


@refusal(Why.COMMAND_DESCRIPTION, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
async def command_description(line: Line) -> dict[str, Any]:
    assert (await _commands(line, ("help", "a" * 256)))["ok"]
    assert not (await _commands(line, ("help", "")))["ok"]
    return await _commands(line, ("help", "a" * 257))


@refusal(Why.LANGUAGE_CODE, 400, "Bad Request: LANG_CODE_INVALID")
async def language_code(line: Line) -> dict[str, Any]:
    assert (await _commands(line, ("help", "about"), language_code="nl"))["ok"]
    return await _commands(line, ("help", "about"), language_code="pt-br")


@refusal(Why.DESCRIPTION_TOO_LONG, 400, "Bad Request: DESCRIPTION_TOO_LONG")
async def description_too_long(line: Line) -> dict[str, Any]:
    await line.ok("setMyDescription", description="a" * 512)
    return await line.call("setMyDescription", description="a" * 513)


@refusal(Why.SHORT_DESCRIPTION_TOO_LONG, 400, "Bad Request: ABOUT_TOO_LONG")
async def short_description_too_long(line: Line) -> dict[str, Any]:
    await line.ok("setMyShortDescription", short_description="a" * 120)
    return await line.call("setMyShortDescription", short_description="a" * 121)


# -- files ----------------------------------------------------------------------------------------------


async def _upload(line: Line, method: str, field: str, content: bytes) -> dict[str, Any]:
    form = FormData({"chat_id": str(AMINATA)})
    form.add_field(field, io.BytesIO(content), filename="file.bin")
    async with line.session.post(f"{line.server.url}/bot{TOKEN}/{method}", data=form) as answer:
        told: dict[str, Any] = await answer.json()
        return told


@refusal(Why.NO_DOCUMENT, 400, "Bad Request: there is no document in the request")
async def no_document(line: Line) -> dict[str, Any]:
    assert not (await line.call("sendDocument", chat_id=AMINATA, document="attach://nowhere"))["ok"]
    return await line.call("sendDocument", chat_id=AMINATA)


@refusal(Why.NO_PHOTO, 400, "Bad Request: there is no photo in the request")
async def no_photo(line: Line) -> dict[str, Any]:
    return await line.call("sendPhoto", chat_id=AMINATA)


@refusal(Why.NO_VOICE, 400, "Bad Request: there is no voice in the request")
async def no_voice(line: Line) -> dict[str, Any]:
    return await line.call("sendVoice", chat_id=AMINATA)


@refusal(Why.NOT_A_PICTURE, 400, "Bad Request: IMAGE_PROCESS_FAILED")
async def not_a_picture(line: Line) -> dict[str, Any]:
    assert (await _upload(line, "sendPhoto", "photo", b"\x89PNG\r\n\x1a\n" + bytes(30)))["ok"]
    return await _upload(line, "sendPhoto", "photo", b"words")


@refusal(Why.PHOTO_TOO_BIG, 400, "Bad Request: file is too big for a photo")
async def photo_too_big(line: Line) -> dict[str, Any]:
    return await _upload(line, "sendPhoto", "photo", b"\x89PNG\r\n\x1a\n" + bytes(PHOTO))


@refusal(Why.FOREIGN_ADDRESS, 400, "Bad Request: failed to get HTTP URL content")
async def foreign_address(line: Line) -> dict[str, Any]:
    return await line.call("sendPhoto", chat_id=AMINATA, photo="https://twins.example/photo.png")


@refusal(Why.WRONG_FILE_ID, 400, "Bad Request: wrong file identifier/HTTP URL specified")
async def wrong_file_id(line: Line) -> dict[str, Any]:
    voice = people.send_voice(line.room, AMINATA, line.now()).file
    assert voice is not None
    assert not (await line.call("sendPhoto", chat_id=AMINATA, photo=voice["file_id"]))["ok"]
    return await line.call("getFile", file_id="nonsense")


@refusal(Why.DOWNLOAD_TOO_BIG, 400, "Bad Request: file is too big")
async def download_too_big(line: Line) -> dict[str, Any]:
    line.room.files["big"] = StoredFile("big", "document", "b", "text/plain", bytes(20 * 2**20 + 1), "documents/b")
    return await line.call("getFile", file_id="big")


@refusal(Why.START_PAYLOAD, 400, "Bad Request: START_PARAM_INVALID")
async def start_payload(line: Line) -> dict[str, Any]:
    people.open_link(line.room, AMINATA, "aZ09_-" + "a" * 58, line.now())
    for payload in ("", "a" * 65, "a.b"):
        with pytest.raises(Refused) as caught:
            people.open_link(line.room, AMINATA, payload, line.now())
    status, told = await line.ask("POST", f"/room/phones/{AMINATA}/open", {"start": "a b"})
    assert (status, told) == (400, {"error": "Bad Request: START_PARAM_INVALID"})
    return caught.value.answer()
