"""What stands behind the doors to Telegram in tests: turns, a quick clock, updates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bot.arrivals import Arrival
from bot.clock import SystemClock
from tests.telegram.test_inbound import message


class QuickClock(SystemClock):
    """Sleeps a hundredth of what it is asked to, and remembers what that was."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds / 100)


def text(number: int, words: str = "4") -> dict[str, Any]:
    return {**message(text=words), "update_id": number}


async def until(true: Any, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - looks at what a server saw
            await asyncio.sleep(0.005)


class Turns:
    """Takes arrivals, when it is allowed to."""

    def __init__(self) -> None:
        self.taken: list[str | None] = []
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()
        self.failures = 0

    async def submit(self, arrivals: Sequence[Arrival]) -> None:
        self.calls += 1
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the disk is full")
        self.taken += [found.key for found in arrivals]
