"""Whether Telegram still calls the webhook. By long polling the bot would know by itself; behind a webhook silence
looks like a quiet day.

Rules kept here:

* Telegram is asked once a minute (getWebhookInfo). It gets through when nothing waits, or less than a minute ago. Five
  minutes without that are an alarm, whatever the reason.
* Somebody else's address is not overwritten: two installations would fight for one bot. It is said instead.
* What is in the way is said once, and its end once; and kept in the database, so that `doctor` can show it.
* Neither an address nor Telegram's sentence gets into the log, only the kind of error.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from math import nan
from typing import TYPE_CHECKING, Any, Final

import structlog
from telegram.error import InvalidToken, TelegramError

from bot.telegram.errors import TokenRefused
from bot.telegram.intake import webhook_url
from bot.telegram.outcomes import slug
from storage import meta
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.telegram.transport import TelegramBot
    from storage.database import Database, Transaction

DEAF_AFTER: Final = 300.0
"""Seconds without getting through after which the bot counts as deaf: five looks. In a wave of answers more may wait at
one look than at the one before."""
KEY: Final = "webhook_trouble"
MOVED: Final = "another_address"
WAITS: Final = "updates_wait"
NO_ERROR: Final = "none"
ADVICE: Final = {
    MOVED: "Telegram was told another address: stop whoever else uses this bot, then restart `web` (or `start`).",
    WAITS: "Telegram can not deliver: does `web` run, can PUBLIC_URL be reached from outside, is its certificate good?",
}


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Since when Telegram does not get through, why, how many updates waited when that was sure, and the kind of
    Telegram's last error."""

    since: str
    reason: str
    waiting: int
    error: str


class Ear:
    """To be asked by `bot/watch`, once a minute."""

    def __init__(self, bot: TelegramBot, public_url: str, database: Database, clock: Clock, *, log: Any = None) -> None:
        self._bot = bot
        self._url = webhook_url(public_url)
        self._database = database
        self._clock = clock
        self._log = log or structlog.get_logger(__name__)
        self._began: float | None = None
        self._said: InTheWay | None = None
        self._noted: InTheWay | None = None
        self._looked = False
        self.heard_at: float | None = None
        """On the clock's monotonic count; `None` while it is not known."""
        self.waiting: float = nan
        """How many updates waited at the last look."""

    @property
    def silence(self) -> float:
        """Seconds since Telegram last got through, or since the first look; NaN where nobody looks."""
        since = self._began if self.heard_at is None else self.heard_at
        return nan if since is None else self._clock.monotonic() - since

    async def look(self) -> float | None:
        """`heard_at`, which changes with every look at which Telegram gets through. What can not be asked or noted is
        asked again at the next look. Raises `TokenRefused`."""
        if self._began is None:
            self._began = self._clock.monotonic()
        try:
            info = await self._bot.call("getWebhookInfo")
        except InvalidToken:
            raise TokenRefused from None
        except TelegramError:  # said by whoever sends; that nothing is heard is true as well
            self.waiting = nan
            return self.heard_at
        waiting, before = int(info.get("pending_update_count", 0)), self.waiting
        self.waiting = waiting
        ours = info.get("url") == self._url
        if ours and (waiting == 0 or waiting < before):
            self.heard_at = self._clock.monotonic()
            if self._said is not None:
                self._log.info("webhook_called_again", since=self._said.since)
            self._said = None
        elif self.silence >= DEAF_AFTER:
            self._in_the_way(WAITS if ours else MOVED, waiting, info)
        await self._note()
        return self.heard_at

    def _in_the_way(self, reason: str, waiting: int, info: dict[str, Any]) -> None:
        if self._said is None or self._said.reason != reason:
            error = slug(str(info.get("last_error_message") or NO_ERROR))
            self._log.error("webhook_not_called", reason=reason, waiting=waiting, error=error, advice=ADVICE[reason])
            since = self._clock.now() - timedelta(seconds=self.silence)
            self._said = InTheWay(since.astimezone(UTC).isoformat(), reason, waiting, error)

    async def _note(self) -> None:
        known = self._said is not None or self.heard_at is not None
        if not known or (self._looked and self._noted == self._said):
            return
        try:
            async with self._database.write() as tx:
                if self._said is None:
                    await meta.forget(tx, KEY)
                else:
                    await meta.put(tx, KEY, json.dumps(asdict(self._said)))
        except Exception as failure:
            if kind_of(failure) is Trouble.DATA:
                raise
            return
        self._noted, self._looked = self._said, True


async def in_the_way(tx: Transaction) -> InTheWay | None:
    """Why Telegram does not get through, as whoever looks last noted it."""
    found = await meta.get(tx, KEY)
    return None if found is None else InTheWay(**json.loads(found))


def told(trouble: InTheWay) -> str:
    """One sentence for an operator."""
    since = datetime.fromisoformat(trouble.since)
    return (
        f"not called since {since:%Y-%m-%d %H:%M} UTC ({trouble.waiting} updates waited then; last error: "
        f"{trouble.error}). {ADVICE[trouble.reason]}"
    )
