"""Phrases are named in code by their ids: each one named is there."""

from __future__ import annotations

import re
from pathlib import Path

from flows.catalogue import load

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "flows" / "library"
NAMED = re.compile(r'\bText\(\s*"([a-z_]+\.[a-z_0-9]+)"')


def test_every_phrase_that_the_code_names_is_in_the_library() -> None:
    catalogue = load({path.relative_to(LIBRARY).as_posix(): path.read_text() for path in LIBRARY.rglob("*.toml")})
    sources = [path for package in ("flows", "bot") for path in (ROOT / package).rglob("*.py")]
    named = {(id_, path.name) for path in sources for id_ in NAMED.findall(path.read_text())}
    assert "engine.again" in {id_ for id_, _ in named}, "the pattern still finds how texts are named"
    assert {one for one in named if one[0] not in catalogue.phrases} == set()
