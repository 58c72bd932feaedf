"""A page is drawn in a process of its own, and whatever happens to that process happens to nobody else."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
import structlog
from structlog.testing import capture_logs

from bot.certificates import drawing
from bot.certificates.drawing import Drawing
from storage.messages import Document, Page

NAME = "Fatmata-of-the-river"
PAGE = Page("certificate.pdf", "en", False, (("title", "Certificate"), ("name", NAME)), "It could not be made.")


def drawn(*command: str) -> Document | None:
    async def work() -> Document | None:
        made = Drawing(structlog.get_logger()) if not command else Drawing(structlog.get_logger(), command)
        return await made.draw(PAGE)

    return asyncio.run(work())


def test_a_page_comes_back_as_a_document_of_its_name() -> None:
    document = drawn()
    assert document is not None
    assert document.name == "certificate.pdf"
    assert document.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-c", "import sys; sys.exit(sys.stdin.read())"),
        (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"),
        ("/no/such/program",),
    ],
    ids=["fails", "is killed", "is not there"],
)
def test_what_can_not_be_drawn_is_said_in_the_log_without_a_word_of_it(command: tuple[str, ...]) -> None:
    with capture_logs() as logs:
        assert drawn(*command) is None
    assert [one["event"] for one in logs] == ["page_not_drawn"]
    assert NAME not in str(logs)


def test_who_draws_for_ever_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "DRAW_SECONDS", 0.5)
    with capture_logs() as logs:
        assert drawn(sys.executable, "-c", "import time; time.sleep(60)") is None
    assert [one["error"] for one in logs] == ["TimeoutError"]


def test_it_gets_no_setting_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEYS", "not for others")
    document = drawn(sys.executable, "-c", "import os; print(sorted(os.environ))")
    assert document is not None
    assert b"SECRET_KEYS" not in document.content


def test_the_program_carries_nothing_heavy_until_a_page_is_asked_for() -> None:
    code = "import sys, bot.application, bot.cli; sys.exit(bool({'fpdf', 'uharfbuzz', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
