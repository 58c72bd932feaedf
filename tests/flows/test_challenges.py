"""A challenge on its way between two twins: put, answered, tried; whatever one tells is what the other one reads."""

from __future__ import annotations

from flows.events.own import Edited, Tapped, Typed
from flows.events.pairs import PagePassedOn, TwinAsked
from flows.events.people import WriterGone
from flows.events.shell import FlowStarted, ReceiptCame
from flows.session import Status
from tests.cast import ANNEKE, FATMATA
from tests.flows.phones import Phone


def put() -> tuple[Phone, Phone]:
    """Fatmata has put a challenge, and Anneke reads it."""
    one, other = Phone(FATMATA), Phone(ANNEKE)
    one.takes(FlowStarted("challenge"), Typed("too few of us at night", 1))
    other.takes(one.last_told())
    return one, other


def test_a_challenge_comes_back_as_an_answer_and_ends_with_what_each_will_try() -> None:
    one, other = put()
    assert [person for person, _ in one.told] == [ANNEKE.id]
    assert other.said[-1].text.values["challenge"] == "too few of us at night"
    other.takes(Tapped(other.number("challenge_answer"), "ask_begin", 1), Typed("a list for two wards", 1))
    other.takes(Typed("a bell between them", 2))
    assert [person for person, _ in other.told] == [FATMATA.id]
    one.takes(other.last_told())
    assert one.said[-1].text.values["answer"] == "a list for two wards\n\na bell between them"
    one.takes(Tapped(one.number("challenge_try"), "ask_begin", 1), Typed("the bell, next week", 2))
    page = one.last_told()
    assert isinstance(page, PagePassedOn)
    assert page.lines == (("try", '"the bell, next week'),), "that she wished to write is no part of what she wrote"


def test_who_is_shown_a_challenge_in_the_middle_of_something_loses_no_place_there() -> None:
    other = Phone(ANNEKE)
    other.takes(FlowStarted("card_day"))
    front = other.conversation.front
    other.takes(TwinAsked(FATMATA.id, "Fatmata", 1, "challenge_answer", {"challenge": "nights"}))
    assert other.conversation.front == front


def test_words_mended_before_the_answer_take_the_place_of_the_first_ones() -> None:
    one, other = put()
    one.takes(Edited("too few of us by day", 1))
    other.takes(one.last_told())
    waiting = [session for session in other.conversation.sessions if session.status is Status.OPEN]
    assert [session.given["challenge"] for session in waiting] == ["too few of us by day"]


def test_another_challenge_stands_beside_the_first() -> None:
    one, other = put()
    one.takes(FlowStarted("challenge"), Typed("no blankets", 2))
    other.takes(one.last_told())
    waiting = [session for session in other.conversation.sessions if session.status is Status.OPEN]
    assert [session.given["challenge"] for session in waiting] == ["too few of us at night", "no blankets"]


def test_who_hears_nothing_of_her_twin_is_asked_nothing_and_her_twin_learns_only_that() -> None:
    one, other = put()
    other = Phone(ANNEKE)
    other.facts["twin.muted"] = True
    other.takes(one.last_told())
    assert other.conversation.sessions == ()
    assert other.last_told() == ReceiptCame(1, "failed")


def test_nothing_of_an_erased_twin_waits_any_more() -> None:
    _, other = put()
    other.takes(WriterGone(FATMATA.id))
    assert other.conversation.sessions == ()
