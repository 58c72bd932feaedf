"""The one door to the library of holidays: what it knows, what it costs, and when it is loaded."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from bot.holidays import is_holiday
from bot.places import zones_of
from flows.rules.cadence import LONGEST_OFF


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("SL", date(2027, 4, 27)),
        ("SL", date(2027, 3, 29)),
        ("NL", date(2027, 4, 27)),
        ("NL", date(2027, 3, 29)),
        ("MA", date(2027, 7, 30)),
    ],
)
def test_the_holidays_of_the_first_programmes_are_known(country: str, day: date) -> None:
    assert is_holiday(country, day)
    assert not is_holiday(country, date(2027, 6, 9))


def test_no_country_rests_longer_than_we_look_ahead_and_none_has_every_week_off() -> None:
    for country in ("RU", "MM", "KG", "AZ", "CN", "IR", "NP", "LK", "KH", "ID"):
        assert zones_of(country)
        for year in range(2026, 2032):
            days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
            off = [is_holiday(country, day) for day in days]
            assert sum(off) < 52, "a weekly day of rest is no holiday"
            assert not any(all(off[n : n + LONGEST_OFF]) for n in range(365 - LONGEST_OFF))


def test_a_year_beyond_what_the_library_knows_for_sure_is_no_error() -> None:
    assert is_holiday("NL", date(2060, 12, 25))
    assert not is_holiday("MA", date(2126, 6, 9))


def test_nothing_is_loaded_before_somebody_is_planned() -> None:
    code = (
        "import sys; from bot.places import world_facts; w = world_facts(('en',));"
        "assert 'holidays' not in sys.modules;"
        "import datetime; w['world.holidays']('SL', datetime.date(2027, 4, 27)); assert 'holidays' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
