"""The command line as an operator and a script meet it: help with examples, exit codes, answers in JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import click
import pytest
import typer.main
from typer.testing import CliRunner

from bot.cli import app
from bot.telegram.ear import KEY as TROUBLE
from bot.telegram.ear import WAITS, InTheWay
from storage import meta
from storage.database import Database
from tests.databases import KEY, FreshDatabase
from tests.telegram.small_api import TOKEN, SmallApi, small_api_beside

NOBODY = "http://127.0.0.1:9"
"""Where no Bot API answers: no command of a test may ask Telegram's."""
ROOT = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]
Twinbot = Callable[..., Done]


@pytest.fixture
def twinbot(tmp_path: Path) -> Twinbot:
    """Runs `twinbot` in a home of its own; `program` is where the code lies, capitals are settings."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
    own = kept | {"HOME": str(home), "SECRET_KEYS": KEY.text(), "COLUMNS": "200", "TELEGRAM_API_URL": NOBODY}

    def run(*arguments: str, program: Path = ROOT, typed: str = "", **settings: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=home,
            env=own | {"PYTHONPATH": str(program)} | settings,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
    else:
        for name, one in inner.items():
            yield from _commands(one, (*path, name))


COMMANDS = sorted(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_each_command_says_in_its_help_how_it_is_called(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    _, _, example = click.unstyle(told.output).partition("Example: ")
    assert f"twinbot {' '.join(path)}" in example


def test_the_checks_of_the_library_answer_in_json_with_what_each_flow_costs(twinbot: Twinbot) -> None:
    done = twinbot("flows", "check", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["problems"] == []
    costs = {(one["flow"], one["language"]): one for one in told["costs"]}
    check_in = costs["weekly_checkin", "en"]
    assert set(check_in) == {"flow", "language", "messages", "taps", "bytes", "path"}
    assert (check_in["messages"], check_in["taps"]) == (5, 4)
    assert ("weekly_checkin", "nl") in costs


def test_a_flow_is_drawn_as_a_tree_and_as_mermaid_and_an_unknown_one_is_refused(twinbot: Twinbot) -> None:
    tree, mermaid = twinbot("flows", "draw", "weekly_checkin"), twinbot("flows", "draw", "weekly_checkin", "--mermaid")
    assert (tree.returncode, mermaid.returncode) == (0, 0)
    assert "ask_direction" in tree.stdout
    assert mermaid.stdout.startswith("flowchart TD")
    unknown = twinbot("flows", "draw", "nothing_of_ours")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert len(unknown.stderr.strip().splitlines()) == 1
    assert "weekly_checkin" in unknown.stderr, "it names those that there are"


def test_a_flow_is_tried_in_the_terminal_to_its_end(twinbot: Twinbot) -> None:
    done = twinbot("flows", "try", "weekly_checkin", "--language", "nl", typed="1 3 2 5\nEen goede week\n")
    assert done.returncode == 0, done.stderr
    assert "Klaar, dank je wel." in done.stdout
    assert done.stdout.rstrip().endswith("(the flow has ended)")
    assert twinbot("flows", "try", "weekly_checkin", "--language", "xx").returncode == 2


@pytest.fixture(scope="module")
def telegram() -> Iterator[SmallApi]:
    with small_api_beside() as api:
        yield api


def test_a_database_is_migrated_once_and_the_doctor_finds_it_well(
    twinbot: Twinbot, empty_database: FreshDatabase, telegram: SmallApi
) -> None:
    settings = {"DATABASE_URL": empty_database.url, "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.address}
    first, second = (twinbot("migrate", "--json", **settings) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert json.loads(first.stdout)["migrated"]
    assert json.loads(second.stdout) == {"migrated": []}
    doctor = twinbot("doctor", "--json", **settings)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    findings = json.loads(doctor.stdout)
    assert {"what", "well", "finding"} == set(findings[0])
    assert all(one["well"] for one in findings)
    without = twinbot("doctor", "--json", **settings | {"TELEGRAM_TOKEN": ""})
    assert without.returncode == 1
    assert [one["what"] for one in json.loads(without.stdout) if not one["well"]] == ["token"]


def test_the_doctor_says_that_telegram_does_not_call_the_webhook(
    twinbot: Twinbot, each_database: FreshDatabase
) -> None:
    async def note(database: Database) -> None:
        trouble = InTheWay("2026-11-26T03:15:00+00:00", WAITS, 12, "connection_refused")
        async with database.write() as tx:
            await meta.put(tx, TROUBLE, json.dumps(asdict(trouble)))

    settings = {"DATABASE_URL": each_database.url, "TELEGRAM_TOKEN": "123456:an-example-that-opens-nothing-at-all"}

    def webhook(**more: str) -> list[tuple[bool, str]]:
        found = json.loads(twinbot("doctor", "--json", **settings | more).stdout)
        return [(one["well"], one["finding"]) for one in found if one["what"] == "webhook"]

    public = {"PUBLIC_URL": "https://twin.example"}
    assert [well for well, _ in webhook(**public)] == [True]
    each_database.run(note)
    assert webhook() == [], "it polls now"
    ((well, said),) = webhook(**public)
    assert not well
    for words in ("2026-11-26 03:15", "12 updates", "connection_refused", "PUBLIC_URL"):
        assert words in said


def test_a_broken_library_is_told_by_whatever_needs_it_and_never_as_a_traceback(
    twinbot: Twinbot, tmp_path: Path, each_database: FreshDatabase
) -> None:
    program = tmp_path / "program"
    for package in ("bot", "flows", "storage", "locales"):
        shutil.copytree(ROOT / package, program / package, ignore=shutil.ignore_patterns("__pycache__"))
    flow = program / "flows" / "library" / "anytime" / "pause.toml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("choose = ", "chose = "), encoding="utf-8")
    settings = {"DATABASE_URL": each_database.url, "TELEGRAM_TOKEN": "123456:an-example-that-opens-nothing-at-all"}
    answers = {
        name: twinbot(*name.split(), program=program, **settings)
        for name in ("flows check", "flows check --json", "flows draw weekly_checkin", "doctor --json", "start")
    }
    for name, done in answers.items():
        assert "Traceback" not in done.stderr, name
    assert [done.returncode for done in answers.values()] == [1, 1, 2, 1, 2]
    assert "pause" in answers["flows check"].stdout
    told = json.loads(answers["flows check --json"].stdout)
    assert told["problems"]
    assert told["costs"] == []
    assert "twinbot flows check" in answers["flows draw weekly_checkin"].stderr
    ill = [one["what"] for one in json.loads(answers["doctor --json"].stdout) if not one["well"]]
    assert "library" in ill
    assert "pause" in answers["start"].stderr


def test_a_play_that_there_is_not_is_refused_with_those_that_there_are(twinbot: Twinbot) -> None:
    done = twinbot("rehearse", "--play", "hamlet")
    assert done.returncode == 2
    assert "There is no play 'hamlet'; there is midwives." in done.stderr
