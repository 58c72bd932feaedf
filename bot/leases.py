"""One process at a time for one bot token: a lease in the database, renewed while it is held.

Rules kept here:

* Whoever dies stops renewing, and another takes over after `TERM`; at once where it can see that the holder was a
  process of this machine and is gone (a restart after a crash need not be deaf for a quarter of a minute).
* Whoever can not renew in time stops its work before the lease is over; two senders are worse than none. A process that
  stood still for longer than that learns from the clock (`holds`), before it has asked the database.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from storage import leases
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from storage.database import Database

TERM: Final = timedelta(seconds=15)
RENEW_SECONDS: Final = 3.0
ENOUGH_TO_STOP: Final = 9.0
"""Seconds before its end at which a lease that can not be renewed is given up: what is in flight may need eight."""


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
        self._until: datetime | None = None
        self._log: Any = structlog.get_logger(__name__)

    @property
    def holds(self) -> bool:
        """Whether it is ours and not over, as far as this process can know."""
        return self._held and self._until is not None and self._clock.now() < self._until

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if not self._held:
            return
        try:
            async with asyncio.timeout(RENEW_SECONDS), self._database.write() as tx:
                await leases.release(tx, self._name, self._holder)
        except Exception as failure:  # it runs out by itself
            self._log.warning("lease_not_released", error=type(failure).__name__)

    async def taken(self, stop: asyncio.Event) -> None:
        """Wait until the lease is ours; says once who has it. Returns early when `stop` is set."""
        said: str | None = None
        while not stop.is_set():
            try:
                other = await self._acquire()
            except Exception as failure:
                if kind_of(failure) is Trouble.DATA:
                    raise
                other = f"nobody knows ({type(failure).__name__})"
            if other is None:
                self._held = True
                return
            if other != said:
                self._log.info("waiting_for_lease", holder=other)
                said = other
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)

    async def _acquire(self) -> str | None:
        """`None`: it is ours for `TERM`. Otherwise who has it."""
        now = self._clock.now()
        async with asyncio.timeout(RENEW_SECONDS), self._database.write() as tx:
            other = await leases.acquire(tx, self._name, self._holder, now, now + TERM, self._holder)
            if other is not None and is_gone(other):
                await leases.release(tx, self._name, other)
                other = await leases.acquire(tx, self._name, self._holder, now, now + TERM, self._holder)
        if other is None:
            self._until = now + TERM
        return other

    async def held(self, stop: asyncio.Event) -> None:
        """Renew until `stop` is set, or until the lease could not be kept; then say so and return."""
        deadline = self._clock.monotonic() + TERM.total_seconds()
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RENEW_SECONDS)
                return
            asked = self._clock.monotonic()
            try:
                other = await self._acquire()
            except Exception as failure:
                self._log.warning("lease_not_renewed", error=type(failure).__name__)
                if self._clock.monotonic() > deadline - ENOUGH_TO_STOP:
                    return
                continue
            if other is not None:
                self._log.error("lease_lost", holder=other)
                self._held = False
                return
            deadline = asked + TERM.total_seconds()
