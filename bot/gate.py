"""Shut while the database is on hold: then this process takes nothing and sends nothing (ADR 0035).

Rules kept here:

* What is not taken is not acknowledged: Telegram keeps it, and it comes when the hold has ended, within a day.
* It is looked at before anything is served, and once a second as long as it is shut. A hold ends by a command from
  outside and never by itself; one that is put while a process runs holds from its next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import structlog

from storage import holds
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.arrivals import Arrival
    from storage.database import Database

Submit = Callable[[Sequence["Arrival"]], Awaitable[None]]

LOOK_SECONDS: Final = 1.0


class OnHold(Exception):
    """Nothing is taken as long as the database is on hold."""


class Gate:
    """See the rules above. Shut until `look` has found that there is no hold."""

    def __init__(self, database: Database, submit: Submit, *, log: Any = None) -> None:
        self._database = database
        self._submit = submit
        self._log = log or structlog.get_logger(__name__)
        self.is_shut = True
        self.advice: str | None = None
        """What keeps it shut and how to open it; `readyz` says so."""

    async def look(self) -> None:
        """Raises what the database raises."""
        async with self._database.read() as tx:
            hold = await holds.get(tx)
        self.is_shut = hold is not None
        self.advice = None if hold is None else advice(hold)

    async def opened(self, stop: asyncio.Event) -> None:
        """Returns when there is no hold any more, or when `stop` is set."""
        if self.is_shut:
            self._log.warning("on_hold", advice=self.advice)
        while self.is_shut and not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
            try:
                await self.look()
            except Exception as failure:
                if kind_of(failure) is Trouble.DATA:
                    raise
            else:
                if not self.is_shut:
                    self._log.info("released")

    async def submit(self, arrivals: Sequence[Arrival]) -> None:
        """Passes on what has come. Raises `OnHold`, and what lies behind raises."""
        if self.is_shut:
            raise OnHold
        await self._submit(arrivals)


def advice(hold: holds.Hold) -> str:
    return (
        f"Nothing is taken or sent: the database is on hold since {hold.since:%Y-%m-%d %H:%M} UTC ({hold.because}). "
        "See whether it is the right one, then `twinbot release`."
    )
