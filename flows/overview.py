"""What every coordinator of a programme sees, the same on both sides. Pure data, made by `storage/overview`.

Rules kept here:

* Names, moments and flags; nobody's words, and no reason that a twin gave.
* It holds one programme and nothing of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flows.people import QUIET_DAYS, PairId, PersonId
from flows.standing import Standing


@dataclass(frozen=True, slots=True)
class TwinSeen:
    """A twin who has joined. `day` and `minute` are when she is asked, both `None` until chosen."""

    id: PersonId
    name: str
    side: str
    zone: str
    state: str
    reachable: bool = True
    day: int | None = None
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class GoalSeen:
    """A goal of a pair without a word of it: whether both have agreed to it, until when (a date), how it stands (open,
    reached, given_up), and since when it is closed."""

    agreed: bool
    due: str | None
    state: str
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PairSeen:
    """Two twins in the order of their sides. `standing` is where the pair stands, `None` while it is not accepted.
    `since`: accepted, or proposed while nobody has. `contact` is the latest that either has told of."""

    id: PairId
    twins: tuple[TwinSeen, ...]
    standing: Standing | None
    state: str
    since: datetime
    contact: datetime | None = None
    cadence: str | None = None
    quiet_days: int | None = None
    goals: tuple[GoalSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Endings:
    """How the pairs of a programme ended: how many have, and the reasons that twins gave for an early end, as ids of
    choices, with how often. Nothing of it says whose a reason is."""

    pairs: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What became of one check-in: answered, partial, missed or unsent; `contact` is the id of what was chosen."""

    person: PersonId
    status: str
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class SideWeekSeen:
    """A week of a side that counts for nobody's silence: so many of those who were asked did not answer."""

    side: str
    period: str
    due: int
    missed: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """One programme. `pairs` and `waiting` (twins without a pair) are sorted by name. `flags`: person to kinds that are
    up. `weeks`: the check-ins of the latest periods. `quiet_days`: the quiet limit of a pair that agreed on none.
    `side_weeks`: earliest first."""

    programme: str
    pairs: tuple[PairSeen, ...] = ()
    waiting: tuple[TwinSeen, ...] = ()
    flags: Mapping[PersonId, tuple[str, ...]] = field(default_factory=dict)
    weeks: Mapping[str, tuple[CheckedIn, ...]] = field(default_factory=dict)
    names: Mapping[PersonId, str] = field(default_factory=dict)
    quiet_days: int = QUIET_DAYS
    side_weeks: tuple[SideWeekSeen, ...] = ()
