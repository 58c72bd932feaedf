"""Bulk alone: the share of its 25 a second that is reached without one 429 in any sliding second.

The strict local Bot API counts: it answers 429 above Telegram's published rates, and its journal keeps each moment.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime

from benchmarks.programme import FIRST_CHAT
from benchmarks.running import stage
from benchmarks.tables import table
from bot.telegram.pacing import BULK_A_SECOND
from flows.effects import Lane
from flows.people import PersonId
from storage import outbox
from storage.outbox import Message, Outgoing

MESSAGES = 500
AIM = 0.98


async def measure() -> tuple[float, int, int]:
    """Messages a second, the most in any sliding second, and how many 429 there were."""
    async with stage(MESSAGES, MESSAGES) as running:
        now = datetime.now(UTC)
        rows = [
            Outgoing(None, PersonId(n + 1), FIRST_CHAT + n, Lane.BULK, Message("send", "A word to all of you."), now)
            for n in range(MESSAGES)
        ]
        async with running.database.write() as tx:
            await outbox.insert(tx, running.database.vault, rows, now)
        arrived: list[float] = []
        while len(arrived) < MESSAGES:
            arrived = [entry["at"] for entry in running.room.journal() if entry["method"] == "sendMessage"]
            await asyncio.sleep(0.25)
            if arrived and time.time() - arrived[0] > 2 * MESSAGES / BULK_A_SECOND:
                break
        refused = len([one for one in running.room.room.refused if one.get("code") == 429])
    rate = (len(arrived) - 1) / (arrived[-1] - arrived[0])
    return rate, _most_in_a_second(arrived), refused


def _most_in_a_second(moments: list[float]) -> int:
    window: deque[float] = deque()
    most = 0
    for moment in sorted(moments):
        window.append(moment)
        while window[0] <= moment - 1.0:
            window.popleft()
        most = max(most, len(window))
    return most


def main() -> None:
    """Print the share reached, the busiest second, and the 429s."""
    rate, most, refused = asyncio.run(measure())
    rows = [
        ["messages a second", f"{rate:.2f}", ""],
        ["share of 25", f"{rate / BULK_A_SECOND:.1%}", f"{AIM:.0%}"],
        ["most in any sliding second", str(most), "30"],
        ["answers of 429", str(refused), "0"],
    ]
    table(["bulk alone", "measured", "aim"], rows)
