"""One process at a time for one bot token: a lease in the database, renewed while it is held.

Rules kept here:

* Whoever dies stops renewing, and another takes over after `TERM`; at once where it can see that the holder was a
  process of this machine and is gone (a restart after a crash need not be deaf for a quarter of a minute).
* Whoever can not renew in time stops its work before the lease is over; two senders are worse than none.
"""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from storage import leases

if TYPE_CHECKING:
    from bot.clock import Clock
    from storage.database import Database

TERM: Final = timedelta(seconds=15)
RENEW_SECONDS: Final = 4.0


def process_name() -> str:
    """Who holds a lease: host and process for people, and the process table in which that number means something."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}@{_process_table()}"


def _process_table() -> str:
    """The boot of this machine and its namespace of process ids; containers of one machine have tables of their own.
    Empty where it can not be known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot[:13]}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def is_gone(holder: str) -> bool:
    """Whether `holder` was a process of this process table and runs no longer. In doubt it runs."""
    name, _, table = holder.rpartition("@")
    number = name.rpartition(":")[2]
    if not table or table != _process_table() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


class Lease:
    """`async with Lease(...) as lease`, then `taken`, then the work while `held` runs."""

    def __init__(self, database: Database, clock: Clock, holder: str, name: str) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._name = name
        self._held = False
        self._log: Any = structlog.get_logger(__name__)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._held:
            async with self._database.write() as tx:
                await leases.release(tx, self._name, self._holder)

    async def taken(self, stop: asyncio.Event) -> None:
        """Wait until the lease is ours; says once who has it. Returns early when `stop` is set."""
        said = False
        while not stop.is_set():
            now = self._clock.now()
            async with self._database.write() as tx:
                other = await leases.acquire(tx, self._name, self._holder, now, now + TERM, self._holder)
                if other is not None and is_gone(other):
                    await leases.release(tx, self._name, other)
                    other = await leases.acquire(tx, self._name, self._holder, now, now + TERM, self._holder)
            if other is None:
                self._held = True
                return
            if not said:
                self._log.info("waiting_for_lease", holder=other)
                said = True
            await asyncio.sleep(1)

    async def held(self, stop: asyncio.Event) -> None:
        """Renew until `stop` is set, or until the lease could not be kept; then say so and return."""
        deadline = self._clock.monotonic() + TERM.total_seconds()
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), RENEW_SECONDS)
                return
            except TimeoutError:
                pass
            now = self._clock.now()
            try:
                async with self._database.write() as tx:
                    other = await leases.acquire(tx, self._name, self._holder, now, now + TERM, self._holder)
            except Exception as failure:
                self._log.warning("lease_not_renewed", error=type(failure).__name__)
                if self._clock.monotonic() > deadline - RENEW_SECONDS:
                    return
                continue
            if other is not None:
                self._log.error("lease_lost", holder=other)
                self._held = False
                return
            deadline = self._clock.monotonic() + TERM.total_seconds()
