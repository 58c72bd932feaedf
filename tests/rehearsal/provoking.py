"""The register of provoked refusals: for each entry of the table how to provoke it, and in which words it comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.rehearsal.refusals import Why

from .line import Line

Case = Callable[[Line], Awaitable[dict[str, Any]]]
CASES: dict[Why, tuple[Case, int, str]] = {}


def refusal(why: Why, code: int, words: str) -> Callable[[Case], Case]:
    def note(case: Case) -> Case:
        assert why not in CASES
        CASES[why] = (case, code, words)
        return case

    return note
