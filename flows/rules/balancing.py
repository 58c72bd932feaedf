"""`/balance`: words, her own counts in plain words, and an invitation that fits. Never a score, no ranking. And when
she asks for it the last months as a picture.

Rules kept here:

* The counts of both make the words; told are only her own. What her partner noted is her partner's: as long as the
  words stay, nothing moves with it.
* The picture, and the words below it, are made of her own notes alone: nothing that her partner does moves them.
* Nobody is shamed: that only one of the two answers is said without saying who.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from flows.effects import Effect, Say
from flows.entries import ME, TWIN
from flows.rules.cadence import local_time
from flows.rules.reciprocity import Counts, Felt, History, Report, counts_of, gifts, view, words_for
from flows.rules.situation import EffectRule, Facts, Rules, Situation, ValueRule
from flows.thresholds import thresholds_of
from flows.values import Chart, Listed, LocalTime, Text, Value

FURTHEST_AHEAD = timedelta(days=1)
"""A day is the author's own, and her calendar may be a day ahead of UTC."""

MONTHS = 6
"""As many as have room for their names side by side on a small phone; the last one is this month."""

NAME_DRAWN = 14
"""Characters of a name on the picture, where two stand in one line."""


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


# -- the last months ---------------------------------------------------------------------------------------------------


def page(situation: Situation) -> Value:
    """The message of `/balance`; her pair may have ended since she asked for it."""
    gone = situation.facts["twin.name"] is None
    return Text("balance.no_twin") if gone else balance_text(situation.facts, situation.now)


def draw(situation: Situation) -> tuple[Effect, ...]:
    """The last months as a picture, and in words below it."""
    facts, session = situation.facts, situation.session.number
    if facts["twin.name"] is None:
        return (Say(Text("balance.no_twin"), session=session),)
    months = own_months(facts, situation.now)
    return (Say(_months_text(facts, months), session=session, picture=_chart(facts, months)),)


def own_months(facts: Facts, now: datetime) -> dict[date, Counts]:
    """What she herself noted in each of the last `MONTHS` months, by its first day, oldest first."""
    mine = gifts(report for report in history_of(facts).reports if report.by == ME)
    month = local_time(now, str(facts["person.zone"])).date().replace(day=1)
    firsts = [month]
    while len(firsts) < MONTHS:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    found: dict[date, Counts] = {}
    for first in reversed(firsts):
        found[first] = counts_of([gift for gift in mine if gift.day.replace(day=1) == first], ME)
    return found


def _chart(facts: Facts, months: dict[date, Counts]) -> Chart:
    me, twin = (_short(str(facts[name])) for name in ("person.name", "twin.name"))
    counts = months.values()
    return Chart(
        Text("balance.chart", {"twin": twin}),
        Text("balance.chart_note"),
        tuple(_named(first, "month_short") for first in months),
        (
            (Text("balance.chart_flow", {"giver": me, "receiver": twin}), tuple(one.given for one in counts)),
            (Text("balance.chart_flow", {"giver": twin, "receiver": me}), tuple(one.received for one in counts)),
            (Text("balance.chart_others"), tuple(one.passed_on for one in counts)),
        ),
    )


def _months_text(facts: Facts, months: dict[date, Counts]) -> Text:
    """The same in words: the months in which something flowed."""
    lines = tuple(
        Text("balance.month", {"month": _named(first, "month"), "own": _counted(counts)})
        for first, counts in months.items()
        if counts != Counts()
    )
    told: Value = Listed(lines, "\n") if lines else Text("balance.nothing")
    return Text("balance.months", {"twin": str(facts["twin.name"]), "months": told})


def _named(first: date, style: str) -> LocalTime:
    return LocalTime(datetime(first.year, first.month, first.day, 12, tzinfo=UTC), style, "UTC")


def _short(name: str) -> str:
    return name if len(name) <= NAME_DRAWN else f"{name[: NAME_DRAWN - 1].rstrip()}…"


_BALANCE = ("person.name", "person.zone", "twin.name", "balance.reports", "balance.answered", "balance.felt")

RULES = Rules(
    effects={
        "balance.draw": EffectRule(draw, needs=_BALANCE),
    },
    values={
        "balance.page": ValueRule(page, needs=_BALANCE),
    },
)
