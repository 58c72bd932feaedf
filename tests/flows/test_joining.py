"""What people type for a day and an hour while they join."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.catalogue import Flow, load
from flows.rules.joining import NAME_LIMIT, hours, read_day, read_hour, read_name
from flows.rules.situation import NotUnderstood, Situation, Understood
from flows.session import Session
from tests.cast import FATMATA, facts_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
FLOW: Flow = load({"anytime/short.toml": 'goal = "Any."\n[[steps]]\nid = "hello"\nsay = "Hello."'}).current("short")
HERE = Situation(FLOW, Session(1, "short", FLOW.version, NOW), facts_of(FATMATA), NOW)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("9", "9:00"),
        ("09", "9:00"),
        ("9:00", "9:00"),
        ("09.00", "9:00"),
        ("9 uur", "9:00"),
        ("om 9 uur", "9:00"),
        ("at 9 o'clock", "9:00"),
        ("9h00", "9:00"),
        ("à 9 heures", "9:00"),
        ("9am", "9:00"),
        ("2 p.m.", "14:00"),
        ("12 pm", "12:00"),
        ("8pm", "20:00"),
        ("20", "20:00"),
        ("٩", "9:00"),
        ("১০:০০", "10:00"),
        ("\uff11\uff14", "14:00"),
    ],
)
def test_an_hour_is_read_as_people_write_it(typed: str, clock: str) -> None:
    hour, _, minute = clock.partition(":")
    assert read_hour(typed, HERE) == Understood(str(int(hour) * 60 + int(minute)))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1",
        "7",
        "21",
        "9:30",
        "half 9",
        "8 in the evening",
        "9 pm",
        "12 am",
        "morning",
        "9 10",
        "99",
        "-9",
        "9" * 500,
    ],
)
def test_what_is_no_hour_on_offer_is_not_understood(typed: str) -> None:
    assert isinstance(read_hour(typed, HERE), NotUnderstood)


def test_a_number_below_the_first_hour_still_counts_the_buttons() -> None:
    """Whatever `read_hour` takes for itself is an hour that stands on a button."""
    read = {n for n in range(100) if isinstance(read_hour(str(n), HERE), Understood)}
    assert read == {int(one.id) // 60 for one in hours(HERE)}
    assert min(read) > 1


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("Monday", 0),
        ("on tuesday", 1),
        ("wed", 2),
        ("wensdag", 2),
        ("jeudi", 3),
        ("vrij", 4),
        ("الجمعة", 4),
        ("SÁBADO", 5),
        ("zondag!", 6),
    ],
)
def test_a_weekday_is_read_in_every_language_and_from_its_beginning(typed: str, day: int) -> None:
    assert read_day(typed, HERE) == Understood(str(day))


@pytest.mark.parametrize("typed", ["", "m", "someday", "Monday or Tuesday", "weekend", "31-12"])
def test_what_is_no_one_weekday_is_not_understood(typed: str) -> None:
    assert isinstance(read_day(typed, HERE), NotUnderstood)


@pytest.mark.parametrize(
    "typed",
    ["Anne", "An_na", "<b>Anne</b>", "{twin} %s", "فاطمة", "李雷", "Anna\n 2", "\u200fأمينة\u200f", "x" * NAME_LIMIT],
)
def test_a_name_may_be_anything_with_letters(typed: str) -> None:
    assert read_name(typed, HERE) == Understood(" ".join(typed.split()))


@pytest.mark.parametrize("typed", ["", " ", "12", "٣", "😀", "\u200f", "...", "x" * (NAME_LIMIT + 1)])
def test_what_has_no_letters_or_is_too_long_is_no_name(typed: str) -> None:
    assert isinstance(read_name(typed, HERE), NotUnderstood)
