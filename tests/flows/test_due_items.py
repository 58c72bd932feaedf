"""Which item of the agenda is due for whom, in which order, and what is told of the weeks to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.gathering import FactsMissing, Gathered
from bot.library import packaged_catalogue
from flows.agenda import Item, Subject
from flows.people import Asked, Said
from flows.rules.agenda import CONDITIONS, SUBJECTS, Standing, asking_rule, coming, due_items, postponed
from flows.rules.cadence import local_time
from flows.standing import COUNTED, GoalSeen
from tests.cast import FATMATA, PAIR, PAIRED_SINCE, facts_of, stands
from tests.cast import standing as cast_standing

THURSDAY = datetime(2026, 12, 3, 9, tzinfo=UTC)
"""Fatmata's check-ins come on Mondays at nine."""
WEEK = timedelta(weeks=1)


def item(name: str, **more: object) -> Item:
    known = {"id": name, "flow": name, "brings": "Something.", "phases": ["naming"], "every": "once", "minutes": 1}
    return Item.model_validate(known | more)


def standing(*asked: Asked, phases: tuple[str, ...] = ("naming",), paired_at: datetime = PAIRED_SINCE) -> Standing:
    return Standing(asked, phases, {}, paired_at)


def asked(name: str, status: str, at: datetime, again_at: datetime | None = None) -> Asked:
    return Asked(name, f"{at:%G-W%V}", status, at, again_at)


def due(items: list[Item], where: Standing, now: datetime = THURSDAY) -> list[str]:
    return [one.id for one in due_items(tuple(items), where, facts_of(FATMATA), now)]


def test_the_order_of_the_agenda_is_the_order_of_importance() -> None:
    assert due([item("one"), item("two")], standing()) == ["one", "two"]


def test_an_item_belongs_to_its_phases() -> None:
    items = [item("one", phases=["exchange"]), item("two", phases=["naming", "exchange"])]
    assert due(items, standing()) == ["two"]
    assert due(items, standing(phases=("naming", "exchange"))) == ["one", "two"]


def test_personal_comes_before_project_for_eight_weeks() -> None:
    items = [item("plan", about="project"), item("card")]
    assert due(items, standing(paired_at=THURSDAY - 7 * WEEK)) == ["card"]
    assert due(items, standing(paired_at=THURSDAY - 8 * WEEK)) == ["plan", "card"]


def test_an_item_waits_until_its_phase_is_old_enough() -> None:
    items = [item("later", after="4w")]
    assert due(items, standing(paired_at=THURSDAY - 3 * WEEK)) == []
    assert due(items, standing(paired_at=THURSDAY - 4 * WEEK)) == ["later"]


def test_what_takes_longer_than_a_minute_is_offered_so_that_one_tap_puts_it_off() -> None:
    at_once = [one for one in packaged_catalogue().agenda if one.direct]
    assert at_once
    assert [one.id for one in at_once if not one.short or one.minutes > 1] == []


@pytest.mark.parametrize("phase", ["match", "naming", "planning"])
def test_trust_is_asked_about_before_any_word_of_hers(phase: str) -> None:
    catalogue = packaged_catalogue()
    # what has a condition follows from what she was asked or wrote before: the second look at naming, a goal of hers
    once = [one.flow for one in catalogue.agenda if phase in one.phases and one.every == "once" and one.when is None]
    wordless = once[: once.index("trust")]
    assert not [one for one in wordless if any(step.kind == "ask" for step in catalogue.current(one).definition.steps)]


LOOK_BACK = {"review", "review_pair", "review_goals", "growth"}
"""domain.md P5: closeness, equity and going on; the five items of the two; the goals; the five of growth."""


@pytest.mark.parametrize(("phase", "weeks"), [("exchange", 26), ("review", 0)])
def test_every_look_back_asks_of_closeness_of_the_two_of_goals_and_of_growth(phase: str, weeks: int) -> None:
    since = THURSDAY - weeks * WEEK
    where = Standing((), (phase,), {phase: since}, THURSDAY - 60 * WEEK)
    agenda = packaged_catalogue().agenda
    flows = {one.item.flow for one in due_items(agenda, where, facts_of(FATMATA), THURSDAY)}
    assert flows >= LOOK_BACK
    if weeks:
        early = Standing((), (phase,), {phase: since + WEEK}, THURSDAY - 60 * WEEK)
        assert not {one.item.flow for one in due_items(agenda, early, facts_of(FATMATA), THURSDAY)} & LOOK_BACK


@pytest.mark.parametrize(("status", "days", "is_due"), [("done", 90, False), ("done", 91, True), ("skipped", 7, True)])
def test_a_look_back_done_shortly_before_the_review_is_not_asked_again(status: str, days: int, *, is_due: bool) -> None:
    """Nor is it in a half year that ends shortly after a review; of what is asked before and after both are asked."""
    agenda = packaged_catalogue().agenda
    for before, phase, since in (("half_year", "review", 1), ("review", "exchange", 30)):
        done = asked(before, status, THURSDAY - timedelta(days=days))
        where = Standing((done,), (phase,), {phase: THURSDAY - since * WEEK}, THURSDAY - 60 * WEEK)
        flows = {one.item.flow for one in due_items(agenda, where, facts_of(FATMATA), THURSDAY)}
        assert ("review" in flows) == is_due
        assert flows >= LOOK_BACK - {"review"}
    grown = Standing((asked("half_year_growth", "done", THURSDAY - WEEK),), ("closing",), {}, THURSDAY - 60 * WEEK)
    assert "growth_end" in {one.id for one in due_items(agenda, grown, facts_of(FATMATA), THURSDAY)}


@pytest.mark.parametrize(
    ("status", "weeks", "is_due"),
    [
        ("done", 50, False),
        ("skipped", 50, False),
        ("missed", 3, False),
        ("missed", 4, True),
        ("begun", 4, True),
        ("partial", 4, True),
    ],
)
def test_what_is_asked_once_comes_a_second_time_only_when_it_was_left(status: str, weeks: int, *, is_due: bool) -> None:
    assert due([item("one")], standing(asked("one", status, THURSDAY - weeks * WEEK))) == ["one"] * is_due


def test_there_is_no_third_time() -> None:
    twice = (asked("one", "missed", THURSDAY - 10 * WEEK), asked("other", "done", THURSDAY - 9 * WEEK))
    again = asked("one", "missed", THURSDAY - 5 * WEEK)
    assert due([item("one")], standing(*twice)) == ["one"]
    assert due([item("one")], standing(*twice, again)) == []


def test_what_comes_again_comes_after_its_time_whatever_became_of_it() -> None:
    monthly = [item("monthly", every="4w")]
    for status in ("done", "skipped", "missed"):
        assert due(monthly, standing(asked("monthly", status, THURSDAY - 3 * WEEK))) == []
        assert due(monthly, standing(asked("monthly", status, THURSDAY - 4 * WEEK + timedelta(hours=30)))) == [
            "monthly"
        ]


def test_somebody_tired_is_asked_only_what_is_short_and_rarely() -> None:
    items = [item("long"), item("quick", short=True)]
    left = (asked("a", "missed", THURSDAY - 2 * WEEK), asked("b", "skipped", THURSDAY - WEEK))
    assert due(items, standing(*left)) == []
    assert due(items, standing(*left), THURSDAY + 2 * WEEK) == ["quick"]
    answered_since = asked("c", "done", THURSDAY - WEEK)
    assert due(items, standing(*left, answered_since)) == ["long", "quick"]


def test_what_was_put_off_comes_at_its_moment_before_anything_else() -> None:
    items = (item("first"), item("later"))
    put_off = standing(asked("later", "later", THURSDAY - WEEK, THURSDAY))
    assert postponed(items, put_off, facts_of(FATMATA), THURSDAY - timedelta(minutes=1)) is None
    found = postponed(items, put_off, facts_of(FATMATA), THURSDAY)
    assert found is not None
    assert found.id == "later"
    assert due(list(items), put_off) == ["first"]


def test_what_was_put_off_in_a_pair_that_is_no_more_does_not_come() -> None:
    items, history = (item("later"),), (asked("later", "later", THURSDAY - WEEK, THURSDAY),)
    alone = facts_of(FATMATA) | {"twin.id": None}
    for pair, comes in ((None, True), (PAIR, False)):
        where = Standing.of(alone | {"asked.history": tuple(replace(one, pair=pair) for one in history)})
        assert bool(postponed(items, where, alone, THURSDAY)) is comes


def test_a_condition_that_does_not_hold_keeps_an_item_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONDITIONS, "never", lambda _facts, _now: False)
    assert due([item("one", when="never"), item("two")], standing()) == ["two"]


def test_each_of_several_things_is_asked_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    goals = (Subject("1", {"number": "1"}), Subject("2", {"number": "2"}))
    monkeypatch.setitem(SUBJECTS, "two_goals", lambda _facts, _now: goals)
    several = item("goal", when="two_goals")
    assert due([several], standing()) == ["goal.1", "goal.2"]
    assert due([several], standing(asked("goal.1", "missed", THURSDAY - WEEK))) == ["goal.2"]
    put_off = standing(asked("goal.2", "later", THURSDAY - WEEK, THURSDAY))
    found = postponed((several,), put_off, facts_of(FATMATA), THURSDAY)
    assert found is not None
    assert found.subject == goals[1]
    monkeypatch.setitem(SUBJECTS, "two_goals", lambda _facts, _now: goals[:1])
    assert postponed((several,), put_off, facts_of(FATMATA), THURSDAY) is None, "there is nothing left to ask about"


@pytest.mark.parametrize(
    ("phase", "weeks", "goals", "comes"),
    [
        ("planning", 9, (), True),
        ("planning", 3, (), False),
        ("naming", 9, (), False),
        ("planning", 9, (GoalSeen(is_whole=False, is_closed=False),), False),
    ],
    ids=["in_planning", "in_the_first_weeks", "before_planning", "once_one_waits_for_a_yes"],
)
def test_twins_in_planning_who_have_written_no_goal_are_offered_it_every_four_weeks(
    phase: str, weeks: int, goals: tuple[GoalSeen, ...], comes: bool
) -> None:
    seen = replace(cast_standing(phase), goals=goals)
    facts = facts_of(FATMATA) | stands(FATMATA, seen)
    first = tuple(one for one in packaged_catalogue().agenda if one.id == "first_goal")
    where = standing(phases=(phase,), paired_at=THURSDAY - weeks * WEEK)
    assert [one.item.flow for one in due_items(first, where, facts, THURSDAY)] == ["goals"] * comes
    passed_over = where.with_one_more("first_goal", "2026-W46", THURSDAY - 3 * WEEK)
    assert due_items(first, passed_over, facts, THURSDAY) == []
    assert len(due_items(first, passed_over, facts, THURSDAY + WEEK)) == comes


def test_a_new_pair_is_asked_anew() -> None:
    before = Asked("silence_card", "2026-W40", "done", THURSDAY - 9 * WEEK, None, 7)  # type: ignore[arg-type]
    found = Standing.of({**facts_of(FATMATA), "asked.history": (before,)})
    assert found.asked == ()
    assert found.phases == ("naming",)


def test_a_twin_without_a_partner_is_in_phase_match() -> None:
    nobody = {**facts_of(FATMATA), "twin.id": None, "pair.id": None}
    assert Standing.of(nobody).phases == ("match",)


def test_what_comes_is_told_week_by_week_and_nothing_twice() -> None:
    facts = facts_of(FATMATA)
    rule = asking_rule(facts)
    assert rule is not None
    items = (item("one"), item("monthly", every="4w"), item("two"))
    ahead = coming(items, standing(), facts, rule, THURSDAY - timedelta(hours=1), 6)
    assert [one.id for _, one in ahead] == ["one", "monthly", "two", "monthly"]
    assert all(local_time(at, "Africa/Freetown").weekday() == 3 for at, _ in ahead)


def test_what_waits_for_a_condition_is_told_once_of_the_weeks_to_come() -> None:
    step = {
        ("monthly_reflection", "next_step"): Said(None, "Ask the night shift", THURSDAY - WEEK),
        ("monthly_reflection", "remind"): Said("week_1", None, THURSDAY - WEEK + timedelta(minutes=1)),
    }
    facts = facts_of(FATMATA) | {"said.latest": step}
    rule = asking_rule(facts)
    assert rule is not None
    ahead = coming(packaged_catalogue().agenda, Standing.of(facts), facts, rule, THURSDAY - timedelta(hours=1), 6)
    assert [one.id for _, one in ahead].count("next_step") == 1


def test_what_is_first_looked_at_in_a_week_to_come_is_still_loaded() -> None:
    """A condition of an item that is not in its time yet reads facts that nothing has asked for before."""
    facts = facts_of(FATMATA)
    rule = asking_rule(facts)
    assert rule is not None
    unread = Gathered({name: value for name, value in facts.items() if not name.startswith("together.")}, set())
    items = (item("one"), item("agreement", after="4w", when="agreement_open"))
    with pytest.raises(FactsMissing, match="together"):
        coming(items, standing(paired_at=THURSDAY - WEEK), unread, rule, THURSDAY - timedelta(hours=1), 6)


def test_every_condition_of_the_library_exists() -> None:
    wanted = {one.when for one in packaged_catalogue().agenda if one.when is not None}
    assert wanted <= CONDITIONS.keys() | SUBJECTS.keys()


def test_what_an_ending_is_left_by_is_asked_before_what_is_good_to_have() -> None:
    ids = [one.id for one in packaged_catalogue().agenda if "closing" in one.phases and one.every == "once"]
    needed = max(ids.index(one) for one in COUNTED["closing"] if one in ids)
    assert needed < min(ids.index(one) for one in ("story_end", "handed_on", "certificate", "alumni_offer"))
