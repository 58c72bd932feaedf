"""Copies of the database: one a day while the bot runs on SQLite, one before it is migrated, one when asked for.

Rules kept here:

* On SQLite it happens by itself; what is kept and how stands in `storage/backups`. PostgreSQL has tools of its own.
* A copy that fails is said once and tried again at the next look; people are served meanwhile. Before a migration it
  is not: without a copy nothing is migrated.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.clock import repeat
from storage import backups, migrations
from storage.errors import Refused

if TYPE_CHECKING:
    from bot.clock import Clock
    from storage.database import Database

EVERY: Final = timedelta(days=1)
"""How old the newest copy gets while the bot runs."""
LOOK_SECONDS: Final = 600.0
"""How late a copy may come, and when one that failed is tried again."""


class Backups:
    """Makes a copy of the database at `path` whenever the newest is a day old, from the start on."""

    def __init__(self, path: Path, clock: Clock, *, log: Any = None) -> None:
        self._path = path
        self._clock = clock
        self._log = log or structlog.get_logger(__name__)
        self._stopping = asyncio.Event()
        self._failing = False

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Looks until `stop`."""
        await repeat(self._look, self._clock, LOOK_SECONDS, self._stopping)

    async def _look(self) -> None:
        now = self._clock.now()
        if any(now - EVERY < one.at <= now for one in await asyncio.to_thread(backups.kept, self._path)):
            return
        try:
            made = await asyncio.to_thread(backups.back_up, self._path, now)
        except (Refused, OSError) as failure:
            if not self._failing:
                self._log.error("backup_failed", advice=str(failure))
            self._failing = True
            return
        self._failing = False
        self._log.info("backed_up", file=str(made.path))


async def migrate(database: Database, now: datetime) -> tuple[str, ...]:
    """Brings the database up to date, a file that holds something already after a copy of it. Gives the revisions that
    were run. Raises `Refused` when there can be no copy."""
    is_old = database.path is not None and await migrations.pending(database)
    if is_old and database.path is not None and await migrations.current(database) is not None:
        try:
            await asyncio.to_thread(backups.back_up, database.path, now)
        except Refused as refused:
            raise Refused(f"The database is copied before it is migrated, and that fails: {refused}") from None
    return await migrations.migrate(database)


async def back_up(url: str, path: Path | None, target: Path | None, now: datetime) -> tuple[Path, int]:
    """A copy of the database at `url`, whose file is `path`, to `target` or among those that are kept; says where it is
    and how many bytes it has. Raises `Refused`."""
    if path is None:
        target = target or Path(f"twinbot-{now:%Y%m%dT%H%M%SZ}.dump")
        return target, await asyncio.to_thread(backups.dump, url, target)
    if target is None:
        made = await asyncio.to_thread(backups.back_up, path, now)
        return made.path, made.path.stat().st_size
    return target, await asyncio.to_thread(backups.copy, path, target)
