"""Every transcript is played and compared whole; together they show every step with every class of input."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bot.library import packaged_catalogue
from tests.speaking import the_speech
from tests.transcripts.coverage import Coverage, required
from tests.transcripts.script import ScriptError
from tests.transcripts.stage import Stage

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*/*.txt"))


def play(script: str, coverage: Coverage) -> str:
    return Stage(packaged_catalogue(), the_speech(), coverage).play(script)


@cache
def played(path: Path) -> tuple[str, frozenset[str]]:
    """What comes of a transcript, and what it shows: once for its own test and for that of all together."""
    coverage = Coverage()
    return play(path.read_text(encoding="utf-8"), coverage), frozenset(coverage.seen)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_transcript_comes_out_as_written(path: Path, request: pytest.FixtureRequest) -> None:
    written = path.read_text(encoding="utf-8")
    came_out, _ = played(path)
    if request.config.getoption("--update-transcripts", default=False):
        path.write_text(came_out, encoding="utf-8")
    else:
        assert came_out == written, "if this is meant: pytest tests/transcripts --update-transcripts, and read the diff"


def test_transcripts_show_every_step_with_every_class_of_input() -> None:
    seen = {case for path in TRANSCRIPTS for case in played(path)[1]}
    missing = sorted(required(packaged_catalogue()) - seen)
    assert not missing, "no transcript shows:\n" + "\n".join(missing)


def test_transcripts_folders_are_named_after_flows() -> None:
    assert {path.parent.name for path in TRANSCRIPTS} <= {*packaged_catalogue().flows, "commands", "between_flows"}


def test_a_line_that_comes_out_otherwise_is_noticed() -> None:
    script = "# a slip of the pen\n@ Monday 09:00\nbot (prompt): Hello Fatima.\ntwin: /resume\n"
    came_out = play(script, Coverage())
    assert "Hello Fatmata" in came_out
    assert "Hello Fatima" not in came_out
    assert play(came_out, Coverage()) == came_out


@pytest.mark.parametrize("line", ["twin taps [Nowhere]", 'twin edits "what" to "that"', "@ Someday 09:00", "given x=1"])
def test_a_line_that_can_not_be_played_says_so(line: str) -> None:
    with pytest.raises(ScriptError):
        play(f"# a script\n{line}\n", Coverage())


def test_one_transcript_alone_does_not_show_everything() -> None:
    coverage = Coverage()
    play("# one\n@ Monday 09:00\ntwin: 1 6 4\ntwin: /help\n", coverage)
    missing = required(packaged_catalogue()) - coverage.seen
    assert {"weekly_checkin ask_contact: choice real", "/help while active"} <= coverage.seen
    assert {"weekly_checkin ask_contact: choice none", "weekly_checkin: reminder", "/help while paused"} <= missing
