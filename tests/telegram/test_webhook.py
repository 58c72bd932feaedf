"""The webhook on a real server: what it takes, what it refuses, when it says 200."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.telegram.intake import (
    SECRET_HEADER,
    WEBHOOK_BYTES,
    WEBHOOK_PATH,
    Webhook,
    connect,
    set_webhook,
    until_accepted,
    webhook_secret,
)
from tests.telegram.arriving import QuickClock, Turns, text, until
from tests.telegram.small_api import TOKEN, refused, small_api

ROOT = Path(__file__).parents[2]


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


def test_a_webhook_that_telegram_does_not_take_is_said_as_such_and_tried_again() -> None:
    """Not as a Telegram that can not be reached: the network is well, and PUBLIC_URL is not."""

    async def scenario() -> list[Any]:
        async with small_api() as api:
            bot, clock = api.bot(), QuickClock()
            await connect(bot, SystemClock())
            sentence = "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
            api.rules.append(lambda call: refused(400, sentence) if call.method == "setWebhook" else None)
            setting = until_accepted(lambda: set_webhook(bot, "https://twin.example", "s"), clock, "webhook")
            with capture_logs() as logs:
                task = asyncio.create_task(setting)
                await until(lambda: len(api.of("setWebhook")) >= 3)
                api.rules.clear()
                await task
            await bot.shutdown()
            return logs

    said, *rest = asyncio.run(scenario())
    assert (said["event"], said["reason"]) == ("telegram_refuses", "failed_to_resolve_host")
    assert "PUBLIC_URL" in said["advice"]
    assert [entry["event"] for entry in rest] == ["webhook_set", "telegram_reached_again"]
