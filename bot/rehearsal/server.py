"""The rehearsal room's HTTP server: the Bot API, the clock and the room on one port of 127.0.0.1.

Rules kept here:

* It listens on the loopback interface only, and keeps no access log: the address of a call holds the token.
* Every answer carries `X-Rehearsal-Now`, the simulated moment.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from bot.rehearsal.botapi import BotApi
from bot.rehearsal.clock_api import ClockApi
from bot.rehearsal.clockwork import Clockwork
from bot.rehearsal.errors import RoomError
from bot.rehearsal.keeping import load, save
from bot.rehearsal.requests import LARGEST, guard
from bot.rehearsal.room_api import RoomApi
from bot.rehearsal.state import Room
from bot.rehearsal.supervisor import Supervisor
from bot.rehearsal.webhook import Delivery

SAVED_EVERY = 1.0
HOST = "127.0.0.1"


class Server:
    """One room behind one port. Start with `open`, end with `close`; both once.

    `kill` ends the bot's process for the killing faults; by default the supervisor's, where there is one.
    `wall` is real time in unix seconds; the simulated clock starts there, or where the file at `state_path` left it.
    """

    def __init__(
        self,
        room: Room,
        *,
        port: int = 0,
        state_path: Path | None = None,
        supervisor: Supervisor | None = None,
        kill: Callable[[], None] | None = None,
        alive: Callable[[], bool] | None = None,
        wall: Callable[[], float] = time.time,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        if kill is None and supervisor is not None:
            kill = supervisor.kill
        if alive is None:
            alive = self._bot_expected
        self.room = room
        self.supervisor = supervisor
        self._wall = wall
        self._state_path = state_path
        self._dirty = False
        self._tasks: list[asyncio.Task[None]] = []
        self._port = port
        self._runner: web.AppRunner | None = None
        start = load(room, state_path, wall=wall()) if state_path is not None else wall()
        self.clock = Clockwork(
            start,
            real,
            alive=alive,
            due=self._due,
            unfetched=lambda: bool(room.updates.waiting),
        )
        self.clock_api = ClockApi(self.clock, self._clock_changed)
        self._bot_api = BotApi(room, self.clock, kill)
        self._delivery = Delivery(room, self.clock, lambda: self._changed("confirmed", None))
        self._room_api = RoomApi(room, self.clock, self.clock_api, supervisor)
        room.changed = self._changed
        room.faults.changed = self._room_api.faults_changed
        room.faults.can_kill = kill is not None
        if supervisor is not None:
            supervisor.changed = self._bot_changed

    @property
    def url(self) -> str:
        """The address, without a slash at the end. Only while open."""
        if self._runner is None:
            raise RuntimeError("the rehearsal room is not open")
        return f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def open(self) -> None:
        """Listens, and starts what runs beside. Raises `RoomError` when the port is taken."""
        app = web.Application(middlewares=[guard], client_max_size=LARGEST)
        app.add_routes([*self._room_api.routes(), *self.clock_api.routes(), *self._bot_api.routes()])
        app.on_response_prepare.append(self._sign)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise RoomError(f"Port {self._port} can not be had ({os.strerror(error.errno or 0)}).", 409) from None
        self._tasks = [asyncio.create_task(self.clock_api.run()), asyncio.create_task(self._delivery.run())]
        if self._state_path is not None:
            self._tasks.append(asyncio.create_task(self._keep(self._state_path)))

    async def close(self) -> None:
        """Ends all that runs and writes the file a last time."""
        self._room_api.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._state_path is not None:
            self._save(self._state_path)

    def _bot_expected(self) -> bool:
        return self.supervisor is not None and self.supervisor.expected

    def _due(self) -> float | None:
        return self._delivery.due()

    async def _sign(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers["X-Rehearsal-Now"] = f"{self.clock.now():.6f}"

    def _changed(self, what: str, chat: int | None) -> None:
        self._dirty = True
        if what == "phone" and chat is not None:
            self._room_api.phone_changed(chat)
        elif what == "update":
            self.clock_api.stirred()
            self._bot_api.updates_arrived()
            self._delivery.look()
        elif what == "confirmed":
            self.clock_api.stirred()
        elif what == "webhook":
            self._bot_api.webhook_changed()
            self._delivery.look()
        elif what == "card":
            self._room_api.everything_changed()

    def _clock_changed(self) -> None:
        self._dirty = True
        self._room_api.clock_changed()
        self._delivery.look()

    def _bot_changed(self) -> None:
        if self.supervisor is not None and not self.supervisor.running:
            self.clock.ended()
        else:
            self.clock.started()
        self._room_api.bot_changed()

    async def _keep(self, path: Path) -> None:
        while True:
            await asyncio.sleep(SAVED_EVERY)
            if self._dirty:
                self._save(path)

    def _save(self, path: Path) -> None:
        self._dirty = False
        save(self.room, path, now=self.clock.now(), wall=self._wall())
