"""Every refusal of the table, provoked over real HTTP, beside the nearest thing that passes."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import FormData

from bot.rehearsal import people
from bot.rehearsal.pace import PRIVATE_BURST
from bot.rehearsal.refusals import REFUSALS, Refused, Why
from bot.rehearsal.sending import DELETABLE, PHOTO, QUERY_LIFETIME
from bot.rehearsal.state import StoredFile

from .line import AMINATA, BINTU, TOKEN, Line, keyboard, open_line

Case = Callable[[Line], Awaitable[dict[str, Any]]]
CASES: dict[Why, tuple[Case, int, str]] = {}


def refusal(why: Why, code: int, words: str) -> Callable[[Case], Case]:
    def note(case: Case) -> Case:
        assert why not in CASES
        CASES[why] = (case, code, words)
        return case

    return note


def test_every_refusal_of_the_table_is_provoked_here() -> None:
    assert set(CASES) == set(REFUSALS) == set(Why)


@pytest.mark.parametrize("why", CASES, ids=lambda why: why.value)
def test_it_is_refused_in_telegrams_words(why: Why) -> None:
    case, code, words = CASES[why]

    async def provoke() -> dict[str, Any]:
        async with open_line() as line, asyncio.timeout(20):
            return await case(line)

    told = asyncio.run(provoke())
    assert (told["ok"], told["error_code"]) == (False, code)
    assert told["description"].startswith(words)
    assert set(told) <= {"ok", "error_code", "description", "parameters"}


@pytest.mark.parametrize("entry", REFUSALS.values(), ids=lambda entry: entry.why.value)
def test_every_refusal_names_its_source(entry: Any) -> None:
    document, _, fact = entry.source.partition(": ")
    assert document.startswith(("telegram.md, Inbound", "telegram.md, Outbound", "Bot API, "))
    assert len(fact) > 10 or document.startswith("Bot API, ")


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


# -- texts ----------------------------------------------------------------------------------------------


@refusal(Why.TEXT_EMPTY, 400, "Bad Request: message text is empty")
async def text_empty(line: Line) -> dict[str, Any]:
    assert not (await line.call("sendMessage", chat_id=AMINATA))["ok"]
    return await line.call("sendMessage", chat_id=AMINATA, text="<b> \n</b>", parse_mode="HTML")


@refusal(Why.TEXT_TOO_LONG, 400, "Bad Request: message is too long")
async def text_too_long(line: Line) -> dict[str, Any]:
    number = await line.send("<b>" + "é" * 4096 + "</b>", parse_mode="HTML")
    assert not (await line.call("editMessageText", chat_id=AMINATA, message_id=number, text="e" * 4097))["ok"]
    return await line.call("sendMessage", chat_id=AMINATA, text="é" * 4097)


@refusal(Why.CAPTION_TOO_LONG, 400, "Bad Request: message caption is too long")
async def caption_too_long(line: Line) -> dict[str, Any]:
    voice = people.send_voice(line.room, AMINATA, line.now()).file
    assert voice is not None
    await line.ok("sendVoice", chat_id=AMINATA, voice=voice["file_id"], caption="c" * 1024)
    return await line.call("sendVoice", chat_id=AMINATA, voice=voice["file_id"], caption="c" * 1025)


@refusal(Why.UNKNOWN_PARSE_MODE, 400, "Bad Request: unsupported parse_mode")
async def unknown_parse_mode(line: Line) -> dict[str, Any]:
    return await line.call("sendMessage", chat_id=AMINATA, text="x", parse_mode="BBCode")


@refusal(
    Why.UNPARSABLE_ENTITIES, 400, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag"
)
async def unparsable_entities(line: Line) -> dict[str, Any]:
    return await line.call("sendMessage", chat_id=AMINATA, text="<b>x", parse_mode="HTML")


@refusal(Why.REPLIED_NOT_FOUND, 400, "Bad Request: message to be replied not found")
async def replied_not_found(line: Line) -> dict[str, Any]:
    await line.send(reply_parameters={"message_id": 999, "allow_sending_without_reply": True})
    await line.send(reply_parameters=json.dumps({"message_id": line.write("a question")}))
    return await line.call("sendMessage", chat_id=AMINATA, text="x", reply_parameters={"message_id": 999})


# -- keyboards ------------------------------------------------------------------------------------------


async def _with(line: Line, markup: Any) -> dict[str, Any]:
    return await line.call("sendMessage", chat_id=AMINATA, text="x", reply_markup=markup)


@refusal(Why.UNREADABLE_KEYBOARD, 400, "Bad Request: object expected as reply markup")
async def unreadable_keyboard(line: Line) -> dict[str, Any]:
    assert not (await _with(line, "{"))["ok"]
    assert not (await _with(line, {"inline_keyboard": {"text": "x"}}))["ok"]
    assert not (await _with(line, {"inline_keyboard": [[{"text": " ", "callback_data": "x"}]]}))["ok"]
    assert not (await _with(line, {"keyboard": [[{"text": 7}]]}))["ok"]
    return await _with(line, [1])


@refusal(Why.BUTTON_WITHOUT_ACTION, 400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
async def button_without_action(line: Line) -> dict[str, Any]:
    return await _with(line, {"inline_keyboard": [[{"text": "x"}]]})


@refusal(Why.BUTTON_DATA, 400, "Bad Request: BUTTON_DATA_INVALID")
async def button_data(line: Line) -> dict[str, Any]:
    await line.send(reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "ɔ" * 32}]]})
    assert not (await _with(line, {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}))["ok"]
    return await _with(line, {"inline_keyboard": [[{"text": "x", "callback_data": "ɔ" * 32 + "a"}]]})


@refusal(Why.BUTTON_ADDRESS, 400, "Bad Request: inline keyboard button URL 'gopher://x' is invalid")
async def button_address(line: Line) -> dict[str, Any]:
    await line.send(reply_markup={"inline_keyboard": [[{"text": "x", "url": "https://t.me/x"}]]})
    return await _with(line, {"inline_keyboard": [[{"text": "x", "url": "gopher://x"}]]})


@refusal(Why.TOO_MANY_BUTTONS, 400, "Bad Request: REPLY_MARKUP_TOO_LONG")
async def too_many_buttons(line: Line) -> dict[str, Any]:
    await line.send(reply_markup=keyboard(*[("a", "b", "c", "d")] * 25))
    return await _with(line, keyboard(*[("a", "b", "c", "d")] * 25, ("e",)))


@refusal(Why.ROW_TOO_LONG, 400, "Bad Request: REPLY_MARKUP_INVALID")
async def row_too_long(line: Line) -> dict[str, Any]:
    await line.send(reply_markup=keyboard(tuple("abcdefgh")))
    return await _with(line, keyboard(tuple("abcdefghi")))


@refusal(Why.INLINE_EXPECTED, 400, "Bad Request: inline keyboard expected")
async def inline_expected(line: Line) -> dict[str, Any]:
    number = await line.send()
    reply = {"keyboard": [["Yes", "No"]]}
    return await line.call("editMessageText", chat_id=AMINATA, message_id=number, text="new", reply_markup=reply)


# -- edits, deletions, taps -----------------------------------------------------------------------------


@refusal(Why.MESSAGE_ID_MISSING, 400, "Bad Request: message identifier is not specified")
async def message_id_missing(line: Line) -> dict[str, Any]:
    return await line.call("editMessageText", chat_id=AMINATA, text="new")


@refusal(Why.EDIT_NOT_FOUND, 400, "Bad Request: message to edit not found")
async def edit_not_found(line: Line) -> dict[str, Any]:
    return await line.call("editMessageText", chat_id=AMINATA, message_id=999, text="new")


@refusal(Why.EDIT_IMPOSSIBLE, 400, "Bad Request: message can't be edited")
async def edit_impossible(line: Line) -> dict[str, Any]:
    return await line.call("editMessageText", chat_id=AMINATA, message_id=line.write("mine"), text="yours")


@refusal(Why.EDIT_WITHOUT_TEXT, 400, "Bad Request: there is no text in the message to edit")
async def edit_without_text(line: Line) -> dict[str, Any]:
    photo = people.send_photo(line.room, AMINATA, line.now()).file
    assert photo is not None
    sent = await line.ok("sendPhoto", chat_id=AMINATA, photo=photo["file_id"])
    return await line.call("editMessageText", chat_id=AMINATA, message_id=sent["message_id"], text="new")


@refusal(Why.NOT_MODIFIED, 400, "Bad Request: message is not modified: specified new message content")
async def not_modified(line: Line) -> dict[str, Any]:
    number = await line.send("x", reply_markup=keyboard(("Yes",)))
    where: dict[str, Any] = {"chat_id": AMINATA, "message_id": number}
    again = await line.call("editMessageReplyMarkup", **where, reply_markup=keyboard(("Yes",)))
    assert again["description"].startswith("Bad Request: message is not modified")
    await line.ok("editMessageText", **where, text="x")  # without a keyboard: it goes, so this is a change
    return await line.call("editMessageText", **where, text=" x ")


@refusal(Why.DELETE_NOT_FOUND, 400, "Bad Request: message to delete not found")
async def delete_not_found(line: Line) -> dict[str, Any]:
    return await line.call("deleteMessage", chat_id=AMINATA, message_id=999)


@refusal(Why.DELETE_IMPOSSIBLE, 400, "Bad Request: message can't be deleted for everyone")
async def delete_impossible(line: Line) -> dict[str, Any]:
    first, second = await line.send(), await line.send()
    line.jump(DELETABLE)
    assert await line.ok("deleteMessage", chat_id=AMINATA, message_id=first) is True
    line.jump(1)
    return await line.call("deleteMessage", chat_id=AMINATA, message_id=second)


@refusal(Why.QUERY_TOO_OLD, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
async def query_too_old(line: Line) -> dict[str, Any]:
    await line.send(reply_markup=keyboard(("Yes",)))
    query = line.tap("Yes")
    line.jump(QUERY_LIFETIME)
    assert await line.ok("answerCallbackQuery", callback_query_id=query.id) is True
    unknown = await line.call("answerCallbackQuery", callback_query_id="1")
    line.jump(1)
    old = await line.call("answerCallbackQuery", callback_query_id=query.id)
    assert old == unknown
    return old


@refusal(Why.ANSWER_TOO_LONG, 400, "Bad Request: MESSAGE_TOO_LONG")
async def answer_too_long(line: Line) -> dict[str, Any]:
    await line.send(reply_markup=keyboard(("Yes",)))
    query = line.tap("Yes")
    await line.ok("answerCallbackQuery", callback_query_id=query.id, text="a" * 200)
    return await line.call("answerCallbackQuery", callback_query_id=query.id, text="a" * 201)


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
