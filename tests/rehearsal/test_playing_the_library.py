"""Playing meets every question of the library, in every language: what it taps ends, deletes and declines nothing."""

from __future__ import annotations

import pytest

from bot.library import packaged_catalogue
from bot.rehearsal.keyboards import Button
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.playing import Tap, next_move
from bot.speech import packaged_languages
from flows.catalogue import Flow

CATALOGUE = packaged_catalogue()
OFFERED = packaged_languages().offered
ASKED = [
    (flow, step.id)
    for flow in CATALOGUE.flows.values()
    for step in flow.definition.steps
    if flow.choices(step.id)
]  # fmt: skip
NEVER = {
    *("no", "none", "nobody", "refuse", "decline", "leave", "stop", "delete", "drop", "discard", "cancel", "undo"),
    *("mute", "report", "again", "anew", "later", "can_not", "nothing", "pause", "skip", "take_back", "change"),
}
"""Ids of choices that end, take back or put off something."""
HARMLESS = {"delete.ask_shared": "leave"}
"""What is named like one of them and deletes nothing."""


def tapped(flow: Flow, step: str, language: str) -> str | None:
    """The id of the choice that would be tapped."""
    choices = flow.choices(step)
    rows = tuple((Button(flow.text_in(language, choice.text), data=choice.id),) for choice in choices)
    phone = Phone(1, "Aminata", language, started=True)
    phone.keep(PhoneMessage(1, "bot", flow.text_in(language, f"{flow.id}.{step}"), 0.0, buttons=rows))
    move = next_move(phone)
    return choices[move.row].id if isinstance(move, Tap) else None


@pytest.mark.parametrize("language", OFFERED)
def test_no_question_of_the_library_is_answered_by_ending_or_declining(language: str) -> None:
    picked = {f"{flow.id}.{step}": tapped(flow, step, language) for flow, step in ASKED}
    assert {question: choice for question, choice in picked.items() if choice in NEVER} == HARMLESS
    assert picked["delete.ask_sure"] is None and picked["delete.ask_last"] is None
    assert picked["weekly_checkin.ask_contact"] == "real"
    assert picked["weekly_checkin.ask_feeling"] == "good"
    unanswered = [question for question, choice in picked.items() if choice is None]
    assert len(unanswered) < len(picked) / 3, unanswered


def test_playing_answers_the_same_in_every_language() -> None:
    different = {
        f"{flow.id}.{step}": answers
        for flow, step in ASKED
        if len(set(answers := [tapped(flow, step, language) for language in OFFERED])) > 1
    }
    assert different == {}
