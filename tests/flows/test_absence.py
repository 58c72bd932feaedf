"""A pause from a day to a day: how its days are read, when it begins, and what is left of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import packaged_catalogue
from flows.conversation import Conversation, respond
from flows.effects import CancelTimer, ChangePerson, SetTimer
from flows.events.due import PauseBegan
from flows.people import PersonState
from flows.rules.cadence import local_time
from flows.rules.dates import FIRST, read_first, read_last
from flows.rules.pausing import go_away, is_away
from flows.rules.situation import NotUnderstood, Situation, Understood
from flows.session import Answered, Session
from tests.cast import FATMATA, facts_of

NOW = datetime(2026, 12, 1, 11, tzinfo=UTC)
FLOW = packaged_catalogue().current("pause")
DAY = timedelta(days=1)


def situation(first: str | None = None, last: str | None = None, **facts: object) -> Situation:
    steps = {"ask_first": first, "ask_last": last}
    path = tuple(Answered(step, choice=day) for step, day in steps.items() if day is not None)
    session = replace(Session(1, "pause", FLOW.version, NOW), path=path)
    told = {name.replace("__", "."): value for name, value in facts.items()}
    return Situation(FLOW, session, {**facts_of(FATMATA), **told}, NOW)


@pytest.mark.parametrize(
    "typed",
    [
        *("14-8-2027", "14/8/27", "2027-08-14", "from 14 August 2027", "until 14 August", "14 August"),
        *(
            "vanaf 14 augustus",
            "tot en met 14 augustus",
            "jusqu'au 14 août",
            "du 14 août 2027",
            "hasta el 14 de agosto",
        ),
        *("١٤/٨/٢٠٢٧", "حتى 14 أغسطس", "إلى ١٤ أغسطس", "۱۴-۸-۲۰۲۷", "१४/८/२०२७"),
    ],
)
def test_a_day_is_read_in_every_language_and_script(typed: str) -> None:
    assert read_first(typed, situation()) == Understood("2027-08-14")
    assert read_last(typed, situation("2027-08-14")) == Understood("2027-08-14"), "one day is an absence too"


def test_the_first_day_may_be_today_and_the_last_not_before_it() -> None:
    assert read_first("1-12-2026", situation()) == Understood("2026-12-01")
    assert isinstance(read_first("30-11-2026", situation()), NotUnderstood)
    assert read_last("2 weeks", situation("2026-12-07")) == Understood("2026-12-20")
    assert read_last("5 January", situation("2026-12-20")) == Understood("2027-01-05")
    assert isinstance(read_last("19-12-2026", situation("2026-12-20")), NotUnderstood)
    assert FLOW.step("ask_first").save == FIRST


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from(["Africa/Freetown", "Europe/Amsterdam"]))
def test_whoever_is_away_is_left_alone_on_all_her_days_and_asked_at_her_hour_of_the_next(
    wait: int, length: int, zone: str
) -> None:
    first = date(2026, 12, 1) + wait * DAY
    last = first + length * DAY
    effects = go_away(situation(first.isoformat(), last.isoformat(), person__zone=zone))
    (changed,) = [one for one in effects if isinstance(one, ChangePerson)]
    if wait == 0:
        assert changed.changes["state"] is PersonState.PAUSED
        until = changed.changes["paused_until"]
    else:
        assert "state" not in changed.changes, "until then all goes on"
        begins, until = changed.changes["away_from"], changed.changes["away_until"]
        assert isinstance(begins, datetime)
        assert local_time(begins, zone).replace(tzinfo=None) == datetime.combine(first, datetime.min.time())
        facts = {"person.away_from": begins, "person.away_until": until}
        assert is_away(facts, begins) and not is_away(facts, begins - timedelta(seconds=1))
        assert SetTimer("pause_begin", "", begins) in effects
    assert isinstance(until, datetime)
    local = local_time(until, zone)
    assert (local.date(), local.hour) == (last + DAY, 9)


@pytest.mark.parametrize(
    ("state", "paused_until", "until", "begins"),
    [
        (PersonState.ACTIVE, None, NOW + 5 * DAY, True),
        (PersonState.ACTIVE, None, NOW - DAY, False),
        (PersonState.PAUSED, NOW + DAY, NOW + 5 * DAY, True),
        (PersonState.PAUSED, NOW + 9 * DAY, NOW + 5 * DAY, False),
        (PersonState.PAUSED, None, NOW + 5 * DAY, False),
        (PersonState.STOPPED, None, NOW + 5 * DAY, False),
    ],
)
def test_a_longer_pause_and_a_stop_go_on_and_what_is_over_does_not_begin(
    state: PersonState, paused_until: datetime | None, until: datetime, *, begins: bool
) -> None:
    facts = {
        **facts_of(FATMATA),
        "person.state": state,
        "person.paused_until": paused_until,
        "person.away_from": NOW,
        "person.away_until": until,
    }
    effects = respond(Conversation(), PauseBegan(), packaged_catalogue(), facts, now=NOW).effects
    assert (SetTimer("pause_end", "", until) in effects) is begins
    assert ChangePerson({"away_from": None, "away_until": None}) in effects
    assert CancelTimer("pause_begin") in effects
