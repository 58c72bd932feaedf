"""Processes of several machines agree on the time: all of them take it from the database that they share.

Rules kept here:

* One clock that is a minute ahead would else hold up its replies for a minute, and one that is behind would lose its
  lease at once: what one process writes, another compares with its own clock.
* The time is read before anything else happens, and once a minute from then on; a difference that the way to the
  database may explain changes nothing.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from storage import meta
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import AgreedClock
    from storage.database import Database

EVERY_SECONDS: Final = 60.0
"""A clock that is set while the process runs is put right within so long."""
UNDISPUTED: Final = timedelta(milliseconds=250)
"""Less is no difference: turns take as long."""
WORTH_A_WORD: Final = timedelta(seconds=5)


class Agreeing:
    """Keeps `clock` at the time of `database`."""

    def __init__(self, database: Database, clock: AgreedClock, *, every: float = EVERY_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._every = every
        self._log: Any = structlog.get_logger(__name__)

    async def look(self) -> None:
        """Read the database's time once, and take it over. Raises what the database raises."""
        async with self._database.read() as tx:
            before = self._clock.now()
            theirs = await meta.now(tx)
            after = self._clock.now()
        way = (after - before) / 2
        change = theirs - (before + way)
        if abs(change) > max(UNDISPUTED, way):
            self._clock.put_right(change)
            if abs(change) > WORTH_A_WORD:
                self._log.warning("clock_put_right", seconds=round(change.total_seconds(), 1))

    async def run(self) -> None:
        """Looks every so many seconds until cancelled. That the database is away is said by whoever needs it."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.look()
            except Exception as failure:
                if kind_of(failure) is Trouble.DATA:
                    raise
