"""Words that might identify somebody: held, and kept, written anew or thrown away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.effects import SaveAnswer, SaveNote, SetTimer
from flows.events import Event
from flows.events.due import BroughtToFront, SessionExpired
from flows.events.own import CommandGiven, Edited, Tapped, Typed
from flows.session import Outcome, Status
from tests.flows.playing import NOW, WORDS, Played


def held(*, skip: bool = False) -> Played:
    played = Played(WORDS.format(skip=str(skip).lower()))
    played.takes(Typed("I met Mariama", 1))
    return played


def test_words_that_might_identify_wait_and_are_saved_nowhere() -> None:
    played = held()
    assert played.says == ["guard.ask"]
    assert SetTimer("discard", "1", NOW + timedelta(hours=24)) in played.turn.effects
    assert not any(isinstance(effect, SaveAnswer | SaveNote) for effect in played.turn.effects)


def test_kept_words_are_the_answer() -> None:
    played = held()
    played.takes(Typed("2", 2))
    assert played.answers == {"tell": "I met Mariama"}
    assert played.says == ["done"]


@pytest.mark.parametrize("event", [Tapped(1, "guard", 1), Typed("1", 2)])
def test_words_to_be_written_anew_are_gone_and_new_ones_count(event: Event) -> None:
    played = held()
    played.takes(event)
    assert played.session.held_words is None
    played.takes(Typed("I met a mother", 3))
    assert played.answers == {"tell": "I met a mother"}


@pytest.mark.parametrize("event", [Tapped(1, "guard", 3), SessionExpired(1), CommandGiven("back")])
def test_discarded_words_are_gone_and_the_question_stays(event: Event) -> None:
    played = held()
    played.takes(event)
    assert played.says == ["guard.discarded", "tell"]
    assert played.session.held_words is None


def test_discarded_words_pass_over_an_optional_question() -> None:
    played = held(skip=True)
    played.takes(Tapped(1, "guard", 3))
    assert played.answers == {"tell": None}


def test_an_edit_decides_like_new_words() -> None:
    played = held()
    played.takes(Edited("I met a mother", 1))
    assert played.answers == {"tell": "I met a mother"}


def test_leaving_while_words_wait_throws_them_away_and_ends() -> None:
    played = held()
    played.takes(CommandGiven("leave"))
    assert played.session.held_words is None
    assert (played.session.status, played.session.outcome) == (Status.ENDED, Outcome.LEFT)


def test_what_waits_is_asked_again_when_it_comes_to_the_front() -> None:
    played = held()
    played.takes(BroughtToFront())
    assert played.says == ["guard.ask"]


def test_what_is_too_long_is_asked_for_again() -> None:
    played = Played(WORDS.format(skip="false"))
    played.takes(Typed("x" * 501, 1))
    assert played.says == ["engine.again", "engine.too_long", "tell"]
