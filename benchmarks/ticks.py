"""A tick that finds 500 due timers among 10,000, 1,000,000 and (where the disk allows) 10,000,000."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from benchmarks.programme import database
from benchmarks.tables import table
from storage import timers
from storage.columns import to_microseconds
from storage.database import Database
from storage.schema import timers as timers_table

DUE = 500
SIZES = (10_000, 1_000_000, 10_000_000)
BYTES_A_TIMER = 260
RUNS = 9
PAGE = 100
PIECE = 250_000

_PIECE_OF_TIMERS = text(
    """
    WITH RECURSIVE numbers(n) AS (SELECT :begin UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :end)
    INSERT INTO timers (key, kind, due_at, rule_version)
    SELECT 'check_in/' || n || '/2027-W01', 'check_in', :tomorrow + (n % 604800) * 1000000, '000000000000' FROM numbers
    """
)


async def measure(size: int) -> float:
    """Median milliseconds to read 500 due timers page by page and delete them."""
    now = datetime.now(UTC)
    async with database() as opened:
        await _fill(opened, size, now)
        taken = []
        for run in range(RUNS):
            await _add(opened, [(f"due/{run}/{n}", now - timedelta(seconds=n)) for n in range(DUE)])
            began = time.perf_counter()
            done = 0
            while done < DUE:
                async with opened.write() as tx:
                    page = await timers.due(tx, now, limit=PAGE)
                    await timers.delete_many(tx, [timer.key for timer in page])
                done += len(page)
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[RUNS // 2]


async def _fill(opened: Database, size: int, now: datetime) -> None:
    """Check-ins spread over the week after now, made by the database itself: ten million take minutes, not hours."""
    tomorrow = to_microseconds(now + timedelta(days=1))
    for begin in range(0, size, PIECE):
        async with opened.write() as tx:
            await tx.execute(_PIECE_OF_TIMERS, {"begin": begin, "end": min(begin + PIECE, size), "tomorrow": tomorrow})


async def _add(opened: Database, rows: list[tuple[str, datetime]]) -> None:
    async with opened.write() as tx:
        await tx.execute(
            timers_table.insert(),
            [{"key": key, "kind": "check_in", "due_at": due, "rule_version": "000000000000"} for key, due in rows],
        )


def main() -> None:
    """Print the tick of each size beside that of the smallest; aim: at most 1.5 times."""
    free = shutil.disk_usage("/tmp").free  # noqa: S108 - only asked how much room there is
    rows = []
    first = 0.0
    for size in SIZES:
        if size * BYTES_A_TIMER * 2 > free:
            rows.append([f"{size:,}", "disk too small", ""])
            continue
        taken = asyncio.run(measure(size))
        first = first or taken
        rows.append([f"{size:,}", f"{taken:.1f}", f"{taken / first:.2f}"])
    table(["timers", "ms for 500 due", "times the smallest"], rows)
