"""How to be refused for texts, keyboards, edits, deletions and answers to taps."""

from __future__ import annotations

import json
from typing import Any

from bot.rehearsal import people
from bot.rehearsal.refusals import Why
from bot.rehearsal.sending import DELETABLE, QUERY_LIFETIME

from .line import AMINATA, Line, keyboard
from .provoking import refusal

# -- texts ----------------------------------------------------------------------------------------------


@refusal(Why.TEXT_EMPTY, 400, "Bad Request: message text is empty")
async def text_empty(line: Line) -> dict[str, Any]:
    assert not (await line.call("sendMessage", chat_id=AMINATA, text=""))["ok"]
    return await line.call("sendMessage", chat_id=AMINATA)


@refusal(Why.TEXT_BLANK, 400, "Bad Request: text must be non-empty")
async def text_blank(line: Line) -> dict[str, Any]:
    assert not (await line.call("sendMessage", chat_id=AMINATA, text="   "))["ok"]
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


@refusal(Why.UNREADABLE_ENTITY, 400, "Bad Request: can't parse MessageEntity: Can't find field \"url\"")
async def unreadable_entity(line: Line) -> dict[str, Any]:
    link = {"type": "text_link", "offset": 0, "length": 1}
    await line.send("x", entities=[link | {"url": "https://example.org"}])
    strange = await line.call("sendMessage", chat_id=AMINATA, text="x", entities=[link | {"type": "loud"}])
    assert strange["description"] == "Bad Request: can't parse MessageEntity: Unsupported type specified"
    return await line.call("sendMessage", chat_id=AMINATA, text="x", entities=[link])


@refusal(
    Why.ENTITY_OUTSIDE,
    400,
    "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 3",
)
async def entity_outside(line: Line) -> dict[str, Any]:
    def bold(offset: int, length: int) -> list[dict[str, Any]]:
        return [{"type": "bold", "offset": offset, "length": length}]

    await line.send("🙂", entities=bold(0, 2))
    before = await line.call("sendMessage", chat_id=AMINATA, text="🙂", entities=bold(-1, 1))
    assert before["description"] == "Bad Request: receive an entity with incorrect offset -1"
    after = await line.call("sendMessage", chat_id=AMINATA, text="🙂", entities=bold(3, 1))
    assert after["description"] == "Bad Request: entity begins after the end of the text at UTF-16 offset 3"
    return await line.call("sendMessage", chat_id=AMINATA, text="🙂", entities=bold(1, 2))


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
    assert not (await _with(line, {"inline_keyboard": [[{"text": "x"}]]}))["ok"]
    return await _with(line, {"inline_keyboard": [[{"text": "x", "callback_data": ""}]]})


@refusal(Why.BUTTON_DATA, 400, "Bad Request: BUTTON_DATA_INVALID")
async def button_data(line: Line) -> dict[str, Any]:
    await line.send(reply_markup={"inline_keyboard": [[{"text": "x", "callback_data": "ɔ" * 32}]]})
    return await _with(line, {"inline_keyboard": [[{"text": "x", "callback_data": "ɔ" * 32 + "a"}]]})


@refusal(Why.BUTTON_ADDRESS, 400, "Bad Request: inline keyboard button URL 'gopher://x' is invalid")
async def button_address(line: Line) -> dict[str, Any]:
    await line.send(reply_markup={"inline_keyboard": [[{"text": "x", "url": "https://t.me/x", "callback_data": "y"}]]})
    assert line.phone().last("bot").buttons[0][0].data is None  # type: ignore[union-attr]
    none = await _with(line, {"inline_keyboard": [[{"text": "x", "url": "no-address"}]]})
    assert none["description"].endswith("URL 'no-address' is invalid: Wrong HTTP URL")
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
