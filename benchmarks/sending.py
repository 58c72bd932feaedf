"""CPU of a message sent: our sender, python-telegram-bot on httpx, and bare aiohttp, against one local server.

The server is a process of its own, so that only the senders' CPU counts. The pace is opened wide for this figure: it is
the cost that is measured, not Telegram's limit.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection

import aiohttp
from aiohttp import web
from telegram import Bot
from telegram.request import HTTPXRequest

from benchmarks.programme import FIRST_CHAT, database, fill
from benchmarks.tables import table
from bot.clock import SystemClock
from bot.telegram.pacing import Pace
from bot.telegram.sender import Sender
from bot.telegram.transport import build_bot
from flows.effects import Lane
from flows.people import PersonId
from storage import outbox
from storage.outbox import Message, Outgoing

MESSAGES = 3_000
AT_ONCE = 8
TEXT = "Hello Fatmata. Contact with Anneke since last time?"
TOKEN = "1:bench"  # noqa: S105 - opens nothing


def serve(port: Connection) -> None:
    """A Bot API that accepts everything."""

    async def accept(request: web.Request) -> web.Response:
        body = await request.read()
        method = request.path.rpartition("/")[2]
        if method == "getMe":
            me = {"id": 1, "is_bot": True, "first_name": "b", "username": "b"}
            return web.json_response({"ok": True, "result": me})
        chat = json.loads(body)["chat_id"] if body.startswith(b"{") else 1
        message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "text": TEXT}
        return web.json_response({"ok": True, "result": message})

    async def run() -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", accept)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


async def _all(send: Callable[[int], Awaitable[object]]) -> float:
    """CPU milliseconds a message, `AT_ONCE` under way."""
    numbers = iter(range(MESSAGES))

    async def one() -> None:
        for number in numbers:
            await send(FIRST_CHAT + number)

    began = time.process_time()
    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return (time.process_time() - began) * 1000 / MESSAGES


async def bare(url: str) -> float:
    async with aiohttp.ClientSession() as http:

        async def send(chat: int) -> None:
            async with http.post(f"{url}/bot{TOKEN}/sendMessage", json={"chat_id": chat, "text": TEXT}) as response:
                await response.json()

        return await _all(send)


async def httpx(url: str) -> float:
    bot = Bot(TOKEN, base_url=f"{url}/bot", request=HTTPXRequest(connection_pool_size=32))
    async with bot:
        return await _all(lambda chat: bot.send_message(chat, TEXT))


async def aiohttp_bot(url: str) -> float:
    bot = build_bot(TOKEN, url)
    async with bot:
        return await _all(lambda chat: bot.call("sendMessage", chat_id=chat, text=TEXT))


class Unhurried(Pace):
    """No limit at all."""

    def bot_wait(self, *_: object) -> float:
        return 0.0

    def chat_wait(self, *_: object, **__: object) -> float:
        return 0.0


async def ours(url: str) -> float:
    """From the row in the outbox to the row marked sent: claims, leases and settling included."""
    async with database() as opened:
        await fill(opened, MESSAGES)
        now = datetime.now(UTC)
        rows = [
            Outgoing(None, PersonId(n + 1), FIRST_CHAT + n, Lane.REPLY, Message("send", TEXT), now)
            for n in range(MESSAGES)
        ]
        async with opened.write() as tx:
            await outbox.insert(tx, opened.vault, rows, now)
        bot = build_bot(TOKEN, url)
        async with bot:
            sender = Sender(opened, opened.vault, bot, SystemClock(), holder="bench")
            sender._pace = Unhurried()
            began = time.process_time()
            running = asyncio.create_task(sender.run())
            sender.wake()
            while sender.counts["sent"] < MESSAGES:
                await asyncio.sleep(0.01)
            spent = (time.process_time() - began) * 1000 / MESSAGES
            sender.stop()
            await running
    return spent


def main() -> None:
    """Print CPU milliseconds a message and the ratio to bare aiohttp; aim: 0.5 ms."""
    receiving, sending = multiprocessing.Pipe(False)
    server = multiprocessing.Process(target=serve, args=(sending,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiving.recv()}"
    try:
        cheapest = asyncio.run(bare(url))
        rows: list[tuple[str, float]] = [
            ("bare aiohttp", cheapest),
            ("python-telegram-bot on httpx", asyncio.run(httpx(url))),
            ("python-telegram-bot on our transport", asyncio.run(aiohttp_bot(url))),
        ]
        rows.append(("our sender, outbox included", asyncio.run(ours(url))))
    finally:
        server.terminate()
    table(["a message", "CPU ms", "times bare"], [[n, f"{v:.2f}", f"{v / cheapest:.1f}"] for n, v in rows])
