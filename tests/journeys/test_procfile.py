"""The Procfile as a host runs it: `web` and `worker` on PostgreSQL, and a check-in answered through them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from bot.rehearsal.supervisor import python
from storage import schema
from tests.journeys.conftest import Grounds
from tests.journeys.founding import FOUNDERS, TWO_TWINS, founded
from tests.journeys.players import ANSWERED
from tests.journeys.stage import PATIENCE, ROOT, TOKEN, Journey, gather

pytestmark = [pytest.mark.journey, pytest.mark.postgres]

BETWEEN = 100
"""Honcho gives each kind of process a port of its own, a hundred apart."""


def _free_ports() -> int:
    """A port that is free, as is the one `BETWEEN` above it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + BETWEEN))
            except (OSError, OverflowError):
                continue
            return port


def test_the_procfile_run_by_honcho_takes_a_programme_from_its_links_to_a_check_in(
    grounds: Grounds, tmp_path: Path
) -> None:
    with grounds.lent(grounds.make("postgresql", tmp_path / "host")) as world:
        port = _free_ports()
        shutil.copy(ROOT / "Procfile", world.folder / "Procfile")

        async def scene(journey: Journey) -> None:
            journey.is_live = True
            env = world.environment(
                TELEGRAM_TOKEN=TOKEN,
                TELEGRAM_API_URL=journey.room.url,
                PUBLIC_URL=f"http://127.0.0.1:{port}",
                PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            )
            host = await asyncio.create_subprocess_exec(
                *python("-m", "honcho", "start", "--no-colour", "--port", str(port)),
                env={name: value for name, value in env.items() if name != "PORT"},
                cwd=world.folder,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            reading = asyncio.create_task(_read(host, journey.lines))
            try:
                await journey.until(lambda: bool(journey.room.room.webhook.url), "the webhook is set")
                await founded(journey)
                await gather(journey.checks_in(player.chat) for player in TWO_TWINS)
                await journey.settled()
                for player in TWO_TWINS:
                    assert await journey.answers(player.chat) == ANSWERED
                assert len(await journey.people()) == len(FOUNDERS)
                assert not await journey.rows(schema.inbox_failed)
                host.send_signal(signal.SIGTERM)
                async with asyncio.timeout(PATIENCE):
                    await asyncio.gather(host.wait(), reading)
                for kind in ("web", "worker"):
                    own = [line for line in journey.lines if f" {kind}.1 " in line]
                    assert any("started" in line for line in own), "\n".join(own)
                    assert any("stopped" in line and "middle" not in line for line in own), "\n".join(own)
            finally:
                if host.returncode is None:
                    host.kill()
                await asyncio.gather(host.wait(), reading)

        world.play(scene, argv=None)


async def _read(process: asyncio.subprocess.Process, lines: list[str]) -> None:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        lines.append(line.decode().rstrip())
