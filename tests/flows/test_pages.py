"""A page on its way from a twin to her partner: shown, changed, and not shown to who hears nothing."""

from __future__ import annotations

import pytest

from flows.effects import Rewrite
from flows.events import Event
from flows.events.own import Edited, Tapped, Typed
from flows.events.pairs import PageNotShown, PagePassedOn
from flows.events.shell import FlowStarted
from tests.cast import ANNEKE, FATMATA
from tests.flows.phones import Phone

CARD = (FlowStarted("card_day"), Typed("up at five", 1))
CHANGED = Edited("up at six", 1)
DIALOGUE = (FlowStarted("dialogue"), Tapped(1, "ask_theme", 1), Tapped(1, "ask_card", 1))


def writes(*events: Event) -> tuple[Phone, Phone]:
    one, other = Phone(FATMATA), Phone(ANNEKE)
    one.takes(*events)
    return one, other


def test_a_change_takes_the_place_of_what_the_reader_was_shown() -> None:
    one, other = writes(*CARD)
    other.takes(one.last_told())
    one.takes(CHANGED)
    assert [effect for effect in other.takes(one.last_told()) if isinstance(effect, Rewrite)]


@pytest.mark.parametrize("still_muted", [False, True])
def test_what_a_muted_reader_was_not_shown_is_new_to_her_once_it_is_changed(*, still_muted: bool) -> None:
    one, other = writes(*CARD)
    other.facts["twin.muted"] = True
    other.takes(one.last_told())
    assert isinstance(other.last_told(), PageNotShown)
    one.takes(other.last_told())
    other.facts["twin.muted"] = still_muted
    one.takes(CHANGED)
    page = one.last_told()
    assert isinstance(page, PagePassedOn)
    assert not page.changed
    said = len(other.said)
    other.takes(page)
    assert len(other.said) - said == (not still_muted), "she reads it, unless she still hears nothing"
    assert len(other.told) == 1 + still_muted, "and the author learns of it again if not"


def test_what_did_not_reach_her_is_not_taken_back_either() -> None:
    one, other = writes(*DIALOGUE)
    other.facts["twin.muted"] = True
    other.takes(one.last_told())
    one.takes(other.last_told())
    told = len(one.told)
    one.takes(Tapped(1, "ask_card", 3))
    assert len(one.told) == told
