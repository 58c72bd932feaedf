"""A forked bot is a process like any other."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from bot.rehearsal.supervisor import Child, python, spawn
from tests.journeys.forking import nursery
from tests.journeys.stage import BOT, TOKEN, World

pytestmark = pytest.mark.journey


def test_what_is_forked_says_and_ends_with_what_is_started_from_nothing_does(sqlite_world: World) -> None:
    env = sqlite_world.environment(TELEGRAM_TOKEN=TOKEN, SECRET_KEYS="short")

    async def life(process: Child) -> tuple[bytes, int]:
        assert process.stdout is not None
        return await process.stdout.read(), await process.wait()

    async def scene() -> None:
        forked = await life(await nursery.spawn(python(*BOT), env))
        assert forked == await life(await spawn(python(*BOT), env))
        assert forked[1] == 2
        assert b"a colon is missing" in forked[0]

    asyncio.run(scene())


def test_what_is_forked_leads_its_own_session_and_dies_of_its_own_signals(sqlite_world: World) -> None:
    nowhere = "http://127.0.0.1:9"
    env = sqlite_world.environment(TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=nowhere)

    async def scene() -> None:
        killed = await nursery.spawn(python("-m", "bot", "start"), env)
        try:
            assert killed.pid != os.getpid()
            assert killed.stdout is not None
            await killed.stdout.readline()  # it has begun
            assert os.getsid(killed.pid) == killed.pid
        finally:
            killed.kill()
            assert await killed.wait() == -signal.SIGKILL

    asyncio.run(scene())
