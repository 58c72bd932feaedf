"""The one door to the calendar of Ramadan: what it knows, that it is generous by a day, and when it is loaded."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from bot.ramadan import is_ramadan

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 2, 18), date(2026, 3, 19)),
        (date(2027, 2, 8), date(2027, 3, 8)),
        (date(2028, 1, 28), date(2028, 2, 25)),
        (date(2030, 1, 5), date(2030, 2, 3)),
        (date(2030, 12, 26), date(2031, 1, 23)),
    ],
)
def test_ramadan_has_a_day_more_on_either_side(first: date, last: date) -> None:
    assert not is_ramadan(first - 2 * DAY)
    assert all(is_ramadan(first + n * DAY) for n in range(-1, (last - first).days + 2))
    assert not is_ramadan(last + 2 * DAY)


def test_a_year_has_one_month_of_it_and_the_year_with_two_has_both() -> None:
    for year in range(2025, 2050):
        of_year = sum(is_ramadan(date(year, 1, 1) + n * DAY) for n in range(365))
        assert 27 <= of_year <= 45, year
    assert is_ramadan(date(2030, 1, 10))
    assert is_ramadan(date(2030, 12, 31))


def test_a_year_beyond_the_calendar_has_none_and_is_no_error() -> None:
    assert not any(is_ramadan(date(year, 1, 1) + n * DAY) for year in (1900, 2078, 2200) for n in range(365))


def test_nothing_is_loaded_before_somebody_asks() -> None:
    code = (
        "import sys; from bot.places import world_facts; w = world_facts(('en',));"
        "assert 'hijridate' not in sys.modules;"
        "import datetime; assert w['world.ramadan'](datetime.date(2027, 2, 8)); assert 'hijridate' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
