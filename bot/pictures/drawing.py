"""Has a picture made in a process of its own.

Rules kept here:

* The process gets the picture and nothing else: no setting, no key, no token.
* A picture that can not be made is `None` and stands in the log without a word of it; nothing else suffers from it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.pictures.chart import svg_of
from storage.messages import Picture

DRAW_SECONDS: Final = 10.0
"""Fifty times what it takes; a claim of the outbox lasts longer."""

COMMAND: Final = (sys.executable, "-m", "bot.pictures")
NEEDED: Final = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a Python needs of its surroundings."""


Draw = Callable[[Picture], Awaitable[bytes | None]]


async def drawn(picture: Picture, command: tuple[str, ...] = COMMAND, *, seconds: float = DRAW_SECONDS) -> bytes | None:
    """The picture as a PNG; `None` where it can not be made."""
    try:
        async with asyncio.timeout(seconds):
            return await _made(svg_of(picture).encode(), command)
    except (OSError, TimeoutError, ChildFailed) as failure:
        structlog.get_logger(__name__).error("picture_not_drawn", error=type(failure).__name__)
        return None


class ChildFailed(Exception):
    """The process ended without a picture."""


async def _made(svg: bytes, command: tuple[str, ...]) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback may hold words of the picture
        env={name: os.environ[name] for name in NEEDED if name in os.environ},
    )
    try:
        png, _ = await process.communicate(svg)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not png:
        raise ChildFailed
    return png
