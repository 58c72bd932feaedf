"""The first key: made once, for a database that never had one, shown on a terminal, and kept out of logs."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from storage.encryption import load_keys, parse_keys
from tests.bot.test_commands import ROOT, Twinbot, twinbot
from tests.databases import FreshDatabase

__all__ = ["twinbot"]
TOKEN = "123456:an-example-that-opens-nothing-at-all"  # noqa: S105 - an example
PLACE = Path(".config/twinbot/keys")


def without_keys(database: FreshDatabase, home: Path) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    return {"SECRET_KEYS": "", "HOME": str(home), "DATABASE_URL": database.url, "TELEGRAM_TOKEN": TOKEN}


def test_a_database_that_has_keys_gets_no_others_whoever_comes_without_them(
    twinbot: Twinbot, empty_database: FreshDatabase, tmp_path: Path
) -> None:
    own, other = (without_keys(empty_database, tmp_path / name) for name in ("own", "other"))
    assert twinbot("migrate", **own).returncode == 0
    for command in (("doctor",), ("migrate",), ("start",), ("programme", "list"), ("keys", "list")):
        done = twinbot(*command, **other)
        said = done.stdout + done.stderr
        assert done.returncode == (1 if command == ("doctor",) else 2), command
        assert "The keys are not here" in said, command
        assert "A new secret key" not in said, command
        assert not (tmp_path / "other" / PLACE).exists(), command
    findings = json.loads(twinbot("doctor", "--json", **own).stdout)
    assert [one["well"] for one in findings if one["what"] in ("database", "keys")] == [True, True]


@pytest.mark.parametrize("role", ["web", "worker"])
def test_who_only_takes_part_makes_no_keys(
    twinbot: Twinbot, postgres_database: FreshDatabase, tmp_path: Path, role: str
) -> None:
    """Each on a disk of its own, they would make one each, and lose it with the disk."""
    settings = without_keys(postgres_database, tmp_path / "host") | {"PUBLIC_URL": "https://bot.example.org"}
    done = twinbot(role, **settings)
    assert (done.returncode, "The keys are not here" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "host" / PLACE).exists()


def on_a_terminal(environment: dict[str, str]) -> str:
    """What `migrate` shows to somebody who looks."""
    screen, end = pty.openpty()
    try:
        command = [sys.executable, "-m", "bot", "migrate"]
        env = environment | {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "COLUMNS": "120"}
        subprocess.run(command, env=env, cwd=environment["HOME"], stdout=subprocess.DEVNULL, stderr=end, check=True)
        return os.read(screen, 65_536).decode()
    finally:
        os.close(end)
        os.close(screen)


def test_the_key_is_shown_on_a_terminal_and_to_no_log(twinbot: Twinbot, tmp_path: Path) -> None:
    looked, logged = (
        without_keys(FreshDatabase("sqlite", f"sqlite:///{tmp_path}/{name}.db"), tmp_path / name)
        for name in ("looked", "logged")
    )
    shown = on_a_terminal(looked)
    (key,) = load_keys(None, tmp_path / "looked" / PLACE).keys
    assert key.text() in shown
    kept = twinbot("migrate", **logged).stderr
    (key,) = load_keys(None, tmp_path / "logged" / PLACE).keys
    assert key.text() not in kept
    for words in (shown, kept):
        said = " ".join(words.replace("│", " ").split())
        assert "Whoever loses it loses all that was written under it" in said
        assert "Copy it to a safe place now" in said


def test_a_first_key_for_the_settings_of_a_host_is_only_shown(twinbot: Twinbot, tmp_path: Path) -> None:
    made = twinbot("keys", "new", "--first", "--json", SECRET_KEYS="", HOME=str(tmp_path))
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout) == {"key": "k1", "file": None}
    (key,) = parse_keys(next(word for word in made.stderr.split() if word.startswith("k1:")))
    assert key.id == "k1"
    assert not (tmp_path / PLACE).exists()
