"""When the twinning of two is over: what is asked of whom. domain.md P7.

Rules kept here:

* Alumni have no check-ins, and nobody counts their silence.
* Whoever has said yes to it is asked once a quarter, for two years; one tap ends it, another yes begins it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.people import Said
from flows.rules.situation import Facts
from flows.standing import Phases

ALUMNI = "alumni"

ASKED_FOR = timedelta(weeks=108)
"""Two years, and a month for what waits behind something else."""


def are_alumni(phases: Phases) -> bool:
    """Whether a pair that stands in these phases has nothing else before it."""
    return phases == (ALUMNI,)


def is_alumna(facts: Facts) -> bool:
    """Whether her twinning is over."""
    return facts["phase.current"] == (ALUMNI,)


def wants_asking(facts: Facts, now: datetime) -> bool:
    """Whether she may be asked how it goes on."""
    since, said, paired = facts["phase.since"], facts["said.latest"], facts["pair.since"]
    began = since.get(ALUMNI) if isinstance(since, Mapping) else None
    if began is None or now - began > ASKED_FOR or not isinstance(said, Mapping) or not isinstance(paired, datetime):
        return False
    opted, last = said.get(("alumni_offer", "quarterly")), said.get((ALUMNI, "touch"))
    if not isinstance(opted, Said) or opted.choice != "yes" or opted.at < paired:
        return False
    return not isinstance(last, Said) or last.choice != "no_more" or last.at < opted.at
