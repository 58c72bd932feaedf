"""The engine's rules, one small flow each: what the library's own flows do not need yet is tried here too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.library import packaged_catalogue
from flows import asking
from flows.effects import Begin, ForgetAnswers, MarkChosen, SaveAnswer, Say, SetTimer
from flows.errors import FlowMisled
from flows.events import Event
from flows.events.due import WaitEnded
from flows.events.own import CommandGiven, Edited, Tapped, Typed
from flows.events.pairs import PairMade
from flows.rules.situation import Situation
from flows.session import Outcome, Session, Status
from tests.cast import PAIR
from tests.flows.playing import LOOP, NOW, TWO, Played

# -- one question at a time ------------------------------------------------------------------------------------------


def test_steps_run_until_one_asks() -> None:
    played = Played(
        'goal = "g"\n[[steps]]\nid = "a"\nsay = "A"\n[[steps]]\nid = "b"\nsay = "B"\n' + TWO.split("\n", 3)[3]
    )
    assert played.says == ["a", "b", "first"]


def test_a_flow_ends_when_no_step_follows() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    played.takes(Typed("2", 2))
    assert (played.session.status, played.session.outcome, played.session.step) == (
        Status.ENDED,
        Outcome.COMPLETED,
        None,
    )


def test_a_wait_ends_by_its_timer_and_says_so_to_whoever_is_early() -> None:
    played = Played('goal = "g"\n[[steps]]\nid = "w"\nwait = "2d"\n[[steps]]\nid = "b"\nsay = "B"\n')
    assert SetTimer("wait", "1", NOW + timedelta(days=2)) in played.turn.effects
    played.takes(Typed("hello", 1))
    assert played.says == ["talk.not_understood"]
    played.takes(WaitEnded(1), after=timedelta(days=2))
    assert played.says == ["b"]
    assert not played.takes(WaitEnded(1)).effects


def test_another_flow_is_begun_by_an_effect() -> None:
    played = Played('goal = "g"\n[[steps]]\nid = "s"\nstart = "other"\n')
    assert Begin("other") in played.turn.effects


def test_a_circle_without_input_is_an_authors_error() -> None:
    with pytest.raises(FlowMisled, match="circle"):
        Played('goal = "g"\n[[steps]]\nid = "a"\nsay = "A"\nnext = "a"\n')


def test_an_event_that_is_not_a_sessions_is_refused() -> None:
    with pytest.raises(FlowMisled, match="PairMade"):
        Played(TWO).takes(PairMade(PAIR, "Anneke"))


# -- skipping, wrong answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [Tapped(1, "second", 0), Typed("0", 2), CommandGiven("skip")])
def test_an_optional_question_is_skipped_by_button_number_and_command(event: Event) -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    played.takes(event)
    assert played.answers == {"first": "yes", "second": None}
    assert played.session.outcome is Outcome.COMPLETED
    assert not any(isinstance(effect, SaveAnswer) for effect in played.turn.effects)


def test_a_line_may_skip_by_a_nought() -> None:
    played = Played(TWO)
    played.takes(Typed("2 0", 1))
    assert played.answers == {"first": "no", "second": None}


def test_the_third_wrong_answer_passes_over_what_is_optional() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    for message in (2, 3):
        played.takes(Typed("perhaps", message))
        assert played.says == ["engine.again", "engine.tap_or_number", "second"]
    played.takes(Typed("perhaps", 4))
    assert played.session.outcome is Outcome.COMPLETED


def test_the_third_wrong_answer_lets_anything_else_rest_and_the_next_right_one_counts() -> None:
    played = Played(TWO)
    for message in (1, 2, 3):
        played.takes(Typed("perhaps", message))
    assert played.says == ["engine.rest"]
    played.takes(Typed("1", 4))
    assert played.answers == {"first": "yes"}


def test_what_can_not_be_skipped_says_so() -> None:
    played = Played(TWO)
    played.takes(CommandGiven("skip"))
    assert played.says == ["engine.again", "engine.cannot_skip", "first"]


# -- corrections -----------------------------------------------------------------------------------------------------


def test_a_tap_on_an_earlier_step_takes_back_what_followed() -> None:
    played = Played(TWO.replace("skip = true", ""))
    played.takes(Typed("1", 1))
    played.takes(Tapped(1, "first", 2))
    assert ForgetAnswers(1, ("first",)) in played.turn.effects
    assert played.answers == {"first": "no"}
    assert played.says == ["second"]


def test_the_same_answer_twice_changes_nothing() -> None:
    played = Played(TWO)
    played.takes(Tapped(1, "first", 1))
    before = played.session
    played.takes(Tapped(1, "first", 1))
    assert played.session == before
    assert not played.says


def test_a_message_edited_to_what_it_said_before_changes_nothing() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    assert not played.takes(Edited(" 1 ", 1)).effects


def test_an_edit_to_a_line_that_was_typed_since_is_still_an_edit() -> None:
    played = Played(TWO)
    played.takes(Typed("2", 1))
    played.takes(Typed("1 1", 2))
    played.takes(Edited("1 1", 1))
    assert played.answers == {"first": "yes", "second": "yes"}


def test_an_edit_of_what_was_not_understood_is_an_answer() -> None:
    played = Played(TWO)
    played.takes(Typed("yess", 1))
    played.takes(Edited("1", 1))
    assert played.answers == {"first": "yes"}


def test_an_answer_given_within_a_loop_stands_when_the_question_comes_again() -> None:
    played = Played(LOOP)
    played.takes(Typed("2", 1))
    played.takes(Typed("this", 2))
    played.takes(Typed("1", 3))
    assert played.answers == {"better": "this", "right": "yes"}
    assert played.session.outcome is Outcome.COMPLETED


def test_back_asks_the_question_before() -> None:
    played = Played(TWO)
    played.takes(Typed("1", 1))
    played.takes(CommandGiven("back"))
    assert played.says == ["first"]
    assert played.answers == {}


# -- digits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answers", "told"),
    [
        ("1 2", {"first": "yes", "second": "no"}, []),
        ("12", {"first": "yes", "second": "no"}, []),
        ("٢-١", {"first": "no", "second": "yes"}, []),
        ("1 9", {"first": "yes"}, ["engine.line_understood_unread", "second"]),
        ("9 1", {}, ["engine.line_unread", "first"]),
        ("9", {}, ["engine.line_unread", "first"]),
        ("14:05", {}, ["engine.again", "engine.tap_or_number", "first"]),
    ],
)
def test_digits_are_read_along_the_path(line: str, answers: dict[str, str | None], told: list[str]) -> None:
    played = Played(TWO)
    played.takes(Typed(line, 1))
    assert played.answers == answers
    assert [one for one in played.says if not one.endswith((".yes", ".no"))] == told


def test_without_one_line_only_a_single_number_is_an_answer() -> None:
    played = Played(TWO.replace("one_line = true", ""))
    played.takes(Typed("1 2", 1))
    assert played.answers == {}
    assert played.says == ["engine.again", "engine.tap_or_number", "first"]


def test_the_same_line_within_ten_minutes_counts_once() -> None:
    played = Played(TWO.replace("skip = true", "") + '[[steps]]\nid = "third"\nask = "Third?"\nsave = "third"\n')
    played.takes(Typed("1 2", 1))
    assert not played.takes(Typed("1 2", 2), after=timedelta(minutes=10)).effects
    played.takes(Typed("1 2", 3), after=timedelta(minutes=1))
    assert played.answers["third"] == "1 2"


def test_the_number_of_one_button_counts_at_the_next_question_too_however_many_digits_it_has() -> None:
    twelve = ", ".join(f'{{ id = "c{n}", text = "C{n}" }}' for n in range(1, 13))
    asks = "".join(
        f'[[steps]]\nid = "{name}"\nchoose = "?"\nsave = "{name}"\nchoices = [{twelve}]\n' for name in ("one", "two")
    )
    played = Played(f'goal = "g"\n{asks}[[steps]]\nid = "three"\nask = "?"\nsave = "three"\n')
    played.takes(Typed("12", 1))
    played.takes(Typed("12", 2))
    assert played.answers == {"one": "c12", "two": "c12"}
    assert not played.takes(Typed("1 2", 3)).session.misses
    assert not played.takes(Typed("1 2", 4)).effects


def test_only_what_was_asked_is_marked() -> None:
    played = Played(TWO)
    played.takes(Typed("1 2", 1))
    marks = [effect for effect in played.turn.effects if isinstance(effect, MarkChosen)]
    assert [mark.step for mark in marks] == ["first"]
    assert [button.chosen for button in marks[0].buttons] == [True, False]


def test_a_name_that_is_not_known_any_more_does_not_stop_a_reminder() -> None:
    played = Played('goal = "g"\n[[steps]]\nid = "a"\nask = "{twin}?"\nsave = "a"\n', **{"twin.name": None})
    say = next(effect for effect in played.turn.effects if isinstance(effect, Say))
    assert say.text.values == {"twin": "…"}


def test_a_placeholder_that_nothing_fills_is_an_authors_error() -> None:
    with pytest.raises(FlowMisled, match="nobody"):
        Played('goal = "g"\n[[steps]]\nid = "a"\nask = "{nobody}?"\nsave = "a"\n')


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        ("gave", "gave"),
        ("Gave back.", "gave_back"),
        ("“GAVE AND RECEIVED”", "both"),
        ("passed on", "passed_on"),
        ("teruggegeven", "gave_back"),
        ("just", "in_touch"),
        ("gaf", None),
        ("gegeven en", "both"),
        ("pass", None),
        ("jɔs kip kɔntakt", "in_touch"),
        ("Jos kip kontakt", "in_touch"),
        ("gi en risiv", "both"),
        ("gave and gave", None),
        ("…", None),
        ("", None),
    ],
)
def test_the_words_of_a_button_name_its_choice_in_any_language_of_the_flow(typed: str, choice: str | None) -> None:
    flow = packaged_catalogue().current("weekly_checkin")
    situation = Situation(flow, Session(1, flow.id, flow.version, NOW), {}, NOW)
    assert asking.named(situation, flow.step("ask_direction"), typed) == choice


@pytest.mark.parametrize(
    ("typed", "choice"), [("Nederlands", "nl"), ("english.", "en"), ("Neder", None), ("nl", None), ("", None)]
)
def test_the_names_that_a_rule_offers_count_too(typed: str, choice: str | None) -> None:
    flow = packaged_catalogue().current("language")
    facts = {"world.languages": {"en": "English", "nl": "Nederlands"}}
    situation = Situation(flow, Session(1, flow.id, flow.version, NOW), facts, NOW)
    assert asking.named(situation, flow.first, typed) == choice
