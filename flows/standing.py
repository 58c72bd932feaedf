"""Where a pair stands: the phases it is in, how it came there, and what is known for leaving them. Pure data, made by
`storage/pair_phases`.

Rules kept here:

* A pair that is made stands in one phase or in two, never in none.
* Ids of phases are permanent, and so is their order; a pair may go against it (phases are soft, domain.md section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flows.people import PairId

PHASES = ("naming", "planning", "exchange", "review", "closing", "alumni")
"""In the order in which most pairs go through them; domain.md P2 to P7."""

FIRST = PHASES[0]
"""Where a pair begins: as named twins."""

MADE, AGREED, COORDINATOR = "made", "agreed", "coordinator"
"""Why a pair came into a phase: it was made, both agreed, or a coordinator moved it."""

COUNTED: Mapping[str, tuple[str, ...]] = {
    "review": ("review", "one_change"),
    "closing": ("closing_talk", "growth_end", "data_choice"),
}
"""Phase to the items of the agenda by which it is left."""

LOOK_BACK, HALF_YEAR = "review", "half_year"
STILL_COUNTS = timedelta(weeks=13)
"""What a twin did so recently is not asked of her again under another item of the agenda. Half of the half year in
which a look back is due (domain.md P5): an older one is nearer to the next than to the last."""

BOTH = 2
"""The twins of a pair."""


def counts_from(phase: str, since: datetime) -> dict[str, tuple[str, datetime]]:
    """What counts for leaving `phase`, in which a pair is `since`: item done, to the item of `COUNTED` that it stands
    for and from when on. A look back of shortly before counts, also one of the half year."""
    found = {item: (item, since) for item in COUNTED.get(phase, ())}
    if LOOK_BACK in found:
        found |= dict.fromkeys((LOOK_BACK, HALF_YEAR), (LOOK_BACK, since - STILL_COUNTS))
    return found


Phases = tuple[str, ...]
"""One or two ids, in the order in which the pair came into them."""


@dataclass(frozen=True, slots=True)
class GoalSeen:
    """What phases ask of a goal of a pair. `is_whole`: accepted by both, with a benefit for each, an indicator, an
    owner on each side and a due date. `is_closed`: nothing is to be done for it any more, whatever came of it."""

    is_whole: bool
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Spell:
    """One stretch of time in one phase; `until` is `None` as long as it lasts. `by` is the name of who moved the pair
    there, where somebody did and is still known."""

    phase: str
    since: datetime
    until: datetime | None = None
    by: str | None = None
    why: str = AGREED


@dataclass(frozen=True, slots=True)
class Standing:
    """One pair that is made. `spells` are oldest first. `contacts`: weeks with a contact both ways, counted as long as
    it is in the first phase; `named`: how many of the two have told their names; `agreed`: how they keep in touch;
    `goals` is `None` where nobody keeps goals; `ends_at` is the end of the programme; `did`: of each item of `COUNTED`
    how many of the two have done it since the pair came into its phase, or shortly before (`counts_from`)."""

    pair: PairId
    spells: tuple[Spell, ...]
    contacts: int = 0
    named: int = 0
    agreed: bool = False
    goals: tuple[GoalSeen, ...] | None = None
    ends_at: datetime | None = None
    did: Mapping[str, int] = field(default_factory=dict)

    @property
    def current(self) -> Phases:
        """The phases it stands in, oldest first."""
        return tuple(one.phase for one in self.spells if one.until is None)

    def since(self, phase: str) -> datetime | None:
        """When it came into `phase`; `None` where it does not stand there."""
        return next((one.since for one in self.spells if one.until is None and one.phase == phase), None)

    @property
    def moved_at(self) -> datetime:
        """When it was last moved, or made."""
        return max(one.since if one.until is None else max(one.since, one.until) for one in self.spells)


def in_order(phases: Iterable[str]) -> Phases:
    """By the order of `PHASES`; what it does not know comes last."""
    return tuple(sorted(phases, key=lambda one: PHASES.index(one) if one in PHASES else len(PHASES)))
