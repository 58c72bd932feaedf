"""The bot as a child process: killed, started again, given up, left down."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.rehearsal.errors import RoomError
from bot.rehearsal.supervisor import DEATHS, Supervisor, python

WAITS = python("-c", "import time; print('here', flush=True); time.sleep(60)")


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the condition is of another process
            await asyncio.sleep(0.01)


def test_a_killed_bot_comes_back_with_another_process() -> None:
    async def scene() -> None:
        lines: list[str] = []
        supervisor = Supervisor(WAITS, line=lines.append)
        await supervisor.start()
        try:
            first = supervisor.pid
            await _until(lambda: lines == ["here"])
            supervisor.kill()
            await _until(lambda: len(lines) == 2)
            assert supervisor.pid not in (None, first)
            assert (supervisor.restarts, supervisor.exit_codes) == (1, [-signal.SIGKILL])
        finally:
            await supervisor.stop()
        assert not supervisor.running

    asyncio.run(scene())


def test_a_bot_that_was_asked_to_stay_down_stays_down_until_it_is_restarted() -> None:
    async def scene() -> None:
        supervisor = Supervisor(WAITS)
        await supervisor.start()
        try:
            supervisor.kill(stay_down=True)
            await _until(lambda: not supervisor.running)
            await asyncio.sleep(0.2)
            assert (supervisor.running, supervisor.expected) == (False, False)
            supervisor.restart()
            await _until(lambda: supervisor.running)
        finally:
            await supervisor.stop()

    asyncio.run(scene())


def test_a_bot_that_keeps_dying_is_given_up_and_that_is_said() -> None:
    async def scene() -> None:
        lines: list[str] = []
        supervisor = Supervisor(["/bin/false"], line=lines.append)
        await supervisor.start()
        try:
            await _until(lambda: supervisor.given_up)
            assert len(supervisor.exit_codes) == DEATHS
            assert lines == ["The bot ended 5 times in 10 seconds (last with 1); given up."]
            assert supervisor.state() == {"running": False, "pid": None, "restarts": DEATHS - 1, "given_up": True}
        finally:
            await supervisor.stop()

    asyncio.run(scene())


def test_kills_that_were_asked_for_do_not_count_as_dying() -> None:
    async def scene() -> None:
        supervisor = Supervisor(WAITS)
        await supervisor.start()
        try:
            while supervisor.restarts <= DEATHS:
                first = supervisor.pid
                supervisor.kill()
                await _until(lambda first=first: supervisor.pid not in (None, first))  # type: ignore[misc]
            assert not supervisor.given_up
        finally:
            await supervisor.stop()

    asyncio.run(scene())


def test_children_of_the_bot_die_with_it() -> None:
    async def scene() -> None:
        lines: list[str] = []
        child = "import subprocess; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
        supervisor = Supervisor(python("-c", child), line=lines.append)
        await supervisor.start()
        try:
            await _until(lambda: lines)
            supervisor.kill(stay_down=True)
            await _until(lambda: not _lives(int(lines[0])))
        finally:
            await supervisor.stop()

    asyncio.run(scene())


def _lives(pid: int) -> bool:
    """Does the process run? One that died and was not collected by its new parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2] != "Z"
    except OSError:
        return False


def test_a_program_that_does_not_exist_is_said() -> None:
    async def scene() -> None:
        with pytest.raises(RoomError, match="The bot can not be started: No such file"):
            await Supervisor(["/no/such/program"]).start()

    asyncio.run(scene())


def test_an_endless_line_is_dropped_and_the_next_one_is_read() -> None:
    async def scene() -> None:
        lines: list[str] = []
        script = "import time; print('x' * 200_000); print('after', flush=True); time.sleep(60)"
        supervisor = Supervisor(python("-c", script), line=lines.append)
        await supervisor.start()
        try:
            await _until(lambda: "after" in lines)
        finally:
            await supervisor.stop()

    asyncio.run(scene())
