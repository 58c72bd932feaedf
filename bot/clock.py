"""One clock, passed in at the composition root: wall time, a monotonic count, and sleep.

Rules kept here:

* Nothing else asks the machine what time it is. Processes on one PostgreSQL go by its time.
* In rehearsal the offset belongs to the local Bot API, is read with each of its answers, and only ever grows;
  whoever sleeps wakes when the clock is moved past the end of the sleep.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the shell knows of time."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; they move with the clock."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so long on this clock."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def machine_time() -> datetime:
    """What this machine takes for the time."""
    return datetime.now(UTC)


class AgreedClock(SystemClock):
    """The machine's clock, put right by the database that several processes share (`bot/agreeing`)."""

    def __init__(self, machine: Callable[[], datetime] = machine_time) -> None:
        self._machine = machine
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._machine() + self._ahead

    def put_right(self, change: timedelta) -> None:
        """Go on by `change` from now on, back where it is negative."""
        self._ahead += change


class RehearsalClock:
    """The machine's clock plus an offset that the local Bot API tells."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._moved = asyncio.Event()
        """Set at the next jump, and then replaced by a fresh one."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def monotonic(self) -> float:
        return time.monotonic() + self._offset

    def told(self, now: float) -> bool:
        """Take over the simulated unix time `now`; says whether the clock jumped. It never goes back."""
        offset = now - time.time()
        if offset <= self._offset + JITTER:
            return False
        self._offset = offset
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return True

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:
            # An event, not a condition: a cancelled wait on one leaves its lock in whatever state it had.
            moved = self._moved
            try:
                async with asyncio.timeout(left):
                    await moved.wait()
            except TimeoutError:
                return


JITTER = 0.25
"""Seconds by which an answer's time may differ from ours by travelling alone; less is no jump."""


async def repeat(look: Callable[[], Awaitable[None]], clock: Clock, seconds: float, stopping: asyncio.Event) -> None:
    """Calls `look`, and again after each pause of so many seconds, until `stopping` is set, which ends a pause."""
    stopped = asyncio.create_task(stopping.wait())
    try:
        while not stopped.done():
            await look()
            pause = asyncio.create_task(clock.sleep(seconds))
            await asyncio.wait({stopped, pause}, return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()
    finally:
        stopped.cancel()
