"""Every picture that a page shows is there, says in words what it shows, and is small; every picture is shown."""

from __future__ import annotations

import re

import pytest

from tests.docs.reading import PAGES, ROOT

SHOWN = [
    (page, found[1], (ROOT / page).parent / found[2])
    for page, text in PAGES.items()
    for found in re.finditer(r"!\[([^\]]*)\]\(([^)\s]+\.png)\)", text)
]
LARGEST = 200_000
"""Bytes of one picture: a page with six of them still opens on a slow line."""


@pytest.mark.parametrize(("page", "words", "path"), SHOWN)
def test_every_picture_that_a_page_shows_is_there_and_says_what_it_shows(page: str, words: str, path: object) -> None:
    del page
    place = ROOT / str(path)
    assert place.is_file(), "UPDATE_PICTURES=1 .venv/bin/python -m pytest tests/browser writes it"
    content = place.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < LARGEST
    assert len(words.split()) >= 4, "who does not see the picture reads what it shows"


def test_every_picture_is_shown_on_some_page() -> None:
    shown = {path.resolve() for _, _, path in SHOWN}
    kept = {path.resolve() for path in (ROOT / "docs" / "pictures").rglob("*.png")}
    assert kept - shown == set()
