"""The stage of the journeys: a room, the real bot in it as a process of its own, and people with phones.

Rules kept here:

* What people do, they do on their phones; what the bot did is counted at the Bot API and read through storage.
* Nothing sleeps for a while and hopes: a journey waits for a condition, with a deadline.
* The bot gets a home, keys and a folder of its own; nothing outside the test's folder is touched.
* Every journey is played on SQLite and on PostgreSQL; one that is about a file or about many processes says so.
* The bot of a room is forked from a process that has imported it (`forking`); commands begin from nothing.
* A programme is joined once a run on each kind of database, by the real bot (`seeding`), and copied for every journey.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from bot import programmes
from bot.callback_data import parse_data
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.room import RunningRoom, running_room
from bot.rehearsal.state import Query
from bot.rehearsal.supervisor import python, spawn
from flows.people import PersonId
from flows.rules.cadence import QuietHours, quiet_until
from storage import answers, check_ins, inbox, people, schema, sessions
from storage import programmes as stored_programmes
from storage.answers import Answer
from storage.check_ins import CheckIn
from storage.database import Database
from storage.people import Known
from tests.databases import KEY, test_vault
from tests.journeys.forking import nursery
from tests.journeys.players import DONE, REAL_EXCHANGE, Player

TOKEN = "8000000001:journeys-on-this-machine-only"  # noqa: S105 - opens nothing but the local room
ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
"""Seconds until a condition must hold; a machine that also does other things is slow."""
LOOK = 0.02

BOT = ("-m", "bot", "start", "--rehearsal")
LIVE = ("-m", "bot", "start")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class World:
    """Where a journey takes place: a database, the room's file, and a folder that is home to the bot."""

    kind: str
    url: str
    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "room.json"

    def environment(self, **more: str) -> dict[str, str]:
        """The bot's; nothing of the one who runs the tests."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TZ", "TMPDIR")}
        own = {
            "HOME": str(self.folder),
            "DATABASE_URL": self.url,
            "SECRET_KEYS": KEY.text(),
            "PUBLIC_URL": "",
            "PORT": "0",
            "PYTHONUNBUFFERED": "1",
            "PUBLIC_HOLIDAYS": "ignore",  # the year of a journey is the next one, with other holidays every time
            "PYTHONPATH": str(ROOT),
        }
        return kept | own | more

    async def plays(self, scene: Scene, *, argv: Sequence[str] | None = BOT, **more: str) -> None:
        """Plays `scene` in an open room. `argv` `None`: no bot of the room's; `more` is added to its environment."""
        async with self.opened(argv=argv, **more) as journey:
            try:
                await scene(journey)
            except Exception as failure:
                failure.add_note(f"on {self.kind}; {journey.story()}")
                raise

    def play(self, scene: Scene, *, argv: Sequence[str] | None = BOT, **more: str) -> None:
        asyncio.run(self.plays(scene, argv=argv, **more))

    async def command(self, *arguments: str, **more: str) -> Said:
        """Runs `twinbot` with `arguments` in this world, as an operator would."""
        process = await asyncio.create_subprocess_exec(
            *python("-m", "bot", *arguments),
            env=self.environment(**more),
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return Said(process.returncode or 0, out.decode(), err.decode())

    @asynccontextmanager
    async def opened(self, *, argv: Sequence[str] | None, **more: str) -> AsyncIterator[Journey]:
        lines: list[str] = []
        database = await Database.open(self.url, test_vault())
        try:
            async with running_room(
                token=TOKEN,
                username="journey_twinbot",
                state_path=self.state,
                argv=None if argv is None else python(*argv),
                env=self.environment(**more),
                line=lines.append,
                spawn=nursery.spawn if argv is BOT else spawn,
            ) as room:
                yield Journey(self, room, database, lines, is_live=argv is LIVE)
        finally:
            await database.close()


TRIED_AGAIN_WITHIN = 3.0
"""Seconds of the bot's clock."""


@dataclass
class Journey:
    """One room with its bot, played by a test."""

    world: World
    room: RunningRoom
    database: Database
    lines: list[str]
    ids: dict[int, PersonId] = field(default_factory=dict)
    is_live: bool = False
    """Its bot lives by the real clock, whatever the room's says."""

    # -- waiting -----------------------------------------------------------------------------------------------------

    async def until(self, true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Waits for a condition. Fails with what was waited for."""
        end = time.monotonic() + patience
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")
            await asyncio.sleep(LOOK)

    async def until_it_holds(self, true: Callable[[], Awaitable[bool]], what: str, patience: float = PATIENCE) -> None:
        """Waits for a condition that is read from the database."""
        end = time.monotonic() + patience
        while not await true():
            if time.monotonic() > end:
                raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")
            await asyncio.sleep(5 * LOOK)

    async def started(self) -> None:
        """Until the bot polls."""
        await self.until(lambda: self.polls, "the bot polls")

    @property
    def polls(self) -> bool:
        return self.room.server._bot_api._poll is not None

    async def settled(self) -> None:
        """Until nothing is under way: no update, no told event, no message that could be sent now."""

        async def still() -> bool:
            if self.room.room.updates.waiting:
                return False
            return await self.unsettled() == (0, 0)

        await self.until_it_holds(still, "everything is done")

    async def unsettled(self) -> tuple[int, int]:
        """How many messages could be sent now (in quiet hours a prompt can not) or in a moment, as what a chat got too
        soon after the last one, and how many told events wait."""
        row = schema.outbox.c
        soon = self.moment() + timedelta(seconds=TRIED_AGAIN_WITHIN)
        due = (row.state == "claimed") | ((row.state == "waiting") & (row.not_before <= soon))
        async with self.database.read() as tx:
            hours = (await tx.execute(select(row.quiet).where(due))).scalars()
            waiting = sum(hour is None or quiet_until(QuietHours.parse(hour), self.moment()) is None for hour in hours)
            return waiting, await inbox.count_pending(tx)

    def moment(self) -> datetime:
        """The bot's: the simulated one, unless it lives by the real clock."""
        if self.is_live:
            return datetime.now(UTC)
        return datetime.fromtimestamp(self.room.now(), UTC)

    async def move(self, seconds: float) -> None:
        """Moves the clock under its contract."""
        assert await self.room.move(seconds), "the clock did not reach its target"

    async def move_to(self, moment: datetime) -> None:
        await self.move((moment - self.moment()).total_seconds())

    # -- acting ------------------------------------------------------------------------------------------------------

    def phone(self, chat: int) -> Phone:
        return self.room.phone(chat)

    def received(self, chat: int) -> list[PhoneMessage]:
        """The bot's messages on a phone, in order."""
        return [message for message in self.phone(chat).messages.values() if message.sender == "bot"]

    def texts(self, chat: int) -> list[str]:
        return [message.text for message in self.received(chat)]

    async def says(self, chat: int, words: str, after: int = 0) -> PhoneMessage:
        """Until the bot has said `words` (a part of a message) on this phone, in a message above `after`."""
        found: list[PhoneMessage] = []

        def said() -> bool:
            found[:] = [one for one in self.received(chat) if one.id > after and words in one.text]
            return bool(found)

        await self.until(said, f"{chat} reads {words!r}; she has read {self.texts(chat)[-4:]!r}")
        return found[-1]

    def write(self, chat: int, words: str) -> int:
        """She writes; gives the message's number, to wait for what comes after it."""
        return self.room.write(chat, words).id

    def asked(self, chat: int, step: str, above: int = 0) -> PhoneMessage | None:
        """The newest message with the question `step`, by its buttons."""
        for message in reversed(self.received(chat)):
            if message.id > above and _step_of(message) == step:
                return message
        return None

    async def is_asked(self, chat: int, step: str, above: int = 0) -> PhoneMessage:
        await self.until(
            lambda: self.asked(chat, step, above) is not None,
            f"{chat} is asked {step}; she has read {self.texts(chat)[-4:]!r}",
        )
        found = self.asked(chat, step, above)
        assert found is not None
        return found

    def tap(self, chat: int, step: str, label: str) -> Query:
        """Taps the button `label` under the newest question `step`."""
        shown = self.asked(chat, step)
        assert shown is not None, f"{chat} was not asked {step}: {self.texts(chat)[-3:]!r}"
        for row, buttons in enumerate(shown.buttons):
            for column, button in enumerate(buttons):
                if button.text.removeprefix("✓ ") == label:
                    return self.room.tap(chat, shown.id, row, column)
        raise AssertionError(f"no button {label!r} under {step}")

    async def taps(self, chat: int, *choices: tuple[str, str]) -> None:
        """Answers question after question: waits for each, then taps. The last answer is not waited for."""
        above = 0
        for step, label in choices:
            above = (await self.is_asked(chat, step, above)).id
            self.tap(chat, step, label)

    async def checks_in(self, chat: int, choices: Sequence[tuple[str, str]] = REAL_EXCHANGE) -> None:
        """A whole check-in on demand, by taps."""
        before = self.write(chat, "/checkin")
        await self.is_asked(chat, choices[0][0], before)
        await self.taps(chat, *choices)
        await self.says(chat, DONE, before)

    async def joins(self, player: Player, token: str) -> None:
        """From the link to the last word of the joining."""
        self.room.add_phone(player.chat, player.name, player.language, f"{player.role} · {player.side}")
        self.room.open_link(player.chat, token)
        await self.taps(player.chat, ("ask_consent", "I agree"))
        before = (await self.says(player.chat, "What shall we call you?")).id
        self.write(player.chat, player.name)
        before = (await self.is_asked(player.chat, "ask_country", before)).id
        self.write(player.chat, player.country)
        await self.until(
            lambda: bool(self.asked(player.chat, "ask_zone") or self.asked(player.chat, "ask_time_right")), "the zone"
        )
        if self.asked(player.chat, "ask_time_right") is None:
            self.write(player.chat, "Casablanca" if player.country == "Morocco" else "Amsterdam")
        await self.taps(player.chat, ("ask_time_right", "Yes"))
        if player.role == "twin":
            await self.taps(player.chat, ("ask_day", player.day), ("ask_hour", player.hour))
        await self.says(player.chat, "You are in")

    # -- counting ----------------------------------------------------------------------------------------------------

    def calls(self, method: str, chat: int | None = None, since: int = 0) -> list[dict[str, Any]]:
        """What the Bot API accepted."""
        return [
            entry
            for entry in self.room.journal(since)
            if entry["method"] == method and (chat is None or entry["chat"] == chat)
        ]

    def counts(self, chat: int, since: int = 0) -> dict[str, int]:
        """How often each text was sent to her."""
        counted: dict[str, int] = {}
        for entry in self.calls("sendMessage", chat, since):
            counted[entry["text"]] = counted.get(entry["text"], 0) + 1
        return counted

    def prompts(self, chat: int, since: int = 0) -> list[datetime]:
        """When she was asked for a check-in, without the reminders."""
        entries = self.calls("sendMessage", chat, since)
        return [datetime.fromtimestamp(entry["at"], UTC) for entry in entries if entry["text"].startswith("Hello ")]

    def reminders(self, chat: int, since: int = 0) -> list[datetime]:
        entries = self.calls("sendMessage", chat, since)
        return [datetime.fromtimestamp(one["at"], UTC) for one in entries if one["text"].startswith("Still open")]

    async def people(self) -> list[Known]:
        async with self.database.read() as tx:
            every = await stored_programmes.list_all(tx)
            return [one for known in every for one in await people.of_programme(tx, self.database.vault, known.id)]

    async def person(self, chat: int) -> PersonId:
        if chat not in self.ids:
            self.ids = {one.telegram_id: one.person.id for one in await self.people() if one.telegram_id is not None}
        return self.ids[chat]

    async def answers(self, chat: int, flow: str = "weekly_checkin") -> dict[str, str | None]:
        """Her answers in her latest session of `flow`, choices and words."""
        found = [one for one in await self.all_answers(chat) if one.flow == flow]
        latest = max((one.session for one in found), default=0)
        return {one.key: one.choice or one.words for one in found if one.session == latest}

    async def all_answers(self, chat: int) -> list[Answer]:
        person = await self.person(chat)
        async with self.database.read() as tx:
            return await answers.of_people(tx, self.database.vault, [person])

    async def check_ins(self, chat: int) -> list[CheckIn]:
        person = await self.person(chat)
        async with self.database.read() as tx:
            return await check_ins.of_people(tx, [person])

    async def statuses(self, chat: int) -> list[str]:
        """Of her kept sessions, as `flow status outcome`."""
        person = await self.person(chat)
        async with self.database.read() as tx:
            kept = (await sessions.load(tx, self.database.vault, [person], self.moment())).get(person, [])
        return [f"{one.flow} {one.status} {one.outcome}" for one in kept]

    async def states(self) -> dict[int, str]:
        """What `programme people` says of everybody, by phone."""
        return {one.telegram_id or 0: one.state for one in await programmes.members(self.database, None)}

    async def rows(self, table: Table) -> list[Mapping[str, Any]]:
        async with self.database.read() as tx:
            return [dict(row) for row in (await tx.execute(select(table))).mappings()]

    async def flags(self) -> list[tuple[int, str]]:
        """(person, kind) of every flag that is up."""
        return [(row["person_id"], row["kind"]) for row in await self.rows(schema.flags)]

    def logged(self, event: str) -> list[str]:
        return [line for line in self.lines if event in line]

    def story(self) -> str:
        """The end of what the bot wrote, for a failure's note."""
        refused = [entry for entry in self.room.room.refused if entry["why"] != "other_poller"][-5:]
        return "the bot's last lines:\n" + "\n".join(self.lines[-25:]) + f"\nlast refusals: {refused}"

    # -- the bot's life ------------------------------------------------------------------------------------------------

    def kill(self, *, stay_down: bool = False) -> None:
        assert self.room.supervisor is not None
        self.room.supervisor.kill(stay_down=stay_down)

    async def is_down(self) -> None:
        supervisor = self.room.supervisor
        assert supervisor is not None
        await self.until(lambda: not supervisor.running and not self.polls, "the bot is down")

    def restart(self) -> None:
        assert self.room.supervisor is not None
        self.room.supervisor.restart()

    @property
    def restarts(self) -> int:
        return 0 if self.room.supervisor is None else self.room.supervisor.restarts


def _step_of(message: PhoneMessage) -> str | None:
    for row in message.buttons:
        for button in row:
            found = None if button.data is None else parse_data(button.data)
            if found is not None:
                return found[1]
    return None


async def gather(work: Iterable[Awaitable[None]]) -> None:
    """All at once; the first failure ends it."""
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(_awaited(one))


Scene = Callable[["Journey"], Awaitable[None]]


async def _awaited(work: Awaitable[None]) -> None:
    await work
