"""How giving and receiving stand in a pair, as coordinators read it on the page of the pair. domain.md section 6.

Rules kept here:

* Not before two windows: a short imbalance is nobody's business but theirs.
* Words made of what both noted, never a number, nor who of the two. What either feels is no part of it.
* Nothing is said of a pair of which only one answers.
"""

from __future__ import annotations

from datetime import datetime

from flows.rules.reciprocity import (
    History,
    Thresholds,
    View,
    Words,
    passing_on,
    recognition_gap,
    returned,
    view,
    words,
)
from flows.values import Listed, Text, Value

UNNOTICED = 0.5
"""A recognition gap from here on is worth a word: half of what one gave is not among what the other received."""

MOSTLY = 0.5
"""So much of what was received has been answered."""


def in_words(history: History, since: datetime, now: datetime, thresholds: Thresholds) -> Value | None:
    """How it stands in a pair that was made at `since`; `None` while that is too short ago."""
    if now - since < thresholds.window + thresholds.earlier:
        return None
    today = now.date()
    seen = view(history, today, thresholds)
    found = words(seen, view(history, today - thresholds.earlier, thresholds), (), thresholds)
    if found is Words.TOO_EARLY:
        return Text(f"pair_balance.{found}")
    beside = (_answered(history, now, thresholds), _noticed(history, seen), _passed_on(history, seen))
    return Listed((Text(f"pair_balance.{found}"), *(one for one in beside if one is not None)), " ")


def _answered(history: History, now: datetime, thresholds: Thresholds) -> Text | None:
    shares = [returned(history, who, now.date(), thresholds) for who in (history.one, history.other)]
    known = [share for share in shares if share is not None]
    if not known:
        return None
    return Text(f"pair_balance.{'answered' if sum(known) / len(known) >= MOSTLY else 'unanswered'}")


def _noticed(history: History, seen: View) -> Text | None:
    one, other = seen.counts[history.one], seen.counts[history.other]
    gap = max(recognition_gap(one, other), recognition_gap(other, one))
    return Text("pair_balance.unnoticed") if gap >= UNNOTICED else None


def _passed_on(history: History, seen: View) -> Text | None:
    shares = (passing_on(seen.counts[who]) for who in (history.one, history.other))
    return Text("pair_balance.passed_on") if any(shares) else None
