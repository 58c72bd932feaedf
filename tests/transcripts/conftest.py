"""`pytest tests/transcripts --update-transcripts` writes every transcript anew; the diff is the review."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-transcripts", action="store_true", help="write the transcripts as they now come out")
