from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Coroutine
from typing import Any

import pytest
from telegram import InputFile
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError, TimedOut

from bot.telegram.errors import NotSent
from bot.telegram.outcomes import (
    Answer,
    Gone,
    Migrated,
    Refused,
    RetryAfter,
    Sent,
    Transient,
    Unparsable,
    Unreachable,
    answer_of,
)
from bot.telegram.transport import TELEGRAM, Timeouts, build_bot
from tests.telegram.small_api import TOKEN, SmallApi, refused, small_api


async def error_of(work: Coroutine[Any, Any, Any]) -> TelegramError:
    with pytest.raises(TelegramError) as raised:
        await work
    return raised.value


async def opened(api: SmallApi, **more: Any) -> Any:
    bot = api.bot(**more)
    await bot.initialize()
    return bot


@pytest.mark.parametrize(
    ("code", "description", "parameters", "answer"),
    [
        (429, "Too Many Requests: retry after 7", {"retry_after": 7}, RetryAfter(7)),
        (429, "Too Many Requests", {}, RetryAfter(1)),
        (400, "Bad Request: chat not found", {}, Unreachable("not_found")),
        (400, "Bad Request: PEER_ID_INVALID", {}, Unreachable("not_found")),
        (400, "Bad Request: message is not modified: specified new message content …", {}, Sent()),
        (400, "Bad Request: message to edit not found", {}, Gone("edit_not_found")),
        (400, "Bad Request: message can't be edited", {}, Gone("edit_too_late")),
        (400, "Bad Request: message to delete not found", {}, Gone("delete_not_found")),
        (400, "Bad Request: message can't be deleted for everyone", {}, Gone("delete_too_late")),
        (400, "Bad Request: can't parse entities: Can't find end", {}, Unparsable()),
        (400, "Bad Request: BUTTON_DATA_INVALID", {}, Refused("button_data_invalid")),
        (400, "Bad Request: button URL 'my secret' is invalid", {}, Refused("button_url")),
        (400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -1009}, Migrated(-1009)),
        (403, "Forbidden: bot was blocked by the user", {}, Unreachable("blocked")),
        (403, "Forbidden: user is deactivated", {}, Unreachable("deactivated")),
        (403, "Forbidden: bot can't initiate conversation with a user", {}, Unreachable("never_started")),
        (403, "Forbidden: something new", {}, Unreachable("forbidden")),
        (401, "Unauthorized", {}, Transient("token_refused")),
        (404, "Not Found", {}, Transient("token_refused")),
        (409, "Conflict", {}, Transient("conflict")),
        (500, "Internal Server Error", {}, Transient("http_500")),
        (502, "Bad Gateway", {}, Transient("http_502")),
        (413, "Request Entity Too Large", {}, Transient("no_answer", unknown=True)),
    ],
)  # fmt: skip
def test_what_telegram_says_becomes_a_value(
    code: int, description: str, parameters: dict[str, Any], answer: Answer
) -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = await opened(api)
            api.rules.append(lambda _: refused(code, description, **parameters))
            assert answer_of(await error_of(bot.call("sendMessage", chat_id=5, text="hello"))) == answer
            await bot.shutdown()

    asyncio.run(scenario())


def test_a_bad_request_is_not_taken_for_a_network_error() -> None:
    assert isinstance(BadRequest("x"), NetworkError)
    assert answer_of(BadRequest("Something is wrong")) == Refused("something_is_wrong")
    assert answer_of(Forbidden("Forbidden: x")) == Unreachable("forbidden")


def test_what_never_left_is_told_apart_from_what_may_have_arrived() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = await opened(api, read=0.2)
            api.hold = asyncio.Event()
            late = await error_of(bot.call("sendMessage", chat_id=5, text="hello"))
            assert isinstance(late, TimedOut) and answer_of(late) == Transient("no_answer", unknown=True)
            api.hold.set()
            api.drop = 1
            cut = await error_of(bot.call("sendMessage", chat_id=5, text="hello"))
            assert answer_of(cut) == Transient("no_answer", unknown=True)
            assert len(api.of("sendMessage")) == 2
            await bot.shutdown()
            assert isinstance(await error_of(bot.call("getMe")), NotSent)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            closed = build_bot(TOKEN, f"http://127.0.0.1:{free.getsockname()[1]}", timeouts=Timeouts(connect=0.5))
            refusal = await error_of(closed.initialize())
            assert isinstance(refusal, NotSent) and answer_of(refusal) == Transient("not_connected")
            await closed.shutdown()

    asyncio.run(scenario())


def test_neither_token_nor_words_get_into_errors_or_logs(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = await opened(api, read=0.2)
            api.rules.append(lambda call: refused(500, "echo: " + call.text))
            errors = [await error_of(bot.call("sendMessage", chat_id=5, text="planted"))]
            api.rules.clear()
            api.drop = 1
            errors.append(await error_of(bot.call("sendMessage", chat_id=5, text="planted")))
            api.hold = asyncio.Event()
            errors.append(await error_of(bot.call("sendMessage", chat_id=5, text="planted")))
            await bot.shutdown()
            for error in errors:
                told = repr(error) + str(error) + repr(error.__cause__)
                assert TOKEN not in told and "planted" not in told

    caplog.set_level(logging.DEBUG)
    asyncio.run(scenario())
    assert TOKEN not in caplog.text and "planted" not in caplog.text


def test_an_answer_that_is_no_json_is_an_unknown_outcome_and_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    bot = build_bot(TOKEN)
    with pytest.raises(TelegramError) as raised:
        bot.request.parse_json_payload(b"<html>planted</html>")
    assert answer_of(raised.value) == Transient("unreadable_answer", unknown=True)
    assert "planted" not in caplog.text + repr(raised.value)


def test_the_headers_of_every_answer_are_shown() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            api.now = 1_700_000_000.5
            seen: list[str | None] = []
            bot = await opened(api, on_headers=lambda headers: seen.append(headers.get("X-Rehearsal-Now")))
            api.rules.append(lambda call: refused(400, "Bad Request: no") if call.method == "sendMessage" else None)
            await error_of(bot.call("sendMessage", chat_id=5, text="x"))
            await bot.call("getUpdates", timeout=0)
            assert seen == ["1700000000.5"] * 3
            await bot.shutdown()

    asyncio.run(scenario())


def test_files_go_as_a_form_and_words_in_their_own_letters() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = await opened(api)
            await bot.call("sendDocument", chat_id=5, document=InputFile(b"a,b\n", filename="report.csv"), caption="é")
            form = api.of("sendDocument")[0].parameters
            assert form["caption"] == "é" and form["chat_id"] == "5"
            files = [value for value in form.values() if not isinstance(value, str)]
            assert files == [("report.csv", b"a,b\n")]
            await bot.call("sendMessage", chat_id=5, text="سلام", reply_markup=None)
            assert api.of("sendMessage")[0].parameters == {"chat_id": 5, "text": "سلام", "message_id": 101}
            await bot.shutdown()

    asyncio.run(scenario())


def test_addresses_are_telegram_s_and_a_host_of_one_s_own_gets_the_same_paths() -> None:
    assert TELEGRAM == "https://api.telegram.org"
    bot = build_bot(TOKEN, "http://127.0.0.1:8081/")
    assert bot.base_url == f"http://127.0.0.1:8081/bot{TOKEN}"
    assert bot.base_file_url == f"http://127.0.0.1:8081/file/bot{TOKEN}"


def test_polling_does_not_share_its_connections_with_sending() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = await opened(api, read=30.0)
            poll = asyncio.create_task(bot.call("getUpdates", timeout=1))
            await asyncio.sleep(0.05)
            api.hold = asyncio.Event()
            sends = [asyncio.create_task(bot.call("sendMessage", chat_id=i, text="x")) for i in range(1, 60)]
            assert await poll == []
            again = await bot.call("getUpdates", timeout=0)
            assert again == [] and len(api.of("sendMessage")) == 32
            api.hold.set()
            await asyncio.gather(*sends)
            await bot.shutdown()

    asyncio.run(scenario())
