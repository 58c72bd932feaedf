"""How a bot under rehearsal follows the moved clock: it reports when it has nothing left to do, and is told the time.

Rules kept here:

* The clock never jumps over anything: it is moved only to the earliest due moment that every process reported.
* A bot whose room has died ends as well: nobody could reach it, and it would keep the rehearsal's database to itself.
* Only a process whose intake, turns, ticks and sender are all at rest calls itself idle.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import structlog

from bot.clock import RehearsalClock
from storage.errors import Trouble, kind_of

HEADER: Final = "X-Rehearsal-Now"
LOOK_SECONDS: Final = 0.02
BUSY_REPORT_SECONDS: Final = 2.0
SOON: Final = timedelta(seconds=0.5)
"""More than a report takes on a busy machine; less than the second between two messages of a chat."""
REPORT_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)


def follow(clock: RehearsalClock) -> Callable[[Mapping[str, str]], None]:
    """Reads the time from the headers of each answer of the local Bot API."""

    def read(headers: Mapping[str, str]) -> None:
        told = headers.get(HEADER)
        if told is not None:
            clock.told(float(told))

    return read


class Follower:
    """Reports to the local Bot API when this process is idle, and takes over the time from its answer. `room` is the
    process that started this one; when it is gone `abandoned` is called."""

    def __init__(
        self,
        api_url: str,
        process: str,
        clock: RehearsalClock,
        *,
        at_rest: Callable[[], bool],
        next_due: Callable[[], Awaitable[datetime | None]],
        moved: Callable[[], None],
        room: int | None = None,
        abandoned: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = f"{api_url}/clock/report"
        self._process = process
        self._clock = clock
        self._at_rest = at_rest
        self._next_due = next_due
        self._moved = moved
        self._abandoned = abandoned
        self._room = room
        self._log: Any = structlog.get_logger(__name__)

    async def run(self) -> None:
        """Reports until cancelled. A room that does not answer is asked again."""
        async with aiohttp.ClientSession(timeout=REPORT_TIMEOUT) as http:
            while True:
                try:
                    idle, due = await self._rest()
                except Exception as failure:
                    if kind_of(failure) is Trouble.DATA:
                        raise
                    idle, due = False, None  # what it will have to do is not known while the database is away
                now = self._clock.now().timestamp()
                body = {
                    "process": self._process,
                    "idle": idle,
                    "next_due": None if due is None else due.timestamp(),
                    "seen": now,
                }
                try:
                    async with http.post(self._url, json=body) as response:
                        told = (await response.json())["now"]
                except (aiohttp.ClientError, TimeoutError, LookupError, TypeError, ValueError):
                    if self._room is not None and os.getppid() != self._room:
                        self._log.warning("room_gone")
                        self._abandoned()
                        return
                    await asyncio.sleep(1)
                    continue
                if self._clock.told(float(told)):
                    self._moved()

    async def _rest(self) -> tuple[bool, datetime | None]:
        """Whether the process is idle, and when it will have something to do.

        What is due in a moment is waited for: it would have passed before the report of it arrived, and the room
        would wait in vain for a process that calls itself idle, and then move past what comes after.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + BUSY_REPORT_SECONDS
        while True:
            if not await self._wait_for_rest():
                return False, None
            due = await self._next_due()
            if not self._at_rest():
                continue
            if due is None or due > self._clock.now() + SOON:
                return True, due
            if loop.time() >= end:
                return False, None
            self._moved()
            await asyncio.sleep(LOOK_SECONDS)

    async def _wait_for_rest(self) -> bool:
        """Whether the process came to rest, or is still busy after a while."""
        quiet_looks = 0
        loop = asyncio.get_running_loop()
        end = loop.time() + BUSY_REPORT_SECONDS
        while loop.time() < end:
            quiet_looks = quiet_looks + 1 if self._at_rest() else 0
            if quiet_looks >= 2:
                return True
            await asyncio.sleep(LOOK_SECONDS)
        return False
