"""Idle memory and start-up time of `twinbot start`: from the launch to the first answer at the Bot API."""

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
STRANGER = 4711
SETTLE_SECONDS = 3.0


async def measure(folder: Path) -> tuple[float, float]:
    """Seconds to the first answer, and resident megabytes three seconds later."""
    rehearsal = rehearsing.Rehearsal.in_folder(folder)
    # compiled modules are kept, as Python does unless it is told not to
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= rehearsal.environment
    began = time.perf_counter()
    async with running_room(
        token=rehearsing.TOKEN,
        username=rehearsing.USERNAME,
        argv=python("-m", "bot", "start", "--rehearsal"),
        env=env,
    ) as room:
        room.add_phone(STRANGER, "Somebody", "en")
        room.write(STRANGER, "/start")
        await rehearsing.until(lambda: room.phone(STRANGER).traffic.messages_in > 0)
        seconds = time.perf_counter() - began
        await asyncio.sleep(SETTLE_SECONDS)
        pid = room.supervisor.pid if room.supervisor is not None else None
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return seconds, resident / 1024


def _both() -> tuple[tuple[float, float], tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder))), asyncio.run(measure(Path(folder)))


def main() -> None:
    """Print the medians of five pairs of starts: the first makes and migrates the database, the second finds it."""
    runs = [_both() for _ in range(RUNS)]
    rows = []
    for name, starts in (("first start", [one for one, _ in runs]), ("every later start", [one for _, one in runs])):
        seconds, memory = sorted(s for s, _ in starts), sorted(m for _, m in starts)
        rows.append([f"{name}, s", f"{seconds[RUNS // 2]:.2f}", f"{seconds[0]:.2f}–{seconds[-1]:.2f}", "2.5"])
        rows.append([f"{name}, idle MB", f"{memory[RUNS // 2]:.0f}", f"{memory[0]:.0f}–{memory[-1]:.0f}", "120"])
    table(["twinbot start", "median", "range", "aim"], rows)
