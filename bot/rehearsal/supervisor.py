"""The bot as a child process: started, watched, killed and started again.

Rules kept here:

* A bot that dies is started again after a short pause, unless it was asked to stay down. One that dies five times in
  ten seconds without being asked is given up, and that is said.
* `kill` is SIGKILL to the process and its own children, as a power cut would be; it does not wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.rehearsal.errors import RoomError

PAUSE = 0.1
DEATHS = 5
WITHIN = 10.0
STOPPED_WITHIN = 5.0
LINE = 1 << 16


class Child(Protocol):
    """A process as asyncio's own are, leader of a session of its own, its output on one pipe."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    @property
    def stdout(self) -> asyncio.StreamReader | None: ...
    async def wait(self) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


Spawn = Callable[[Sequence[str], Mapping[str, str]], Awaitable[Child]]
"""Starts a command line with an environment. Raises `OSError` when there is no such program."""


async def spawn(argv: Sequence[str], env: Mapping[str, str]) -> Child:
    return await asyncio.create_subprocess_exec(
        *argv,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE,
        start_new_session=True,  # Ctrl-C in the terminal is the room's; it ends the bot in good order
    )


class Supervisor:
    """Runs `argv`. `line` gets every line the process writes, `changed` is called when it started or died."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        line: Callable[[str], None] = lambda _line: None,
        changed: Callable[[], None] = lambda: None,
        spawn: Spawn = spawn,
    ) -> None:
        self._argv = list(argv)
        self._start = spawn
        self.env = dict(os.environ if env is None else env)
        self._line = line
        self.changed = changed
        self._process: Child | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = False
        self._deaths: deque[float] = deque()
        self._wake = asyncio.Event()
        self.stays_down = False
        self.given_up = False
        self.restarts = 0
        self.exit_codes: list[int] = []

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.running else None

    @property
    def expected(self) -> bool:
        """Does it run, or will it without anybody's doing?"""
        return self._task is not None and not self.stays_down and not self.given_up

    def state(self) -> dict[str, Any]:
        """The bot as the page sees it."""
        return {"running": self.running, "pid": self.pid, "restarts": self.restarts, "given_up": self.given_up}

    async def start(self) -> None:
        """Starts the process and begins to watch it. Raises `RoomError` when there is no such program."""
        if self._task is None:
            try:
                await self._spawn()
            except OSError as error:
                raise RoomError(f"The bot can not be started: {error.strerror}.") from None
            self._task = asyncio.create_task(self._watch())

    def kill(self, *, stay_down: bool = False) -> None:
        """SIGKILL, now. It comes back by itself unless `stay_down`."""
        self.stays_down = stay_down
        if self._process is not None and self.running:
            self._asked = True
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):  # it does not lead a session yet
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()

    def restart(self) -> None:
        """Kills it if it runs; starts it in any case."""
        self.kill()
        self.given_up = False
        self._deaths.clear()
        self._wake.set()

    async def stop(self) -> None:
        """Asks it to end (SIGTERM), kills it when it does not, and watches no longer."""
        self.stays_down = True
        if self._process is not None and self.running:
            self._asked = True
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(STOPPED_WITHIN):
                    await self._process.wait()
            except TimeoutError:
                self.kill(stay_down=True)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._process is not None:
            await self._process.wait()

    async def _spawn(self) -> None:
        self._asked = False
        self._process = await self._start(self._argv, self.env)
        self.changed()

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            assert self._process is not None  # noqa: S101 - `start` made it
            reading = asyncio.create_task(self._read(self._process))
            try:
                code = await self._process.wait()
                with contextlib.suppress(TimeoutError):  # a grandchild may hold the pipe open
                    async with asyncio.timeout(1):
                        await reading
            finally:
                reading.cancel()
            self.exit_codes.append(code)
            if not self._asked:
                self._deaths.append(loop.time())
                while self._deaths and self._deaths[0] < loop.time() - WITHIN:
                    self._deaths.popleft()
                if len(self._deaths) >= DEATHS:
                    self.given_up = True
                    self._line(f"The bot ended {DEATHS} times in {WITHIN:.0f} seconds (last with {code}); given up.")
            self.changed()
            while True:
                while self.stays_down or self.given_up:
                    self._wake.clear()
                    await self._wake.wait()
                await asyncio.sleep(PAUSE)
                if not self.stays_down:
                    break
            self.restarts += 1
            try:
                await self._spawn()
            except OSError as error:  # the program went away; `restart` tries again
                self.given_up = True
                self._line(f"The bot can not be started: {error.strerror}; given up.")
                continue
            if self.stays_down:  # asked for while it was being started
                self.kill(stay_down=True)

    async def _read(self, process: Child) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        while True:
            try:
                raw = await process.stdout.readline()
            except ValueError:  # a line longer than LINE: what was read of it is dropped
                continue
            if not raw:
                return
            self._line(raw.decode("utf-8", "replace").rstrip("\n"))


def python(*arguments: str) -> list[str]:
    """The command line of this same Python."""
    return [sys.executable, *arguments]
