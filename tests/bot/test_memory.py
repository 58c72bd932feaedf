"""What a start on SQLite leaves out, seen from outside: in a Python of its own that imports as `twinbot start` does."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import sys
from pathlib import Path

opened = set()
sys.addaudithook(lambda event, of: opened.add(Path(str(of[0])).name) if event == "open" else None)
from bot import memory

with memory.undisturbed(), memory.no_terminal():
    from bot import application
from bot.speech import Speech

speech = Speech(application.checked_catalogue())
assert speech.best("en-GB", "nl") == "en"
assert "twinbot.po" in opened, "the hook sees no files"
print(*sorted(sys.modules), *sorted(opened), sep="\\n")
"""


@pytest.fixture(scope="module")
def left() -> set[str]:
    """The modules and files of a start."""
    run = subprocess.run([sys.executable, "-c", START], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def test_a_start_has_what_it_runs_on(left: set[str]) -> None:
    assert {"sqlalchemy.ext.asyncio", "telegram", "aiohttp.web", "bot.batch"} <= left


@pytest.mark.parametrize(
    "one", ["sqlalchemy.dialects.postgresql", "asyncpg", "alembic", "rich", "pygments", "openpyxl"]
)
def test_a_start_on_sqlite_leaves_a_library_unloaded(left: set[str], one: str) -> None:
    assert one not in left


def test_what_babel_knows_of_the_world_is_not_read_before_somebody_needs_it(left: set[str]) -> None:
    assert "global.dat" not in left
