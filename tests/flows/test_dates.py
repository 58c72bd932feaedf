"""Dates and numbers as people write them, in every language and digit script."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.library import packaged_catalogue
from flows.rules import amounts
from flows.rules.dates import months_after, offers, read_date
from flows.rules.situation import NotUnderstood, Situation, Understood
from flows.session import Session
from tests.cast import FATMATA, facts_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def situation(now: datetime = NOW) -> Situation:
    flow = packaged_catalogue().current("goal")
    return Situation(flow, Session(1, "goal", flow.version, now), facts_of(FATMATA), now)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("31-12-2027", "2027-12-31"),
        ("31/12/2027", "2027-12-31"),
        ("31.12.27", "2027-12-31"),
        ("5 3 2027", "2027-03-05"),
        ("03/04/2027", "2027-04-03"),
        ("12/31/2027", "2027-12-31"),
        ("2027-12-31", "2027-12-31"),
        ("2027-02", "2027-02-28"),
        ("5/3", "2027-03-05"),
        ("31-12", "2026-12-31"),
        ("٣١/١٢/٢٠٢٧", "2027-12-31"),
        ("۳۱-۱۲-۲۰۲۷", "2027-12-31"),
        ("31 december 2027", "2027-12-31"),
        ("31st of December 2027", "2027-12-31"),
        ("December 31 2027", "2027-12-31"),
        ("december 2027", "2027-12-31"),
        ("op 1 mrt 2027", "2027-03-01"),
        ("1er mars 2027", "2027-03-01"),
        ("30 juin", "2027-06-30"),
        ("15 févr. 2027", "2027-02-15"),
        ("15 de marzo de 2027", "2027-03-15"),
        ("٣٠ يونيو ٢٠٢٧", "2027-06-30"),
        ("15 يوليوز 2027", "2027-07-15"),
        ("3 months", "2027-02-26"),
        ("in 10 days", "2026-12-06"),
        ("in a year", "2027-11-26"),
        ("over 6 maanden", "2027-05-26"),
        ("over een jaar", "2027-11-26"),
        ("dans 2 semaines", "2026-12-10"),
        ("dans un an", "2027-11-26"),
        ("٣ أشهر", "2027-02-26"),
        ("بعد شهرين", "2027-01-26"),
        ("خلال سنة", "2027-11-26"),
        ("31 Disɛmba 2027", "2027-12-31"),
        ("1 mach", "2027-03-01"),
        ("insay 3 mɔnt", "2027-02-26"),
        ("9 mont", "2027-08-26"),
        ("2 wik", "2026-12-10"),
        ("insay wan ia", "2027-11-26"),
    ],
)
def test_a_date_is_read_as_it_is_written(typed: str, meant: str) -> None:
    assert read_date(typed, situation()) == Understood(meant)


@pytest.mark.parametrize(
    "typed",
    [
        *("soon", "6", "2 3", "31-13-2027", "30 february 2027", "six months", "zes maanden", "3 months 2 weeks"),
        *("may be later", "2027", "1 2 3 4", "", "29/2/2027", "12345-1-1", "june", "the 3 of us"),
    ],
)
def test_what_is_no_date_is_asked_again(typed: str) -> None:
    assert read_date(typed, situation()) == NotUnderstood("plan.date_hint")


@pytest.mark.parametrize("typed", ["26-11-2026", "1 january 2026", "0 days", "400 years", "1-1-2039", "2000 weeks"])
def test_a_day_that_does_not_lie_ahead_or_too_far_is_said_so(typed: str) -> None:
    assert read_date(typed, situation()) == NotUnderstood("plan.date_ahead")


def test_the_last_day_of_a_month_stays_inside_the_month() -> None:
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2027, 11, 30), 3) == date(2028, 2, 29)


def test_three_dates_are_offered_by_the_persons_own_calendar() -> None:
    assert [one.id for one in offers(situation())] == ["2027-02-26", "2027-05-26", "2027-11-26"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("1.250,5", "1250.5"),
        ("1,250.5", "1250.5"),
        ("1.250", "1250"),
        ("1,250,000", "1250000"),
        ("1 250,75", "1250.75"),
        ("1'250", "1250"),
        ("0.125", "0.125"),
        ("0,5", "0.5"),
        ("007", "7"),
        ("-3", "-3"),
        ("+3", "3"),
        ("2,50", "2.5"),
        ("٦٠", "60"),
        ("١٬٢٥٠٫٥", "1250.5"),
        ("۱۲٫۵", "12.5"),
        ("१२", "12"),
    ],
)
def test_a_number_is_kept_in_its_plain_form(typed: str, kept: str) -> None:
    assert amounts.plain(typed) == kept
    assert amounts.plain(kept) == kept, "and reads back"


@pytest.mark.parametrize(
    "typed", ["ten", "10 of 60", "60%", "12 5", "1.2.3", "12,34,5", "1,,2", ".5", "", "½", "1e5", "1" * 13]
)
def test_what_is_no_number_is_kept_as_it_was_typed(typed: str) -> None:
    assert amounts.plain(typed) is None
    assert amounts.read_amount(typed, situation()) == Understood(typed)


def test_a_short_number_is_never_taken_for_a_date_and_a_long_one_is_asked_about() -> None:
    assert amounts.read_amount("12.5", situation()) == Understood("12.5", harmless=True)
    assert amounts.read_amount("078 123 456", situation()) == Understood("78123456", harmless=False)
