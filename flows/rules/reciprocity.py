"""How giving, receiving and giving back stand between two twins, in words. domain.md section 6.

Rules kept here:

* It is an aid to conversation, never a score: numbers go in, words come out. All kinds weigh the same.
* A flow is one person, direction, kind and day, so a check-in and /gave of the same day do not count twice.
* The two of a pair are alike to every rule: exchanging them changes nothing but whose count is whose.
* The words that a twin sees rest on the counts of both and on her own felt equity. What her partner feels, writes or
  shares moves nothing of them.
* Every threshold is a proposal to be piloted and stands in `Thresholds`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

Who = str
"""One of the two of a pair, by whatever name."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """domain.md section 6, all of them; a programme may come to have its own."""

    window: timedelta = timedelta(weeks=12)
    """W: what is older says nothing about how things stand now."""
    earlier: timedelta = timedelta(days=28)
    """Two windows in a row: also true so long before."""
    active: int = 2
    """Answered check-ins in W of somebody whose report counts."""
    flows: int = 4
    """Fewer flows in W are too few to say anything."""
    weeks: int = 3
    """They come from as many different weeks at least: one busy week is no direction."""
    even: float = 0.6
    """Balance from here on flows both ways."""
    one_way: float = 0.3
    """Balance below this, twice in a row, is one-way."""
    returned_within: timedelta = timedelta(days=90)
    """A gift is answered in its own time: its cycle is slow."""
    felt_for: timedelta = timedelta(days=243)
    """Eight months: an older felt equity is none."""
    felt_clearly: int = 2
    """|E| from here on differs from even counts."""
    felt_one_way: int = 3
    """|E| at the end of its scale."""
    follow_up: int = -2
    """E up to here gets a gentle private follow-up, whatever the counts."""


PILOT = Thresholds()

REVIEW, EQUITY = "review", "equity"
"""The flow and the save name under which felt equity is asked."""

FELT: Mapping[str, int] = {
    "twin_3": -3,
    "twin_2": -2,
    "twin_1": -1,
    "equal": 0,
    "me_1": 1,
    "me_2": 2,
    "me_3": 3,
}
"""Choice to E, from the twin gets much more to I do."""


class Arrow(StrEnum):
    """Which way something flowed, seen from whoever reports it."""

    TO_TWIN = "to_twin"
    FROM_TWIN = "from_twin"
    OUTWARD = "outward"


@dataclass(frozen=True, slots=True)
class Report:
    """One reflection as it counts: who said on which `day` that something flowed. `towards` `None`: the twin."""

    by: Who
    direction: str
    towards: str | None
    kind: str | None
    day: date


@dataclass(frozen=True, slots=True)
class Felt:
    """All in all, who gets more out of it: -3 (the twin) to +3 (me), and when she said so."""

    value: int
    day: date


@dataclass(frozen=True, slots=True)
class History:
    """What the two of a pair reported, in any order, and the days on which they answered check-ins. `felt` holds the
    latest felt equity of those who gave one."""

    one: Who
    other: Who
    reports: tuple[Report, ...] = ()
    answered: tuple[tuple[Who, date], ...] = ()
    felt: Mapping[Who, Felt] | None = None

    def partner(self, who: Who) -> Who:
        return self.other if who == self.one else self.one


@dataclass(frozen=True, slots=True)
class Gift:
    """One flow. `back`: whoever reports it called it giving back."""

    by: Who
    arrow: Arrow
    kind: str | None
    day: date
    back: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What one person reported, in flows."""

    gave: int = 0
    gave_back: int = 0
    received: int = 0
    passed_on: int = 0

    @property
    def given(self) -> int:
        return self.gave + self.gave_back


@dataclass(frozen=True, slots=True)
class View:
    """One window: the counts of both, and who is active. `from_one` and `from_other` are what flowed from each to the
    other, in the mean of both reports; of one report in a one-sided view. `balance` is `None` when too little is
    known."""

    counts: Mapping[Who, Counts]
    active: frozenset[Who]
    from_one: float
    from_other: float
    balance: float | None

    @property
    def one_sided(self) -> bool:
        """Only one of the two is active: what is said rests on her report alone, and is never aggregated."""
        return len(self.active) == 1


class Words(StrEnum):
    """How it stands. The first that holds is said."""

    TOO_EARLY = "too_early"
    FELT_DIFFERS = "felt_differs"
    ONE_WAY = "one_way"
    LEANING = "leaning"
    BOTH_WAYS = "both_ways"


# -- flows -----------------------------------------------------------------------------------------------------------

_ARROWS = {"giving": Arrow.TO_TWIN, "giving_back": Arrow.TO_TWIN, "receiving": Arrow.FROM_TWIN}


def arrow_of(report: Report) -> Arrow | None:
    """`None` for what flowed neither between the two nor from them to others: what came from colleagues, or words
    alone. What was given to others is passed on."""
    if report.direction == "passing_on":
        return Arrow.OUTWARD
    arrow = _ARROWS.get(report.direction)
    if report.towards in {None, "twin"}:
        return arrow
    return Arrow.OUTWARD if arrow is Arrow.TO_TWIN else None


def gifts(reports: Iterable[Report]) -> frozenset[Gift]:
    """The flows that `reports` tell of: one a person, direction, kind and day."""
    back: dict[tuple[Who, Arrow, str | None, date], bool] = {}
    for report in reports:
        arrow = arrow_of(report)
        if arrow is not None:
            key = (report.by, arrow, report.kind, report.day)
            back[key] = back.get(key, False) or report.direction == "giving_back"
    return frozenset(Gift(*key, is_back and key[1] is Arrow.TO_TWIN) for key, is_back in back.items())


def counts_of(found: Collection[Gift], who: Who) -> Counts:
    own = [gift for gift in found if gift.by == who]
    return Counts(
        gave=sum(gift.arrow is Arrow.TO_TWIN and not gift.back for gift in own),
        gave_back=sum(gift.arrow is Arrow.TO_TWIN and gift.back for gift in own),
        received=sum(gift.arrow is Arrow.FROM_TWIN for gift in own),
        passed_on=sum(gift.arrow is Arrow.OUTWARD for gift in own),
    )


# -- how it stands ---------------------------------------------------------------------------------------------------


def view(history: History, until: date, thresholds: Thresholds = PILOT) -> View:
    """The window W that ends with the day `until`."""
    after = until - thresholds.window
    found = gifts(report for report in history.reports if after < report.day <= until)
    both = (history.one, history.other)
    check_ins = [who for who, day in history.answered if after < day <= until]
    active = frozenset(who for who in both if check_ins.count(who) >= thresholds.active)
    counts = {who: counts_of(found, who) for who in both}
    from_one = _flowed(counts, active, history.one, history.other)
    from_other = _flowed(counts, active, history.other, history.one)
    between = [gift for gift in found if gift.by in active and gift.arrow is not Arrow.OUTWARD]
    weeks = {gift.day.isocalendar()[:2] for gift in between}
    known = len(between) >= thresholds.flows and len(weeks) >= thresholds.weeks
    balance = 1 - abs(from_one - from_other) / (from_one + from_other) if known else None
    return View(counts, active, from_one, from_other, balance)


def _flowed(counts: Mapping[Who, Counts], active: Collection[Who], giver: Who, receiver: Who) -> float:
    """gAB: what `giver` says she gave and `receiver` that she received, the mean of those who are active."""
    said = [counts[giver].given] if giver in active else []
    said += [counts[receiver].received] if receiver in active else []
    return sum(said) / len(said) if said else 0.0


def words(now: View, before: View, felt: Collection[int], thresholds: Thresholds = PILOT) -> Words:
    """The first words that hold. `before` is the window `thresholds.earlier` ago, `felt` every E that may speak."""
    strongest = max((abs(value) for value in felt), default=0)
    if now.balance is None or len(now.active) < len(now.counts):
        return Words.TOO_EARLY
    if now.balance >= thresholds.even and strongest >= thresholds.felt_clearly:
        return Words.FELT_DIFFERS
    one_way_before = before.balance is not None and before.balance < thresholds.one_way
    if (now.balance < thresholds.one_way and one_way_before) or strongest >= thresholds.felt_one_way:
        return Words.ONE_WAY
    if now.balance < thresholds.even:
        return Words.LEANING
    return Words.BOTH_WAYS


def words_for(who: Who, history: History, until: date, thresholds: Thresholds = PILOT) -> Words:
    """The words shown to `who`: of what is felt, her own alone."""
    own = felt_by(who, history, until, thresholds)
    before = view(history, until - thresholds.earlier, thresholds)
    return words(view(history, until, thresholds), before, () if own is None else (own,), thresholds)


def felt_by(who: Who, history: History, until: date, thresholds: Thresholds = PILOT) -> int | None:
    """Her felt equity, unless it is too old."""
    found = (history.felt or {}).get(who)
    return None if found is None or found.day <= until - thresholds.felt_for else found.value


def needs_follow_up(felt: int | None, thresholds: Thresholds = PILOT) -> bool:
    """Whether she is to be asked, gently and in private, how it is for her."""
    return felt is not None and felt <= thresholds.follow_up


# -- beside the words ------------------------------------------------------------------------------------------------


def returned(history: History, who: Who, until: date, thresholds: Thresholds = PILOT) -> float | None:
    """Return: of what `who` received, the share that was followed by a flow the other way in time, reported by either.
    A day tells no order, so the same day counts; what may still be answered is not counted yet. `None`: nothing."""
    found = gifts(history.reports)
    partner = history.partner(who)
    received = [gift.day for gift in found if gift.by == who and gift.arrow is Arrow.FROM_TWIN]
    ways = {(who, Arrow.TO_TWIN), (partner, Arrow.FROM_TWIN)}
    answers = [gift.day for gift in found if (gift.by, gift.arrow) in ways]
    within = thresholds.returned_within
    followed = [any(day <= answer <= day + within for answer in answers) for day in received]
    settled = [was for day, was in zip(received, followed, strict=True) if was or day + within < until]
    return sum(settled) / len(settled) if settled else None


def passing_on(counts: Counts) -> float | None:
    """Passing-on: what went to others for each thing that was received. `None`: nothing was."""
    return counts.passed_on / counts.received if counts.received else None


def recognition_gap(giver: Counts, receiver: Counts) -> float:
    """How much of what one says she gave the other did not notice, or the other way round: 0 to 1."""
    return abs(giver.given - receiver.received) / max(giver.given, receiver.received, 1)
