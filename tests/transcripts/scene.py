"""The scene of a transcript: what holds at one moment, and what lies on her phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flows.catalogue import Flow
from flows.effects import SetTimer
from flows.rules.cadence import local_time

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(slots=True)
class Shown:
    """One message on her phone that has buttons."""

    text: str
    session: int
    step: str
    labels: list[tuple[str, int]]


@dataclass(slots=True)
class Scene:
    """What the shell would know: facts, the clock, timers that are set, what was sent, the flows of her sessions."""

    facts: dict[str, object]
    now: datetime
    timers: dict[tuple[str, str], SetTimer] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    flows: dict[int, Flow] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return str(self.facts["person.zone"])

    def when(self, moment: datetime) -> str:
        local = local_time(moment, self.zone)
        return f"{WEEKDAYS[local.weekday()][:3]} {local.day} {local:%b} {local:%H:%M}"
