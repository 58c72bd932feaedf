"""From an update to its reply accepted at the Bot API, one person at a time, through the whole program."""

from __future__ import annotations

import asyncio
import time

from benchmarks.programme import FIRST_CHAT
from benchmarks.running import stage
from benchmarks.tables import percentile, table

PEOPLE = 2_000
UPDATES = 300
LOOK_SECONDS = 0.0005
AIMS_MS = (15, 60)


async def measure() -> list[float]:
    """Milliseconds, one figure an update: /checkin of somebody, to the first question accepted."""
    taken = []
    async with stage(PEOPLE, UPDATES) as running:
        room = running.room
        for number in range(UPDATES):
            chat = FIRST_CHAT + number
            began = time.perf_counter()
            room.write(chat, "/checkin")
            while room.phone(chat).traffic.messages_in == 0:
                await asyncio.sleep(LOOK_SECONDS)
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.04)  # below Telegram's 30 a second, so that the pace does not count
    return taken[20:]


def main() -> None:
    """Print median and 99th percentile beside the aims."""
    taken = asyncio.run(measure())
    rows = [
        ["median", f"{percentile(taken, 0.5):.1f}", str(AIMS_MS[0])],
        ["99th percentile", f"{percentile(taken, 0.99):.1f}", str(AIMS_MS[1])],
    ]
    table(["update to reply accepted", "ms", "aim"], rows)
