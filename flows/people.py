"""Who takes part, as the pure code sees them.

Rules kept here:

* An id is a `NewType`: a pair's number can not be passed where a person's is wanted.
* A `Person` is what a decision may depend on. What only the shell needs (the chat's address) is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", int)
PairId = NewType("PairId", int)
ProgrammeId = NewType("ProgrammeId", int)
SideId = NewType("SideId", int)


class Role(StrEnum):
    COORDINATOR = "coordinator"
    TWIN = "twin"
    SAFEGUARDING = "safeguarding"
    """The focal point to whom one can say that something is wrong. Gets nothing but that."""


class PersonState(StrEnum):
    """Where a person stands with the programme. Whether she can be reached is a fact beside it, not a state."""

    JOINING = "joining"
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    """Nothing is asked any more, everything is kept; she may come back."""


PURPOSES = ("core", "research", "quotes")
"""What can be agreed to apart: taking part, use for research, being quoted without a name."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person in one programme.

    `check_in_day` is 0 (Monday) to 6, `check_in_minute` minutes after local midnight; both `None` until chosen.
    `paused_until` is `None` while paused without an end, and whenever not paused.
    `sessions_started` numbers her sessions: a session is named by (person, number), so a button that names a
    session can only ever reach one of her own.
    `away_from` and `away_until` are those of a pause that begins later, `None` without one.
    `quiet_hours` is the kind that she chose (`flows.rules.quiet`), `None` for the usual ones.
    `numbers_offered`: she was told once, after her first check-in, that one line of numbers answers it all.
    `lite`: she wants few and light messages (`bot/lite`).
    """

    id: PersonId
    programme: ProgrammeId
    side: SideId
    role: Role
    language: str
    state: PersonState = PersonState.JOINING
    name: str = ""
    country: str | None = None
    zone: str = "UTC"
    check_in_day: int | None = None
    check_in_minute: int | None = None
    paused_until: datetime | None = None
    unreachable_since: datetime | None = None
    sessions_started: int = 0
    numbers_offered: bool = False
    away_from: datetime | None = None
    away_until: datetime | None = None
    quiet_hours: str | None = None
    lite: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Something of the agenda that she was asked, or began, in the week `period`.

    `status`: offered, begun, later (put off until `again_at`), skipped, missed (left without a word), partial or done;
    `at` is when it became that. `pair` is the one she was in.
    """

    item: str
    period: str
    status: str
    at: datetime
    again_at: datetime | None = None
    pair: PairId | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What she answered last at a question: the id of a choice (several joined by a comma), or her own words."""

    choice: str | None
    words: str | None
    at: datetime


CHECK_IN = "weekly_checkin"
"""The flow of the check-in."""

CONTACT = ("real", "short")
"""Choices of the check-in that tell of contact."""


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """What she answered in the check-in of the week `period`: ids of choices."""

    period: str
    contact: str
    feeling: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a twin chose of what her twin and she could have in common: ids of choices, never words."""

    languages: frozenset[str] = frozenset()
    years: frozenset[str] = frozenset()
    age: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    area: frozenset[str] = frozenset()
    style: frozenset[str] = frozenset()
    availability: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    wants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A twin who could be proposed to another one, as coordinators may know her. `waiting_since`: she joined, or her
    last pair ended."""

    id: PersonId
    name: str
    side: SideId
    side_name: str
    country: str | None
    zone: str
    paused: bool
    profile: Profile | None = None
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A pair that waits for the answers of its two twins."""

    pair: PairId
    twins: tuple[PersonId, ...]
    shown: tuple[PersonId, ...]
    """Who has seen it already."""


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A pair that a coordinator ended, with those of its twins who are still there. `free`: neither is in another one,
    made or proposed."""

    pair: PairId
    twins: tuple[PersonId, ...]
    free: bool


@dataclass(frozen=True, slots=True)
class PairAnswered:
    """What a twin answered for the two of a pair: the id of a choice, her own words, or both."""

    choice: str | None
    words: str | None
    at: datetime


QUIET_DAYS = 21
"""The quiet limit of a pair that has agreed on nothing yet (domain.md section 7)."""

FOR_COORDINATORS = "decline_reason"
"""What a twin answers about a pair that her partner never learns: in `together.mine`, not in `together.theirs`."""

VISIT_ENDS = "visit"
"""What a twin has told her partner of the last day of a visit, so that both are asked how it was."""

NAMED = "call_me"
"""What a twin answers about a pair without which naming is not done; its other questions can be passed over."""
