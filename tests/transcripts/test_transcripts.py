"""Every transcript is played and compared whole; together they show every step with every class of input."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bot.library import build_catalogue
from bot.speech import Speech
from flows.catalogue import Catalogue
from tests.transcripts.coverage import Coverage, required
from tests.transcripts.script import ScriptError
from tests.transcripts.stage import Stage

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*/*.txt"))


@cache
def the_catalogue() -> Catalogue:
    return build_catalogue()


@cache
def the_speech() -> Speech:
    return Speech(the_catalogue())


def play(script: str, coverage: Coverage) -> str:
    return Stage(the_catalogue(), the_speech(), coverage).play(script)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_transcript_comes_out_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    written = path.read_text(encoding="utf-8")
    played = play(written, Coverage())
    if request.config.getoption("--update-transcripts", default=False):
        path.write_text(played, encoding="utf-8")
    else:
        assert played == written, "if this is meant: pytest tests/transcripts --update-transcripts, and read the diff"


def test_transcripts_show_every_step_with_every_class_of_input() -> None:
    coverage = Coverage()
    for path in TRANSCRIPTS:
        play(path.read_text(encoding="utf-8"), coverage)
    missing = sorted(required(the_catalogue()) - coverage.seen)
    assert not missing, "no transcript shows:\n" + "\n".join(missing)


def test_transcripts_folders_are_named_after_flows() -> None:
    assert {path.parent.name for path in TRANSCRIPTS} <= {*the_catalogue().flows, "commands", "between_flows"}


def test_a_line_that_comes_out_otherwise_is_noticed() -> None:
    script = "# a slip of the pen\n@ Monday 09:00\nbot (prompt): Hello Fatima.\ntwin: /resume\n"
    played = play(script, Coverage())
    assert "Hello Fatmata" in played
    assert "Hello Fatima" not in played
    assert play(played, Coverage()) == played


@pytest.mark.parametrize("line", ["twin taps [Nowhere]", 'twin edits "what" to "that"', "@ Someday 09:00", "given x=1"])
def test_a_line_that_can_not_be_played_says_so(line: str) -> None:
    with pytest.raises(ScriptError):
        play(f"# a script\n{line}\n", Coverage())


def test_one_transcript_alone_does_not_show_everything() -> None:
    coverage = Coverage()
    play("# one\n@ Monday 09:00\ntwin: 1 6 4\ntwin: /help\n", coverage)
    missing = required(the_catalogue()) - coverage.seen
    assert {"weekly_checkin ask_contact: choice real", "/help while active"} <= coverage.seen
    assert {"weekly_checkin ask_contact: choice none", "weekly_checkin: reminder", "/help while paused"} <= missing
