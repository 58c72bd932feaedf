"""A process on a machine of its own with a wrong clock: `python -m tests.journeys.skewed SECONDS web|worker NAME`."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime, timedelta

from bot.application import Role, run
from bot.clock import machine_time
from bot.logs import set_up
from bot.settings import read_settings


def main(seconds: float, role: Role, name: str) -> None:
    """Runs as `twinbot web` or `twinbot worker` would on the machine `name`, `seconds` ahead of everybody else. Nobody
    else can see whether it lives."""

    def machine() -> datetime:
        return machine_time() + timedelta(seconds=seconds)

    settings = read_settings()
    set_up(settings.log_format)
    asyncio.run(run(settings, role, machine=machine, name=lambda: f"{name}:{os.getpid()}@{name}"))


if __name__ == "__main__":
    main(float(sys.argv[1]), Role(sys.argv[2]), sys.argv[3])
