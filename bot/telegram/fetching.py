"""Files that people sent, fetched from Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from telegram.error import TelegramError

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.telegram.transport import TelegramBot

TRIES: Final = 4
FIRST_PAUSE: Final = 1.0
"""Seconds, and twice as long each time: whoever sent it waits for an answer."""


async def fetch(bot: TelegramBot, file: str, most: int, clock: Clock) -> bytes | None:
    """The content of a file by its id; `None` when it can not be had, or is larger than `most` bytes."""
    pause = FIRST_PAUSE
    for attempt in range(TRIES):
        try:
            found = await bot.get_file(file)
            if found.file_size is None or found.file_size > most:
                return None
            return bytes(await found.download_as_bytearray())
        except TelegramError as failure:
            structlog.get_logger(__name__).warning("file_not_fetched", error=type(failure).__name__)
            if attempt + 1 < TRIES:
                await clock.sleep(pause)
                pause *= 2
    return None
