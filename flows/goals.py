"""Joint goals as conversations see them: plain data, made by `storage/facts`.

Rules kept here:

* Each twin has a row of her own of every goal, worded as she sees it: what is "for me" in hers is "for my twin" in the
  other one's. Two rows of the same version are the same goal: both have agreed to it.
* What was agreed last stands in the row that has a moment of agreement, whatever was proposed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from flows.moments import Moment

OPEN, REACHED, GIVEN_UP = "open", "reached", "given_up"
AGREED, WAITS, TO_READ = "agreed", "waits", "to_read"

NUMBER = "number"
"""The name by which a session is given the number of a goal."""

WORDS = ("goal", "benefit", "twins_benefit", "indicator", "start", "target")
"""What of a goal is somebody's own words; all the rest are ids of choices, and a date."""

ME, TWIN, BOTH = "me", "twin", "both"
_OTHER_OWNER: Mapping[str, str] = {ME: TWIN, TWIN: ME}


@dataclass(frozen=True, slots=True)
class Wording:
    """A goal as one twin sees it, in the order in which it is asked; what was passed over is `None`. `due` is a date,
    `2027-06-30`; `today` and `wanted` are level_1 to level_5."""

    theme: str | None = None
    today: str | None = None
    wanted: str | None = None
    goal: str | None = None
    benefit: str | None = None
    twins_benefit: str | None = None
    indicator: str | None = None
    start: str | None = None
    target: str | None = None
    due: str | None = None
    owner: str | None = None
    need: str | None = None
    risk: str | None = None

    def said(self) -> dict[str, str]:
        """What was answered, by field."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}

    def mirrored(self) -> Wording:
        """The same goal as the other twin sees it."""
        owner = None if self.owner is None else _OTHER_OWNER.get(self.owner, self.owner)
        return replace(self, benefit=self.twins_benefit, twins_benefit=self.benefit, owner=owner)


FIELDS = tuple(one.name for one in fields(Wording))


@dataclass(frozen=True, slots=True)
class GoalRow:
    """What one twin has said of goal `number` of her pair: the `version` that she wrote or agreed to."""

    number: int
    version: int
    wording: Wording
    said_at: Moment
    state: str = OPEN
    agreed_at: Moment | None = None
    closed_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """How a goal stood when `author` told it."""

    author: int
    status: str
    at: Moment
    blocker: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of a pair as one of its twins sees it; `theirs` is worded as her partner sees it."""

    number: int
    mine: GoalRow | None = None
    theirs: GoalRow | None = None
    milestone: Milestone | None = None
    """The latest that either has told."""

    @property
    def version(self) -> int:
        return max(row.version for row in (self.mine, self.theirs) if row is not None)

    @property
    def wording(self) -> Wording:
        """The newest wording, as she sees it."""
        if self.mine is not None and self.mine.version == self.version:
            return self.mine.wording
        return self.theirs.wording.mirrored() if self.theirs is not None else Wording()

    @property
    def standing(self) -> str:
        """reached or given_up; else agreed, waits (for her partner) or to_read (by her)."""
        if self.state != OPEN:
            return self.state
        if self.mine is None or self.mine.version < self.version:
            return TO_READ
        both = self.theirs is not None and self.theirs.version == self.version
        return AGREED if both else WAITS

    @property
    def state(self) -> str:
        """Closed for both as soon as one has closed it."""
        return next((row.state for row in (self.mine, self.theirs) if row is not None and row.state != OPEN), OPEN)


def find(goals: object, number: str | int | None) -> Goal | None:
    """The goal of this number among the value of a fact; `None` when it is not there."""
    found = goals if isinstance(goals, tuple) else ()
    return next((one for one in found if isinstance(one, Goal) and str(one.number) == str(number)), None)


def open_goals(goals: object) -> tuple[Goal, ...]:
    known = goals if isinstance(goals, tuple) else ()
    return tuple(one for one in known if isinstance(one, Goal) and one.state == OPEN)
