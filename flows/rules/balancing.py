"""`/balance`: words, her own counts in plain words, and an invitation that fits. Never a score, no ranking.

Rules kept here:

* The counts of both make the words; told are only her own. What her partner noted is her partner's: as long as the
  words stay, nothing moves with it.
* Nobody is shamed: that only one of the two answers is said without saying who.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from flows.entries import ME, TWIN
from flows.rules.reciprocity import Counts, Felt, History, Report, view, words_for
from flows.rules.situation import Facts
from flows.thresholds import thresholds_of
from flows.values import Listed, Text, Value

FURTHEST_AHEAD = timedelta(days=1)
"""A day is the author's own, and her calendar may be a day ahead of UTC."""


def history_of(facts: Facts) -> History:
    """The facts `balance.*` as the rules of reciprocity want them."""
    felt = facts["balance.felt"]
    return History(
        ME,
        TWIN,
        tuple(
            Report(who, direction, towards, kind, date.fromisoformat(day))
            for who, direction, towards, kind, day in _rows(facts["balance.reports"])
        ),
        tuple((who, date.fromisoformat(day)) for who, day in _rows(facts["balance.answered"])),
        {ME: Felt(int(felt[0]), date.fromisoformat(felt[1]))} if isinstance(felt, tuple) else None,
    )


def _rows(found: object) -> Iterable[tuple[str, ...]]:
    return found if isinstance(found, tuple) else ()


def balance_text(facts: Facts, now: datetime) -> Text:
    """The whole message, for somebody who has a twin."""
    history, until = history_of(facts), now.date() + FURTHEST_AHEAD
    thresholds = thresholds_of(facts).of_balance
    found = words_for(ME, history, until, thresholds)
    seen = view(history, until, thresholds)
    twin = str(facts["twin.name"])
    values: dict[str, Value] = {
        "words": Text(f"balance.{found}", {"twin": twin}),
        "weeks": thresholds.window.days // 7,
        "own": _counted(seen.counts[ME]),
        "invitation": Text(f"balance.invite_{found}", {"twin": twin}),
    }
    return Text("balance.one_sided" if seen.one_sided else "balance.page", values)


def _counted(counts: Counts) -> Value:
    numbers = {
        "gave": counts.gave,
        "gave_back": counts.gave_back,
        "received": counts.received,
        "passed_on": counts.passed_on,
    }
    told = tuple(Text(f"balance.{name}", count=count) for name, count in numbers.items() if count)
    return Listed(told, ", ") if told else Text("balance.nothing")
