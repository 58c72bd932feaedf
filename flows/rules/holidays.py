"""The holidays of the country in which a person lives: on them she is not asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flows.rules.cadence import DaysOff, never_off
from flows.rules.situation import Facts

IsHoliday = Callable[[str, date], bool]
"""The fact `world.holidays`: whether a day is a public holiday of a country, by its two-letter code."""


def days_off(facts: Facts) -> DaysOff:
    """The days on which nothing is asked of her; none while her country is not known."""
    country, is_holiday = facts.get("person.country"), facts.get("world.holidays")
    if not isinstance(country, str) or not callable(is_holiday):
        return never_off
    return lambda day: bool(is_holiday(country, day))
