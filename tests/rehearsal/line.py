"""A line to a room of its own: real HTTP, a clock that stands still unless moved, two phones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import ClientSession

from bot.rehearsal import people
from bot.rehearsal.phones import Phone
from bot.rehearsal.server import Server
from bot.rehearsal.state import Query, Room

TOKEN = "4242:rehearsal"  # noqa: S105 - opens nothing
AMINATA = 101
BINTU = 102
START = 1_800_000_000.0
PATIENCE = 100.0
"""Seconds for a whole scene; the longest makes three thousand calls, on a machine that also does other things."""


class Line:
    """The bot's and the person's end of one room. `time` is real time as the room sees it: it stands still."""

    def __init__(self, server: Server, session: ClientSession) -> None:
        self.server = server
        self.session = session
        self.room = server.room
        self.faults = server.room.faults

    async def call(self, method: str, token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
        """A call of the bot with JSON; gives the answer's body, whatever it says."""
        async with self.session.post(f"{self.server.url}/bot{token}/{method}", json=parameters) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == (200 if told["ok"] else told["error_code"])
            return told

    async def ok(self, method: str, **parameters: Any) -> Any:
        told = await self.call(method, **parameters)
        assert told["ok"], told
        return told["result"]

    async def send(self, text: str = "Hello", chat: int = AMINATA, **more: Any) -> int:
        """Sends a message that must be accepted; gives its number."""
        number: int = (await self.ok("sendMessage", chat_id=chat, text=text, **more))["message_id"]
        return number

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A request to the room; gives status and body."""
        async with self.session.request(method, f"{self.server.url}{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def until(self, true: Callable[[], bool]) -> None:
        """Until the room has noticed."""
        async with asyncio.timeout(PATIENCE):
            while not true():  # noqa: ASYNC110 - the room is looked at from outside
                await asyncio.sleep(0.01)

    def jump(self, seconds: float) -> None:
        self.server.clock_api.jump(seconds)

    def now(self) -> float:
        return self.server.clock.now()

    def write(self, text: str, chat: int = AMINATA) -> int:
        return people.write(self.room, chat, text, self.now()).id

    def tap(self, label: str, chat: int = AMINATA) -> Query:
        return people.tap_label(self.room, chat, label, self.now())

    def phone(self, chat: int = AMINATA) -> Phone:
        return self.room.phones[chat]


def new_room() -> Room:
    """A room with two phones; Aminata has started the bot, Bintu has not."""
    room = Room(TOKEN, "twin_rehearsal_bot", random=Random(7))  # noqa: S311 - repeatable on purpose
    room.updates.random = room.random
    people.add_phone(room, AMINATA, "Aminata", "kri", "twin · Freetown")
    people.add_phone(room, BINTU, "Bintu", "ar")
    people.write(room, AMINATA, "/start", START)
    room.updates.clear()
    return room


@asynccontextmanager
async def open_line(
    room: Room | None = None, *, kill: Callable[[], None] | None = None, state_path: Path | None = None
) -> AsyncIterator[Line]:
    server = Server(room or new_room(), kill=kill, state_path=state_path, wall=lambda: START, real=lambda: 0.0)
    await server.open()
    try:
        async with ClientSession() as session:
            yield Line(server, session)
    finally:
        await server.close()


def play(scene: Callable[[Line], Awaitable[None]], **how: Any) -> None:
    """Opens a line and plays `scene` on it."""

    async def whole() -> None:
        async with open_line(**how) as line:
            async with asyncio.timeout(PATIENCE):
                await scene(line)

    asyncio.run(whole())


def keyboard(*rows: tuple[str, ...]) -> dict[str, Any]:
    """An inline keyboard whose data are its labels."""
    return {"inline_keyboard": [[{"text": label, "callback_data": label} for label in row] for row in rows]}
