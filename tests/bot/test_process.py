"""The process as an operator meets it: it starts, says where it is, ends, and refuses in one sentence."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import DatabaseRefused
from bot.opening import locked
from tests.telegram.small_api import TOKEN, Answer, Call, SmallApi, refused, small_api

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
    return kept | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PORT": "0", "PYTHONUNBUFFERED": "1"}


async def started(home: dict[str, str], api: SmallApi) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "start"),
        env=home | {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.address},
        cwd=home["HOME"],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def polling(api: SmallApi) -> None:
    async with asyncio.timeout(20):
        while not api.of("getUpdates"):  # noqa: ASYNC110 - looks from outside
            await asyncio.sleep(0.02)


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, said.decode()


def test_a_start_names_the_bot_and_a_signal_ends_it_without_a_traceback(home: dict[str, str]) -> None:
    async def scenario() -> None:
        async with small_api() as api:
            process = await started(home, api)
            await polling(api)
            code, words = await ended(await started(home, api))
            assert code == 2
            assert "Another Twinbot works here already (start, process" in words
            process.send_signal(signal.SIGINT)
            code, words = await ended(process)
            assert (code, "https://t.me/twin_bot" in words) == (0, True)
            assert "Traceback" not in words
            assert TOKEN not in words

    asyncio.run(scenario())


def test_a_token_revoked_in_flight_ends_the_process_with_one_sentence(home: dict[str, str]) -> None:
    async def scenario() -> None:
        async with small_api() as api:
            process = await started(home, api)
            await polling(api)

            def rule(call: Call) -> Answer | None:
                return refused(401, "Unauthorized") if call.method == "sendMessage" else None

            api.rules.append(rule)
            sender = {"id": 77, "is_bot": False, "first_name": "S"}
            message = {"message_id": 1, "date": 1, "chat": {"id": 77, "type": "private"}, "from": sender, "text": "hi"}
            api.deliver({"update_id": 5, "message": message})
            code, words = await ended(process)
            assert code == 2
            assert "Telegram refuses TELEGRAM_TOKEN" in words.splitlines()[-1]
            assert "Traceback" not in words
            assert TOKEN not in words

    asyncio.run(scenario())


def test_doctor_looks_and_makes_nothing(home: dict[str, str]) -> None:
    command = [sys.executable, "-m", "bot", "doctor"]
    done = subprocess.run(command, env=home, cwd=home["HOME"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "there is none yet" in done.stdout
    assert list(Path(home["HOME"]).iterdir()) == []


def test_a_lock_names_who_has_it_and_is_free_afterwards(tmp_path: Path) -> None:
    place = tmp_path / "x.lock"
    with (
        locked(place, "start"),
        pytest.raises(DatabaseRefused, match="start, process"),
        locked(place, "start"),
    ):
        pass
    with locked(place, "start"):
        pass
