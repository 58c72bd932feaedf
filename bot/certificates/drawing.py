"""Has a page drawn in a process of its own.

Rules kept here:

* One page at a time: a programme that ends asks for many at once, on a server that is small.
* The process gets the page and nothing else: no setting, no key, no token.
* What can not be drawn is `None` and stands in the log without a word of the page; nothing else suffers from it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, Final

from pydantic import TypeAdapter

from storage.messages import Document, Page

DRAW_SECONDS: Final = 15.0
"""Ten times what it takes on a small server. A claim of the outbox lasts longer."""

NEEDED: Final = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")
"""What a Python needs of its surroundings."""

PAGES = TypeAdapter(Page)


class Drawing:
    """Draws pages, one after the other. Costs nothing until it is asked."""

    def __init__(self, log: Any, command: tuple[str, ...] = (sys.executable, "-I", "-m", "bot.certificates")) -> None:
        self._log = log
        self._command = command
        self._one_at_a_time = asyncio.Lock()

    async def draw(self, page: Page) -> Document | None:
        """The page as a PDF; `None` where it can not be drawn."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(DRAW_SECONDS):
                    content = await self._run(PAGES.dump_json(page))
            except (OSError, TimeoutError) as failure:
                self._log.error("page_not_drawn", error=type(failure).__name__)
                return None
        return None if content is None else Document(page.name, content)

    async def _run(self, page: bytes) -> bytes | None:
        surroundings = {name: os.environ[name] for name in NEEDED if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # a traceback may hold words of the page
            env=surroundings,
        )
        try:
            content, _ = await process.communicate(page)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            self._log.error("page_not_drawn", status=process.returncode)
            return None
        return content
