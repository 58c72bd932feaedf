from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from structlog.testing import capture_logs

from bot.arrivals import Acknowledgement, Arrival
from bot.clock import SystemClock
from bot.telegram.errors import TokenRefused
from bot.telegram.intake import (
    SECRET_HEADER,
    WEBHOOK_BYTES,
    WEBHOOK_PATH,
    Polling,
    Webhook,
    connect,
    set_webhook,
    webhook_secret,
)
from bot.telegram.taps import Taps
from bot.telegram.transport import Timeouts, build_bot
from tests.telegram.small_api import TOKEN, Call, SmallApi, refused, small_api
from tests.telegram.test_inbound import message

ROOT = Path(__file__).parents[2]


class QuickClock(SystemClock):
    """Sleeps a hundredth of what it is asked to, and remembers what that was."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds / 100)


def text(number: int, words: str = "4") -> dict[str, Any]:
    return {**message(text=words), "update_id": number}


async def until(true: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - looks at what a server saw
            await asyncio.sleep(0.005)


class Turns:
    """Takes arrivals, when it is allowed to."""

    def __init__(self) -> None:
        self.taken: list[str | None] = []
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()
        self.failures = 0

    async def submit(self, arrivals: Sequence[Arrival]) -> None:
        self.calls += 1
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the disk is full")
        self.taken += [found.key for found in arrivals]


class Polled:
    """A small Bot API, a bot that polls it, and turns."""

    def __init__(self, api: SmallApi, **more: Any) -> None:
        self.api, self.turns, self.clock = api, Turns(), QuickClock()
        self.bot = api.bot()
        self.polling = Polling(self.bot, self.turns.submit, self.clock, poll_seconds=1, **more)
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Polled:
        await connect(self.bot, self.clock)
        self.task = asyncio.create_task(self.polling.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.turns.open.set()
        self.polling.stop()
        async with asyncio.timeout(20):
            await self.task
        await self.bot.shutdown()

    def offsets(self) -> list[int]:
        return [int(call.parameters.get("offset", 0)) for call in self.api.of("getUpdates")] or [0]


def test_the_offset_moves_only_after_the_turns_are_on_disk() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api) as polled:
            polled.turns.open.clear()
            api.deliver(text(500), text(501))
            await until(lambda: polled.turns.calls)
            await asyncio.sleep(0.1)
            assert polled.offsets()[-1] == 0 and polled.turns.taken == []
            polled.turns.open.set()
            await until(lambda: polled.offsets()[-1] == 502)
            assert polled.turns.taken == ["tg/500", "tg/501"]
            assert polled.offsets()[0] == 0
            assert polled.polling.last_poll_at is not None

    asyncio.run(scenario())


def test_updates_that_could_not_be_taken_are_fetched_again() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api) as polled:
            polled.turns.failures = 2
            api.deliver(text(7))
            await until(lambda: polled.turns.taken)
            assert polled.turns.calls == 3
            await until(lambda: polled.offsets()[-1] == 8)

    asyncio.run(scenario())


def test_one_bad_update_holds_back_nobody_and_is_acknowledged() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api) as polled:
            bad: dict[str, Any] = {"update_id": 11, "message": {"chat": "rubbish", "from": 5, "text": []}}
            api.deliver(text(10), bad, text(12))
            await until(lambda: polled.offsets()[-1] == 13)
            assert polled.turns.taken == ["tg/10", "tg/12"]

    asyncio.run(scenario())


def test_a_smaller_update_id_after_a_quiet_week_is_taken() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            for first in (900_000, 12):
                async with Polled(api) as polled:
                    api.deliver(text(first))
                    await until(lambda polled=polled: polled.turns.taken)
                    await until(lambda polled=polled, first=first: polled.offsets()[-1] == first + 1)
                    api.calls.clear()

    asyncio.run(scenario())


def test_only_what_is_used_is_asked_for_and_nothing_that_waits_is_dropped() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api):
            await until(lambda: api.of("getUpdates"))
            poll = api.of("getUpdates")[0].parameters
            assert poll["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
            assert poll["limit"] == 100
            assert [call.parameters for call in api.of("deleteWebhook")] == [{}]
            assert api.calls.index(api.of("deleteWebhook")[0]) < api.calls.index(api.of("getUpdates")[0])

    asyncio.run(scenario())


def test_another_poller_is_an_alarm_once_and_polling_goes_on_when_it_is_gone() -> None:
    async def scenario() -> list[Any]:
        async with small_api() as api:
            said = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            api.rules.append(lambda call: refused(409, said) if call.method == "getUpdates" else None)
            with capture_logs() as logs:
                async with Polled(api) as polled:
                    await until(lambda: len(api.of("getUpdates")) >= 4)
                    assert polled.polling.is_contested
                    assert polled.clock.slept[:3] == [1, 2, 4]
                    api.rules.clear()
                    api.deliver(text(3))
                    await until(lambda: polled.turns.taken)
                    assert not polled.polling.is_contested
        return logs

    events = [entry["event"] for entry in asyncio.run(scenario())]
    assert events.count("another_poller") == 1 and events.count("other_poller_gone") == 1


def test_a_webhook_that_comes_back_is_deleted_again() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            said = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"

            def rule(call: Call) -> Any:
                active = call.method == "getUpdates" and len(api.of("deleteWebhook")) < 2
                return refused(409, said) if active else None

            api.rules.append(rule)
            async with Polled(api) as polled:
                api.deliver(text(3))
                await until(lambda: polled.turns.taken)
                assert not polled.polling.is_contested

    asyncio.run(scenario())


def test_an_outage_is_said_once_and_its_end_once() -> None:
    async def scenario() -> list[Any]:
        async with small_api() as api:
            with capture_logs() as logs:
                async with Polled(api) as polled:
                    await until(lambda: api.of("getUpdates"))
                    api.rules.append(lambda _: refused(502, "Bad Gateway"))
                    api.deliver(text(1))
                    await until(lambda: polled.turns.taken)
                    await until(lambda: len(polled.clock.slept) >= 5)
                    api.rules.clear()
                    api.deliver(text(2))
                    await until(lambda: "tg/2" in polled.turns.taken)
                    assert polled.clock.slept[:5] == [1, 2, 4, 8, 16]
        return logs

    events = [entry["event"] for entry in asyncio.run(scenario())]
    assert events.count("telegram_unreachable") == 1 and events.count("telegram_reached_again") == 1


def test_a_refused_token_ends_polling_with_one_sentence_that_does_not_hold_it() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = build_bot("5:foreign_token", api.address, timeouts=Timeouts(connect=1))
            with pytest.raises(TokenRefused) as refusal:
                await connect(bot, QuickClock())
            polling = Polling(bot, Turns().submit, QuickClock())
            with pytest.raises(TokenRefused):
                await polling.run()
            await bot.shutdown()
            assert "TELEGRAM_TOKEN" in str(refusal.value) and "foreign_token" not in str(refusal.value)
            assert refusal.value.__cause__ is None

    asyncio.run(scenario())


def test_start_waits_for_a_telegram_that_can_not_be_reached_and_says_so_once() -> None:
    async def scenario() -> list[Any]:
        bot = build_bot(TOKEN, "http://127.0.0.1:9", timeouts=Timeouts(connect=1))
        clock = QuickClock()
        with capture_logs() as logs:
            task = asyncio.create_task(connect(bot, clock))
            await until(lambda: len(clock.slept) >= 3)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await bot.shutdown()
        return logs

    logs = asyncio.run(scenario())
    assert [entry["event"] for entry in logs] == ["telegram_unreachable"]
    assert TOKEN not in repr(logs)


def test_stopping_during_a_long_poll_is_quick_and_during_a_commit_waits_for_it() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            async with Polled(api) as polled:
                await until(lambda: api.of("getUpdates"))
            async with Polled(api) as polled:
                polled.turns.open.clear()
                api.deliver(text(77))
                await until(lambda: polled.turns.calls)
                polled.polling.stop()
                await asyncio.sleep(0.05)
                assert polled.task is not None and not polled.task.done()
                polled.turns.open.set()
                await polled.task
                assert polled.turns.taken == ["tg/77"]

    asyncio.run(scenario())


# -- webhook ---------------------------------------------------------------------------------------------------------


class Hooked:
    """A webhook on a real server, and turns behind it."""

    def __init__(self, **more: Any) -> None:
        self.turns = Turns()
        self.secret = webhook_secret(TOKEN)
        self.hook = Webhook(self.turns.submit, self.secret, **more)

    async def __aenter__(self) -> Hooked:
        app = web.Application()
        app.add_routes(self.hook.routes())
        self.runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{self.runner.addresses[0][1]}{WEBHOOK_PATH}"
        self.client = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.turns.open.set()
        await self.client.close()
        await self.runner.cleanup()

    async def post(self, body: Any, secret: str | None = None) -> int:
        headers = {SECRET_HEADER: self.secret if secret is None else secret}
        sent = {"data": BytesIO(body)} if isinstance(body, bytes) else {"json": body}
        async with self.client.post(self.address, headers=headers, **sent) as answer:
            return answer.status


def test_a_webhook_answers_200_only_after_the_commit() -> None:
    async def scenario() -> None:
        async with Hooked() as hooked:
            hooked.turns.open.clear()
            posting = asyncio.create_task(hooked.post(text(5)))
            await until(lambda: hooked.turns.calls)
            await asyncio.sleep(0.05)
            assert not posting.done()
            hooked.turns.open.set()
            assert await posting == 200
            assert hooked.turns.taken == ["tg/5"]

    asyncio.run(scenario())


def test_a_webhook_without_the_secret_changes_nothing_and_the_secret_is_not_logged() -> None:
    async def scenario() -> None:
        async with Hooked() as hooked:
            with capture_logs() as logs:
                assert await hooked.post(text(5), secret="") == 403
                assert await hooked.post(text(5), secret=hooked.secret[:-1]) == 403
                async with hooked.client.post(hooked.address, json=text(5)) as answer:
                    assert answer.status == 403
            assert hooked.turns.calls == 0
            assert hooked.secret[:-1] not in repr(logs) and hooked.secret not in hooked.address

    asyncio.run(scenario())


def test_a_webhook_says_503_when_it_could_not_keep_the_update() -> None:
    async def scenario() -> None:
        async with Hooked(seconds=0.1) as hooked:
            hooked.turns.failures = 1
            assert await hooked.post(text(5)) == 503
            hooked.turns.open.clear()
            assert await hooked.post(text(6)) == 503
            hooked.turns.open.set()
            await until(lambda: hooked.turns.taken == ["tg/6"])
            assert await hooked.post(text(7)) == 200

    asyncio.run(scenario())


def test_a_webhook_takes_no_more_than_a_mebibyte_and_only_json() -> None:
    async def scenario() -> None:
        async with Hooked() as hooked:
            assert await hooked.post(b"x" * (WEBHOOK_BYTES + 1)) == 413
            assert await hooked.post(b"x" * WEBHOOK_BYTES) == 400
            assert await hooked.post(b"[" * 100_000) == 400
            assert await hooked.post({"update_id": 4, "message": "rubbish"}) == 200
            assert hooked.turns.calls == 0

    asyncio.run(scenario())


def test_a_webhook_takes_no_more_either_when_the_length_is_not_said_or_is_only_claimed() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(WEBHOOK_BYTES // 65_536 + 1):
            yield b" " * 65_536

    async def scenario() -> None:
        async with Hooked() as hooked:
            headers = {SECRET_HEADER: hooked.secret}
            async with hooked.client.post(hooked.address, headers=headers, data=endless()) as answer:
                assert answer.status == 413
            # nothing of the body is there yet, and none of it is waited for
            port = hooked.runner.addresses[0][1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {hooked.secret}\r\n"
            writer.write(f"{head}Content-Length: {WEBHOOK_BYTES + 1}\r\n\r\n".encode())
            assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            assert hooked.hook.answered == {413: 2}

    asyncio.run(scenario())


def test_a_secret_of_strange_bytes_is_a_wrong_one_and_is_looked_at_before_the_body() -> None:
    async def scenario() -> None:
        async with Hooked() as hooked:
            reader, writer = await asyncio.open_connection("127.0.0.1", hooked.runner.addresses[0][1])
            writer.write(f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: ".encode() + b"\xff\xc3\r\n")
            writer.write(b"Content-Length: 1000\r\n\r\n")
            assert b" 403 " in await asyncio.wait_for(reader.readline(), 5)
            writer.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("door", ["bot/telegram/intake.py", "bot/web.py"])
def test_a_secret_is_compared_in_a_time_that_does_not_tell_how_much_of_it_was_right(door: str) -> None:
    tree = ast.parse((ROOT / door).read_text(encoding="utf-8"))

    def words(node: ast.AST) -> set[str]:
        named = (getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node))
        return {name.strip("_") for name in named} & {"given", "secret", "token"}

    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare) and words(node)]
    assert all(isinstance(how, ast.Is | ast.IsNot) for node in compared for how in node.ops)
    digests = [node for node in ast.walk(tree) if getattr(node, "attr", "") == "compare_digest"]
    assert len(digests) == 1


def test_telegram_is_told_of_the_webhook_only_when_it_does_not_know_it() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = api.bot()
            await connect(bot, SystemClock())
            url = "https://twin.example/"
            assert await set_webhook(bot, url, webhook_secret(TOKEN)) is True
            told = api.of("setWebhook")[0].parameters
            assert told["url"] == "https://twin.example/telegram"
            assert told["max_connections"] == 40 and "drop_pending_updates" not in told
            known = {**told, "pending_update_count": 3}
            api.rules.append(
                lambda call: (200, {"ok": True, "result": known}) if call.method == "getWebhookInfo" else None
            )
            assert await set_webhook(bot, url, webhook_secret(TOKEN)) is False
            known["last_error_message"] = "Wrong response from the webhook: 403 Forbidden"
            assert await set_webhook(bot, url, webhook_secret(TOKEN)) is True
            await bot.shutdown()

    asyncio.run(scenario())


# -- taps ------------------------------------------------------------------------------------------------------------


def test_taps_are_answered_and_an_old_query_is_fine() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = api.bot()
            await connect(bot, SystemClock())
            old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
            api.rules.append(lambda call: refused(400, old) if call.parameters["callback_query_id"] == "1" else None)
            taps = Taps(bot)
            with capture_logs() as logs:
                taps.answer([Acknowledgement(str(i), "x" * 300 if i == 2 else None) for i in range(40)])
                await until(lambda: not taps.busy)
            assert logs == []
            answered = api.of("answerCallbackQuery")
            assert sorted(int(call.parameters["callback_query_id"]) for call in answered) == list(range(40))
            assert max(len(call.parameters.get("text", "")) for call in answered) == 200
            await taps.stop()
            await bot.shutdown()

    asyncio.run(scenario())


def test_taps_never_break_anything_when_telegram_is_gone() -> None:
    async def scenario() -> None:
        bot = build_bot(TOKEN, "http://127.0.0.1:9", timeouts=Timeouts(connect=1))
        taps = Taps(bot)
        with capture_logs():
            taps.answer([Acknowledgement(str(i)) for i in range(400)])
            await until(lambda: not taps.busy)
        await taps.stop()

    asyncio.run(scenario())
