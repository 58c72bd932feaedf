"""When it is time for the checklist: at planning, half-way and closing, for both sides at once. domain.md section 1.

Rules kept here:

* Twins are asked by their agenda, each pair in its own time. Coordinators have no pair: for them it is time as soon as
  the first pair is there.
* They are invited by the Monday's digest, which both sides read alike; nobody is reminded by name.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.overview import Overview

HALF_WAY = timedelta(weeks=52)
"""So long after a pair began to exchange it is mid-term: most programmes last three to four years, with half a year of
beginning. The agenda says the same to twins."""

INVITED_FOR = timedelta(weeks=4)
"""So long the digest invites to the checklist when its time has come."""

TIMES = (("planning", timedelta(0)), ("exchange", HALF_WAY), ("closing", timedelta(0)))
"""So long after a pair came into a phase, if it is there still."""


def time_of(overview: Overview, now: datetime) -> datetime | None:
    """When it was time last; `None` before the first time."""
    spells = [spell for pair in overview.pairs if pair.standing is not None for spell in pair.standing.spells]
    firsts = [
        [one.since + wait for one in spells if one.phase == phase and min(one.until or now, now) >= one.since + wait]
        for phase, wait in TIMES
    ]
    return max((min(moments) for moments in firsts if moments), default=None)


def is_time(overview: Overview, now: datetime) -> bool:
    """Whether coordinators are to be invited to the checklist."""
    since = time_of(overview, now)
    return since is not None and now - since < INVITED_FOR
