"""A week in which much of one side did not answer: a network that is down, a strike, an election. domain.md section 7.

Rules kept here:

* More than two in five of a side, of at least five who were asked, is no quiet of single twins. It is told once, to the
  coordinators of every side alike; check-ins go on.
* Such a week counts for nobody's silence: it is passed over in the ladder, and a silence that began before it is a week
  shorter for each.
* Who has not answered for three days has missed: by then the reminder has come and a day has gone.
* What lasts is no event: after three such weeks in a row, or once a coordinator has said that it is something else, the
  weeks that follow in a row count as any other, and nobody is told.
* It is decided once for each side and week, whoever looks, and never taken back by later answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flows.rules.cadence import week_before

LEAST_DUE = 5
"""Twins of a side who were asked that week. Of four, two who do not answer are just two."""

SHARE = 0.4
"""More than this part of them did not answer (domain.md section 7)."""

COUNTED_AFTER = timedelta(days=3)
"""A reminder comes after two days, at her own hour."""

MOST_IN_A_ROW = 3
"""A strike may last so long; after that it is how things are."""

EVENT, COUNTED = "event", "counted"
"""What a week of a side is: passed over for everybody, or counted as any other."""


def judged(due: int, missed: int, period: str, known: Mapping[str, str]) -> str | None:
    """What the week `period` of a side is in which `missed` of `due` did not answer; `None` for a week like any other.
    `known` is what the weeks before it are."""
    if due < LEAST_DUE or missed <= SHARE * due:
        return None
    row: list[str] = []
    before = week_before(period)
    while before in known and len(row) < MOST_IN_A_ROW:
        row.append(known[before])
        before = week_before(before)
    return COUNTED if COUNTED in row or len(row) == MOST_IN_A_ROW else EVENT
