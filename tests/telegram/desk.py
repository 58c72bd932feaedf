"""A sender with a real database on one side and a small Bot API over real HTTP on the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.telegram.sender import Sender
from bot.telegram.transport import TelegramBot
from flows.effects import Lane
from flows.people import PersonId
from storage import inbox, outbox, schema
from storage.database import Database
from storage.encryption import Vault
from storage.outbox import Message, Outgoing
from tests.telegram.small_api import SmallApi, small_api

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PATIENCE = 30.0
"""Seconds until a condition must hold; a machine that also does other things is slow."""


class MovedClock:
    """Real time, beginning at `START`, that can be moved on by hand; sleepers wake within a few milliseconds."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._began = asyncio.get_running_loop().time()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() - self._began + self.ahead

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:  # noqa: ASYNC110 - whoever moves it tells nobody
            await asyncio.sleep(min(left, 0.01))


@dataclass
class Desk:
    """`send` puts rows into the outbox and wakes the sender."""

    database: Database
    vault: Vault
    api: SmallApi
    clock: MovedClock
    bot: TelegramBot
    told: int = 0
    sender: Sender = field(init=False)
    task: asyncio.Task[None] | None = None
    _keys: int = 0

    def start(self, **more: Any) -> None:
        self.sender = Sender(
            self.database, self.vault, self.bot, self.clock, holder="desk", on_told=self._on_told, **more
        )
        self.task = asyncio.create_task(self.sender.run())

    def _on_told(self) -> None:
        self.told += 1

    async def stop(self) -> None:
        if self.task is not None:
            self.sender.stop()
            async with asyncio.timeout(PATIENCE):
                await self.task
            self.task = None

    async def crash(self) -> None:
        """As `kill -9`: nothing is written any more."""
        assert self.task is not None
        self.sender._wind_up = _nothing  # type: ignore[method-assign]
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.task = None

    async def put(self, chat: int, *texts: str, lane: Lane = Lane.REPLY, **more: Any) -> None:
        self._keys += 1
        rows = [
            Outgoing(
                key=f"test/{self._keys}/{i}",
                person=PersonId(chat) if chat <= PEOPLE else None,
                chat=chat,
                lane=lane,
                message=Message("send", text=words),
                not_before=more.get("not_before", self.clock.now()),
                **{name: value for name, value in more.items() if name != "not_before"},
            )
            for i, words in enumerate(texts)
        ]
        await self.insert(*rows)

    async def insert(self, *rows: Outgoing) -> None:
        async with self.database.write() as tx:
            await outbox.insert(tx, self.vault, rows, self.clock.now())

    async def send(self, chat: int, *texts: str, **more: Any) -> None:
        await self.put(chat, *texts, **more)
        self.sender.wake()

    async def rows(self) -> list[Any]:
        async with self.database.read() as tx:
            return list((await tx.execute(select(schema.outbox).order_by(schema.outbox.c.id))).all())

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def news(self) -> list[Any]:
        async with self.database.read() as tx:
            return [found.event for found in await inbox.pending(tx, self.vault, limit=100)]

    async def until_states(self, *wanted: str, seconds: float = PATIENCE) -> None:
        try:
            async with asyncio.timeout(seconds):
                while await self.states() != list(wanted):  # noqa: ASYNC110 - looks at the database
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{await self.states()} instead of {wanted}") from None

    async def until_counted(self, outcome: str, number: int, seconds: float = PATIENCE) -> None:
        """A row waits before its first try and after: how often something happened tells the two apart."""
        async with asyncio.timeout(seconds):
            while self.sender.counts[outcome] < number:  # noqa: ASYNC110 - looks from outside
                await asyncio.sleep(0.01)

    async def until_asked(self, number: int, seconds: float = PATIENCE) -> None:
        """Until Telegram was asked to send `number` messages, whatever it said."""
        async with asyncio.timeout(seconds):
            while len(self.api.sent()) < number:  # noqa: ASYNC110 - looks from outside
                await asyncio.sleep(0.01)

    async def until_idle(self, seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while self.sender.busy:  # noqa: ASYNC110 - looks from outside
                await asyncio.sleep(0.01)


PEOPLE = 9
"""People 1 to 9 exist, in chats 1 to 9."""


@asynccontextmanager
async def desk(
    database: Database, vault: Vault, *, read: float = 5.0, started: bool = True, **more: Any
) -> AsyncIterator[Desk]:
    clock = MovedClock()
    async with database.write() as tx:
        programme = {"id": 1, "name": "Midwives", "kind": "professional", "language": "en", "state": "active"}
        await tx.execute(insert(schema.programmes).values(**programme, created_at=START, settings="{}"))
        await tx.execute(insert(schema.sides).values(id=1, programme_id=1, position=0, name="Freetown"))
        person = {"programme_id": 1, "side_id": 1, "role": "twin", "language": "en", "zone": "UTC", "state": "active"}
        counted = {"sessions_started": 0, "numbers_offered": False, "created_at": START}
        for number in range(1, PEOPLE + 1):
            await tx.execute(insert(schema.people).values(id=number, telegram_id=number, **person, **counted))
    async with small_api() as api:
        bot = api.bot(read=read)
        await bot.initialize()
        api.calls.clear()
        desk = Desk(database, vault, api, clock, bot)
        if started:
            desk.start(**more)
        try:
            yield desk
        finally:
            if api.hold is not None:
                api.hold.set()
            await desk.stop()
            await bot.shutdown()


async def _nothing() -> None:
    pass
