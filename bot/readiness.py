"""Whether a process can do its work, what keeps it from it, and the figures that say so.

Rules kept here:

* A process that polls is deaf when no poll has succeeded for a while; one that takes webhooks, when Telegram holds back
  what it should bring (`bot/telegram/ear`).
* That it is deaf to webhooks is a figure and no problem: who keeps calls away from what is not ready would keep
  Telegram's away as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

from bot.clock import Clock
from bot.gate import Gate
from bot.metrics import Metrics
from bot.telegram.ear import DEAF_AFTER as SILENT_AFTER
from bot.telegram.ear import Ear
from bot.telegram.intake import Polling
from bot.ticks import Ticks
from bot.turns import Turns
from storage.database import Database

DEAF_AFTER: Final = 90.0
"""Seconds without a successful poll after which the bot counts as deaf; a poll is kept open 25 s."""


@dataclass(slots=True)
class Readiness:
    """The parts of a process that can be in trouble. `reached`: Telegram has answered since the
    start; `is_called`: it knows where to bring updates, or that it is polled."""

    database: Database
    clock: Clock
    gate: Gate
    turns: Turns
    ticks: Ticks
    polling: Polling
    ear: Ear | None
    metrics: Metrics
    reached: bool = False
    is_called: bool = False

    def problems(self) -> Sequence[str]:
        """A sentence each; none when it is ready."""
        problems = []
        if not self.reached:
            problems.append("The Bot API has not been reached yet.")
        elif not self.is_called:
            problems.append("Telegram has not taken PUBLIC_URL yet: `telegram_refuses` in the log says why.")
        if self.gate.advice is not None:
            problems.append(self.gate.advice)
        if self.turns.troubled or self.ticks.troubled:
            problems.append("The database can not be reached, or not be written.")
        if self.polling.is_contested:
            problems.append("Another process polls with this bot's token: stop one of them.")
        if self._poll_age() > DEAF_AFTER:
            problems.append(f"No poll has succeeded for {self._poll_age():.0f} seconds.")
        return problems

    async def figures(self) -> bytes:
        """Everything that `/metrics` shows, as it is now."""
        silence = nan if self.ear is None else self.ear.silence
        self.metrics.poll_age.set(self._poll_age())
        self.metrics.silence.set(silence)
        self.metrics.waiting_updates.set(nan if self.ear is None else self.ear.waiting)
        self.metrics.deaf.set(self._poll_age() > DEAF_AFTER or silence > SILENT_AFTER)
        self.metrics.contested.set(self.polling.is_contested)
        self.metrics.stuck.set(self.ticks.stuck)
        self.metrics.ready.set(not self.problems())
        return await self.metrics.text(self.database, self.clock.now())

    def _poll_age(self) -> float:
        """Seconds; NaN in a process that does not poll."""
        last = self.polling.last_poll_at
        return nan if last is None else self.clock.monotonic() - last
