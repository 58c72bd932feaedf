"""A few methods of the Bot API over real HTTP, with switches that the rehearsal room does not have: exact moments of
arrival, answers held back by hand. For tests of the transport; journeys use the rehearsal room."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.telegram.transport import TelegramBot, Timeouts, build_bot

TOKEN = "4000:TEST-token_of_the_small_api"  # noqa: S105 - nobody's


@dataclass
class Call:
    method: str
    parameters: dict[str, Any]
    at: float

    @property
    def chat(self) -> int:
        return int(self.parameters["chat_id"])

    @property
    def text(self) -> str:
        return str(self.parameters.get("text"))


Answer = tuple[int, dict[str, Any]]
Rule = Callable[[Call], Answer | None]


def refused(code: int, description: str, **parameters: Any) -> Answer:
    told = {"ok": False, "error_code": code, "description": description}
    return code, {**told, "parameters": parameters} if parameters else told


@dataclass
class SmallApi:
    calls: list[Call] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    hold: asyncio.Event | None = None  # answers wait for it, after the call was accepted
    drop: int = 0  # so many accepted calls get no answer: the connection is cut
    now: float | None = None
    address: str = ""
    webhook: str = ""
    date: str | None = None  # of every answer, as its head says it; the server's own otherwise
    _number: int = 100
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def sent(self) -> list[Call]:
        return [call for call in self.calls if call.method in ("sendMessage", "editMessageReplyMarkup")]

    def of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def deliver(self, *updates: dict[str, Any]) -> None:
        self.updates += updates
        self._ready.set()

    def bot(self, *, read: float = 5.0, **more: Any) -> TelegramBot:
        return build_bot(TOKEN, self.address, timeouts=Timeouts(connect=1, read=read), **more)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if token != TOKEN:
            return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
        if request.content_type == "application/json":
            parameters = json.loads(await request.read())
        else:
            parameters = {
                name: (value.filename, value.file.read()) if isinstance(value, web.FileField) else value
                for name, value in (await request.post()).items()
            }
        call = Call(method, parameters, time.monotonic())
        self.calls.append(call)
        headers = {} if self.now is None else {"X-Rehearsal-Now": str(self.now)}
        if self.date is not None:
            headers["Date"] = self.date
        for rule in self.rules:
            if (answer := rule(call)) is not None:
                return web.json_response(answer[1], status=answer[0], headers=headers)
        result = await self._result(call)
        if method != "getUpdates" and self.drop:
            self.drop -= 1
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if method != "getUpdates" and self.hold is not None:
            await self.hold.wait()
        return web.json_response({"ok": True, "result": result}, headers=headers)

    async def _result(self, call: Call) -> Any:
        match call.method:
            case "getMe":
                return {"id": 4000, "is_bot": True, "first_name": "Twinbot", "username": "twin_bot"}
            case "sendMessage":
                self._number += 1
                call.parameters["message_id"] = self._number
                chat = {"id": call.chat, "type": "private"}
                return {"message_id": self._number, "date": 1, "chat": chat, "text": call.text}
            case "getUpdates":
                return await self._poll(call)
            case "getWebhookInfo":
                return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": 0}
            case "setWebhook":
                self.webhook = str(call.parameters["url"])
                return True
            case _:
                return True

    async def _poll(self, call: Call) -> list[dict[str, Any]]:
        offset = int(call.parameters.get("offset", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        if not self.updates:
            self._ready.clear()
            try:
                await asyncio.wait_for(self._ready.wait(), float(call.parameters.get("timeout", 0)))
            except TimeoutError:
                return []
        return self.updates[: int(call.parameters.get("limit", 100))]


@asynccontextmanager
async def small_api() -> AsyncIterator[SmallApi]:
    api = SmallApi()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    api.address = f"http://127.0.0.1:{port}"
    try:
        yield api
    finally:
        if api.hold is not None:
            api.hold.set()
        await runner.cleanup()


@contextmanager
def small_api_beside() -> Iterator[SmallApi]:
    """The same in a thread of its own, for tests that wait for commands."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = small_api()
    try:
        yield asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
