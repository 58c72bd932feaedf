"""All of the rehearsal room together, for `twinbot rehearse` and for journeys in tests."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.rehearsal import people
from bot.rehearsal.errors import RoomError
from bot.rehearsal.faults import Faults
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.server import Server
from bot.rehearsal.state import Query, Room
from bot.rehearsal.supervisor import Spawn, Supervisor, spawn

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]+")


@dataclass
class RunningRoom:
    """An open room. What a person does is a method here; each acts at the present simulated moment."""

    server: Server
    room: Room
    supervisor: Supervisor | None

    @property
    def url(self) -> str:
        """What the bot takes as `TELEGRAM_API_URL`, and the page's address."""
        return self.server.url

    @property
    def faults(self) -> Faults:
        return self.room.faults

    def now(self) -> float:
        return self.server.clock.now()

    async def move(self, seconds: float) -> bool:
        """Moves the clock under the contract; says whether the target was reached."""
        return await self.server.clock_api.move(seconds)

    def jump(self, seconds: float) -> None:
        """Sets the clock forward at once, past everything that is due."""
        self.server.clock_api.jump(seconds)

    def phone(self, chat: int) -> Phone:
        return self.room.phones[chat]

    def add_phone(
        self, chat: int, name: str, language: str | None = None, caption: str = "", zone: str = "UTC"
    ) -> Phone:
        return people.add_phone(self.room, chat, name, language, caption, zone)

    def write(self, chat: int, text: str) -> PhoneMessage:
        return people.write(self.room, chat, text, self.now())

    def open_link(self, chat: int, payload: str) -> PhoneMessage:
        return people.open_link(self.room, chat, payload, self.now())

    def tap(self, chat: int, message: int, row: int, column: int) -> Query:
        return people.tap(self.room, chat, message, (row, column), self.now())

    def tap_label(self, chat: int, label: str) -> Query:
        """Taps the latest button labelled `label` on this phone."""
        return people.tap_label(self.room, chat, label, self.now())

    def tap_data(self, chat: int, message: int, data: str) -> Query:
        """Taps a button with `data` under `message`, be it still there or not."""
        return people.tap_data(self.room, chat, message, data, self.now())

    def edit(self, chat: int, message: int, text: str) -> PhoneMessage:
        return people.edit(self.room, chat, message, text, self.now())

    def send_voice(self, chat: int) -> PhoneMessage:
        return people.send_voice(self.room, chat, self.now())

    def send_document(self, chat: int, name: str, content: bytes) -> PhoneMessage:
        return people.send_document(self.room, chat, name, content, self.now())

    def send_photo(self, chat: int) -> PhoneMessage:
        return people.send_photo(self.room, chat, self.now())

    def block(self, chat: int) -> None:
        people.block(self.room, chat, self.now())

    def unblock(self, chat: int) -> None:
        people.unblock(self.room, chat, self.now())

    def deactivate(self, chat: int) -> None:
        people.deactivate(self.room, chat)

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The accepted calls that changed something, numbered above `since`."""
        return self.room.journal_since(since)


@asynccontextmanager
async def running_room(
    *,
    token: str,
    username: str,
    name: str = "Twinbot",
    port: int = 0,
    state_path: Path | None = None,
    argv: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    line: Callable[[str], None] = lambda _line: None,
    spawn: Spawn = spawn,
    kill: Callable[[], None] | None = None,
    alive: Callable[[], bool] | None = None,
    rates: bool = True,
) -> AsyncIterator[RunningRoom]:
    """Opens a room, starts the bot `argv` in it where one is given, and closes both at the end.

    The bot gets `env` (default: this process's environment) with `TELEGRAM_TOKEN` and `TELEGRAM_API_URL` set to the
    room's; `spawn` starts it, and `line` gets each line it writes. A bot that was started elsewhere is killed by `kill`
    (for the killing faults), and `alive` says whether it runs or is starting (the clock waits for it). Without `rates`
    nothing is too much (for benchmarks). Raises `RoomError` when the port is taken, the bot can not be started, or the
    file at `state_path` can not be read.
    """
    if not _TOKEN.fullmatch(token):
        raise RoomError("A token looks like 123456:ABC.")
    room = Room(token, username, name)
    supervisor = None
    if argv is not None:
        supervisor = Supervisor(argv, os.environ if env is None else env, line=line, spawn=spawn)
    room.pace.on = rates
    server = Server(room, port=port, state_path=state_path, supervisor=supervisor, kill=kill, alive=alive)
    await server.open()
    try:
        if supervisor is not None:
            supervisor.env |= {"TELEGRAM_TOKEN": token, "TELEGRAM_API_URL": server.url}
            await supervisor.start()
        yield RunningRoom(server, room, supervisor)
    finally:
        if supervisor is not None:
            await supervisor.stop()
        await server.close()
