"""Waking everybody who waits for the same thing."""

from __future__ import annotations

import asyncio


class Bell:
    """Whoever waits when it rings is woken; a ring that nobody waits for is lost, so look before you wait."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Waits for the next ring, `seconds` of real time at most; says whether it rang."""
        event = self._event
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True
