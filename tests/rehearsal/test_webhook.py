"""Delivery to the bot's webhook: the secret, order in a chat, trying again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.rehearsal.faults import Kind

from .line import AMINATA, BINTU, Line, play


class Hook:
    """The bot's webhook. It answers with the codes in `codes`, then 200; `gate` holds up the chats in it."""

    def __init__(self) -> None:
        self.url = ""
        self.codes: list[int] = []
        self.secrets: list[str | None] = []
        self.got: list[dict[str, Any]] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.arrived = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.got.append(update)
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        assert "X-Rehearsal-Now" in request.headers
        self.arrived.set()
        gate = self.gates.get(update["message"]["chat"]["id"])
        if gate is not None:
            await gate.wait()
        return web.Response(status=self.codes.pop(0) if self.codes else 200)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@asynccontextmanager
async def open_hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield hook
    finally:
        await runner.cleanup()


async def _until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the condition is of the room, which rings for nobody here
            await asyncio.sleep(0.005)


def test_updates_come_with_the_secret_and_are_confirmed_by_200() -> None:
    async def scene(line: Line) -> None:
        async with open_hook() as hook:
            line.write("before the webhook was set")
            await line.ok("setWebhook", url=hook.url, secret_token="se-cret", max_connections=3)
            line.write("after")
            await _until(lambda: len(hook.got) == 2 and not line.room.updates.waiting)
            assert hook.texts() == ["before the webhook was set", "after"]
            assert hook.secrets == ["se-cret", "se-cret"]
            info = await line.ok("getWebhookInfo")
            assert (info["url"], info["pending_update_count"], info["max_connections"]) == (hook.url, 0, 3)

    play(scene)


def test_without_a_secret_there_is_no_header() -> None:
    async def scene(line: Line) -> None:
        async with open_hook() as hook:
            await line.ok("setWebhook", url=hook.url)
            line.write("hello")
            await _until(lambda: hook.got)
            assert hook.secrets == [None]

    play(scene)


def test_what_is_not_answered_with_200_is_tried_again_later_and_the_error_is_told() -> None:
    async def scene(line: Line) -> None:
        async with open_hook() as hook:
            hook.codes = [500, 503]
            await line.ok("setWebhook", url=hook.url)
            line.write("first")
            line.write("second")
            await _until(lambda: line.room.webhook.last_error)
            info = await line.ok("getWebhookInfo")
            assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
            assert info["last_error_date"] == int(line.now())
            assert info["pending_update_count"] == 2
            line.jump(1)
            await _until(lambda: "503" in line.room.webhook.last_error)
            line.jump(1.5)  # the second pause is two seconds
            await asyncio.sleep(0.05)
            assert hook.texts() == ["first", "first"]
            line.jump(0.6)
            await _until(lambda: not line.room.updates.waiting)
            assert hook.texts() == ["first", "first", "first", "second"]

    play(scene)


def test_a_webhook_that_is_not_there_is_tried_again_too() -> None:
    async def scene(line: Line) -> None:
        await line.ok("setWebhook", url="http://127.0.0.1:1/nobody")
        line.write("kept")
        await _until(lambda: line.room.webhook.last_error)
        assert (await line.ok("getWebhookInfo"))["last_error_message"] == "Connection refused"
        await line.ok("deleteWebhook")
        assert len(await line.ok("getUpdates")) == 1

    play(scene)


def test_one_update_of_a_chat_at_a_time_and_chats_do_not_wait_for_one_another() -> None:
    async def scene(line: Line) -> None:
        async with open_hook() as hook:
            gate = hook.gates[AMINATA] = asyncio.Event()
            await line.ok("setWebhook", url=hook.url)
            line.write("a1", AMINATA)
            line.write("a2", AMINATA)
            line.write("b1", BINTU)
            line.write("b2", BINTU)
            await _until(lambda: len(hook.got) == 3)
            await asyncio.sleep(0.02)
            assert sorted(hook.texts()) == ["a1", "b1", "b2"]
            gate.set()
            await _until(lambda: not line.room.updates.waiting)
            assert [text for text in hook.texts() if text.startswith("a")] == ["a1", "a2"]

    play(scene)


def test_faults_of_deliveries_befall_the_webhook_too() -> None:
    async def scene(line: Line) -> None:
        async with open_hook() as hook:
            line.faults.add(Kind.DISORDER_UPDATES)
            line.faults.add(Kind.DOUBLE_UPDATES)
            line.write("one")
            line.write("two")
            await line.ok("setWebhook", url=hook.url)
            await _until(lambda: not line.room.updates.waiting)
            assert hook.texts() == ["two", "two", "one"]

    play(scene)


def test_a_moving_clock_stops_for_the_next_try() -> None:
    async def scene(line: Line) -> None:
        async with open_hook() as hook:
            hook.codes = [500]
            await line.ok("setWebhook", url=hook.url)
            line.write("hello")
            await _until(lambda: line.room.webhook.last_error)
            assert line.server.clock.due() == line.now() + 1

    play(scene)
