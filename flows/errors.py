"""What can be wrong with content, told to its author. People's mistakes are no errors: they are re-asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a flow or a translation: where, by which rule, and what to do about it."""

    where: str
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.where}: {self.advice} [{self.rule}]"


class FlowsError(Exception):
    """What `flows` raises."""


class LibraryBroken(FlowsError):
    """The library can not be used. Carries every problem found, not the first one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FlowMisled(FlowsError):
    """A flow ran in a way that the checks should have refused: an author's error that slipped through."""
