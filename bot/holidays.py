"""Public holidays, from the library `holidays`: the one place that knows it.

Rules kept here:

* Loaded when somebody's rhythm is first planned, not at the start: it takes 9 MB, and a few more for every country.
* Only what the whole country has: regions and religious communities are not asked about. Dates that follow the moon
  are estimates, and may be a day off.
* A country, or a year, that the library does not know has no holidays.
"""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache

COUNTRY_YEARS = 512
"""Years of countries that are remembered, some 4 kB each: three years of every country that has twins."""


def is_holiday(country: str, day: date) -> bool:
    """Whether `day` is a public holiday in all of `country`, a two-letter code."""
    return day in _holidays(country, day.year)


def no_holiday(_country: str, _day: date) -> bool:
    """For a bot whose operator wants no day to be one."""
    return False


@lru_cache(maxsize=COUNTRY_YEARS)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - see the rules above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a year lies beyond what it knows for sure
        try:
            return frozenset(holidays.country_holidays(country, years=year))
        except NotImplementedError:
            return frozenset()
