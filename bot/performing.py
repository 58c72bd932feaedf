"""A whole programme played in the rehearsal room: `twinbot rehearse --play`, from the first invitation to the chronicle.

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp

from bot import programmes, rehearsing
from bot.errors import Refused
from bot.opening import open_database
from bot.rehearsal.errors import RoomError
from bot.rehearsal.keeping import save
from bot.rehearsal.plays.midwives import MIDWIVES
from bot.rehearsal.plays.performance import Performance, Performed, Progress
from bot.rehearsal.plays.script import Play
from bot.rehearsal.room import RunningRoom, running_room
from bot.rehearsal.state import Room
from bot.rehearsal.supervisor import Spawn, python, spawn
from flows.people import Role
from storage.database import Database

if TYPE_CHECKING:
    from bot.rehearsing import Rehearsal

PLAYS: Final = {play.name: play for play in (MIDWIVES,)}
BEGINS: Final = 9
"""Hour of UTC at which everybody joins, on the first Monday to come."""
_HEALTH: Final = re.compile(r"(http://127\.0\.0\.1:\d+)/healthz")
_FIGURES: Final = re.compile(r"^(twinbot_turns_total|twinbot_batch_duration_seconds_(?:sum|count)) (\S+)$", re.MULTILINE)


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


async def perform(stage: Stage, play: Play, months: float, *, seed: int, progress: Progress) -> Performed:
    """Raises `Refused` when the bot stands still."""

    async def invite(side: str, role: str) -> str:
        return await stage.invite(play, side, role)

    try:
        return await Performance(stage.room, play, invite, seed=seed, progress=progress).run(months)
    except RoomError as problem:
        raise Refused(str(problem)) from None
