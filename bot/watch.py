"""What goes wrong outside: the bot was deaf, what was written is lost, the disk runs low. Coordinators are told,
and the operator by the log and `doctor`.

Rules kept here:

* When the bot last heard is kept in the database, once a minute, so that a machine that was off counts as well. By
  webhook it hears as long as Telegram gets through (`bot/telegram/ear`).
* Who is told is told by the inbox, with a key: a crash in the middle tells nobody twice. The moment at which it hears
  again is written last.
* Telegram keeps what is written for a day. After longer than that those with an open question are asked to send it
  again.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.clock import repeat
from flows.events import Event
from flows.events.shell import AnswersLost, BotWasDeaf, DiskRanLow
from storage import inbox, meta, programmes, sessions
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from flows.people import PersonId
    from storage.database import Database, Transaction

LOOK_SECONDS: Final = 60.0
DEAF_LONG: Final = timedelta(hours=1)
"""A shorter silence nobody notices: answers come in, and are answered."""
TELEGRAM_KEEPS: Final = timedelta(hours=24)
"""Bot API, getUpdates: updates are kept for 24 hours."""
LEAST_FREE: Final = 200 * 1024 * 1024
"""Bytes below which the disk counts as nearly full: a day of a large programme and a migration's copy."""
TOLD_AGAIN: Final = timedelta(days=7)
"""How often coordinators are told that the disk is still nearly full."""
PIECE: Final = 250

HEARD, LOW = "heard_at", "disk_low_at"


def free_at(path: Path) -> int:
    """Bytes that are free where `path` lies."""
    return shutil.disk_usage(path.parent).free


class Watch:
    """`heard` gives a count that has changed when the bot has heard Telegram since; `path` is the database's file,
    `None` where the disk is another machine's; `on_told` is called when somebody's inbox got something."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        heard: Callable[[], Awaitable[float | None]],
        path: Path | None,
        *,
        on_told: Callable[[], None] = lambda: None,
        free: Callable[[Path], int] = free_at,
        log: Any = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._heard = heard
        self._path = path
        self._on_told = on_told
        self._free = free
        self._log = log or structlog.get_logger(__name__)
        self._last: float | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Looks once a minute, until `stop`."""
        await repeat(self._look_or_wait, self._clock, LOOK_SECONDS, self._stopping)

    async def _look_or_wait(self) -> None:
        try:
            await self.look()
        except Exception as failure:  # the database is away, which others say; the next look makes up for it
            if kind_of(failure) is Trouble.DATA:
                raise

    async def look(self) -> None:
        """Raises what the database raises."""
        heard = await self._heard()
        now = self._clock.now()
        if heard is not None and heard != self._last:
            await self._hears(now)
            self._last = heard
        if self._path is not None:
            await self._look_at_disk(self._path, now)

    # -- deaf ------------------------------------------------------------------------------------------------------

    async def _hears(self, now: datetime) -> None:
        async with self._database.read() as tx:
            before = await heard_at(tx)
        if before is not None and now - before > DEAF_LONG:
            lost_until = now - TELEGRAM_KEEPS if now - before > TELEGRAM_KEEPS else None
            self._log.error("was_deaf", since=before.isoformat(), lost=lost_until is not None)
            if lost_until is not None:
                await self._ask_again(before, lost_until, now)
            async with self._database.write() as tx:
                await self._tell_coordinators(tx, BotWasDeaf(before, now, lost_until), f"deaf/{_mark(before)}", now)
                await meta.put(tx, HEARD, now.isoformat())
            self._on_told()
            return
        async with self._database.write() as tx:
            await meta.put(tx, HEARD, now.isoformat())

    async def _ask_again(self, since: datetime, lost_until: datetime, now: datetime) -> None:
        after: PersonId | None = None
        while True:
            async with self._database.write() as tx:
                found = await sessions.asked_before(tx, lost_until, after, PIECE)
                event = AnswersLost(since, lost_until)
                await self._tell(tx, found, event, f"lost/{_mark(since)}", now)
            if len(found) < PIECE:
                return
            after = found[-1]

    # -- the disk --------------------------------------------------------------------------------------------------

    async def _look_at_disk(self, path: Path, now: datetime) -> None:
        free = await asyncio.to_thread(self._free, path)
        async with self._database.read() as tx:
            told = await meta.get(tx, LOW)
        if free >= LEAST_FREE:
            if told is not None and free >= 2 * LEAST_FREE:  # not at every file that comes and goes
                async with self._database.write() as tx:
                    await meta.forget(tx, LOW)
            return
        if told is not None and now - datetime.fromisoformat(told) < TOLD_AGAIN:
            return
        megabytes = free // (1024 * 1024)
        self._log.error("disk_low", megabytes=megabytes)
        async with self._database.write() as tx:
            await self._tell_coordinators(tx, DiskRanLow(megabytes), f"disk/{_mark(now)}", now)
            await meta.put(tx, LOW, now.isoformat())
        self._on_told()

    # -- telling ---------------------------------------------------------------------------------------------------

    async def _tell_coordinators(self, tx: Transaction, event: Event, what: str, now: datetime) -> None:
        every = [one.id for one in await programmes.list_all(tx)]
        leading = await programmes.coordinators(tx, every)
        await self._tell(tx, [one for side in leading.values() for one in side], event, what, now)

    async def _tell(self, tx: Transaction, people: Sequence[PersonId], event: Event, what: str, now: datetime) -> None:
        told = [inbox.Told(one, event, f"watch/{what}/{one}") for one in people]
        await inbox.tell(tx, self._database.vault, told, now)


def _mark(moment: datetime) -> int:
    return int(moment.timestamp())


async def heard_at(tx: Transaction) -> datetime | None:
    """When the bot last heard Telegram, to the minute."""
    found = await meta.get(tx, HEARD)
    return None if found is None else datetime.fromisoformat(found)
