"""Answers to taps: the chosen word at once over the button. The one call that goes past the outbox.

Rules kept here:

* Fire and forget: nobody waits for it, and no failure reaches a turn. A query that is too old is fine.
* At most eight at a time and 256 waiting; the oldest are worth more than the newest, whose spinner has just begun.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import structlog
from telegram.error import BadRequest, TelegramError

from bot.arrivals import Acknowledgement

if TYPE_CHECKING:
    from bot.telegram.transport import TelegramBot

ANSWER_CHARACTERS: Final = 200
"""Bot API, answerCallbackQuery.text: 0 to 200 characters."""
AT_A_TIME: Final = 8
WAITING: Final = 256
SECONDS: Final = 10.0
"""A spinner that has turned for so long is not worth more tries."""


class Taps:
    """`answer` is what turns call after the commit."""

    def __init__(self, bot: TelegramBot, *, log: Any = None) -> None:
        self._bot = bot
        self._log = log or structlog.get_logger(__name__)
        self._waiting: deque[Acknowledgement] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, acknowledgements: Sequence[Acknowledgement]) -> None:
        """Answer these soon. Never raises, never waits. Needs a running loop."""
        room = WAITING - len(self._waiting)
        if len(acknowledgements) > room:
            self._log.warning("taps_not_answered", count=len(acknowledgements) - room)
        self._waiting.extend(acknowledgements[:room])
        while len(self._tasks) < min(AT_A_TIME, len(self._waiting) + len(self._tasks)):
            task = asyncio.create_task(self._work(self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    async def stop(self) -> None:
        """Answers under way may end, for a second."""
        self._waiting.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=1.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self, first: Acknowledgement) -> None:
        acknowledgement: Acknowledgement | None = first
        while acknowledgement is not None:
            await self._answer(acknowledgement)
            acknowledgement = self._waiting.popleft() if self._waiting else None

    async def _answer(self, acknowledgement: Acknowledgement) -> None:
        text = acknowledgement.text[:ANSWER_CHARACTERS] if acknowledgement.text else None
        try:
            async with asyncio.timeout(SECONDS):
                await self._bot.call("answerCallbackQuery", callback_query_id=acknowledgement.callback, text=text)
        except BadRequest:
            pass  # too old, or not known any more: the chat itself shows what was understood
        except (TelegramError, TimeoutError) as failure:
            self._log.info("tap_not_answered", error=type(failure).__name__)
        except Exception as failure:
            self._log.error("tap_not_answered", error=type(failure).__name__)
