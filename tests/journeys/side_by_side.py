"""Two processes of one script at once, each playing one side of every pair."""

from __future__ import annotations

import asyncio

from bot.rehearsal.supervisor import python
from tests.journeys.stage import World

AT_MOST = 120.0


async def both_sides_run(world: World, script: str, *arguments: str) -> str:
    """Runs `tests.journeys.<script>` for side 0 and side 1 in this world, gives what both wrote. Neither may fail."""
    processes = [
        await asyncio.create_subprocess_exec(
            *python("-m", f"tests.journeys.{script}", side, *arguments),
            env=world.environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        for side in ("0", "1")
    ]
    outputs = await asyncio.wait_for(asyncio.gather(*(one.communicate() for one in processes)), AT_MOST)
    wrote = "\n".join(out.decode() for out, _ in outputs)
    assert [one.returncode for one in processes] == [0, 0], wrote
    assert "turn_failed" not in wrote
    return wrote
