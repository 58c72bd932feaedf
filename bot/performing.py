"""A whole programme played in the rehearsal room (`twinbot rehearse --play`), from the invitations to the chronicle.

Rules kept here:

* A play has a database and a room's file of its own and always begins anew; no rehearsal and no real data is touched.
* It is played against the real bot, a process of its own; here is done only what an operator would do: the programme is
  made, and people are invited.
* The time of a turn is the bot's own count: seconds in which a batch was carried out and written, by arrivals.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import aiohttp

from bot import programmes, rehearsing
from bot.errors import Refused
from bot.opening import open_database
from bot.rehearsal.errors import RoomError
from bot.rehearsal.keeping import save
from bot.rehearsal.plays.chronicle import Note, chronicle
from bot.rehearsal.plays.midwives import MIDWIVES
from bot.rehearsal.plays.performance import Performance, Performed, Progress, untold
from bot.rehearsal.plays.script import Play
from bot.rehearsal.room import RunningRoom, running_room
from bot.rehearsal.state import Room
from bot.rehearsal.supervisor import Spawn, python, spawn
from flows.people import Role
from storage import goals, overview
from storage import programmes as stored_programmes
from storage.database import Database

if TYPE_CHECKING:
    from bot.rehearsing import Rehearsal

PLAYS: Final = {play.name: play for play in (MIDWIVES,)}
BEGINS: Final = 9
"""Hour of UTC at which everybody joins, on the first Monday to come."""
_HEALTH: Final = re.compile(r"(http://127\.0\.0\.1:\d+)/healthz")
_FIGURES: Final = re.compile(
    r"^(twinbot_turns_total|twinbot_batch_duration_seconds_(?:sum|count)) (\S+)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the bot counted: turns, batches, and the seconds in them."""

    turns: int = 0
    batches: int = 0
    seconds: float = 0.0

    @property
    def turn_ms(self) -> float:
        return 1000 * self.seconds / max(1, self.turns)


@dataclass
class Stage:
    """An open room with the bot in it and its database."""

    room: RunningRoom
    database: Database
    lines: list[str] = field(default_factory=list)
    marks: dict[tuple[str, int, str], Note] = field(default_factory=dict)
    """What the bot knew of pairs when it was looked at: who is forgotten later is still in the chronicle."""
    invitations: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    async def invite(self, play: Play, side: str, role: str) -> str:
        now = datetime.fromtimestamp(self.room.now(), UTC)
        if not self.invitations:
            names, codes = tuple(name for name, _ in play.sides), tuple(code for _, code in play.sides)
            twins = max(sum(actor.role == "twin" and actor.side == name for actor in play.cast_on(0)) for name in names)
            plan = programmes.Plan(play.programme, names, codes, count=twins, controller=play.controller)
            for link in (await programmes.create(self.database, plan, now)).links:
                self.invitations.setdefault((link.side, link.role), []).append(link.token)
        if not self.invitations.get((side, role)):
            made = await programmes.invite(self.database, play.programme, (side,), Role(role), 1, now)
            self.invitations[side, role] = [link.token for link in made.links]
        return self.invitations[side, role].pop()

    async def mark(self) -> None:
        """Notes the phases and goals of every pair."""
        async with self.database.read() as tx:
            known = [one.id for one in await stored_programmes.list_all(tx)]
            pairs = [
                pair for seen in (await overview.load(tx, self.database.vault, known)).values() for pair in seen.pairs
            ]
            mine = {pair.twins[0].id: pair.id for pair in pairs if pair.twins}
            joint = await goals.of_pairs(tx, self.database.vault, mine)
        for pair in pairs:
            names = " & ".join(twin.name for twin in pair.twins)
            for spell in pair.standing.spells if pair.standing else ():
                self._mark("phase", pair.id, spell.phase, spell.since, f"{names} come into the phase {spell.phase}.")
            for goal in joint.get(pair.twins[0].id, ()) if pair.twins else ():
                for row in (goal.mine, goal.theirs):
                    if row is not None and row.agreed_at is not None:
                        self._mark(
                            "goal", pair.id, str(goal.number), row.agreed_at, f"{names} have goal {goal.number}."
                        )
                    if row is not None and row.closed_at is not None:
                        told = f"{names} close goal {goal.number}."
                        self._mark("closed", pair.id, str(goal.number), row.closed_at, told)

    def _mark(self, kind: str, pair: int, which: str, at: datetime, words: str) -> None:
        self.marks[kind, pair, which] = Note(at.timestamp(), words)

    async def figures(self) -> Figures:
        """As far as the bot says them."""
        address = next((found[1] for line in self.lines if (found := _HEALTH.search(line))), None)
        if address is None:
            return Figures()
        async with aiohttp.ClientSession() as http, http.get(f"{address}/metrics") as response:
            read = dict(_FIGURES.findall(await response.text()))
        return Figures(
            int(float(read.get("twinbot_turns_total", 0))),
            int(float(read.get("twinbot_batch_duration_seconds_count", 0))),
            float(read.get("twinbot_batch_duration_seconds_sum", 0)),
        )


def begins_at(now: datetime) -> datetime:
    """The first Monday morning after `now`."""
    morning = now.astimezone(UTC).replace(hour=BEGINS, minute=0, second=0, microsecond=0)
    return morning + timedelta(days=7 - morning.weekday())


@asynccontextmanager
async def staged(
    rehearsal: Rehearsal,
    *,
    environment: Mapping[str, str],
    line: Callable[[str], None] = lambda _: None,
    argv: Sequence[str] = (),
    spawn: Spawn = spawn,
) -> AsyncIterator[Stage]:
    """A new room whose clock stands at the beginning, with the bot in it."""
    begins = begins_at(datetime.now(UTC))
    save(Room(rehearsing.TOKEN, rehearsing.USERNAME), rehearsal.state, now=begins.timestamp(), wall=time.time())
    lines: list[str] = []

    def heard(text: str) -> None:
        lines.append(text)
        line(text)

    async with running_room(
        token=rehearsing.TOKEN,
        username=rehearsing.USERNAME,
        state_path=rehearsal.state,
        argv=argv or python("-m", "bot", "start", "--rehearsal", "--room", str(os.getpid())),
        env={**environment, **rehearsal.environment},
        line=heard,
        spawn=spawn,
    ) as room:
        clock = room.server.clock
        await rehearsing.until(lambda: bool(room.room.commands and clock.processes), rehearsing.START_SECONDS)
        database = await open_database(rehearsal.settings, rehearsal=True)
        try:
            yield Stage(room, database, lines)
        finally:
            await database.close()


async def perform(stage: Stage, play: Play, months: float, *, seed: int, progress: Progress = untold) -> Performed:
    """Raises `Refused` when the bot stands still."""
    marked = ""

    async def invite(side: str, role: str) -> str:
        return await stage.invite(play, side, role)

    async def passed(done: Performed, now: float) -> None:
        nonlocal marked
        month = f"{datetime.fromtimestamp(now, UTC):%Y-%m}"
        if month != marked or done.share(now) >= 1:
            marked = month
            await stage.mark()
        await progress(done, now)

    try:
        return await Performance(stage.room, play, months, invite, seed=seed, progress=passed).run()
    except RoomError as problem:
        raise Refused(str(problem)) from None


def page(stage: Stage, done: Performed, figures: Figures) -> str:
    """The chronicle of what was played."""
    rows = (
        ("Turns of the bot", f"{figures.turns} in {figures.batches} batches, {figures.turn_ms:.1f} ms each"),
        ("Moves of the clock", str(stage.room.server.clock.jumps)),
        ("Real time", f"{done.took:.0f} seconds"),
    )
    return chronicle(done, list(stage.marks.values()), rows)
