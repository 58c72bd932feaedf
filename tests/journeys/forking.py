"""Bots that start quickly: forked from a process that has imported the whole program and checked the library, and has
done nothing else.

Rules kept here:

* What is forked is a process like any other: its own id, session, environment, folder and output; SIGKILL kills it and
  nothing else. Only what is the same at each start is saved, nine tenths of its work: journeys start hundreds of bots.
* Commands, the Procfile and starts from a token begin from nothing, each with a Python of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.rehearsal.supervisor import LINE, python

ROOT = Path(__file__).parents[2]
REQUEST = 1 << 17
"""Bytes of a command line with its environment, at most."""
LAST_WORDS_WITHIN = 1.0
"""Seconds: a grandchild may hold the pipe open."""


class Pipe(asyncio.StreamReaderProtocol):
    """The end of a pipe that is read, closed when its last writer is gone or `close` has been awaited."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader(limit=LINE)
        super().__init__(self.reader)
        self._own_end: asyncio.BaseTransport | None = None
        self._is_over = asyncio.Event()

    @classmethod
    async def of(cls, descriptor: int) -> Pipe:
        loop = asyncio.get_running_loop()
        return (await loop.connect_read_pipe(cls, os.fdopen(descriptor, "rb", buffering=0)))[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._own_end = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._is_over.set()

    async def close(self, patience: float = 0.0) -> None:
        """After `patience` seconds at the latest, though somebody holds the other end open."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), patience)
        assert self._own_end is not None
        self._own_end.close()
        await self._is_over.wait()


class Forked:
    """A process that the nursery forked, as `bot.rehearsal.supervisor.Child`. Its pipes close when it ends."""

    def __init__(self, pid: int, output: Pipe, ending: Pipe) -> None:
        self.pid = pid
        self.stdout: asyncio.StreamReader | None = output.reader
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._end(output, ending))

    async def _end(self, output: Pipe, ending: Pipe) -> int:
        self.returncode = int(await ending.reader.readline() or -signal.SIGKILL)
        await ending.close()
        await output.close(LAST_WORDS_WITHIN)
        return self.returncode

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)


class Nursery:
    """The process that forks; one for a worker of the tests, begun when the first bot is asked for."""

    def __init__(self) -> None:
        self._door: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def _open(self) -> socket.socket:
        if self._door is None:
            self._door, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    python("-m", "tests.journeys.forking", str(theirs.fileno())),
                    pass_fds=[theirs.fileno()],
                    cwd=ROOT,
                    env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
                )
        return self._door

    def close(self) -> None:
        """At the end of the run."""
        if self._door is not None and self._process is not None:
            self._door.close()
            self._process.wait()

    async def spawn(self, argv: Sequence[str], env: Mapping[str, str]) -> Forked:
        """As `bot.rehearsal.supervisor.spawn`; `argv` is this Python with `-m bot`."""
        output, its_output = os.pipe()
        ending, its_ending = os.pipe()
        request = json.dumps({"argv": list(argv), "env": dict(env), "folder": str(Path.cwd())}).encode()
        try:
            socket.send_fds(self._open(), [request], [its_output, its_ending])
        finally:
            os.close(its_output)
            os.close(its_ending)
        says = await Pipe.of(ending)
        return Forked(int(await says.reader.readline()), await Pipe.of(output), says)


nursery = Nursery()


def serve(door: socket.socket) -> list[str]:
    """Forks a process for each request and says its id and how it ended. Returns in the forked ones only, with the
    arguments of `python -m bot`."""
    while True:
        request, pipes, _, _ = socket.recv_fds(door, REQUEST, 2)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                """One who waited for a process that has ended."""
        if not request:
            sys.exit()
        if os.fork() == 0:
            pid = os.fork()
            if pid == 0:
                door.close()
                return _become(json.loads(request), *pipes)
            os.close(pipes[0])
            os.write(pipes[1], b"%d\n" % pid)
            _, status = os.waitpid(pid, 0)
            with contextlib.suppress(BrokenPipeError):
                os.write(pipes[1], b"%d\n" % os.waitstatus_to_exitcode(status))
            os._exit(0)
        for pipe in pipes:
            os.close(pipe)


def _become(request: dict[str, object], output: int, ending: int) -> list[str]:
    os.setsid()
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(ending)
    argv, env, folder = request["argv"], request["env"], request["folder"]
    assert isinstance(argv, list)
    assert isinstance(env, dict)
    os.chdir(str(folder))
    os.environ.clear()
    os.environ.update(env)
    sys.orig_argv[:] = argv
    assert argv[1:3] == ["-m", "bot"]
    return [str(ROOT / "bot" / "__main__.py"), *argv[3:]]


def _main() -> None:
    import psycopg  # noqa: F401 - with the two below: what opening a database imports
    import sqlalchemy.dialects.postgresql.psycopg
    import sqlalchemy.dialects.sqlite.aiosqlite  # noqa: F401

    from bot import application, logs, memory  # noqa: F401 - the last two: what a start imports
    from bot.cli import main

    application.checked_catalogue()
    gc.freeze()
    sys.argv = serve(socket.socket(fileno=int(sys.argv[1])))
    main()


if __name__ == "__main__":
    _main()
