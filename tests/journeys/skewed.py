"""A process on a machine whose clock is wrong: `python -m tests.journeys.skewed SECONDS web|worker`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta

from bot.application import Role, run
from bot.clock import machine_time
from bot.logs import set_up
from bot.settings import read_settings


def main(seconds: float, role: Role) -> None:
    """Runs as `twinbot web` or `twinbot worker` would, `seconds` ahead of everybody else."""

    def machine() -> datetime:
        return machine_time() + timedelta(seconds=seconds)

    settings = read_settings()
    set_up(settings.log_format)
    asyncio.run(run(settings, role, machine=machine))


if __name__ == "__main__":
    main(float(sys.argv[1]), Role(sys.argv[2]))
