"""What a play is made of: actors, and scenes that happen on a day whatever the bot asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.rehearsal.plays.acting import Manner, Picks


@dataclass(frozen=True, slots=True)
class Actor:
    """One person of the play. `joins` and `away` count days from the beginning; while away she answers nothing."""

    chat: int
    name: str
    language: str
    side: str
    role: str
    zone: str
    manner: Manner
    joins: int = 0
    away: tuple[tuple[int, int], ...] = ()
    joining: Picks = field(default_factory=dict)
    country: str = ""
    """Typed where no button shows it."""

    def is_away(self, day: int) -> bool:
        return any(begin <= day < end for begin, end in self.away)


@dataclass(frozen=True, slots=True)
class Scene:
    """On `day`, at an hour at which everybody is awake, somebody writes `words`, and answers what follows by `picks`
    and by further `lines`, one for each question for words."""

    day: int
    chat: int
    words: str
    picks: Picks = field(default_factory=dict)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """One whole programme."""

    name: str
    title: str
    programme: str
    controller: str
    sides: tuple[tuple[str, str], ...]
    """Each with the code of its country."""
    actors: tuple[Actor, ...]
    scenes: tuple[Scene, ...]

    def cast_on(self, day: int) -> Sequence[Actor]:
        return [actor for actor in self.actors if actor.joins <= day]
