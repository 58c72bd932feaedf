"""The published rates, and when they are passed.

Rules kept here (telegram.md, Outbound):

* At most 30 messages in any second over the whole bot; one a second in a private chat, with bursts of up to five; 20 in
  any minute in a group. Telegram publishes no size for the "short bursts" that pass; five is ours.
* Messages are sends and edits of a text. Edits of a keyboard alone, deletions and answers to taps are not counted.
* A chat that was told to wait stays closed until `retry_after` is over, whatever the rate by then.
* What was refused is not counted against the rates.
* All on the simulated clock: moving it a day empties every window.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from bot.rehearsal.refusals import Refused, Why

A_SECOND = 30
PRIVATE_BURST = 5
A_MINUTE_IN_A_GROUP = 20


@dataclass
class Pace:
    """What was sent lately. `on` is false for benchmarks of the bot alone."""

    on: bool = True
    lately: deque[float] = field(default_factory=deque)
    credit: dict[int, tuple[float, float]] = field(default_factory=dict)
    """By private chat: how many messages may go at once, and when that was reckoned."""
    in_group: dict[int, deque[float]] = field(default_factory=dict)
    closed: dict[int, float] = field(default_factory=dict)
    """By chat: until when it was told to wait."""

    def check(self, chat: int, now: float) -> None:
        """Raises `Refused` (429) when a message to `chat` now would pass a rate. Counts nothing."""
        if not self.on:
            return
        until = self.closed.get(chat, 0.0)
        wait = until - now
        if wait <= 0:
            self.closed.pop(chat, None)
            wait = self._chat_wait(chat, now)
            if wait > 0:
                self.closed[chat] = now + math.ceil(wait)
        if wait <= 0:
            wait = self._bot_wait(now)
        if wait > 0:
            raise too_many(math.ceil(wait))

    def count(self, chat: int, now: float) -> None:
        """A message to `chat` was accepted now."""
        if not self.on:
            return
        self.lately.append(now)
        if chat < 0:
            self.in_group.setdefault(chat, deque()).append(now)
        else:
            self.credit[chat] = (self._credit(chat, now) - 1, now)

    def _credit(self, chat: int, now: float) -> float:
        credit, at = self.credit.get(chat, (float(PRIVATE_BURST), now))
        return min(float(PRIVATE_BURST), credit + max(0.0, now - at))

    def _chat_wait(self, chat: int, now: float) -> float:
        if chat < 0:
            minute = self.in_group.get(chat)
            return _window(minute, A_MINUTE_IN_A_GROUP, 60.0, now) if minute else 0.0
        missing = 1 - self._credit(chat, now)
        return missing if missing > 1e-6 else 0.0

    def _bot_wait(self, now: float) -> float:
        return _window(self.lately, A_SECOND, 1.0, now)


def too_many(seconds: int) -> Refused:
    """The refusal that asks to wait `seconds`."""
    seconds = max(1, seconds)
    return Refused(Why.TOO_MANY_REQUESTS, {"retry_after": seconds}, {"retry_after": seconds})


def _window(times: deque[float], most: int, length: float, now: float) -> float:
    """How long until one more fits into any `length` seconds; drops what is older."""
    while times and times[0] <= now - length:
        times.popleft()
    return times[0] + length - now if len(times) >= most else 0.0
