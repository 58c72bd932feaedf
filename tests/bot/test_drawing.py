"""What is drawn is drawn in a process of its own, and whatever happens to that process happens to nobody else."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest
import structlog
from structlog.testing import capture_logs

from bot import drawing
from bot.drawing import PYTHON, Drawing
from storage.messages import Page, Picture

NAME = "Fatmata-of-the-river"
PAGE = Page("certificate.pdf", "en", False, (("title", "Certificate"), ("name", NAME)), "It could not be made.")
PICTURE = Picture("What flowed", NAME, ("Nov",), ((NAME, (2,)),))

Draw = Callable[[Drawing], Awaitable[bytes | None]]


async def a_document(by: Drawing) -> bytes | None:
    found = await by.document(PAGE)
    assert found is None or found.name == "certificate.pdf"
    return None if found is None else found.content


async def a_photo(by: Drawing) -> bytes | None:
    return await by.photo(PICTURE)


each_kind = pytest.mark.parametrize("draw", [a_document, a_photo])


def drawn(draw: Draw, *program: str) -> bytes | None:
    async def work() -> bytes | None:
        return await draw(Drawing(structlog.get_logger(), program or PYTHON))

    return asyncio.run(work())


@pytest.mark.parametrize(("draw", "begin"), [(a_document, b"%PDF-"), (a_photo, b"\x89PNG")])
def test_what_was_asked_for_comes_back(draw: Draw, begin: bytes) -> None:
    content = drawn(draw)
    assert content is not None
    assert content.startswith(begin)


@each_kind
@pytest.mark.parametrize(
    "program",
    [
        (sys.executable, "-c", "import sys; sys.exit(sys.stdin.read())"),
        (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"),
        (sys.executable, "-c", "pass"),
        ("/no/such/program",),
    ],
    ids=["fails", "is killed", "gives nothing", "is not there"],
)
def test_what_can_not_be_drawn_is_said_in_the_log_without_a_word_of_it(draw: Draw, program: tuple[str, ...]) -> None:
    with capture_logs() as logs:
        assert drawn(draw, *program) is None
    assert [one["event"] for one in logs] == ["not_drawn"]
    assert NAME not in str(logs)


@each_kind
def test_who_draws_for_ever_is_ended(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "DRAW_SECONDS", 0.5)
    with capture_logs() as logs:
        assert drawn(draw, sys.executable, "-c", "import time; time.sleep(60)") is None
    assert [one["error"] for one in logs] == ["TimeoutError"]


@each_kind
def test_it_gets_no_setting_and_no_key(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEYS", "not for others")
    content = drawn(draw, sys.executable, "-c", "import os; print(sorted(os.environ))")
    assert content is not None
    assert b"PATH" in content
    assert b"SECRET_KEYS" not in content


def test_the_program_carries_nothing_heavy_until_something_is_to_be_drawn() -> None:
    heavy = "{'fpdf', 'uharfbuzz', 'PIL', 'resvg_py'}"
    code = f"import sys, bot.application, bot.cli; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
