"""The process as an operator meets it: it starts, says where it is, ends, and refuses in one sentence."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.errors import DatabaseRefused
from bot.opening import locked
from tests.telegram.small_api import TOKEN, Answer, Call, SmallApi, refused, small_api

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds until a process must have started or ended; a machine that also does other things is slow."""


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
    async with asyncio.timeout(PATIENCE):
        while not api.of("getUpdates"):  # noqa: ASYNC110 - looks from outside
            await asyncio.sleep(0.02)


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
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
            data = Path(home["HOME"]) / "data"
            with closing(sqlite3.connect(data / "twinbot.db")) as database:
                query = "SELECT value FROM meta WHERE key = 'started_with_key'"
                assert database.execute(query).fetchall() == [("k1",)]
            assert len(list((data / "backups").iterdir())) == 1, "the copy of the day"
            assert "Traceback" not in words
            assert TOKEN not in words
            key = (Path(home["HOME"]) / ".config" / "twinbot" / "keys").read_text(encoding="utf-8").split()[-1]
            said = " ".join(words.replace("│", " ").split())
            assert "Whoever loses it loses all that was written under it" in said, "the first start tells of the key"
            assert key not in said, "what is no terminal is kept"
            second = await started(home, api)
            await asyncio.sleep(0.1)
            async with asyncio.timeout(PATIENCE):
                while len(api.of("getMe")) < 2:  # noqa: ASYNC110 - looks from outside
                    await asyncio.sleep(0.02)
            second.send_signal(signal.SIGTERM)
            code, words = await ended(second)
            assert (code, "A new secret key" in words) == (0, False), "it is told once"

    asyncio.run(scenario())


def test_the_main_job_is_the_bot_on_telegram_when_a_token_is_set_in_the_file(home: dict[str, str]) -> None:
    async def scenario() -> None:
        async with small_api() as api:
            settings = f"TELEGRAM_TOKEN={TOKEN}\nTELEGRAM_API_URL={api.address}\n"
            (Path(home["HOME"]) / ".env").write_text(settings, encoding="utf-8")
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                env=home,
                cwd=home["HOME"],
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            await polling(api)
            assert api.of("getUpdates")[0].parameters.get("timeout"), "long polling"
            process.send_signal(signal.SIGTERM)
            code, words = await ended(process)
            assert (code, "Rehearsal room" in words) == (0, False)

    asyncio.run(scenario())


def test_people_are_served_while_telegram_asks_to_wait_with_what_it_shows_of_the_bot(home: dict[str, str]) -> None:
    """It limits commands and descriptions hard, for hours at a time."""

    def later(call: Call) -> Answer | None:
        return refused(429, "Too Many Requests", retry_after=3600) if call.method == "setMyCommands" else None

    async def scenario() -> None:
        async with small_api() as api:
            api.rules.append(later)
            process = await started(home, api)
            await polling(api)
            assert len(api.of("setMyCommands")) == 1
            process.send_signal(signal.SIGTERM)
            code, words = await ended(process)
            assert (code, "stopped_in_the_middle" in words) == (0, False), words

    asyncio.run(scenario())


def test_an_address_that_telegram_does_not_take_is_no_readiness(home: dict[str, str]) -> None:
    def never(call: Call) -> Answer | None:
        return refused(400, "Bad Request: bad webhook: IP address is reserved") if call.method == "setWebhook" else None

    async def scenario() -> None:
        async with small_api() as api, ClientSession() as client:
            api.rules.append(never)
            process = await started(home | {"PUBLIC_URL": "https://bot.example.org"}, api)
            assert process.stdout is not None
            health, words = "", ""
            async with asyncio.timeout(PATIENCE):
                while "telegram_refuses" not in words:
                    words = (await process.stdout.readline()).decode()
                    if found := re.search(r"http://[\d.:]+(?=/healthz)", words):
                        health = found[0]
            async with client.get(f"{health}/readyz") as answer:
                assert (answer.status, "PUBLIC_URL" in await answer.text()) == (503, True)
            process.send_signal(signal.SIGTERM)
            code, _ = await ended(process)
            assert code == 0

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


def said(home: dict[str, str], *arguments: str, **settings: str) -> tuple[int, list[str]]:
    """What `twinbot run …` says on the terminal before it ends by itself: the exit code, and the lines."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", *arguments],
        env=home | settings,
        cwd=home["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TELEGRAM_TOKEN", "half-a-token", "TELEGRAM_TOKEN has not the form of a token (123456:ABC-DEF…)"),
        ("PORT", "eighty", "PORT must be a whole number from 0 to 65535."),
        ("PORT", "65536", "PORT must be a whole number from 0 to 65535."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be text or json."),
        (
            "TELEGRAM_API_URL",
            "ftp://api.telegram.org",
            "TELEGRAM_API_URL must be an address that begins with https://.",
        ),
        ("TELEGRAM_API_URL", "http://", "TELEGRAM_API_URL must name a host"),
        ("TELEGRAM_API_URL", "http://127.0.0.1:99999", "TELEGRAM_API_URL must name a host"),
        ("TELEGRAM_API_URL", "http://two words", "TELEGRAM_API_URL must name a host"),
        ("PUBLIC_URL", "bot.example.org", "PUBLIC_URL must be an address that begins with https://."),
        ("PUBLIC_URL", "http://bot.example.org", "PUBLIC_URL must begin with https://, and be on port 443"),
        ("PUBLIC_URL", "https://bot.example.org:8080", "PUBLIC_URL must begin with https://, and be on port 443"),
        ("DATABASE_URL", "mysql://nobody", "DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://."),
        ("DATABASE_URL", "sqlite:///", "DATABASE_URL must name a file"),
        ("DATABASE_URL", "postgresql://localhost:port/twinbot", "DATABASE_URL is not understood"),
        (
            "DATABASE_URL",
            "sqlite:///letter.txt",
            "DATABASE_URL does not lead to a database for Twinbot: the file is no",
        ),
        ("ERASURES_LOG", "letter.txt/erasures.log", "can not be written, so nobody could be deleted: set ERASURES_LOG"),
        ("SECRET_KEYS", "short", "A secret key is written <id>:<base64url>; a colon is missing."),
    ],
)
def test_a_setting_that_can_not_be_is_refused_in_one_sentence(
    home: dict[str, str], name: str, value: str, sentence: str
) -> None:
    (Path(home["HOME"]) / "letter.txt").write_text("Dear twin, this is no database. " * 40)
    keys = "k1:" + "A" * 43
    code, lines = said(home, **{"TELEGRAM_TOKEN": TOKEN, "SECRET_KEYS": keys, name: value})
    assert (code, len(lines)) == (2, 1), lines
    assert sentence in lines[0]
    assert TOKEN not in lines[0] and keys not in lines[0]


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_of_the_room_that_is_none_is_refused(home: dict[str, str], port: str) -> None:
    code, lines = said(home, "--port", port)
    assert code == 2
    assert "Invalid value for '--port'" in "".join(lines)
    assert "Traceback" not in "".join(lines)


def test_a_port_of_the_room_that_somebody_else_has_is_said_with_a_way_out(home: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, lines = said(home, "--port", str(port))
    assert (code, len(lines)) == (2, 1), lines
    assert f"Port {port} can not be had (Address already in use)." in lines[0]
    assert "`.venv/bin/twinbot rehearse --port 0` picks a free one." in lines[0]


def test_a_telegram_out_of_reach_is_said_in_a_sentence_and_tried_again(home: dict[str, str]) -> None:
    async def scenario() -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env=home
            | {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": "http://127.0.0.1:9", "SECRET_KEYS": "k:" + "A" * 43},
            cwd=home["HOME"],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            words = ""
            while "telegram_unreachable" not in words:
                words = (await process.stdout.readline()).decode()
        assert "Telegram can not be reached and is tried again until it can" in words
        assert "is TELEGRAM_API_URL right?" in words
        await asyncio.sleep(3.5)  # two more tries, after one second and after two
        assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        code, rest = await ended(process)
        assert (code, "telegram_unreachable" in rest) == (0, False)

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


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_lock_holds_on_a_full_disk_too_and_only_its_name_is_missing(tmp_path: Path) -> None:
    place = tmp_path / "x.lock"
    with (
        full_disk(),
        locked(place, "start"),
        pytest.raises(DatabaseRefused, match=r"works here already \(unknown\)"),
        locked(place, "start"),
    ):
        pass


def test_a_disk_that_is_full_at_the_start_is_said_and_waited_for(home: dict[str, str]) -> None:
    """A machine that was restarted to mend it must not stay down."""
    settings = home | {
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "SECRET_KEYS": "k:" + "A" * 43,
    }
    command = [sys.executable, "-m", "bot"]
    subprocess.run([*command, "migrate"], env=settings, cwd=home["HOME"], check=True, capture_output=True)

    async def scenario() -> None:
        with full_disk():
            process = await asyncio.create_subprocess_exec(
                *command,
                "start",
                env=settings,
                cwd=home["HOME"],
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            words = (await process.stdout.readline()).decode()
        assert "database_unreachable" in words and "is the disk full" in words, words
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE))
        async with asyncio.timeout(PATIENCE):
            while "telegram_unreachable" not in words:
                words = (await process.stdout.readline()).decode()
        process.send_signal(signal.SIGTERM)
        code, _ = await ended(process)
        assert code == 0

    asyncio.run(scenario())


def test_the_process_keeps_when_it_last_heard_telegram(home: dict[str, str]) -> None:
    """By webhook at once; by polling at the next full minute."""

    async def scenario() -> None:
        async with small_api() as api:
            settings = {"PUBLIC_URL": "https://bot.example.org", "SECRET_KEYS": "k:" + "A" * 43}
            process = await started(home | settings, api)
            path = Path(home["HOME"]) / "data" / "twinbot.db"
            async with asyncio.timeout(PATIENCE):
                while not _heard(path):  # noqa: ASYNC110 - looks from outside
                    await asyncio.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            code, _ = await ended(process)
            assert code == 0

    asyncio.run(scenario())


def _heard(path: Path) -> bool:
    if not path.exists():
        return False
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
        return bool(tables and database.execute("SELECT value FROM meta WHERE key = 'heard_at'").fetchone())
