"""Idle memory and start-up time of `twinbot start`: from the launch to the first getUpdates at the Bot API."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from benchmarks.tables import table
from bot import rehearsing
from bot.rehearsal.room import running_room
from bot.rehearsal.supervisor import python

RUNS = 5
SETTLE_SECONDS = 3.0


async def measure() -> tuple[float, float]:
    """Seconds to the first poll, and resident megabytes three seconds later."""
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = rehearsing.Rehearsal.in_folder(Path(folder))
        env = {**os.environ, **rehearsal.environment}
        began = time.perf_counter()
        async with running_room(
            token=rehearsing.TOKEN,
            username=rehearsing.USERNAME,
            argv=python("-m", "bot", "start", "--rehearsal"),
            env=env,
        ) as room:
            await rehearsing.until(lambda: bool(room.room.commands))
            seconds = time.perf_counter() - began
            await asyncio.sleep(SETTLE_SECONDS)
            pid = room.supervisor.pid if room.supervisor is not None else None
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return seconds, resident / 1024


def main() -> None:
    """Print the medians of five starts; the second and later ones find a migrated database's pages in the cache."""
    runs = [asyncio.run(measure()) for _ in range(RUNS)]
    seconds, memory = sorted(s for s, _ in runs), sorted(m for _, m in runs)
    rows = [
        ["start-up, s", f"{seconds[RUNS // 2]:.2f}", f"{seconds[0]:.2f}–{seconds[-1]:.2f}", "2.5"],
        ["idle memory, MB", f"{memory[RUNS // 2]:.0f}", f"{memory[0]:.0f}–{memory[-1]:.0f}", "120"],
    ]
    table(["twinbot start", "median", "range", "aim"], rows)
