"""Sends what the outbox holds. The one place that talks to people (answers to taps aside).

Rules kept here:

* A row is claimed under a lease before it is sent, and settled after (`books`). What became of it and what that
  tells the person (`PromptDelivered`, `ChatBlocked`) is written in one transaction.
* One process at a time sends. Whoever begins takes over at once what the one before had claimed; whoever may not send
  any more (`leased`) claims and starts nothing, also when it stood still meanwhile and knows nothing of it yet.
* Lanes by strict priority: reply, prompt, bulk. In a chat one at a time, each lane in order. Eight in flight in all.
* A crash or an unanswered request may double a reply or a prompt. A bulk row becomes `unknown` instead and is never
  sent again by itself.
* `valid_until` and the quiet hours are looked at again when a row is claimed, `valid_until` once more before it leaves.
* Telegram's errors are values (`outcomes`). What the surroundings do (database gone) is said once and retried; the
  results of what was sent meanwhile are kept until they can be written.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.drawing import Drawing
from bot.telegram.books import LEASE, PAGE, Books, Held
from bot.telegram.calls import deliver
from bot.telegram.errors import TokenRefused
from bot.telegram.outage import LONGEST_PAUSE, Outage
from bot.telegram.outcomes import (
    RESULTS,
    TOKEN_REFUSED,
    Gone,
    Outcome,
    Refused,
    RetryAfter,
    Sent,
    Transient,
    Unreachable,
)
from bot.telegram.pacing import Pace
from bot.telegram.settling import Ended, PutBack
from flows.effects import Lane
from storage.claims import Claimed
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.telegram.transport import TelegramBot
    from storage.database import Database
    from storage.encryption import Vault

LEASE_LEFT: Final = timedelta(seconds=25)
"""What must be left of a lease when a request leaves: more than the longest request takes."""
HOLD: Final = LEASE - LEASE_LEFT

FLIGHTS: Final = 8
"""Requests under way at once. At 30 a second and 200 ms an answer six are needed."""
FLIGHTS_NOT_REPLIES: Final = 6
"""Two stay free for replies, also while Telegram answers nothing."""
BULK_HELD: Final = 3
"""Bulk rows are claimed when fewer are held ready. A crash leaves unknown what is held, in flight and not yet written:
about twenty of them."""

BULK_LINGER_SECONDS: Final = 0.25
"""How long the result of a bulk row may wait for others: a crash within it leaves some more rows unknown."""

LOOK_SECONDS: Final = 1.0
"""The fallback: how long a row can lie whose wake was lost."""
SWEEP_SECONDS: Final = 5.0
"""How often expired rows and lost leases are looked for."""
LONG_PAUSE_SECONDS: Final = 2.0
"""A pause of the whole bot that is longer gives back what was claimed, with the deadline stored in the row."""
OUTAGE_AFTER: Final = 4
"""Failures in a row, whatever the chats, after which the whole bot waits."""
STOP_SECONDS: Final = 5.0

EXPIRED: Final = "expired"

_RANK = {lane: rank for rank, lane in enumerate(Lane)}
_SETTLE_AS_LEFT = 2


class Sender:
    """Claims, sends, settles. `holder` names this process in the leases; `on_told` is called after a commit that put
    something into the inbox; `leased` says whether it is still this process that may send; `drawing` makes pages and
    pictures."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        bot: TelegramBot,
        clock: Clock,
        *,
        holder: str,
        on_told: Callable[[], None] = lambda: None,
        leased: Callable[[], bool] = lambda: True,
        log: Any = None,
        drawing: Drawing | None = None,
    ) -> None:
        self._bot = bot
        self._clock = clock
        self._on_told = on_told
        self._leased = leased
        self._log = log or structlog.get_logger(__name__)
        self._pace = Pace()
        self._drawing = drawing or Drawing(self._log)
        self._books = Books(database, vault, clock, self._pace, holder=holder, log=self._log)
        self._outage = Outage(self._log, "sender")
        self._held: list[Held] = []
        self._flights: dict[int, asyncio.Task[None]] = {}
        self._flying: dict[int, Claimed] = {}
        self._ended: list[Ended] = []
        self._to_book = asyncio.Event()
        self._to_start = asyncio.Event()
        self._hungry = True  # another claim may find something
        self._more_bulk = False  # the last claim left bulk behind
        self._linger: asyncio.TimerHandle | None = None
        self._booking = False
        self._stopping = asyncio.Event()
        self._token_refused = False
        self._started = False
        self._swept_at = float("-inf")
        self._next_due: datetime | None = None
        self._troubles = 0
        self.counts: Counter[str] = Counter()
        """How many calls came to what, by the words of `RESULTS`, and how many rows expired, since the start."""

    # -- what others see -------------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something new lies in the outbox. Cheap; to be called after every commit that wrote there."""
        self._hungry = True
        self._to_book.set()

    @property
    def busy(self) -> bool:
        """Whether anything is left to do at this moment of the clock."""
        if self._booking or self._flights or self._ended or (self._hungry and self._wanted()):
            return True
        now = self._clock.monotonic()
        return any(self._wait(held, now) <= 0 for held in self._held)

    def next_due(self) -> datetime | None:
        """When there will be something to do again, as of the last look; `None` when nothing waits."""
        now, mono = self._clock.now(), self._clock.monotonic()
        due = [now + timedelta(seconds=self._wait(held, mono)) for held in self._held]
        if self._next_due is not None:
            due.append(max(self._next_due, now + timedelta(seconds=max(0.0, self._pace.paused_until - mono))))
        return min(due, default=None)

    async def run(self) -> None:
        """Sends until `stop`. Raises `TokenRefused` when Telegram does not know the bot any more (what was claimed is
        given back first), and what is a mistake of ours."""
        starter = asyncio.create_task(self._start_all(), name="sender-starter")
        starter.add_done_callback(lambda _: self._to_book.set())
        try:
            await self._keep_books(starter)
            starter.cancel()
            await self._wind_up()
            if self._token_refused:
                raise TokenRefused
        finally:
            starter.cancel()
            left = [starter, *self._flights.values()]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def stop(self) -> None:
        """No new claims; `run` returns when what is in flight has ended, or after five seconds."""
        self._stopping.set()
        self._to_book.set()

    # -- the books: claim and settle -------------------------------------------------------------------------------

    async def _keep_books(self, starter: asyncio.Task[None]) -> None:
        while not self._stopping.is_set():
            if starter.done():
                starter.result()  # a mistake of ours: better the process ends than that it is silent
            self._to_book.clear()
            self._booking = True
            try:
                await self._book()
            except Exception as failure:
                if kind_of(failure) is Trouble.DATA:  # ours: better the process ends than that it is silent
                    raise
                pause = self._trouble(failure)
                self._booking = False
                await _either(self._stopping, self._clock, pause)
                continue
            finally:
                self._booking = False
            if self._troubles:
                self._log.info("outbox_reached_again", after_failures=self._troubles)
                self._troubles = 0
            await self._until_something_to_book()

    async def _until_something_to_book(self) -> None:
        if self._to_book.is_set():
            return
        now, seconds = self._clock.now(), LOOK_SECONDS
        if self._next_due is not None and self._next_due > now:
            seconds = min(seconds, (self._next_due - now).total_seconds())
        await _either(self._to_book, self._clock, seconds)

    async def _book(self) -> None:
        mono = self._clock.monotonic()
        if not self._started:
            await self._books.begin()
            self._started = True
        if mono - self._swept_at >= SWEEP_SECONDS:
            self.counts[EXPIRED] += await self._books.sweep()
            self._swept_at = mono
        if not self._ended and not self._hungry:
            due = await self._look()
            self._hungry = due is not None and due <= self._clock.now()
        lanes = self._wanted()
        if self._ended or (self._hungry and lanes):
            await self._settle_and_claim(lanes)
        if not (self._flights or self._ended or self._held or (self._hungry and lanes)):
            await self._look()

    async def _look(self) -> datetime | None:
        """When the earliest row is due. One that is due already and could not be claimed waits for its chat."""
        due = await self._books.earliest()
        self._next_due, now = due, self._clock.now()
        if due is not None and due <= now:
            mono = self._clock.monotonic()
            rest = min(self._pace.resting(mono).values(), default=mono + LOOK_SECONDS)
            self._next_due = now + timedelta(seconds=max(0.0, rest - mono))
        return due

    def _wanted(self) -> list[Lane]:
        """The lanes of which more can be held. None while the whole bot pauses."""
        if self._paused() or self._stopping.is_set() or not self._leased():
            return []
        bulk = self._bulk_held()
        if len(self._held) - bulk >= PAGE:
            return []
        return [Lane.REPLY, Lane.PROMPT, Lane.BULK] if bulk < BULK_HELD else [Lane.REPLY, Lane.PROMPT]

    async def _settle_and_claim(self, lanes: list[Lane]) -> None:
        ended, self._ended = self._ended, []
        self._hungry = False
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        busy = {held.row.chat for held in self._held} | {row.chat for row in self._flying.values()}
        try:
            found = await self._books.write(ended, lanes, busy)
        except BaseException as failure:
            self._hungry = True
            try:
                if not (isinstance(failure, Exception) and ended and kind_of(failure) is Trouble.DATA):
                    raise
                await self._books.write_one_by_one(ended)
            finally:
                self._ended = ended + self._ended
            self._to_book.set()
            self._on_told()
            return
        self._held += found.held
        if lanes:
            # claimed in the order of the lanes: a page that ends with bulk left no reply and no prompt behind
            self._hungry = self._hungry or (found.full and found.last is not Lane.BULK)
            if Lane.BULK in lanes:
                self._more_bulk = found.full
        if found.told:
            self._on_told()
        if self._held:
            self._to_start.set()

    def _trouble(self, failure: Exception) -> float:
        """Seconds to wait. Said once."""
        if not self._troubles:
            self._log.error("outbox_unreachable", error=type(failure).__name__, kind=str(kind_of(failure)))
        self._troubles += 1
        return float(min(10.0, 0.1 * 2 ** min(self._troubles, 10)))

    # -- starting --------------------------------------------------------------------------------------------------

    async def _start_all(self) -> None:
        while True:
            self._to_start.clear()
            wait = self._start_held()
            if wait is None:
                await self._to_start.wait()
            else:
                await _either(self._to_start, self._clock, wait)

    def _start_held(self) -> float | None:
        """Start what may start now; the seconds until more may, `None` when that depends on something else."""
        soonest: float | None = None
        now, mono = self._clock.now(), self._clock.monotonic()
        if not self._leased():
            self._give_back(PutBack(now, "not_ours"), now)
        if self._pace.paused_until - mono > LONG_PAUSE_SECONDS:
            until = now + timedelta(seconds=self._pace.paused_until - mono)
            self._give_back(PutBack(until, "bot_paused"), now)
        for held in sorted(self._held, key=_order):
            row = held.row
            others = sum(flying.lane is not Lane.REPLY for flying in self._flying.values())
            if len(self._flights) >= FLIGHTS:
                return None
            if row.lane is not Lane.REPLY and others >= FLIGHTS_NOT_REPLIES:
                continue
            wait = self._wait(held, mono)
            if wait > 0:
                soonest = wait if soonest is None else min(soonest, wait)
                continue
            self._held.remove(held)
            if now - held.since > HOLD or (row.valid_until is not None and row.valid_until <= now):
                self._end(Ended(row, PutBack(now, "held_too_long"), now))
            else:
                self._start(held, mono)
        if self._more_bulk and self._bulk_held() < BULK_HELD:
            self._more_bulk = False
            self.wake()
        elif self._hungry and len(self._held) < PAGE:
            self._to_book.set()
        return soonest

    def _start(self, held: Held, mono: float) -> None:
        row = held.row
        if held.aims and held.target is None:
            self._end(Ended(row, Gone("nothing_to_change"), self._clock.now()))
            return
        self._pace.start(row.lane, row.chat, mono, mark=held.mark)
        self._flying[row.id] = row
        self._flights[row.id] = asyncio.create_task(self._fly(held))

    def _wait(self, held: Held, mono: float) -> float:
        row = held.row
        return self._pace.wait(row.lane, row.chat, mono, mark=held.mark)

    def _bulk_held(self) -> int:
        return sum(held.row.lane is Lane.BULK for held in self._held)

    def _paused(self) -> bool:
        return self._pace.paused_until > self._clock.monotonic()

    def _give_back(self, outcome: PutBack, now: datetime) -> None:
        given, self._held = self._held, []
        for held in given:
            self._end(Ended(held.row, outcome, now))

    # -- one flight ------------------------------------------------------------------------------------------------

    async def _fly(self, held: Held) -> None:
        row = held.row
        outcome: Outcome | Gone
        try:
            outcome = await deliver(self._bot, held, self._drawing)
        except Exception as failure:
            self._log.error("sending_failed", outbox=row.id, error=type(failure).__name__)
            outcome = Transient("mistake_of_ours", unknown=True)
        self._flights.pop(row.id, None)
        self._flying.pop(row.id, None)
        self._heed(row, outcome)
        self._end(Ended(row, outcome, self._clock.now()))
        self._to_start.set()

    def _heed(self, row: Claimed, outcome: Outcome | Gone) -> None:
        """What the outcome of one call means for the others."""
        self.counts[RESULTS[type(outcome)]] += 1
        mono = self._clock.monotonic()
        match outcome:
            case RetryAfter():
                self._pace.flooded(row.chat, outcome.seconds, mono)
                self._log.warning("telegram_asks_to_wait", outbox=row.id, seconds=outcome.seconds)
            case Transient() if outcome.reason == TOKEN_REFUSED:
                self._token_refused = True
                self.stop()
                return
            case Transient():
                if not self._paused():  # else it was under way when the pause began, and says nothing new
                    self._outage.failed(outcome.reason)
                    if (more := self._outage.failures - OUTAGE_AFTER) >= 0:
                        self._pace.pause(mono + min(LONGEST_PAUSE, 2.0 ** min(more, 10)))
                return
            case Refused():
                self._log.error("message_refused", outbox=row.id, reason=outcome.reason)
            case Unreachable():
                self._log.info("chat_unreachable", outbox=row.id, person=row.person, reason=outcome.reason)
        self._outage.ended()

    def _end(self, end: Ended) -> None:
        self._ended.append(end)
        if end.row.lane is not Lane.BULK or not isinstance(end.outcome, Sent) or len(self._ended) >= PAGE:
            self._to_book.set()
        elif self._linger is None:
            # nobody waits for it: some of them share a transaction
            self._linger = asyncio.get_running_loop().call_later(BULK_LINGER_SECONDS, self._to_book.set)

    # -- the end ---------------------------------------------------------------------------------------------------

    async def _wind_up(self) -> None:
        """What is in flight may end, what was never tried is given back, and all of it is written down."""
        now = self._clock.now()
        self._give_back(PutBack(now, "stopped"), now)
        if self._flights:
            await asyncio.wait(self._flights.values(), timeout=STOP_SECONDS)
        for _ in range(_SETTLE_AS_LEFT):
            if not self._ended:
                return
            try:
                await self._settle_and_claim([])
            except Exception as failure:
                self._log.error("outbox_unreachable", error=type(failure).__name__, kind=str(kind_of(failure)))


def _order(held: Held) -> tuple[int, int]:
    return _RANK[held.row.lane], held.row.id


async def _either(event: asyncio.Event, clock: Clock, seconds: float) -> None:
    """Until `event` is set, or `seconds` of the clock are over."""
    tasks = (asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
