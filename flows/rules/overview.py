"""What coordinators read of their programme: the pairs page by page, and the digest of a Monday. domain.md section 8.

Rules kept here:

* Both sides read the same; only the language differs.
* Names and flags, never what a twin answered or why she is quiet. Why pairs ended early is counted, in full threes.
* A page and a digest are one message each: what does not fit is counted, not left out in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from flows.effects import Keep
from flows.flags import WISHES
from flows.goals import OPEN, REACHED
from flows.overview import Endings, GoalSeen, Overview, PairSeen, SideWeekSeen, TwinSeen
from flows.people import QUIET_DAYS, PersonState
from flows.rules.alumni import are_alumni
from flows.rules.cadence import MINUTES_OF_DAY, CheckInRule, Every, due_at, following, period_of, zone_named
from flows.rules.checklist_times import is_time
from flows.rules.country_events import day_of
from flows.rules.mondays import MONDAY
from flows.rules.naming import quiet_limit
from flows.rules.phases import suggested
from flows.rules.situation import DecisionRule, EffectRule, Facts, Rules, Situation, ValueRule
from flows.thresholds import thresholds_of
from flows.values import Listed, LocalTime, Text, Value

SEEN_NEEDS = ("coordination.overview",)
"""What `overview_of` reads."""

PAIRS_A_PAGE = 8
"""Two lines each: what a phone shows without much scrolling, and far from 4096 characters."""

WAITING_A_PAGE = 30
"""Names of twins without a pair on a page of their own."""

WAITING_BELOW = 6
"""So many of them still stand below the last pairs, and how pairs have ended below those."""

LINES = 10
"""Of a digest, its head included (domain.md section 8). With trouble of every kind there is no room for gladness."""

GOALS_DUE_WITHIN = timedelta(days=30)

NAMES_IN_DIGEST = 5
"""A line of a digest names so many and counts the rest."""

WEEK = timedelta(weeks=1)

LINES_OF_NEWS = 7
"""With its head, how many answered, and something to be glad of a digest has ten lines at most."""

AT_ONCE = 3
"""Reasons are told in full threes: neither from a number nor from how it grows can be read what one twin answered."""

FLAGS = ("help", *WISHES.values(), "quiet_rests", "quiet_long", "quiet", "unreached", "quiet_asked")
"""Kinds of flags that coordinators read, `overview.flag_…`, in this order."""

ACTIVE, PROPOSED = "active", "proposed"


def overview_of(facts: Facts) -> Overview:
    """The programme that she coordinates."""
    found = facts["coordination.overview"]
    if not isinstance(found, Overview):
        raise TypeError("fact coordination.overview is no overview")
    return replace(found, quiet_days=thresholds_of(facts).quiet_days)


# -- pairs -------------------------------------------------------------------------------------------------------------


def pages(overview: Overview) -> list[tuple[Sequence[PairSeen], Sequence[TwinSeen]]]:
    """What stands on each page: pairs, and twins who wait for one."""
    pairs, waiting = overview.pairs, overview.waiting
    found: list[tuple[Sequence[PairSeen], Sequence[TwinSeen]]] = [
        (pairs[place : place + PAIRS_A_PAGE], ()) for place in range(0, len(pairs), PAIRS_A_PAGE)
    ]
    if found and len(waiting) <= WAITING_BELOW:
        found[-1] = (found[-1][0], waiting)
        return found
    found += [((), waiting[place : place + WAITING_A_PAGE]) for place in range(0, len(waiting), WAITING_A_PAGE)]
    return found or [((), ())]


def page_number(situation: Situation) -> int:
    """Counted from 1; never past the last one, though pairs may have gone since."""
    kept = situation.session.given.get("page", "1")
    wanted = int(kept) if kept.isdecimal() else 1
    return min(wanted, len(pages(overview_of(situation.facts))))


def is_last_page(situation: Situation) -> str:
    return "yes" if page_number(situation) == len(pages(overview_of(situation.facts))) else "no"


def next_page(situation: Situation) -> tuple[Keep, ...]:
    return (Keep({"page": str(page_number(situation) + 1)}),)


def pairs_page(situation: Situation) -> Value:
    """The page that is shown, whole."""
    overview, number = overview_of(situation.facts), page_number(situation)
    if not overview.pairs and not overview.waiting:
        return Text("overview.nobody", {"programme": overview.programme})
    every = pages(overview)
    pairs, waiting = every[number - 1]
    place: dict[str, Value] = {"page": number, "pages": len(every)} if len(every) > 1 else {}
    head = Text(
        "overview.head" if place else "overview.whole",
        {"programme": overview.programme, **place},
        count=len(overview.pairs),
    )
    lines: list[Value] = [head, *(_pair(overview, pair, situation.now) for pair in pairs)]
    if waiting:
        names = Listed(tuple(Text("overview.of_side", {"twin": one.name, "side": one.side}) for one in waiting), ", ")
        lines.append(Text("overview.waiting", {"names": names}, count=len(overview.waiting)))
    if number == len(every):
        lines += _endings(situation.facts["endings.counted"])
    return Listed(tuple(lines), "\n\n")


def _endings(counted: object) -> Iterator[Text]:
    """How many pairs have ended, and why, as far as it can be told."""
    if not isinstance(counted, Endings) or not counted.pairs:
        return
    ended = Text("overview.ended", count=counted.pairs)
    told = {reason: number // AT_ONCE * AT_ONCE for reason, number in counted.reasons.items()}
    often = sorted((reason for reason in told if told[reason]), key=lambda one: (-told[one], one))
    reasons = tuple(
        Text("overview.reason", {"reason": Text(f"early_end.ask_reason.{one}"), "number": told[one]}) for one in often
    )
    yield ended if not reasons else Text("overview.ended_why", {"ended": ended, "reasons": Listed(reasons, ", ")})


def _pair(overview: Overview, pair: PairSeen, now: datetime) -> Text:
    times = Listed(
        tuple(
            Text("overview.time", {"twin": one.name, "time": LocalTime(now, "time", one.zone)}) for one in pair.twins
        ),
        " · ",
    )
    line = Text(
        "overview.pair",
        {"names": names_of(pair), "phase": _phase(pair), "contact": _contact(overview, pair, now), "times": times},
    )
    if open_goals := [one for one in pair.goals if one.state == OPEN]:
        agreed = len([one for one in open_goals if one.agreed])
        counted = Text("overview.goals", {"agreed": agreed}, count=len(open_goals))
        line = Text("overview.with_goals", {"pair": line, "goals": counted})
    marks = tuple(_marks(overview, pair))
    return line if not marks else Text("overview.flagged", {"pair": line, "flags": Listed(marks, " · ")})


def names_of(pair: PairSeen) -> Value:
    return Listed(tuple(one.name for one in pair.twins), " & ")


def _phase(pair: PairSeen) -> Value:
    if pair.standing is None:
        return Text("overview.phase_proposed")
    return Listed(tuple(Text(f"overview.phase_{one}") for one in pair.standing.current), " + ")


def _contact(overview: Overview, pair: PairSeen, now: datetime) -> Text:
    if pair.state == PROPOSED:
        return Text("overview.proposed_since", {"day": LocalTime(pair.since, "day")})
    since = quiet_since(pair, now, overview.quiet_days)
    if since is not None:
        return Text("overview.quiet_since", {"day": LocalTime(since, "day")})
    if pair.contact is None:
        return Text("overview.no_contact")
    return Text("overview.last_contact", {"day": LocalTime(pair.contact, "day")})


def _marks(overview: Overview, pair: PairSeen) -> Iterator[Text]:
    """At most one for each twin: the first that holds."""
    for one in pair.twins:
        up = overview.flags.get(one.id, ())
        kind = next((kind for kind in FLAGS if kind in up), None)
        if not one.reachable:
            yield Text("overview.unreachable", {"twin": one.name})
        elif one.state == PersonState.STOPPED:
            yield Text("overview.stopped", {"twin": one.name})
        elif kind is not None:
            yield Text(f"overview.flag_{kind}", {"twin": one.name})
        elif one.state == PersonState.PAUSED:
            yield Text("overview.paused", {"twin": one.name})


def every_of(pair: PairSeen) -> Every:
    """How often its twins are asked."""
    return Every(pair.cadence) if pair.cadence in set(Every) else Every.WEEKLY


def quiet_since(pair: PairSeen, now: datetime, usual: int = QUIET_DAYS) -> datetime | None:
    """Since when a pair without contact is quiet; `None` while its limit (`usual` days where it agreed on none) is not
    reached, or one of the two pauses."""
    last = max(pair.contact or pair.since, pair.since)
    rests = pair.state != ACTIVE or _is_over(pair) or any(one.state == PersonState.PAUSED for one in pair.twins)
    limit = timedelta(days=quiet_limit(pair.quiet_days or usual, every_of(pair)))
    return None if rests or now - last < limit else last


# -- the digest --------------------------------------------------------------------------------------------------------


def digest(overview: Overview, now: datetime, zone: str) -> Text:
    """Ten lines at most. `zone` is the reader's: it says which day it is and which week was the last one."""
    last_week = period_of(CheckInRule(0, 0, zone), now - WEEK)
    head = "digest.head" if now.astimezone(zone_named(zone)).weekday() == MONDAY else "digest.today"
    lines = [Text(head, {"programme": overview.programme}), _answered(overview, last_week)]
    news = list(_news(overview, now, zone))[:LINES_OF_NEWS]
    lines += news or [Text("digest.all_well")]
    good = _celebrated(overview, last_week, now) if len(lines) < LINES else None
    return Text("digest.whole", {"lines": Listed((*lines, *(() if good is None else (good,))), "\n")})


def _answered(overview: Overview, period: str) -> Text:
    """Of those who were to be asked, how many answered, late ones and parts included."""
    told = {one.person: one.status for one in overview.weeks.get(period, ()) if one.status != "unsent"}
    answered = [person for person, status in told.items() if status in {"answered", "partial"}]
    asked = told.keys() | {one.id for pair in overview.pairs for one in pair.twins if _was_due(pair, one, period)}
    if not asked:
        return Text("digest.nobody_asked")
    return Text("digest.answered", {"answered": len(answered)}, count=len(asked))


def _is_over(pair: PairSeen) -> bool:
    return pair.standing is not None and are_alumni(pair.standing.current)


def _was_due(pair: PairSeen, twin: TwinSeen, period: str) -> bool:
    if pair.state != ACTIVE or _is_over(pair) or twin.state != PersonState.ACTIVE or not twin.reachable:
        return False
    if twin.day is None or twin.minute is None or not 0 <= twin.minute < MINUTES_OF_DAY:
        return False
    rule = CheckInRule(twin.day, twin.minute, twin.zone, every_of(pair))
    due = due_at(rule, period)
    return pair.since < due and following(rule, period_of(rule, due - WEEK)) == period


def _news(overview: Overview, now: datetime, zone: str) -> Iterator[Text]:
    """What there is to look at, one line a kind, and who could go on last: that can wait, and stands in /phase too."""
    today = now.astimezone(zone_named(zone)).date()
    yield from (_side_missed(one, zone) for one in overview.side_weeks if now - one.decided_at < WEEK)
    quiet = [(since, pair) for pair in overview.pairs if (since := quiet_since(pair, now, overview.quiet_days))]
    quiet.sort(key=lambda one: one[0])
    yield from _line(
        "digest.quiet",
        [Text("digest.days", {"names": names_of(pair)}, count=(now - since).days) for since, pair in quiet],
    )
    asked = [one for kind in ("help",) for one in _flagged(overview, kind)]
    yield from _line("digest.help", asked)
    yield from _line("digest.wish", [one for kind in WISHES.values() for one in _flagged(overview, kind)])
    yield from _line("digest.resting", _flagged(overview, "quiet_rests"))
    yield from _line("digest.silent", _flagged(overview, "quiet", but="quiet_rests"))
    yield from _line("digest.asked_ok", _flagged(overview, "quiet_asked", but="quiet"))
    twins = [*(one for pair in overview.pairs for one in pair.twins), *overview.waiting]
    yield from _line("digest.unreachable", [one.name for one in twins if not one.reachable])
    yield from _line("digest.proposed", [names_of(pair) for pair in overview.pairs if pair.state == PROPOSED])
    yield from _line("digest.goals_due", [names_of(pair) for pair in overview.pairs if _has_goal_due(pair, today)])
    if is_time(overview, now):
        yield Text("digest.checklist")
    yield from _line("digest.waiting", [one.name for one in overview.waiting if one.reachable])
    yield from _line("digest.may_move", list(_could_move(overview, now)))


def _side_missed(week: SideWeekSeen, zone: str) -> Text:
    counts: dict[str, Value] = {"missed": week.missed, "due": week.due}
    return Text("digest.side_missed", {**counts, "side": week.side, "day": day_of(week.period, zone)})


def _could_move(overview: Overview, now: datetime) -> Iterator[Text]:
    """Pairs that have done what one of their phases is for."""
    for pair in overview.pairs:
        if pair.standing is not None and suggested(pair.standing, now) is not None:
            yield Text("digest.in_phase", {"names": names_of(pair), "phases": _phase(pair)})


def _has_goal_due(pair: PairSeen, today: date) -> bool:
    """Whether a goal that both agreed to is due within the next days, or was as lately and is open still: after
    that the line would say the same for years."""
    dates = [one.due for one in pair.goals if one.agreed and one.state == OPEN and one.due is not None]
    return pair.state == ACTIVE and any(abs(date.fromisoformat(due) - today) <= GOALS_DUE_WITHIN for due in dates)


def _flagged(overview: Overview, kind: str, but: str = "") -> list[Value]:
    """Who has the flag up, by name."""
    names = [overview.names.get(one, "") for one, up in overview.flags.items() if kind in up and but not in up]
    return [*sorted(names, key=str.casefold)]


def _line(text: str, names: Sequence[Value]) -> Iterator[Text]:
    if names:
        shown = Listed(tuple(names[:NAMES_IN_DIGEST]), ", ")
        more = len(names) - NAMES_IN_DIGEST
        yield Text(text, {"names": shown if more <= 0 else Text("digest.and_more", {"names": shown}, count=more)})


def _celebrated(overview: Overview, period: str, now: datetime) -> Text | None:
    """One thing to be glad of: a new pair, one that reached a goal, one of which both tell of a real exchange, or how
    many did."""
    new = [pair for pair in overview.pairs if pair.state == ACTIVE and now - pair.since < WEEK]
    if new:
        return Text("digest.new_pair", {"names": names_of(new[0])})
    reached = [pair for pair in overview.pairs if any(_was_reached(one, now) for one in pair.goals)]
    if reached:
        return Text("digest.goal_reached", {"names": names_of(reached[int(period.rpartition("W")[2]) % len(reached)])})
    real = {one.person for one in overview.weeks.get(period, ()) if one.contact == "real"}
    both = [pair for pair in overview.pairs if len(pair.twins) == 2 and all(one.id in real for one in pair.twins)]
    if both:
        week = int(period.rpartition("W")[2])
        return Text("digest.both_real", {"names": names_of(both[week % len(both)])})
    return Text("digest.real", count=len(real)) if real else None


def _was_reached(goal: GoalSeen, now: datetime) -> bool:
    return goal.state == REACHED and goal.closed_at is not None and now - goal.closed_at < WEEK


RULES = Rules(
    effects={
        "overview.next_page": EffectRule(next_page, needs=SEEN_NEEDS),
    },
    decisions={
        "overview.is_last_page": DecisionRule(is_last_page, ("yes", "no"), needs=SEEN_NEEDS),
    },
    values={
        "overview.page": ValueRule(pairs_page, needs=(*SEEN_NEEDS, "endings.counted")),
    },
)
