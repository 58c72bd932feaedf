"""What the fuzzer once fed, fed again: it needs no fuzzer for that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fuzz import CORPUS, turns
from tests.fuzz.__main__ import LONGEST_KEPT, NAMES
from tests.fuzz.parsers import PARSERS

TURNS = "turns"


def _kept(name: str) -> list[Path]:
    return sorted((CORPUS / name).iterdir())


def test_every_parser_is_fuzzed_and_has_a_corpus() -> None:
    assert tuple(PARSERS) == NAMES
    assert {folder.name for folder in CORPUS.iterdir()} == {*NAMES, TURNS}
    assert all(_kept(name) for name in NAMES)


def test_the_corpus_stays_small() -> None:
    sizes = [one.stat().st_size for name in NAMES for one in _kept(name)]
    assert sum(size > LONGEST_KEPT for size in sizes) < 20, "some were written by hand; what is found is short"
    assert sum(sizes) < 200_000


@pytest.mark.parametrize("name", NAMES)
def test_a_parser_keeps_its_promises_on_all_that_was_ever_fed_to_it(name: str) -> None:
    for one in _kept(name):
        PARSERS[name](one.read_bytes())


@pytest.mark.parametrize("kept", _kept(TURNS), ids=lambda kept: kept.stem)
def test_turns_keep_their_promises_on_what_was_once_drawn(kept: Path) -> None:
    drawn = json.loads(kept.read_text(encoding="utf-8"))
    turns.check(drawn["updates"], drawn["size"])
