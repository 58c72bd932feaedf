"""How the bot stands with Telegram, asked once: is its token taken, where are its updates brought, and what time is it
there. For `doctor`.

It asks and changes nothing: neither a webhook nor a poll of the running bot is disturbed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from telegram.error import InvalidToken, TelegramError

from bot.telegram.intake import webhook_url
from bot.telegram.outcomes import TOKEN_REFUSED
from bot.telegram.transport import build_bot

NOWHERE: Final = "Telegram was not told of PUBLIC_URL yet: `web` (or `start`) does that when it starts."
ELSEWHERE: Final = (
    "Telegram was told another address than PUBLIC_URL: stop whoever else uses this bot, then restart `web` "
    "(or `start`)."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`webhook` is the address that Telegram calls, empty for none; `ahead` is by how much this machine's clock is
    before Telegram's, to the second, `None` where the answer bore no date."""

    name: str
    webhook: str
    ahead: timedelta | None


async def standing(token: str, api_url: str, now: Callable[[], datetime]) -> Standing | str:
    """Where it could not be asked, why: `TOKEN_REFUSED` or the kind of failure."""
    ahead: list[timedelta] = []

    def compare(headers: Mapping[str, str]) -> None:
        if "Date" in headers:
            ahead.append(now() - parsedate_to_datetime(headers["Date"]))

    bot = build_bot(token, api_url, on_headers=compare)
    try:
        await bot.initialize()
        told = await bot.call("getWebhookInfo")
        return Standing(bot.username, str(told.get("url", "")), ahead[-1] if ahead else None)
    except InvalidToken:
        return TOKEN_REFUSED
    except TelegramError as failure:
        return type(failure).__name__
    finally:
        await bot.shutdown()


def not_called(found: Standing, public_url: str) -> str | None:
    """Why updates do not come to `public_url`, as far as Telegram's address for them tells."""
    if found.webhook == webhook_url(public_url):
        return None
    return ELSEWHERE if found.webhook else NOWHERE
