"""A `worker` as on a machine of its own: nobody else can see whether it lives. `python -m benchmarks.elsewhere`."""

from __future__ import annotations

import asyncio
import os

from bot.application import Role, run
from bot.logs import set_up
from bot.settings import read_settings

if __name__ == "__main__":
    name = f"elsewhere-{os.getpid()}"
    settings = read_settings()
    set_up(settings.log_format)
    asyncio.run(run(settings, Role.WORKER, rehearsal=True, name=lambda: f"{name}:{os.getpid()}@{name}"))
