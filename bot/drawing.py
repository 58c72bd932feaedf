"""Has a page or a picture drawn in a process of its own.

Rules kept here:

* One at a time: a programme that ends asks for many at once, on a server that is small.
* The process gets what is to be drawn and nothing else: no setting, no key, no token.
* What can not be drawn is `None` and stands in the log without a word of it; nothing else suffers from it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, Final

from pydantic import TypeAdapter

from bot.pictures.chart import svg_of
from storage.messages import Document, Page, Picture

DRAW_SECONDS: Final = 15.0
"""Ten times what it takes on a small server. A claim of the outbox lasts longer."""

NEEDED: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "LC_ALL")
"""What a Python needs of its surroundings."""

PYTHON: Final = (sys.executable, "-I", "-m")

_PAGES: Final = TypeAdapter(Page)


class Drawing:
    """Draws, one thing after the other. Costs nothing until it is asked. `program` runs the module of its last
    argument."""

    def __init__(self, log: Any, program: tuple[str, ...] = PYTHON) -> None:
        self._log = log
        self._program = program
        self._one_at_a_time = asyncio.Lock()

    async def document(self, page: Page) -> Document | None:
        """The page as a PDF; `None` where it can not be drawn."""
        content = await self._drawn("bot.certificates", _PAGES.dump_json(page))
        return None if content is None else Document(page.name, content)

    async def photo(self, picture: Picture) -> bytes | None:
        """The picture as a PNG; `None` where it can not be drawn."""
        return await self._drawn("bot.pictures", svg_of(picture).encode())

    async def _drawn(self, module: str, told: bytes) -> bytes | None:
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(DRAW_SECONDS):
                    status, content = await self._run(module, told)
            except (OSError, TimeoutError) as failure:
                self._log.error("not_drawn", by=module, error=type(failure).__name__)
                return None
        if status == 0 and content:
            return content
        self._log.error("not_drawn", by=module, status=status)
        return None

    async def _run(self, module: str, told: bytes) -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(
            *self._program,
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback may hold words of what is drawn
            env={name: os.environ[name] for name in NEEDED if name in os.environ},
        )
        try:
            content, _ = await process.communicate(told)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode, content
