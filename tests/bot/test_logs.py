"""Whatever fails, and however badly: a log line and a traceback say where, never what somebody wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WORD = "Quixotrable"
ROOT = Path(__file__).parents[2]
BEGIN = """
import asyncio, logging, sys
import structlog
from bot import logs
logs.set_up(sys.argv[1])
word = sys.argv[2]
def fail():
    raise ValueError(word)
async def failing():
    fail()
"""
ENDS = {
    "an error that is logged": """
try:
    fail()
except ValueError:
    structlog.get_logger("twinbot").exception("part_failed", person=17)
""",
    "an error that a library logs": """
try:
    fail()
except ValueError:
    logging.getLogger("aiohttp.server").exception("Error handling request")
""",
    "a task that nobody waits for": """
async def scene():
    asyncio.create_task(failing())
    await asyncio.sleep(0.05)
    import gc; gc.collect()
asyncio.run(scene())
""",
    "an error that ends a command": """
from bot import cli
cli.app.command(name="failing")(fail)
sys.argv[1:] = ["failing"]
cli.main()
""",
}


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("end", ENDS)
def test_an_error_says_where_and_never_repeats_words(end: str, log_format: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + ENDS[end], log_format, WORD],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "ValueError" in done.stderr
    assert ":8" in done.stderr, "the line that failed"
    assert WORD not in done.stderr + done.stdout
