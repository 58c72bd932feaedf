"""Days that lie ahead, as people write them, and what stands on a button for one.

Rules kept here:

* A day comes before its month, as everywhere outside the United States; only where that makes no date is it read the
  other way round. What was understood is said with the month's name, so nobody has to trust it.
* Digits of every script are read, and names of months and of stretches of time in every language of the bot and of the
  field, whatever the language of the person.
* A month without a day is its last day, a day without a year the next one.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from flows.rules.cadence import local_time
from flows.rules.places import fold
from flows.rules.situation import ChoicesRule, NotUnderstood, Offer, ReaderRule, Reading, Rules, Situation, Understood
from flows.values import LocalTime, Text, Value

MONTHS_OFFERED = (3, 6, 12)

FURTHEST = timedelta(days=1830)
"""Most projects last three to four years; a date beyond five is a slip of the thumb."""

_BESIDE = (
    "a an one in by on after within from now of over een om op na binnen un une dans d ici de el del dentro por para "
    "بعد خلال في من الان insay wan te "
    "from until till to through vanaf tot met au jusqu jusque du depuis desde hasta حتي الي لغايه"
)
FILLERS = frozenset(_BESIDE.split())
"""What may stand beside a date. With any other word it is not understood: six, in letters, is no number to us, and must
not become one month."""

_NUMERIC = re.compile(r"(\d{1,4})\s*[-/.\s]\s*(\d{1,2})(?:\s*[-/.\s]\s*(\d{2,4}))?\.?")


def today(situation: Situation) -> date:
    return local_time(situation.now, situation.text("person.zone")).date()


def offers(situation: Situation) -> tuple[Offer, ...]:
    """The same day three, six and twelve months ahead."""
    days = [months_after(today(situation), months).isoformat() for months in MONTHS_OFFERED]
    return tuple(Offer(day, _ahead(place, day)) for place, day in enumerate(days))


def offer_label(day: str, situation: Situation) -> Value:
    """How far ahead it is, for one that is offered; of every day its name."""
    offered = situation.session.offered
    return _ahead(offered.index(day), day) if day in offered[: len(MONTHS_OFFERED)] else in_words(day)


def _ahead(place: int, day: str) -> Text:
    return Text(f"plan.in_{MONTHS_OFFERED[place]}", {"day": in_words(day)})


def in_words(day: str) -> Value:
    """A date with its month's name and its year."""
    return LocalTime(noon(day), "date", "UTC")


def noon(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=12)


def months_after(day: date, months: int) -> date:
    """So many months on, on the same day of the month or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def read_date(typed: str, situation: Situation) -> Reading:
    """31-12-2027, 31/12/27, 2027-12-31, 31 december 2027, December 2027, 31 décembre, 3 months, in a year."""
    now = today(situation)
    return _read(typed, situation, now, now, "plan.date_ahead")


# -- the days of an absence --------------------------------------------------------------------------------------------

FIRST = "first"
"""The save name of the first day of an absence."""

DAY = timedelta(days=1)
FIRSTS = (0, 1, 7)
"""Days from today that are offered for the first day."""
LASTS = (7, 14, 28)
"""And how many days an absence lasts."""


def firsts(situation: Situation) -> tuple[Offer, ...]:
    """Today, tomorrow, in a week."""
    return _offers(today(situation), FIRSTS)


def lasts(situation: Situation) -> tuple[Offer, ...]:
    """The last day of one week, two and four, the first day included."""
    return _offers(_first(situation) - DAY, LASTS)


def _offers(start: date, days: tuple[int, ...]) -> tuple[Offer, ...]:
    return tuple(Offer(day, in_words(day)) for day in ((start + one * DAY).isoformat() for one in days))


def day_label(day: str, _: Situation) -> Value:
    return in_words(day)


def read_first(typed: str, situation: Situation) -> Reading:
    """The first day of an absence: today or later."""
    now = today(situation)
    return _read(typed, situation, now - DAY, now, "pause.day_ahead")


def read_last(typed: str, situation: Situation) -> Reading:
    """The last one, not before the first. Two weeks are counted with the first day."""
    before = _first(situation) - DAY
    return _read(typed, situation, before, before, "pause.last_before_first")


def _first(situation: Situation) -> date:
    return date.fromisoformat(situation.answers[FIRST])


# -- reading -----------------------------------------------------------------------------------------------------------


def _read(typed: str, situation: Situation, after: date, counted_from: date, hint: str) -> Reading:
    """A day later than `after`; stretches of time are counted from `counted_from`."""
    western = "".join(str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", typed)).strip()
    found = _numeric(western, after) or _named(western, after, counted_from, situation)
    if found is None:
        return NotUnderstood("plan.date_hint")
    return Understood(found.isoformat()) if after < found <= after + FURTHEST else NotUnderstood(hint)


def _numeric(western: str, now: date) -> date | None:
    found = _NUMERIC.fullmatch(western)
    if found is None:
        return None
    one, two, three = int(found[1]), int(found[2]), found[3]
    if len(found[1]) == 4:  # a year, as ISO 8601 puts it
        return _date(one, two, int(three)) if three is not None else _last_day(one, two)
    if len(found[1]) > 2 or (three is not None and len(three) == 3):  # neither a day nor a year
        return None
    if three is None:
        return _next(one, two, now) if "/" in western or "-" in western else None
    year = int(three) + (2000 if len(three) == 2 else 0)
    return _date(year, two, one) or _date(year, one, two)


def _named(western: str, now: date, counted_from: date, situation: Situation) -> date | None:
    words = fold(re.sub(r"(\d)(st|nd|rd|th|er|e|ème)\b", r"\1", western)).split()
    months, units = _table(situation, "world.months"), _table(situation, "world.units")
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 4]
    if any(not (word.isdecimal() or word in months or word in units or word in FILLERS) for word in words):
        return None
    month = next((int(months[word]) for word in words if word in months), None)
    if month is not None:
        days = [number for number in numbers if number <= 31]
        years = [number for number in numbers if number >= 1000]
        if len(days) + len(years) != len(numbers) or len(days) > 1 or len(years) > 1:
            return None
        if days:
            return _date(years[0], month, days[0]) if years else _next(days[0], month, now)
        return _last_day(years[0], month) if years else None
    unit = next((units[word] for word in words if word in units), None)
    if unit is None or len(numbers) > 1:
        return None
    count, _, name = unit.rpartition(" ")
    return _after(counted_from, numbers[0] if numbers else int(count or 1), name)


def _table(situation: Situation, fact: str) -> Mapping[str, str]:
    names = situation.facts[fact]
    if not isinstance(names, Mapping):
        raise TypeError(f"fact {fact} is no table of names")
    return names


def _after(now: date, count: int, unit: str) -> date | None:
    if count > 2000:  # more days than anybody plans for
        return None
    match unit:
        case "day":
            return now + timedelta(days=count)
        case "week":
            return now + timedelta(weeks=count)
        case "month":
            return months_after(now, count)
        case _:
            return months_after(now, 12 * count)


def _next(day: int, month: int, now: date) -> date | None:
    found = _date(now.year, month, day)
    return found if found is not None and found > now else _date(now.year + 1, month, day)


def _last_day(year: int, month: int) -> date | None:
    first = _date(year, month, 1)
    return None if first is None else first.replace(day=calendar.monthrange(year, month)[1])


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_DATES = ("person.zone", "world.months", "world.units")

RULES = Rules(
    readers={
        "plan.date": ReaderRule(read_date, needs=_DATES, numbers=True),
        "pause.first": ReaderRule(read_first, needs=_DATES, numbers=True),
        "pause.last": ReaderRule(read_last, needs=_DATES, numbers=True),
    },
    choices={
        "plan.dates": ChoicesRule(offers, offer_label, needs=("person.zone",)),
        "pause.firsts": ChoicesRule(firsts, day_label, needs=("person.zone",)),
        "pause.lasts": ChoicesRule(lasts, day_label),
    },
)
