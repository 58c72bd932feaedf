"""How one language writes numbers, times, days, countries and lists.

Rules kept here:

* Everything comes from CLDR through Babel and nothing is spelled out here, digits, the comma and the Spanish "e" apart:
  Babel formats in Latin digits whatever the locale's own are, CLDR has no comma, and Babel lists "Ana y Inés".
* Times of day are on the 24-hour clock in every language: half of the twins write so, and a reminder must not be off
  by twelve hours.
* A time is said in the hundreds a second, so what Babel makes is kept: it is the same for everybody.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from bot.speech.errors import SpeechError

ZERO_OF = MappingProxyType(
    {"arab": "\u0660", "arabext": "\u06f0", "beng": "\u09e6", "deva": "\u0966", "mymr": "\u1040", "nkoo": "\u07c0"}
)
"""The digit nought of those of CLDR's numbering systems that are some language's default; the other nine follow it."""

COMMA_OF = MappingProxyType({"Arab": "\u060c", "Syrc": "\u060c", "Thaa": "\u060c", "Nkoo": "\u07f8"})
"""The comma of the scripts that do not use the Latin one, as far as they run from right to left."""

SOUNDS_LIKE_Y = re.compile(r"i|hi(?![ae])|h?í", re.IGNORECASE)
"""Before what Spanish says "e" instead of "y": Inés and Hilda, but not Hielo (the rule of ICU)."""

NUMBERS_KEPT = 1_000
DATES_KEPT = 400
"""A year of them; nothing is said of days further away."""


class Forms:
    """The forms of one locale. `rtl` says whether its sentences run from right to left."""

    def __init__(self, locale: Locale, *, rtl: bool) -> None:
        self.locale = locale
        self.rtl = rtl
        zero = ZERO_OF.get(locale.default_numbering_system)
        self._digits = {ord("0") + n: chr(ord(zero) + n) for n in range(10)} if zero else {}
        self._comma = _comma_of(locale) if rtl else ","
        self._hour_and_minute = str(locale.datetime_skeletons["Hm"])
        skeletons = locale.datetime_skeletons
        dated = skeletons.get("MMMMEd")
        self._weekday_and_day = _full_weekday(str(dated)) if dated else f"EEEE {skeletons['MMMMd']}"
        self._date_and_time = str(locale.datetime_formats["medium"])
        self._short_date = str(locale.datetime_skeletons["yMMMd"])
        self._day_and_month = str(locale.datetime_skeletons["MMMMd"])
        self._clocks: dict[int, str] = {}
        self._dates: dict[date, str] = {}
        self._weekdays: dict[int, str] = {}
        self._days: dict[tuple[int, int], str] = {}
        self._numbers: dict[int, str] = {}

    def moment(self, at: datetime, style: str, zone: str) -> str:
        """A moment on the clocks of `zone`: time (14:05), weekday (Tuesday), day (1 December), date (1 Dec 2026),
        weekday_time (Tuesday 1 December, 14:05), month (December), month_short (Dec). SpeechError for another style,
        and for an unknown zone."""
        try:
            local = at.astimezone(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):  # what ZoneInfo raises for a wrong name depends on how it is wrong
            raise SpeechError(f"there is no time zone {zone!r}") from None
        minute = local.hour * 60 + local.minute
        match style:
            case "time":
                return self.clock(minute)
            case "weekday":
                return self.weekday(local.weekday())
            case "day":
                return self.day(local.date())
            case "date":
                return self._in_digits(format_date(local.date(), self._short_date, locale=self.locale))
            case "weekday_time":
                return self._date_and_time.format(self.clock(minute), self._date(local.date()))
            case "month":
                return str(self.locale.months["stand-alone"]["wide"][local.month])
            case "month_short":
                return str(self.locale.months["stand-alone"]["abbreviated"][local.month])
        raise SpeechError(f"there is no style of time called {style!r}")

    def clock(self, minute: int) -> str:
        """A time of day, in minutes after midnight."""
        said = self._clocks.get(minute)
        if said is None:
            at = time(*divmod(minute, 60))
            said = self._clocks[minute] = self._in_digits(format_time(at, self._hour_and_minute, locale=self.locale))
        return said

    def weekday(self, number: int) -> str:
        """0 is Monday."""
        said = self._weekdays.get(number)
        if said is None:
            said = self._weekdays[number] = str(self.locale.days["format"]["wide"][number])
        return said

    def day(self, day: date) -> str:
        """Day and month: what is planned needs no year, it is never that far."""
        key = (day.month, day.day)
        said = self._days.get(key)
        if said is None:
            said = self._days[key] = self._in_digits(format_date(day, self._day_and_month, locale=self.locale))
        return said

    def _date(self, day: date) -> str:
        said = self._dates.get(day)
        if said is None:
            said = self._in_digits(format_date(day, self._weekday_and_day, locale=self.locale))
            if len(self._dates) < DATES_KEPT:
                self._dates[day] = said
        return said

    def number(self, number: int) -> str:
        said = self._numbers.get(number)
        if said is None:
            said = self._in_digits(format_decimal(number, locale=self.locale, numbering_system="default"))
            if 0 <= number < NUMBERS_KEPT:
                self._numbers[number] = said
        return said

    def amount(self, number: str) -> str:
        """A number that need not be whole, from its plain form (`1250.5`)."""
        return self._in_digits(format_decimal(Decimal(number), locale=self.locale, numbering_system="default"))

    def country(self, code: str) -> str:
        """The name of the country with this two-letter code; the code itself where CLDR has none."""
        return str(self.locale.territories.get(code, code))

    def city(self, zone: str) -> str:
        """The city that a time zone is named after; as in its English id where CLDR has no other name."""
        return city_of(zone, self.locale)

    def listed(self, items: list[str], separator: str | None = None) -> str:
        """`a, b and c`, or joined by a separator, with the comma of the script where it has one."""
        if separator is None:
            said = format_list(items, locale=self.locale)
            if self.locale.language == "es" and len(items) > 1 and SOUNDS_LIKE_Y.match(items[-1]):
                return said.removesuffix(f"y {items[-1]}") + f"e {items[-1]}"
            return said
        return separator.replace(",", self._comma).join(items)

    def _in_digits(self, written: str) -> str:
        return written.translate(self._digits) if self._digits else written


def city_of(zone: str, locale: Locale) -> str:
    """What `locale` calls the city of a time zone such as America/Mexico_City."""
    known = locale.time_zones.get(get_global("zone_aliases").get(zone, zone), {})
    return str(known.get("city") or zone.rpartition("/")[2].replace("_", " "))


def _comma_of(locale: Locale) -> str:
    likely = str(get_global("likely_subtags").get(locale.language, "")).split("_")
    return next((COMMA_OF[part] for part in likely if part in COMMA_OF), ",")


def _full_weekday(pattern: str) -> str:
    """CLDR has a short weekday beside the time; a sentence wants the whole word."""
    return pattern.replace("E", "EEEE", 1)
