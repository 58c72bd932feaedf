"""The composition root: everything is built here, from plain constructor arguments, and nothing anywhere else.

Rules kept here:

* Nothing is built at import, and no part finds another by itself.
* A broken library, setting or database stops the start with every problem listed; an unreachable Bot API does not:
  it is said once and tried again.
* Parts end in the order in which things travel: intake first, the sender last; each has ended before the next is
  asked to.
* A part that fails ends the process, with one line and an error code: half a bot would look alive.
* `start` does everything in one process; `web` takes webhooks, `worker` ticks, sends and polls. On several workers
  one holds the lease for the bot's token, and another takes over when it dies.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, partial
from typing import Any, Final, TypeVar

import structlog

from bot import memory
from bot.agreeing import Agreeing
from bot.backing_up import Backups
from bot.batch import where
from bot.clock import AgreedClock, Clock, RehearsalClock, SystemClock, machine_time
from bot.content import loaded
from bot.drafting import Drafting
from bot.erasing import ErasuresLog, erase_again
from bot.errors import Broken, LeaseLost, Refused
from bot.following import Follower, follow
from bot.gate import Gate
from bot.leases import Lease, process_name
from bot.metrics import Metrics
from bot.opening import await_database, erasures_of, locked_alone
from bot.overlays import Overlays
from bot.places import use_newest_zone_data, world_facts
from bot.presenting import Presenting, until_stored
from bot.programmes import BOT_NAME
from bot.readiness import Readiness
from bot.resealing import note_started
from bot.resting import Rest
from bot.settings import Settings
from bot.speech import Speech
from bot.telegram.ear import Ear
from bot.telegram.errors import TokenRefused
from bot.telegram.intake import Polling, Webhook, connect, set_webhook, until_accepted, webhook_secret
from bot.telegram.sender import Sender
from bot.telegram.taps import Taps
from bot.telegram.transport import TelegramBot, build_bot
from bot.ticks import Ticks
from bot.turns import Committed, Turns
from bot.versions import load_versions
from bot.watch import Watch
from bot.web import Health, serving
from flows.catalogue import Catalogue
from storage import meta
from storage.database import Database

Result = TypeVar("Result")


class Role(StrEnum):
    """What this process does."""

    START = "start"
    WEB = "web"
    WORKER = "worker"


async def run(
    settings: Settings,
    role: Role,
    *,
    rehearsal: bool = False,
    room: int | None = None,
    machine: Callable[[], datetime] = machine_time,
    name: Callable[[], str] = process_name,
) -> None:
    """Run one process until SIGTERM or SIGINT. Raises `Refused` with one sentence for whatever stops the start,
    `Broken` when a part of it has failed, and `LeaseLost` when it is to begin anew. `room` is the rehearsal room's
    process, without which this one ends; `machine` is what this machine takes for the time, and `name` under which it
    holds leases."""
    if settings.telegram_token is None:
        raise Refused("TELEGRAM_TOKEN is missing: put the token from BotFather into .env, or try `twinbot rehearse`.")
    if role is not Role.START and settings.is_sqlite:
        raise Refused(f"`{role}` needs PostgreSQL: set DATABASE_URL, or run everything in one process with `start`.")
    if role is Role.WEB and settings.public_url is None:
        raise Refused("`web` takes webhooks and needs PUBLIC_URL, the https address under which Telegram can call it.")
    use_newest_zone_data()
    clock: Clock = RehearsalClock() if rehearsal else SystemClock() if settings.is_sqlite else AgreedClock(machine)
    holder = name()
    async with AsyncExitStack() as stack:
        catalogue = checked_catalogue()
        stack.enter_context(locked_alone(settings, role))
        database = await await_database(settings, clock, rehearsal=rehearsal, migrate_it=role is Role.START)
        stack.push_async_callback(database.close)
        await load_versions(database, catalogue, clock)
        erasures = erasures_of(settings, rehearsal=rehearsal)
        if erasures.trouble is not None:  # else the first /delete would be tried again for ever, and all behind it wait
            raise Refused(erasures.trouble)
        process = Process(settings, role, database, catalogue, clock, holder, erasures, room)
        await process.run(stack)


@cache
def checked_catalogue() -> Catalogue:
    """The library, read and checked once in a process, or `Refused` with everything that is wrong with it."""
    catalogue, problems = loaded()
    if catalogue is None or problems:
        raise Refused("The library can not be used:\n" + "\n".join(str(problem) for problem in problems))
    return catalogue


class Process:
    """The parts of one process, wired."""

    def __init__(
        self,
        settings: Settings,
        role: Role,
        database: Database,
        catalogue: Catalogue,
        clock: Clock,
        holder: str,
        erasures: ErasuresLog,
        room: int | None = None,
    ) -> None:
        self.settings = settings
        self.role = role
        self.database = database
        self.clock = clock
        self.holder = holder
        self.room = room
        self.log: Any = structlog.get_logger("twinbot")
        self.speech = Speech(catalogue)
        token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
        self.token = token
        rehearses = isinstance(clock, RehearsalClock)
        on_headers = follow(clock) if isinstance(clock, RehearsalClock) else None
        self.bot: TelegramBot = build_bot(token, settings.telegram_api_url, on_headers=on_headers)
        self.taps = Taps(self.bot)
        self.erasures = erasures
        self.overlays = Overlays(catalogue, self.speech)
        self.turns = Turns(
            database,
            catalogue,
            self.speech,
            world_facts(self.speech.languages, holidays=settings.public_holidays == "move"),
            clock,
            overlays=self.overlays,
            erasures=erasures,
            on_commit=self._committed,
        )
        self.gate = Gate(database, self.turns.submit)
        self.ticks = Ticks(
            database,
            database.vault,
            self.turns,
            clock,
            on_sends=self._wake_sender,
            on_fired=self._fired,
        )
        self.sender = Sender(
            database,
            database.vault,
            self.bot,
            clock,
            holder=holder,
            on_told=self.ticks.wake,
            leased=self._leased,
        )
        self.drafting = Drafting(database, self.bot, self.overlays, clock, on_told=self.ticks.wake)
        self.polling = Polling(self.bot, self.turns.submit, clock)
        self.presenting = Presenting(database, self.bot, self.speech, clock, on_sends=self._wake_sender)
        self.backups = None if rehearses or database.path is None else Backups(database.path, clock)
        self.watch = None if rehearses else Watch(database, clock, self._heard, database.path, on_told=self.ticks.wake)
        url = settings.public_url
        self.ear = None if rehearses or url is None else Ear(self.bot, url, database, clock)
        self.webhook = Webhook(self.gate.submit, webhook_secret(token))
        self.metrics = Metrics(self.sender.counts, self.webhook.answered)
        self.agreeing = Agreeing(database, clock) if isinstance(clock, AgreedClock) else None
        self.readiness = Readiness(
            database, clock, self.gate, self.turns, self.ticks, self.polling, self.ear, self.metrics
        )
        self._stop = asyncio.Event()
        self._parts: dict[str, asyncio.Task[None]] = {}
        self._lease: Lease | None = None

    def _leased(self) -> bool:
        """A file's lock, where there is one, can not be lost."""
        return self._lease is None or self._lease.holds

    def _wake_sender(self) -> None:
        self.sender.wake()

    async def _heard(self) -> float | None:
        return await self.ear.look() if self.ear is not None else self.polling.last_poll_at

    def _fired(self, late: timedelta) -> None:
        self.metrics.fired(late)

    def _committed(self, committed: Committed) -> None:
        self.metrics.committed(committed)
        self.taps.answer(committed.acknowledgements)
        if committed.sends:
            self.sender.wake()
        if committed.tells:
            self.ticks.wake()
        if committed.drafts:
            self.drafting.wake()

    # -- running ---------------------------------------------------------------------------------------------------

    async def run(self, stack: AsyncExitStack) -> None:
        """Everything this role does, until a signal or until one part gives up."""
        memory.settle()
        if self.agreeing is not None:
            await self._until_stored(self.agreeing.look)
        await self._until_stored(lambda: self.overlays.begin(self.database, self.clock.now()))
        await self._forget_again()
        await self._until_stored(self.gate.look)
        await self._until_stored(self._note_keys)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        stack.push_async_callback(self.bot.shutdown)
        routes = list(self._health().routes())
        if self.role is not Role.WORKER and self.settings.public_url is not None:
            routes += self.webhook.routes()
        host = "0.0.0.0" if self.settings.public_url else "127.0.0.1"  # noqa: S104 - Telegram calls from outside
        try:
            port = await stack.enter_async_context(serving(routes, host, self.settings.port))
        except OSError as taken:
            why = os.strerror(taken.errno or 0)
            raise Refused(
                f"Port {self.settings.port} can not be used ({why}): set PORT to a free one, 0 picks any."
            ) from None
        self.log.info("started", role=self.role, health=f"http://127.0.0.1:{port}/healthz")
        work = asyncio.create_task(self._work(), name="work")
        stopped = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            await self._wind_up(work)
        await self._end(work)
        self.log.info("stopped", role=self.role)

    async def _end(self, work: asyncio.Task[None]) -> None:
        """Say what ended the work, where it did not end by itself. Whatever it was, it is known by class and place."""
        _, late = await asyncio.wait({work}, timeout=0)
        if late:
            parts = [name for name, part in self._parts.items() if not part.done()]
            self.log.warning("stopped_in_the_middle", parts=parts)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            return
        failure = None if work.cancelled() else work.exception()
        while isinstance(failure, BaseExceptionGroup):
            failure = next((one for one in failure.exceptions if isinstance(one, TokenRefused)), failure.exceptions[0])
        match failure:
            case None:
                return
            case TokenRefused():
                raise Refused(
                    "Telegram refuses TELEGRAM_TOKEN: copy it again from BotFather, or make a new one there (/token)."
                ) from None
            case Refused() | LeaseLost():
                raise failure
            case _:
                error, place = type(failure).__name__, where(failure)
                self.log.critical("part_failed", error=error, at=place)
                raise Broken(
                    f"Twinbot has ended because of a mistake of its own ({error} at {place}); nothing is lost. "
                    "Start it again, and please report this line."
                ) from None

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._begin(group, "turns", self.turns.run())
            if isinstance(self.clock, RehearsalClock):
                self._begin(group, "follower", self._following(self.clock).run())
            if self.agreeing is not None:
                self._begin(group, "agreeing", self.agreeing.run())
            await self._reach_telegram()
            if self._stop.is_set():
                return
            # Telegram may ask to wait with it for hours: nobody else has to
            self._begin(group, "card", until_accepted(self.presenting.publish, self.clock, "card"))
            await self.gate.opened(self._stop)
            if self._stop.is_set():
                return
            if self.role is Role.WEB:
                await self._stop.wait()
            elif self.database.dialect == "sqlite":  # the file's lock says already that nobody else is here
                await self._act()
            else:
                await self._act_under_lease()

    async def _act(self) -> None:
        """What only one process may do for one bot, until that has ended."""
        self.metrics.lease.set(1)
        async with asyncio.TaskGroup() as group:
            self._begin(group, "ticks", self.ticks.run())
            self._begin(group, "sender", self.sender.run())
            self._begin(group, "drafting", self.drafting.run())
            if self.settings.public_url is None:
                self._begin(group, "polling", self.polling.run())
            if self.watch is not None:
                self._begin(group, "watch", self.watch.run())
            if self.backups is not None:
                self._begin(group, "backups", self.backups.run())

    async def _act_under_lease(self) -> None:
        """The lease is given up only when the last message is out."""
        async with Lease(self.database, self.clock, self.holder, f"bot/{self.token.partition(':')[0]}") as lease:
            self._lease = lease
            await lease.taken(self._stop)
            if self._stop.is_set():
                return
            acting = asyncio.create_task(self._act(), name="acting")
            holding = asyncio.create_task(lease.held(self._stop), name="holding")
            try:
                await asyncio.wait({acting, holding}, return_when=asyncio.FIRST_COMPLETED)
                lost = holding.done() and not self._stop.is_set()
                if lost:
                    self._stop.set()
                await acting
            finally:
                for task in (acting, holding):
                    task.cancel()
                await asyncio.gather(acting, holding, return_exceptions=True)
            if lost:
                self.log.warning("begins_anew")
                raise LeaseLost

    def _begin(self, group: asyncio.TaskGroup, name: str, part: Coroutine[Any, Any, None]) -> None:
        self._parts[name] = group.create_task(part, name=name)

    async def _wind_up(self, work: asyncio.Task[None]) -> None:
        """Intake first, then what it fed, the sender last. What has not ended in time is cancelled by `_end`."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                for name in {"follower", "agreeing", "card"} & self._parts.keys():
                    await self._ended(name, self._parts[name].cancel)
                await self._ended("polling", self.polling.stop)
                await self._ended("watch", self.watch.stop if self.watch else None)
                await self._ended("backups", self.backups.stop if self.backups else None)
                await self._ended("drafting", self.drafting.stop)
                await self._ended("ticks", self.ticks.stop)
                await self._ended("turns", self.turns.stop)
                await self.taps.stop()
                await self._ended("sender", self.sender.stop)
                await asyncio.wait({work})
        except TimeoutError:
            pass

    async def _ended(self, name: str, stop: Callable[[], object] | None) -> None:
        if stop is not None:
            stop()
        if name in self._parts:
            await asyncio.wait({self._parts[name]})

    async def _reach_telegram(self) -> None:
        """Returns when Telegram knows this bot and where to call it, or when it is stopped before."""
        reaching = asyncio.create_task(self._greet_telegram(), name="greeting")
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({reaching, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reaching.done():
                reaching.result()
        finally:
            for task in (reaching, stopping):
                task.cancel()
            await asyncio.gather(reaching, stopping, return_exceptions=True)

    async def _greet_telegram(self) -> None:
        name = await connect(self.bot, self.clock)
        self.readiness.reached = True
        self.log.info("telegram_reached", bot=f"https://t.me/{name}")
        await self._until_stored(lambda: self._note_name(name))
        if self.settings.public_url is not None and self.role is not Role.WORKER:
            url, secret = self.settings.public_url, webhook_secret(self.token)
            await until_accepted(lambda: set_webhook(self.bot, url, secret), self.clock, "webhook")
        self.readiness.is_called = True

    async def _forget_again(self) -> None:
        """Whoever was deleted and stands in this database, after a crash or a restore, is deleted before anything."""
        work = partial(erase_again, self.database, self.speech, self.erasures, self.clock.now())
        if count := await self._until_stored(work):
            self.log.warning("erased_again", count=count)

    async def _note_keys(self) -> None:
        async with self.database.write() as tx:
            await note_started(tx, self.database.vault)

    async def _note_name(self, name: str) -> None:
        async with self.database.write() as tx:
            await meta.put(tx, BOT_NAME, name)

    async def _until_stored(self, work: Callable[[], Awaitable[Result]]) -> Result:
        return await until_stored(work, self.clock)

    def _following(self, clock: RehearsalClock) -> Follower:
        parts = (self.gate, self.turns, self.ticks, self.sender, self.taps, self.polling, self.drafting)
        rest = Rest(self.database, clock, *parts)
        return Follower(
            self.settings.telegram_api_url,
            self.holder,
            clock,
            at_rest=rest.holds,
            next_due=rest.ends,
            moved=rest.disturb,
            room=self.room,
            abandoned=self._stop.set,
        )

    def _health(self) -> Health:
        token = self.settings.metrics_token
        return Health(self.readiness.problems, self.readiness.figures, token.get_secret_value() if token else None)


STOP_SECONDS: Final = 8.0
"""How long the parts may take to end before they are cancelled; hosts give ten."""
