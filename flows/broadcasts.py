"""Broadcasts as conversations see them. Pure data, made by `storage/broadcasts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.people import PersonId, SideId

EVERYBODY = "everybody"
"""In the place of a side: all of them."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a broadcast is for: one side, or every one when it is `None`; everybody there, or twins only."""

    side: SideId | None
    twins_only: bool

    def __str__(self) -> str:
        return f"{self.side or EVERYBODY}/{'twins' if self.twins_only else 'all'}"

    @classmethod
    def parse(cls, text: str) -> Audience:
        side, _, who = text.partition("/")
        return cls(None if side == EVERYBODY else SideId(int(side)), who == "twins")


@dataclass(frozen=True, slots=True)
class Readers:
    """So many people of one side who read the same language. Without `active` they get no broadcast now: they pause,
    have stopped, or can not be reached."""

    side: SideId
    is_twin: bool
    language: str
    active: bool
    count: int


@dataclass(frozen=True, slots=True)
class BroadcastSeen:
    """How a broadcast stands. `size` is the number of its people when it was decided, `None` while that is written
    down; `open` has not been tried yet; `erased` are those who left no trace since."""

    id: int
    author: PersonId | None
    created_at: datetime
    ended_at: datetime | None = None
    size: int | None = None
    open: int = 0
    sent: int = 0
    blocked: int = 0
    failed: int = 0
    unknown: int = 0
    withdrawn: int = 0
    late: int = 0

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def erased(self) -> int:
        kept = self.open + self.sent + self.blocked + self.failed + self.unknown + self.withdrawn + self.late
        return max(0, (self.size or 0) - kept)
