"""The clock over HTTP: `/clock/report` for the bot's processes, `/clock/move` for people and tests.

The contract is at the head of `clockwork`. Every answer of the server carries `X-Rehearsal-Now`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.rehearsal.bell import Bell
from bot.rehearsal.clockwork import LONGEST_MOVE, Clockwork
from bot.rehearsal.errors import RoomError
from bot.rehearsal.requests import read_object

REPORT_HELD = 20.0
BUSY_HELD = 0.2
"""A process that is busy is answered soon, or it could not say that it has come to rest."""
MOVE_HELD = 120.0
LOOK_EVERY = 0.05
"""Seconds of real time between two looks while a move is under way and nothing rang."""


class ClockApi:
    """Keeps `clock` going. `told` is called with every change that the page should see."""

    def __init__(self, clock: Clockwork, told: Callable[[], None]) -> None:
        self._clock = clock
        self._told = told
        self._bell = Bell()
        """Rings when a report came or ended, a move began, the clock jumped, or something stirred."""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/clock/report", self._report), web.post("/clock/move", self._move)]

    def state(self) -> dict[str, Any]:
        """The clock as the page sees it."""
        return {"now": self._clock.now(), "moving": self._clock.moving, "target": self._clock.target}

    def stirred(self) -> None:
        """Something happened in the room: what the bot reported is out of date."""
        self._clock.stir()
        if self._clock.moving:
            self._bell.ring()

    async def run(self) -> None:
        """Moves the clock whenever it may be moved, for ever."""
        while True:
            if not self._clock.moving:
                await self._bell.wait()
                continue
            while self._clock.step():
                self._told()
                self._bell.ring()
                # the processes must report again before the next jump
                await asyncio.sleep(0)
            if self._clock.moving:
                await self._bell.wait(LOOK_EVERY)
            else:
                self._told()
                self._bell.ring()

    def jump(self, seconds: float) -> None:
        """For tests of rules alone: the clock is `seconds` further, whatever anybody does."""
        self._clock.jump(self._clock.now() + seconds)
        self._told()
        self._bell.ring()

    async def move(self, seconds: float) -> bool:
        """Moves the clock by `seconds` under the contract; says whether the target was reached within two minutes."""
        target = self.aim(seconds)
        loop = asyncio.get_running_loop()
        end = loop.time() + MOVE_HELD
        while self._clock.moving and self._clock.now() < target and loop.time() < end:
            await self._bell.wait(min(1.0, end - loop.time()))
        return self._clock.now() >= target

    def aim(self, seconds: float) -> float:
        """Begins to move the clock by `seconds` under the contract; says to where."""
        target = self._clock.aim(seconds)
        self._told()
        self._bell.ring()
        return target

    async def _move(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        seconds = _number(body, "seconds")
        if seconds is None or not 0 < seconds <= LONGEST_MOVE:
            raise RoomError("A move needs seconds: a number above 0, ten years at most.")
        ahead = (self._clock.target or 0) - self._clock.now()
        if ahead + seconds > LONGEST_MOVE:
            raise RoomError("The clock is already on its way far ahead.", 409)
        if body.get("wait") is False:
            self.aim(seconds)
            return web.json_response({"now": self._clock.now(), "reached": False})
        reached = await self.move(seconds)
        return web.json_response({"now": self._clock.now(), "reached": reached})

    async def _report(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        name, idle = body.get("process"), body.get("idle")
        next_due, seen = _number(body, "next_due"), _number(body, "seen")
        if not isinstance(name, str) or not 1 <= len(name) <= 100:
            raise RoomError("A report needs the process's name, 1 to 100 characters.")
        if not isinstance(idle, bool):
            raise RoomError("A report needs idle: true or false.")
        if next_due is None and body.get("next_due") is not None:
            raise RoomError("next_due is a moment in unix seconds, or null.")
        if seen is None:
            raise RoomError("A report needs seen: a moment in unix seconds.")
        if name not in self._clock.processes and len(self._clock.processes) >= 100:
            raise RoomError("A hundred processes report already.", 409)
        jumps = self._clock.jumps
        process, turn, passed = self._clock.report(name, idle=idle, next_due=next_due, seen=seen)
        loop = asyncio.get_running_loop()
        end = loop.time() + (REPORT_HELD if idle else BUSY_HELD)
        try:
            self._bell.ring()
            while not passed and self._clock.jumps == jumps and process.turn == turn and loop.time() < end:
                if self._clock.moving and not process.current:
                    break
                await self._bell.wait(end - loop.time())
        except asyncio.CancelledError:
            self._clock.lost(name, process)
            self._bell.ring()
            raise
        self._clock.answered(process)
        return web.json_response({"now": self._clock.now(), "target": self._clock.target})


def _number(body: dict[str, Any], name: str) -> float | None:
    """A finite number, or `None`."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15 or not math.isfinite(value):
        return None
    return float(value)
