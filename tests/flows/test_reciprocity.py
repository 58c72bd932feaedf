"""Balance: the rules of domain.md section 6 as examples, and what must hold whatever two twins report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import packaged_catalogue
from flows.effects import Say
from flows.rules.balancing import balance_text, draw, own_months
from flows.rules.reciprocity import FELT as VALUE_OF
from flows.rules.reciprocity import (
    PILOT,
    Counts,
    Felt,
    History,
    Report,
    View,
    Words,
    counts_of,
    felt_by,
    gifts,
    needs_follow_up,
    passing_on,
    recognition_gap,
    returned,
    view,
    words,
    words_for,
)
from flows.rules.reviewing import gives_more
from flows.rules.situation import Situation
from flows.session import Answered, Session
from flows.values import LocalTime, Text

TODAY = date(2026, 11, 29)
FATMATA, ANNEKE = "fatmata", "anneke"
ACTIVE = tuple((who, TODAY - timedelta(days=7 * week)) for who in (FATMATA, ANNEKE) for week in range(20))


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def reported(who: str, direction: str, *days: int, towards: str | None = None) -> tuple[Report, ...]:
    return tuple(Report(who, direction, towards, "skill", ago(day)) for day in days)


def history(*reports: tuple[Report, ...], felt: dict[str, Felt] | None = None) -> History:
    return History(FATMATA, ANNEKE, tuple(one for some in reports for one in some), ACTIVE, felt)


EVEN = (reported(FATMATA, "giving", 1, 10, 20), reported(ANNEKE, "giving_back", 2, 11, 21))
LEANING = (reported(FATMATA, "giving", 1, 10, 20, 30), reported(ANNEKE, "giving", 2))
ONE_WAY = (reported(FATMATA, "giving", 1, 10, 20, 30, 40, 50, 60, 70), reported(ANNEKE, "receiving", 1, 40, 50, 60))


# -- examples ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reports", "felt", "expected"),
    [
        ((), None, Words.TOO_EARLY),
        (EVEN, None, Words.BOTH_WAYS),
        (EVEN, 1, Words.BOTH_WAYS),
        (EVEN, -2, Words.FELT_DIFFERS),
        (EVEN, 3, Words.FELT_DIFFERS),
        (LEANING, None, Words.LEANING),
        (LEANING, 2, Words.LEANING),
        (LEANING, -3, Words.ONE_WAY),
        (ONE_WAY, None, Words.ONE_WAY),
    ],
)
def test_the_first_words_that_hold_are_said(
    reports: tuple[tuple[Report, ...], ...], felt: int | None, expected: Words
) -> None:
    own = None if felt is None else {FATMATA: Felt(felt, ago(30))}
    assert words_for(FATMATA, history(*reports, felt=own), TODAY) is expected


def test_one_way_is_said_only_when_it_was_so_a_month_ago_too() -> None:
    lately = history(reported(FATMATA, "giving", 1, 8, 15, 22))
    assert view(lately, TODAY).balance == 0
    assert words_for(FATMATA, lately, TODAY) is Words.LEANING


def test_too_few_flows_or_too_few_weeks_say_nothing() -> None:
    three = history(reported(FATMATA, "giving", 1, 10, 20))
    one_week = history(reported(FATMATA, "giving", 0, 1, 2, 3, 4, 5))
    assert view(three, TODAY).balance is None
    assert view(one_week, TODAY).balance is None
    assert view(history(reported(FATMATA, "giving", 1, 10, 20, 21)), TODAY).balance == 0


def test_somebody_with_one_answered_check_in_is_not_active_and_the_view_is_one_sided() -> None:
    found = replace(history(*EVEN), answered=(*((FATMATA, ago(day)) for day in (1, 8)), (ANNEKE, ago(3))))
    seen = view(found, TODAY)
    assert seen.active == {FATMATA}
    assert seen.one_sided
    assert (seen.from_one, seen.from_other) == (3, 0), "her report alone"
    assert words_for(FATMATA, found, TODAY) is Words.TOO_EARLY
    assert words_for(ANNEKE, found, TODAY) is Words.TOO_EARLY


def test_what_flowed_is_the_mean_of_what_was_given_and_what_was_received() -> None:
    seen = view(history(reported(FATMATA, "giving", 1, 10, 20), reported(ANNEKE, "receiving", 1)), TODAY)
    assert (seen.from_one, seen.from_other) == (2, 0)


def test_what_is_older_than_the_window_does_not_count() -> None:
    edge = PILOT.window.days
    seen = view(history(reported(FATMATA, "giving", edge - 1, edge, edge + 1)), TODAY)
    assert seen.counts[FATMATA].gave == 1


def test_what_goes_to_others_is_passed_on_and_what_comes_from_others_is_not_of_the_pair() -> None:
    found = gifts(
        (
            *reported(FATMATA, "giving", 1, towards="colleagues"),
            *reported(FATMATA, "giving_back", 2, towards="association"),
            *reported(FATMATA, "passing_on", 3),
            *reported(FATMATA, "receiving", 4, towards="community"),
            *reported(FATMATA, "note", 5),
            *reported(FATMATA, "giving_back", 6, towards="twin"),
        )
    )
    assert counts_of(found, FATMATA) == Counts(gave_back=1, passed_on=3)


def test_a_check_in_and_a_command_of_the_same_day_count_once() -> None:
    twice = (*reported(FATMATA, "giving", 1), *reported(FATMATA, "giving_back", 1, towards="twin"))
    assert counts_of(gifts(twice), FATMATA) == Counts(gave_back=1)
    other_kind = (*twice, Report(FATMATA, "giving", "twin", "knowledge", ago(1)))
    assert counts_of(gifts(other_kind), FATMATA).given == 2


def test_felt_equity_older_than_eight_months_is_none() -> None:
    fresh, old = Felt(-3, ago(242)), Felt(-3, ago(243))
    assert felt_by(FATMATA, history(felt={FATMATA: fresh}), TODAY) == -3
    assert felt_by(FATMATA, history(felt={FATMATA: old}), TODAY) is None
    assert words_for(FATMATA, history(*EVEN, felt={FATMATA: old}), TODAY) is Words.BOTH_WAYS


def test_who_feels_that_her_twin_gets_more_is_followed_up_whatever_the_counts() -> None:
    assert [needs_follow_up(felt) for felt in (None, 3, 0, -1, -2, -3)] == [False] * 4 + [True] * 2


def test_every_step_of_the_scale_has_its_value_and_the_lowest_two_are_followed_up_at_once() -> None:
    asked = packaged_catalogue().current("review")
    steps = [choice.id for choice in asked.choices("ask_equity")]
    assert [VALUE_OF[step] for step in steps] == [-3, -2, -1, 0, 1, 2, 3]
    for step in steps:
        session = Session(1, "review", "v", datetime(2026, 11, 29, tzinfo=UTC), path=(Answered("ask_equity", step),))
        found = gives_more(Situation(asked, session, {}, session.started_at))
        assert (found == "yes") == needs_follow_up(VALUE_OF[step])


@pytest.mark.parametrize(("felt", "words_"), [(None, "both_ways"), ((1, 30), "both_ways"), ((-2, 30), "felt_differs")])
def test_what_she_feels_is_in_the_words_that_she_reads(felt: tuple[int, int] | None, words_: str) -> None:
    rows = [("me" if one.by == FATMATA else "twin", one) for some in EVEN for one in some]
    known = {
        "twin.name": "Anneke",
        "balance.reports": tuple((who, one.direction, one.towards, one.kind, one.day.isoformat()) for who, one in rows),
        "balance.answered": tuple(("me" if who == FATMATA else "twin", day.isoformat()) for who, day in ACTIVE),
        "balance.felt": None if felt is None else (felt[0], ago(felt[1]).isoformat()),
    }
    said = balance_text(known, datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=1))
    assert said.values["words"] == Text(f"balance.{words_}", {"twin": "Anneke"})


def test_return_is_the_share_of_what_was_received_that_was_answered_in_time() -> None:
    found = history(reported(FATMATA, "receiving", 200, 150, 5), reported(FATMATA, "giving", 120))
    assert returned(found, FATMATA, TODAY) == 1.0, "the newest may still be answered"
    found = history(reported(FATMATA, "receiving", 200, 100), reported(ANNEKE, "receiving", 115))
    assert returned(found, FATMATA, TODAY) == 0.5, "hers is answered by what the twin received"
    assert returned(history(), FATMATA, TODAY) is None


def test_passing_on_and_the_recognition_gap() -> None:
    assert passing_on(Counts(received=4, passed_on=1)) == 0.25
    assert passing_on(Counts(passed_on=1)) is None
    assert recognition_gap(Counts(gave=3, gave_back=1), Counts(received=1)) == 0.75
    assert recognition_gap(Counts(), Counts()) == 0


# -- what holds whatever they report -----------------------------------------------------------------------------------

WHO = st.sampled_from((FATMATA, ANNEKE))
DAYS = st.integers(0, 200).map(ago)
REPORTS = st.builds(
    Report,
    WHO,
    st.sampled_from(("giving", "receiving", "giving_back", "passing_on", "note")),
    st.sampled_from((None, "twin", "colleagues")),
    st.sampled_from((None, "skill", "knowledge")),
    DAYS,
)
FELT = st.builds(Felt, st.integers(-3, 3), DAYS)
ANY = st.builds(
    History,
    st.just(FATMATA),
    st.just(ANNEKE),
    st.lists(REPORTS, max_size=40).map(tuple),
    st.lists(st.tuples(WHO, DAYS), max_size=30).map(tuple),
    st.dictionaries(WHO, FELT),
)
BETWEEN = st.builds(
    Report,
    WHO,
    st.sampled_from(("giving", "receiving", "giving_back")),
    st.just("twin"),
    st.just("skill"),
    st.integers(0, 100).map(ago),
)
KNOWN = st.builds(
    History,
    st.just(FATMATA),
    st.just(ANNEKE),
    st.lists(BETWEEN, min_size=8, max_size=40).map(tuple),
    st.just(ACTIVE),
    st.dictionaries(WHO, st.builds(Felt, st.integers(-3, 3), st.just(TODAY))),
)
"""Nearly always more than too early, since most of what is drawn at random is."""
HISTORIES = ANY | KNOWN


@given(HISTORIES)
def test_the_two_of_a_pair_are_alike(found: History) -> None:
    other = {FATMATA: ANNEKE, ANNEKE: FATMATA}
    renamed = History(
        FATMATA,
        ANNEKE,
        tuple(replace(report, by=other[report.by]) for report in found.reports),
        tuple((other[who], day) for who, day in found.answered),
        {other[who]: felt for who, felt in (found.felt or {}).items()},
    )
    for history_ in (renamed, replace(found, one=found.other, other=found.one)):
        exchanged = other if history_ is renamed else {who: who for who in other}
        seen, same = view(found, TODAY), view(history_, TODAY)
        assert same.balance == pytest.approx(seen.balance)
        assert (same.from_one, same.from_other) == (seen.from_other, seen.from_one)
        assert same.active == {exchanged[who] for who in seen.active}
        for who in other:
            assert words_for(exchanged[who], history_, TODAY) is words_for(who, found, TODAY)
            assert same.counts[exchanged[who]] == seen.counts[who]
            assert returned(history_, exchanged[who], TODAY) == returned(found, who, TODAY)


A_REPORT_A_DAY = st.builds(
    lambda who, direction, days: list(reported(who, direction, *range(days))),
    WHO,
    st.sampled_from(("giving", "receiving")),
    st.integers(1, 60),
)


@given(HISTORIES, st.lists(REPORTS, min_size=1) | A_REPORT_A_DAY)
def test_more_reports_never_make_it_too_early_again(found: History, more: list[Report]) -> None:
    known = words_for(FATMATA, found, TODAY) is not Words.TOO_EARLY
    richer = replace(found, reports=(*found.reports, *more))
    assert not known or words_for(FATMATA, richer, TODAY) is not Words.TOO_EARLY


@given(HISTORIES, st.none() | FELT)
def test_the_words_shown_to_a_twin_do_not_move_with_what_her_partner_feels(found: History, felt: Felt | None) -> None:
    own = {who: one for who, one in (found.felt or {}).items() if who == FATMATA}
    theirs = {} if felt is None else {ANNEKE: felt}
    assert words_for(FATMATA, replace(found, felt=own | theirs), TODAY) is words_for(FATMATA, found, TODAY)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_of_reports_means_nothing(found: History, random: object) -> None:
    reports, answered = list(found.reports), list(found.answered)
    random.shuffle(reports)  # type: ignore[attr-defined]
    random.shuffle(answered)  # type: ignore[attr-defined]
    again = replace(found, reports=tuple(reports), answered=tuple(answered))
    assert view(again, TODAY) == view(found, TODAY)
    assert words_for(FATMATA, again, TODAY) is words_for(FATMATA, found, TODAY)


@given(HISTORIES)
def test_saying_everything_twice_changes_nothing(found: History) -> None:
    twice = replace(found, reports=found.reports * 2)
    assert view(twice, TODAY) == view(found, TODAY)
    assert returned(twice, FATMATA, TODAY) == returned(found, FATMATA, TODAY)


@given(HISTORIES)
def test_every_measure_stays_in_its_bounds(found: History) -> None:
    seen = view(found, TODAY)
    assert seen.balance is None or 0 <= seen.balance <= 1
    share = returned(found, FATMATA, TODAY)
    assert share is None or 0 <= share <= 1
    assert 0 <= recognition_gap(seen.counts[FATMATA], seen.counts[ANNEKE]) <= 1


@given(st.sampled_from((None, 0.0, 0.2, 0.3, 0.5, 0.6, 1.0)), st.integers(-3, 3), st.booleans())
def test_words_are_said_of_every_state(balance: float | None, felt: int, before: bool) -> None:
    both = {FATMATA: Counts(), ANNEKE: Counts()}
    now = View(both, frozenset(both), 0, 0, balance)
    earlier = View(both, frozenset(both), 0, 0, 0.1 if before else None)
    said = words(now, earlier, (felt,))
    assert (said is Words.TOO_EARLY) == (balance is None)
    assert (said is Words.BOTH_WAYS) == (balance is not None and balance >= 0.6 and abs(felt) < 2)


def facts_of(found: History, theirs: History) -> dict[str, object]:
    """What is known to one twin: her own part of `found`, her partner's of `theirs`."""
    hers = [one for one in found.reports if one.by == FATMATA]
    partners = [one for one in theirs.reports if one.by == ANNEKE]
    return {
        "person.name": "Fatmata",
        "person.zone": "Africa/Freetown",
        "twin.name": "Anneke",
        "balance.reports": tuple(
            ("me" if one.by == FATMATA else "twin", one.direction, one.towards, one.kind, one.day.isoformat())
            for one in (*hers, *partners)
        ),
        "balance.answered": tuple(("me" if who == FATMATA else "twin", day.isoformat()) for who, day in found.answered),
        "balance.felt": None,
    }


NOW = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)


@given(HISTORIES, HISTORIES)
def test_her_partners_reports_move_nothing_of_the_message_but_its_words(found: History, other: History) -> None:
    one, same = balance_text(facts_of(found, found), NOW), balance_text(facts_of(found, other), NOW)
    assert {**one.values, "words": None, "invitation": None} == {**same.values, "words": None, "invitation": None}
    assert one.id == same.id
    if one.values["words"] == same.values["words"]:
        assert one == same


BALANCE = packaged_catalogue().current("balance")


def drawn(facts: dict[str, object]) -> Say:
    session = Session(1, "balance", "v", NOW)
    [said] = draw(Situation(BALANCE, session, facts, NOW))
    assert isinstance(said, Say)
    return said


@given(HISTORIES, HISTORIES)
def test_nothing_that_her_partner_did_is_in_the_picture_or_below_it(found: History, other: History) -> None:
    hers, feels = facts_of(found, found), {"balance.felt": (-3, TODAY.isoformat())}
    answered = {"balance.answered": (("twin", TODAY.isoformat()),) * 3}
    assert drawn(hers) == drawn({**facts_of(found, other), **answered, **feels})


def test_the_picture_counts_what_she_noted_month_by_month() -> None:
    reports = (
        *reported(FATMATA, "giving", 0, 1, 40),  # 29 and 28 November, 20 October
        *reported(FATMATA, "giving_back", 2),
        *reported(FATMATA, "receiving", 60),  # 30 September
        *reported(FATMATA, "passing_on", 178),  # 4 June
        *reported(FATMATA, "giving", 190),  # 23 May: longer ago than six months are drawn
        *reported(ANNEKE, "giving", 0, 1, 2),
    )
    chart = drawn(facts_of(history(reports), history(reports))).picture
    assert chart is not None
    assert [time.at.month for time in chart.times if isinstance(time, LocalTime)] == [6, 7, 8, 9, 10, 11]
    assert [amounts for _, amounts in chart.rows] == [(0, 0, 0, 0, 1, 3), (0, 0, 0, 1, 0, 0), (1, 0, 0, 0, 0, 0)]


def test_the_last_month_of_the_picture_is_the_one_on_her_own_calendar() -> None:
    new_year = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    known = facts_of(history(), history())
    assert list(own_months({**known, "person.zone": "America/Lima"}, new_year))[-1] == date(2026, 12, 1)
    assert list(own_months({**known, "person.zone": "Europe/Amsterdam"}, new_year))[-1] == date(2027, 1, 1)


def test_who_has_no_twin_any_more_when_she_taps_gets_no_picture_and_is_told() -> None:
    said = drawn({**facts_of(history(EVEN[0]), history()), "twin.name": None})
    assert (said.text.id, said.picture) == ("balance.no_twin", None)
