"""The card of `/numbers`: small enough to keep, and with every question."""

from __future__ import annotations

import pytest

from bot.library import packaged_catalogue
from flows.card import NUMBERS_LIMIT, PROMPT_LIMIT, under, whole
from flows.rules.joining import NAME_LIMIT
from flows.values import Text, Value
from tests.speaking import the_speech

CATALOGUE = packaged_catalogue()
SPEECH = the_speech()


def card(language: str, name: str) -> str:
    return SPEECH.text(whole(CATALOGUE.current("weekly_checkin"), facts_of(name)), language, "UTC")


def facts_of(name: str) -> dict[str, object]:
    return {"person.name": name, "twin.name": name}


@pytest.mark.parametrize("language", SPEECH.languages)
@pytest.mark.parametrize("letter", ["x", "é", "ف", "李", "\U0001e900"])
def test_the_card_fits_its_bytes_in_every_language_and_script(language: str, letter: str) -> None:
    assert NUMBERS_LIMIT == 900
    assert len(card(language, letter * NAME_LIMIT).encode()) <= NUMBERS_LIMIT


@pytest.mark.parametrize("language", SPEECH.languages)
def test_the_card_has_every_question_with_every_number_and_names_as_they_are(language: str) -> None:
    lines = card(language, "Fatmata Kamara").splitlines()
    assert "Fatmata Kamara" in lines[2]
    flow = CATALOGUE.current("weekly_checkin")
    asked = [flow.choices(step.id) for step in flow.definition.steps if step.kind == "choose"]
    for choices, line in zip(asked, lines[3::2], strict=True):
        assert line == " · ".join(f"{one.number} {flow.text_in(language, one.text)}" for one in choices)


def test_a_long_name_is_cut_where_a_letter_ends() -> None:
    said = card("en", "ف" * 40)
    assert "ف" * 12 + "…" in said
    assert "ف" * 13 not in said


@pytest.mark.parametrize("language", SPEECH.languages)
def test_under_a_prompt_stands_every_number_once_and_no_question_twice(language: str) -> None:
    flow = CATALOGUE.current("weekly_checkin")
    filled: dict[str, Value] = {"person": "Fatmata", "twin": "Anneke"}
    prompt = Text("weekly_checkin.ask_contact", filled)
    said = SPEECH.text(under(flow, facts_of("Fatmata"), prompt), language, "UTC")
    lines = said.splitlines()
    assert lines[0] == SPEECH.text(prompt, language, "UTC")
    steps = [step for step in flow.definition.steps if step.kind == "choose"]
    for step in steps:
        numbered = [f"{one.number} {flow.text_in(language, one.text)}" for one in flow.choices(step.id)]
        assert lines.count(" · ".join(numbered)) == 1
    assert len(lines) == 2 + 2 + 2 * (len(steps) - 1)
    assert len(said.encode()) <= PROMPT_LIMIT
