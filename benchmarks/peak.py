"""The two processes of the peak: a Bot API with a phone for everybody, and the real worker whose clock stands at it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any, Final

from aiohttp import web

from benchmarks.arrivals import ANSWERS
from benchmarks.programme import FIRST_CHAT, tap_update
from benchmarks.sending import Unhurried
from bot.application import Process, Role, checked_catalogue
from bot.clock import SystemClock, machine_time
from bot.leases import process_name
from bot.opening import await_database, erasures_of
from bot.settings import Settings, read_settings
from bot.versions import load_versions

POLL_SECONDS: Final = 5.0
FIRST_QUESTION: Final = ".ask_contact."


class _Phones:
    """Everybody's phone. So many as in the simulation tap the first button, as long as there is one, and at once."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.answering = False
        self._updates: list[dict[str, Any]] = []
        self._arrived = asyncio.Event()
        self._number = 0

    def sent(self, call: dict[str, Any]) -> int:
        """The number of the new message."""
        self._number += 1
        markup = call.get("reply_markup")
        keyboard = json.loads(markup) if isinstance(markup, str) else markup
        buttons = keyboard.get("inline_keyboard") if keyboard else None
        if buttons:
            data, chat = buttons[0][0]["callback_data"], int(call["chat_id"])
            self.counts["prompts"] += FIRST_QUESTION in data
            if self.answering and chat % 100 < 100 * ANSWERS:
                self._updates.append(tap_update(self._number, chat - FIRST_CHAT, data))
                self._arrived.set()
        return self._number

    async def updates(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """What waits behind `offset`; nothing waits: after some seconds an empty list."""
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        if not self._updates:
            self._arrived.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        return self._updates[:limit]


def serve(port: Connection) -> None:
    """A Bot API that accepts everything, tells the address it listens at, and answers `/counts`."""
    phones = _Phones()

    async def call(request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        body = await request.read()
        given: dict[str, Any] = json.loads(body) if body.startswith(b"{") else dict(await request.post())
        phones.counts[method] += 1
        match method:
            case "getMe":
                result: Any = {"id": 1, "is_bot": True, "first_name": "b", "username": "b"}
            case "getUpdates":
                result = await phones.updates(int(given.get("offset") or 0), int(given.get("limit") or 100))
            case "sendMessage":
                chat = {"id": int(given["chat_id"]), "type": "private"}
                result = {"message_id": phones.sent(given), "date": 1, "chat": chat, "text": "…"}
            case _:
                result = True
        return web.json_response({"ok": True, "result": result})

    async def counts(request: web.Request) -> web.Response:
        phones.answering = request.query.get("answering") == "yes"
        return web.json_response(phones.counts)

    async def run() -> None:
        application = web.Application()
        application.router.add_get("/counts", counts)
        application.router.add_route("*", "/{path:.*}", call)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


class MovedClock(SystemClock):
    """The machine's clock, ahead or behind."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return machine_time() + self._ahead


async def work(settings: Settings, ahead: timedelta, *, unhurried: bool) -> None:
    """The real `worker`, as `bot.application.run` makes it, on a moved clock; `unhurried` without Telegram's limit."""
    clock = MovedClock(ahead)
    async with AsyncExitStack() as stack:
        catalogue = checked_catalogue()
        database = await await_database(settings, clock)
        stack.push_async_callback(database.close)
        await load_versions(database, catalogue, clock)
        process = Process(settings, Role.WORKER, database, catalogue, clock, process_name(), erasures_of(settings))
        if unhurried:
            process.sender._pace = Unhurried()
        await process.run(stack)


if __name__ == "__main__":
    asyncio.run(work(read_settings(), timedelta(seconds=float(sys.argv[1])), unhurried=sys.argv[2] == "unhurried"))
