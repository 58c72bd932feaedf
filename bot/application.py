"""The composition root: everything is built here, from plain constructor arguments, and nothing anywhere else.

Rules kept here:

* Nothing is built at import, and no part finds another by itself.
* A broken library, setting or database stops the start with every problem listed; an unreachable Bot API does not:
  it is said once and tried again.
* Parts end in the order in which things travel: intake first, the sender last.
* `start` does everything in one process; `web` takes webhooks, `worker` ticks, sends and polls. On several workers
  one holds the lease for the bot's token, and another takes over when it dies.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import structlog

from bot import menu as menus
from bot.clock import Clock, RehearsalClock, SystemClock
from bot.errors import Refused
from bot.following import Follower, follow
from bot.leases import Lease, process_name
from bot.library import build_catalogue, read_library
from bot.opening import await_database, lock_alone
from bot.places import use_newest_zone_data, world_facts
from bot.programmes import BOT_NAME
from bot.settings import Settings
from bot.speech import Speech, packaged_languages
from bot.telegram.errors import TokenRefused
from bot.telegram.intake import Polling, Webhook, connect, set_webhook, until_accepted, webhook_secret
from bot.telegram.menu import fingerprint, publish
from bot.telegram.sender import Sender
from bot.telegram.taps import Taps
from bot.telegram.transport import TelegramBot, build_bot
from bot.ticks import Ticks
from bot.translations import lint
from bot.turns import Committed, Turns
from bot.web import Health, serving
from flows.catalogue import Catalogue, Flow
from flows.checks import check_catalogue
from flows.errors import LibraryBroken
from storage import flow_versions, inbox, meta, timers
from storage.database import Database

DEAF_AFTER: Final = 90.0
"""Seconds without a successful poll after which the bot counts as deaf; a poll is kept open 25 s."""

MENU = "menu"


class Role(StrEnum):
    """What this process does."""

    START = "start"
    WEB = "web"
    WORKER = "worker"


async def run(settings: Settings, role: Role, *, rehearsal: bool = False) -> None:
    """Run one process until SIGTERM or SIGINT. Raises `Refused` with one sentence for whatever stops the start."""
    if settings.telegram_token is None:
        raise Refused("TELEGRAM_TOKEN is missing: put the token from BotFather into .env, or try `twinbot rehearse`.")
    if role is not Role.START and settings.is_sqlite:
        raise Refused(f"`{role}` needs PostgreSQL: set DATABASE_URL, or run everything in one process with `start`.")
    if role is Role.WEB and settings.public_url is None:
        raise Refused("`web` takes webhooks and needs PUBLIC_URL, the https address under which Telegram can call it.")
    use_newest_zone_data()
    clock: Clock = RehearsalClock() if rehearsal else SystemClock()
    holder = process_name()
    async with AsyncExitStack() as stack:
        catalogue = checked_catalogue()
        lock_alone(settings, role)
        database = await await_database(settings, clock, rehearsal=rehearsal, migrate_it=role is Role.START)
        stack.push_async_callback(database.close)
        await load_versions(database, catalogue, clock)
        process = Process(settings, role, database, catalogue, clock, holder)
        await process.run(stack)


def checked_catalogue() -> Catalogue:
    """The library, or `Refused` with everything that is wrong with it."""
    try:
        catalogue = build_catalogue()
        problems = check_catalogue(catalogue) + lint(read_library(), packaged_languages())
    except LibraryBroken as broken:
        problems = list(broken.problems)
    if problems:
        raise Refused("The library can not be used:\n" + "\n".join(str(problem) for problem in problems))
    return catalogue


async def load_versions(database: Database, catalogue: Catalogue, clock: Clock) -> None:
    """Store what is current, and load every version that somebody may still be in."""
    async with database.write() as tx:
        await flow_versions.store(tx, [_stored(flow) for flow in catalogue.flows.values()], clock.now())
    async with database.read() as tx:
        for stored in await flow_versions.load_all(tx):
            if stored.version not in catalogue.versions:
                data = json.loads(stored.definition) | {"translations": json.loads(stored.texts)}
                catalogue.versions[stored.version] = Flow.from_data(data)


def _stored(flow: Flow) -> flow_versions.FlowVersion:
    data = flow.to_data()
    texts = data.pop("translations")
    return flow_versions.FlowVersion(
        flow.version, flow.id, json.dumps(data, ensure_ascii=False), json.dumps(texts, ensure_ascii=False)
    )


class Process:
    """The parts of one process, wired."""

    def __init__(
        self, settings: Settings, role: Role, database: Database, catalogue: Catalogue, clock: Clock, holder: str
    ) -> None:
        self.settings = settings
        self.role = role
        self.database = database
        self.clock = clock
        self.holder = holder
        self.log: Any = structlog.get_logger("twinbot")
        self.speech = Speech(catalogue)
        token = settings.telegram_token.get_secret_value() if settings.telegram_token else ""
        self.token = token
        on_headers = follow(clock) if isinstance(clock, RehearsalClock) else None
        self.bot: TelegramBot = build_bot(token, settings.telegram_api_url, on_headers=on_headers)
        self.taps = Taps(self.bot)
        self.turns = Turns(
            database, catalogue, self.speech, world_facts(self.speech.languages), clock, on_commit=self._committed
        )
        self.ticks = Ticks(database, database.vault, self.turns, clock)
        self.sender = Sender(
            database,
            database.vault,
            self.bot,
            clock,
            holder=holder,
            on_told=self.ticks.wake,
            alone=role is Role.START,
        )
        self.polling = Polling(self.bot, self.turns.submit, clock)
        self._stop = asyncio.Event()
        self._reached = False

    def _committed(self, committed: Committed) -> None:
        self.taps.answer(committed.acknowledgements)
        if committed.sends:
            self.sender.wake()
        if committed.tells:
            self.ticks.wake()

    # -- running ---------------------------------------------------------------------------------------------------

    async def run(self, stack: AsyncExitStack) -> None:
        """Everything this role does, until a signal or until one part gives up."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        stack.push_async_callback(self.bot.shutdown)
        routes = list(self._health().routes())
        if self.role is not Role.WORKER and self.settings.public_url is not None:
            routes += Webhook(self.turns.submit, webhook_secret(self.token)).routes()
        host = "0.0.0.0" if self.settings.public_url else "127.0.0.1"  # noqa: S104 - Telegram calls from outside
        try:
            port = await stack.enter_async_context(serving(routes, host, self.settings.port))
        except OSError as taken:
            raise Refused(
                f"Port {self.settings.port} can not be used ({taken.strerror}): set PORT to a free one, 0 picks any."
            ) from None
        self.log.info("started", role=self.role, health=f"http://127.0.0.1:{port}/healthz")
        work = asyncio.create_task(self._work(), name="work")
        stopped = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            await self._wind_up(work)
        try:
            await work
        except* TokenRefused:
            raise Refused(
                "Telegram refuses TELEGRAM_TOKEN: copy it again from BotFather, or make a new one there (/token)."
            ) from None
        self.log.info("stopped", role=self.role)

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.turns.run(), name="turns")
            if self.role is Role.WEB:
                await self._reach_telegram()
                await self._await_stop()
                return
            if isinstance(self.clock, RehearsalClock):
                follower = self._follower(self.clock)
                task = group.create_task(follower.run(), name="follower")
                self._on_stop = task.cancel
            await self._reach_telegram()
            if self._stop.is_set():
                return
            if self.database.dialect == "sqlite":  # the file's lock says already that nobody else is here
                self._begin_active_parts(group)
                return
            async with Lease(self.database, self.clock, self.holder, f"bot/{self.token.partition(':')[0]}") as lease:
                await lease.taken(self._stop)
                if not self._stop.is_set():
                    self._begin_active_parts(group)
                    await lease.held(self._stop)
                    self._stop.set()

    def _begin_active_parts(self, group: asyncio.TaskGroup) -> None:
        """What only one process may do for one bot."""
        group.create_task(self.ticks.run(), name="ticks")
        group.create_task(self.sender.run(), name="sender")
        if self.settings.public_url is None:
            group.create_task(self.polling.run(), name="polling")

    _on_stop: Callable[[], Any] = staticmethod(lambda: None)

    async def _await_stop(self) -> None:
        await self._stop.wait()

    async def _wind_up(self, work: asyncio.Task[None]) -> None:
        """Intake first, then what it fed, the sender last."""
        self.polling.stop()
        self.ticks.stop()
        self.turns.stop()
        self.sender.stop()
        self._on_stop()
        await self.taps.stop()
        _, late = await asyncio.wait({work}, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()

    async def _reach_telegram(self) -> None:
        """Returns when Telegram knows this bot and what it offers, or when it is stopped before."""
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
        self._reached = True
        async with self.database.write() as tx:
            await meta.put(tx, BOT_NAME, name)
        if self.settings.public_url is not None and self.role is not Role.WORKER:
            url, secret = self.settings.public_url, webhook_secret(self.token)
            await until_accepted(lambda: set_webhook(self.bot, url, secret), self.clock, "webhook")
        await until_accepted(self._publish_menu, self.clock, "menu")

    async def _publish_menu(self) -> None:
        """Telegram limits this hard: only when something in it has changed."""
        lines = menus.lines(self.speech)
        mark = fingerprint(lines)
        async with self.database.read() as tx:
            published = await meta.get(tx, MENU)
        if published != mark:
            await publish(self.bot, lines)
            async with self.database.write() as tx:
                await meta.put(tx, MENU, mark)

    # -- health ----------------------------------------------------------------------------------------------------

    def _health(self) -> Health:
        token = self.settings.metrics_token
        return Health(self._problems, self._figures, token.get_secret_value() if token else None)

    def _problems(self) -> list[str]:
        problems = []
        if not self._reached:
            problems.append("The Bot API has not been reached yet.")
        if self.turns.troubled:
            problems.append("The database can not be written.")
        if self._poll_age() > DEAF_AFTER:
            problems.append(f"No poll has succeeded for {self._poll_age():.0f} seconds.")
        return problems

    def _poll_age(self) -> float:
        last = self.polling.last_poll_at
        return 0.0 if last is None else self.clock.monotonic() - last

    def _figures(self) -> Mapping[str, float]:
        return {
            "poll_age_seconds": self._poll_age(),
            "timer_lateness_seconds": self.ticks.lateness.total_seconds(),
            "stuck_conversations": self.ticks.stuck,
            **{f"outbox_{outcome}_total": count for outcome, count in sorted(self.sender.counts.items())},
        }

    # -- rehearsal -------------------------------------------------------------------------------------------------

    def _follower(self, clock: RehearsalClock) -> Follower:
        return Follower(
            self.settings.telegram_api_url,
            self.holder,
            clock,
            at_rest=self._at_rest,
            next_due=self._next_due,
            moved=self._moved,
        )

    def _at_rest(self) -> bool:
        return (
            self.turns.at_rest
            and self.ticks.at_rest
            and not self.sender.busy
            and not self.taps.busy
            and not self.polling.submitting
        )

    async def _next_due(self) -> datetime | None:
        async with self.database.read() as tx:
            due = [await timers.next_due(tx), self.sender.next_due()]
            if await inbox.count_pending(tx):
                due.append(self.clock.now())
        return min((moment for moment in due if moment is not None), default=None)

    def _moved(self) -> None:
        self.ticks.wake()
        self.sender.wake()


STOP_SECONDS: Final = 8.0
"""How long the parts may take to end before they are cancelled; hosts give ten."""
