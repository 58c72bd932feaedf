"""How fast the bot may talk. Pure: the moment (monotonic seconds) is an argument.

Rules kept here:

* In any sliding second at most 30 calls that show something, and at most 25 of them bulk; none in a burst at the
  start. Telegram counts arrivals, not departures, so the 30 are spread over a little more than a second.
* A chat gets one message a second; a reply may run up to three ahead. Marking a choice under a message that is
  there already is no message: it counts for the whole bot, not for the chat.
* `retry_after` is the law for the chat that caused it, and for that chat alone. Three chats within ten seconds mean
  the whole bot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from flows.effects import Lane

TOTAL_A_SECOND: Final = 30
"""Bot API FAQ: about 30 messages a second for all chats together."""
BULK_A_SECOND: Final = 25
"""Leaves room for replies while a broadcast goes out."""
TOTAL_SPAN: Final = 1.05
"""Seconds over which the 30 are spread: 50 ms for requests that overtake each other on their way."""
BULK_SPAN: Final = 1.0
CATCH_UP: Final = 3
"""Starts that may follow each other at once after a late wake-up: enough to keep the rate, too few for a burst."""
CHAT_SPACING: Final = 1.0
"""Bot API FAQ: avoid more than one message a second in a chat; short bursts pass."""
CHAT_BURST: Final = 3
FORGET_AT: Final = 256
"""Chats that are remembered before those at rest are looked for; with as many again each time, that costs nothing."""
CROWD: Final = 3
CROWD_SECONDS: Final = 10.0


class Pace:
    """Says how long a start has to wait, and remembers what was started."""

    def __init__(self) -> None:
        self._total = _Spread(TOTAL_A_SECOND, TOTAL_SPAN)
        self._bulk = _Spread(BULK_A_SECOND, BULK_SPAN)
        self._chats: dict[int, float] = {}  # when the chat is quite rested
        self._resting: dict[int, float] = {}  # until when Telegram said to leave it
        self._floods: deque[tuple[float, int, float]] = deque()
        self._paused_until = float("-inf")
        self._forget_at = FORGET_AT

    def wait(self, lane: Lane, chat: int, now: float, *, mark: bool = False) -> float:
        """Seconds until a start in `lane` to `chat` is allowed; 0 when it is allowed now."""
        return max(self.chat_wait(lane, chat, now, mark=mark), self.bot_wait(lane, now))

    def bot_wait(self, lane: Lane, now: float) -> float:
        """The part of `wait` that holds for every chat."""
        earliest = max(self._paused_until, self._total.earliest())
        if lane is Lane.BULK:
            earliest = max(earliest, self._bulk.earliest())
        return max(0.0, earliest - now)

    def chat_wait(self, lane: Lane, chat: int, now: float, *, mark: bool = False) -> float:
        """The part of `wait` that holds for this chat alone."""
        earliest = self._resting.get(chat, now)
        if not mark and chat in self._chats:
            ahead = (CHAT_BURST - 1) * CHAT_SPACING if lane is Lane.REPLY else 0.0
            earliest = max(earliest, self._chats[chat] - ahead)
        return max(0.0, earliest - now)

    def start(self, lane: Lane, chat: int, now: float, *, mark: bool = False) -> None:
        """A start happens now."""
        self._total.start(now)
        if lane is Lane.BULK:
            self._bulk.start(now)
        if not mark:
            self._chats[chat] = max(now, self._chats.get(chat, now)) + CHAT_SPACING
        if len(self._chats) > self._forget_at:
            self._forget(now)
            self._forget_at = max(FORGET_AT, 2 * len(self._chats))

    def flooded(self, chat: int, seconds: float, now: float) -> None:
        """Telegram answered 429 for `chat`."""
        until = now + seconds
        self.rest(chat, until)
        self._floods.append((now, chat, until))
        while self._floods and self._floods[0][0] < now - CROWD_SECONDS:
            self._floods.popleft()
        if len({chat for _, chat, _ in self._floods}) >= CROWD:
            self.pause(max(until for _, _, until in self._floods))

    def rest(self, chat: int, until: float) -> None:
        """Leave one chat alone until the moment `until`."""
        self._resting[chat] = max(until, self._resting.get(chat, until))

    def restore(self, resting: Iterable[tuple[int, float]], now: float) -> None:
        """After a restart: what was stored of pauses that Telegram asked for, as (chat, until)."""
        for chat, until in resting:
            if until > now:
                self.flooded(chat, until - now, now)

    def pause(self, until: float) -> None:
        """Nothing starts before the moment `until`."""
        self._paused_until = max(self._paused_until, until)

    def resting(self, now: float) -> dict[int, float]:
        """Chats that may not even get a reply now, with the moment from which they may."""
        self._forget(now)
        ahead = (CHAT_BURST - 1) * CHAT_SPACING
        found = {chat: rested - ahead for chat, rested in self._chats.items() if rested - ahead > now}
        for chat, until in self._resting.items():
            found[chat] = max(until, found.get(chat, until))
        return found

    @property
    def paused_until(self) -> float:
        return self._paused_until

    def _forget(self, now: float) -> None:
        self._chats = {chat: rested for chat, rested in self._chats.items() if rested > now}
        self._resting = {chat: until for chat, until in self._resting.items() if until > now}


class _Spread:
    """`limit` starts in any sliding `span`, spread evenly. The window keeps the promise, the spacing the manners."""

    def __init__(self, limit: int, span: float) -> None:
        self._span = span
        self._gap = span / limit
        self._starts: deque[float] = deque(maxlen=limit)
        self._due = float("-inf")

    def earliest(self) -> float:
        window = self._starts[0] + self._span if len(self._starts) == self._starts.maxlen else float("-inf")
        return max(window, self._due - (CATCH_UP - 1) * self._gap)

    def start(self, now: float) -> None:
        self._starts.append(now)
        self._due = max(self._due, now) + self._gap
