"""What waits for the bot.

Rules kept here:

* An update waits until it is confirmed (a getUpdates with a higher offset, or the webhook's 200), 24 hours at most.
* Numbers follow one another; after a week of quiet the next one is chosen at random, higher or lower (telegram.md,
  Inbound).
* Kinds that the bot did not list in `allowed_updates` are never stored; a changed list holds for later updates only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from random import Random
from typing import Any

KEPT = 24 * 3600.0
QUIET = 7 * 24 * 3600.0
AT_ONCE = 100
LARGEST_ID = 2**31 - 1
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")


@dataclass
class Waiting:
    """One update. `repeats` says how often it comes once more although it was confirmed (a fault)."""

    id: int
    kind: str
    chat: int
    body: dict[str, Any]
    at: float
    repeats: int = 0

    def told(self) -> dict[str, Any]:
        """The update in Telegram's shape."""
        return {"update_id": self.id, self.kind: self.body}


@dataclass
class Updates:
    """The queue. `random` decides numbers after a quiet week."""

    random: Random = field(default_factory=Random)
    waiting: list[Waiting] = field(default_factory=list)
    last_id: int = 0
    last_at: float | None = None
    allowed: tuple[str, ...] = ()
    """Empty: everything but what Telegram leaves out by default."""

    def wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def add(self, kind: str, chat: int, body: dict[str, Any], now: float) -> Waiting | None:
        """Stores an update and returns it; `None` when the bot does not want its kind."""
        if not self.wanted(kind):
            return None
        if self.last_at is None or now - self.last_at >= QUIET:
            self.last_id = self.random.randint(1, LARGEST_ID)
        self.last_id += 1
        self.last_at = now
        update = Waiting(self.last_id, kind, chat, body, now)
        self.waiting.append(update)
        return update

    def expire(self, now: float) -> None:
        """Forgets what is older than 24 hours."""
        if self.waiting and self.waiting[0].at <= now - KEPT:
            self.waiting = [update for update in self.waiting if update.at > now - KEPT]

    def would_confirm(self, offset: int) -> bool:
        """Would a getUpdates with `offset` confirm anything?"""
        if offset < 0:
            return len(self.waiting) > -offset
        return any(update.id < offset for update in self.waiting)

    def confirm(self, offset: int) -> None:
        """Forgets what `offset` confirms: everything below it, or, when negative, all but the last ones."""
        if offset < 0:
            self.waiting = self.waiting[offset:]
        elif offset > 0:
            kept = []
            for update in self.waiting:
                if update.id < offset:
                    update.repeats -= 1
                    if update.repeats < 0:
                        continue
                kept.append(update)
            self.waiting = kept

    def forget(self, ids: Collection[int]) -> None:
        """The webhook took these."""
        self.waiting = [update for update in self.waiting if update.id not in ids]

    def clear(self) -> None:
        self.waiting.clear()

    def next(self, limit: int) -> list[Waiting]:
        return self.waiting[:limit]
