"""Time and told events become arrivals: the same door as Telegram's.

Rules kept here:

* The schedule is data. APScheduler only ticks, once a second; a tick that comes late or not at all loses nothing,
  since what is due is due in the table.
* A page of told events is a batch, then a page of due moments; the next ones are read when those are on disk.
* What somebody sent faster than she could be answered is carried out as her answers go out (`bot/flood`).
* Broadcasts that are under way are carried on at every look.
* Once an hour is forgotten what is kept no longer: handled updates, sent messages, and the words of programmes whose
  retention is over (`storage/retention`). Who lacks a weekly timer gets it (`storage/unplanned`).
* Once an hour, and before anything that is due, is looked whether much of a side did not answer (`bot/side_weeks`).
* Once a minute the invariant is checked that nobody is stuck; less often where a look at everybody takes longer than a
  hundredth of that.
* A database that is away is said once and waited for. Any other error ends the process: better that than a bot that
  looks alive and asks nobody any more. Told events that can not be read hold up nothing but each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import broadcasting, flood, side_weeks
from bot.arrivals import Arrival
from bot.invariants import find_stuck
from flows.errors import FlowMisled
from flows.timers import event_of
from storage import floods, inbox, outbox, retention, sessions, timers, unplanned
from storage.errors import Trouble, kind_of
from storage.invariants import Stuck

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.turns import Turns
    from storage.database import Database
    from storage.encryption import Vault

PAGE: Final = 100
PURGE_EVERY: Final = timedelta(hours=1)
SIDES_EVERY: Final = timedelta(hours=1)
SENT_KEPT: Final = timedelta(days=20)
"""A check-in can be reopened for 13 days, and its messages are marked by their numbers until then."""
CHECK_EVERY: Final = timedelta(minutes=1)
CHECK_SHARE: Final = 100
"""A check that takes a second comes every hundred: among a million people it takes several, and nothing ticks then."""


class Ticks:
    """Feeds due timers and told events to `turns`. `wake` looks at once; otherwise once a second. `on_fired` hears how
    late each timer was carried out."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        turns: Turns,
        clock: Clock,
        *,
        on_sends: Callable[[], None] = lambda: None,
        on_fired: Callable[[timedelta], None] = lambda _: None,
        log: Any = None,
    ) -> None:
        self._on_sends = on_sends
        self._on_fired = on_fired
        self._database = database
        self._vault = vault
        self._turns = turns
        self._clock = clock
        self._log = log or structlog.get_logger(__name__)
        self._woken = asyncio.Event()
        self._stopping = False
        self.troubled = False
        """Whether the database keeps it from looking; `readyz` says so."""
        self._purged_at: datetime | None = None
        self._check_at: datetime | None = None
        self._sides_at: datetime | None = None
        self._found: list[Stuck] = []
        self._unknown: set[str] = set()
        self._told_unreadable = False
        self.busy = True
        self.stuck = 0
        """Sessions and people found waiting for ever, at two looks in a row."""

    def wake(self) -> None:
        """Look at once."""
        self._woken.set()

    @property
    def at_rest(self) -> bool:
        return not self.busy and not self._woken.is_set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Ticks until `stop`. Raises what is neither the database's being away nor one arrival's error."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        every_second = IntervalTrigger(seconds=1)
        scheduler.add_job(self.wake, every_second, misfire_grace_time=None, coalesce=True, max_instances=1)
        scheduler.start()
        try:
            while not self._stopping:
                self._woken.clear()
                self.busy = True
                await self._look()
                self.busy = False
                await self._woken.wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        try:
            await self._look_at_sides()
            more = True
            while more and not self._stopping:
                # a page of each: at a busy hour somebody is always told something, and what is due can not wait
                told = await self._told()
                more = await self._due() or told
            if not self._stopping:
                await self._carry_on_broadcasts()
                await self._purge()
                await self._check_nobody_is_stuck()
        except Exception as failure:
            if kind_of(failure) is Trouble.DATA:
                raise
            if not self.troubled:
                self._log.error("tick_failed", error=type(failure).__name__, kind=str(kind_of(failure)))
            self.troubled = True
        else:
            if self.troubled:
                self._log.info("tick_works_again")
            self.troubled = False

    async def _look_at_sides(self) -> None:
        """Before anything is due: a week that counts for nobody must not bring a word about anybody."""
        now = self._clock.now()
        if self._sides_at is not None and now < self._sides_at:
            return
        began = self._clock.monotonic()
        await side_weeks.look(self._database, now)
        took = timedelta(seconds=self._clock.monotonic() - began)
        self._sides_at = now + max(SIDES_EVERY, CHECK_SHARE * took)

    async def _told(self) -> bool:
        try:
            async with self._database.read() as tx:
                behind = await floods.behind(tx, flood.GO_ON_BELOW)
                pending = await inbox.pending(tx, self._vault, PAGE, not_people=behind)
        except Exception as failure:
            if kind_of(failure) is not Trouble.DATA:
                raise
            if not self._told_unreadable:
                self._log.error("told_unreadable", error=type(failure).__name__)
            self._told_unreadable = True
            return False
        if pending:
            await self._turns.submit(flood.arrivals(pending))
        return bool(pending)

    async def _due(self) -> bool:
        now = self._clock.now()
        async with self._database.read() as tx:
            due = await timers.due(tx, now, limit=PAGE + len(self._unknown))
        arrivals = []
        for timer in due:
            try:
                event = event_of(timer.kind, timer.period, timer.due_at)
            except (FlowMisled, ValueError):
                if timer.key not in self._unknown:  # left by a newer program: kept for it, and said once
                    self._log.error("timer_unknown", timer=timer.key)
                    self._unknown.add(timer.key)
                continue
            arrivals.append(
                Arrival(
                    None, event, person=timer.person, timer=timer.key, due_at=timer.due_at, lapses=timer.valid_until
                )
            )
        if arrivals:
            await self._turns.submit(arrivals)
        for one in arrivals:
            if one.due_at is not None:
                self._on_fired(self._clock.now() - one.due_at)
        return bool(arrivals)

    async def _carry_on_broadcasts(self) -> None:
        sends, tells = await broadcasting.carry_on(self._database, self._turns.overlays.speech, self._clock.now())
        if sends:
            self._on_sends()
        if tells:
            self.wake()

    async def _check_nobody_is_stuck(self) -> None:
        """An alarm, not a repair: what is found is a defect of ours, and `doctor` shows it too."""
        now = self._clock.now()
        if self._check_at is not None and now < self._check_at:
            return
        began = self._clock.monotonic()
        async with self._database.read() as tx:
            found = await find_stuck(tx, self._turns.overlays.catalogue)
        took = timedelta(seconds=self._clock.monotonic() - began)
        self._check_at = now + max(CHECK_EVERY, CHECK_SHARE * took)
        # what was told but not yet carried out may still set the timer: only what is found twice is stuck
        lasting = [one for one in found if one in self._found]
        self._found = found
        self.stuck = len(lasting)
        for one in lasting:
            self._log.error("stuck", person=one.person, session=one.session, flow=one.flow)

    async def _purge(self) -> None:
        now = self._clock.now()
        if self._purged_at is not None and now - self._purged_at < PURGE_EVERY:
            return
        self._purged_at = now
        async with self._database.write() as tx:
            await timers.set_many(tx, await unplanned.missing(tx, now))
            await inbox.purge(tx, now)
            await sessions.purge(tx, now)
            await outbox.purge(tx, now - SENT_KEPT)
            due = [one for one in await retention.dues(tx) if one.at is not None and one.at <= now]
        for one in due:  # each in a transaction of its own, since the first of them wipes a whole programme
            async with self._database.write() as tx:
                if count := await retention.wipe(tx, one.programme, now):
                    self._log.info("words_wiped", programme=one.programme, rows=count)
