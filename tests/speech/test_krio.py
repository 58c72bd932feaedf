"""What no reader of Krio should meet: English words and endings, letters that Krio has not; and that its own letters
need not be on a phone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

import pytest

from bot.library import packaged_catalogue
from bot.places import weekday_names
from bot.speech import packaged_languages
from bot.translations.messages import forms
from flows import asking
from flows.catalogue import Flow
from flows.rules.situation import Situation
from flows.session import Session
from flows.values import Clock, Country, Listed, LocalTime, Text, Value, Weekday
from tests.speaking import the_speech

CATALOGUE = packaged_catalogue()
SPEECH = the_speech()
FREETOWN = "Africa/Freetown"
MONDAY = datetime(2026, 12, 7, 14, 5, tzinfo=UTC)

TEXTS = [
    (str(message.context), form)
    for message in packaged_languages().catalogs["kri"]
    if message.context
    for form in forms(message)
]

NAMES = ("Twinbot", "Telegram", "JSON", "Accra", "Amsterdam", "Fatmata", "August", "December", "May", "MB")
OF_FILES = ("next", "then", "expires", "leave_out", "Text", r"thresholds\.toml", r"texts\.toml", "xlsx", "Excel")
FOREIGN = re.compile(rf"\{{\w+\}}|/\w+|\b(?:{'|'.join((*NAMES, *OF_FILES))})\b")
"""What stands in a text and is no Krio: placeholders, commands, names, months, which are said in English, and what a
flow's file calls its parts."""

WRONG = {
    "a word of English": re.compile(
        r"(?i)\b(?:the|and|of|you|your|with|is|are|this|that|what|who|when|where|which|for|about|they|them|"
        r"she|her|he|his|my|will|can|have|has|been|please|thank|thanks|answer|question|write|read|send|again|people)\b"
    ),
    "an English ending or spelling": re.compile(r"(?i)\w(?:tion|sion|ness|ght|ck|ph|oo|ee|ea\w|th|wh|qu)|[qx]|\bth"),
    "a letter of another alphabet": re.compile(r"[^\W\d_a-zA-ZɛɔŋƐƆ]"),
    "an accent": re.compile(r"[\u0300-\u036f]"),
    "a straight quotation mark": re.compile(r"[\"']"),
    "three points": re.compile(r"\.\.\."),
}


@pytest.mark.parametrize("what", WRONG)
def test_no_text_in_krio_has(what: str) -> None:
    plain = [(id_, FOREIGN.sub("", unicodedata.normalize("NFD", form))) for id_, form in TEXTS]
    assert [(id_, form) for id_, form in plain if WRONG[what].search(form)] == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12345, "12,345"),
        (LocalTime(MONDAY), "14:05"),
        (LocalTime(MONDAY, "day"), "7 December"),
        (LocalTime(MONDAY, "date"), "7 Dec 2026"),
        (LocalTime(MONDAY, "weekday_time"), "Monday 7 December, 14:05"),
        (Weekday(4), "Friday"),
        (Clock(13 * 60), "13:00"),
        (Country("NL"), "Netherlands"),
        (Listed(("Fatmata", "Anneke", "Isatu")), "Fatmata, Anneke and Isatu"),
    ],
)
def test_dates_numbers_and_lists_are_english_since_cldr_has_no_krio(value: Value, written: str) -> None:
    assert SPEECH.value(value, "kri", FREETOWN) == SPEECH.value(value, "en", FREETOWN) == written


@pytest.mark.parametrize(("count", "said"), [(1, "gi 1 tɛm"), (2, "gi 2 tɛm"), (11, "gi 11 tɛm")])
def test_one_and_many_are_counted_with_the_same_words(count: int, said: str) -> None:
    assert SPEECH.text(Text("balance.gave", count=count), "kri", FREETOWN) == said


@pytest.mark.parametrize("phone", ["kri", "kri-SL"])
def test_a_phone_that_speaks_krio_is_answered_in_krio(phone: str) -> None:
    assert SPEECH.best(phone, "en") == "kri"


def test_the_days_of_krio_are_understood_with_and_without_its_letters() -> None:
    days = weekday_names(SPEECH.languages)
    assert [days[name] for name in ("monde", "tyusde", "wensde", "tosde", "frayde", "satide", "sonde")] == [*"0123456"]


BUTTONS = [
    (flow, step.id, choice.id, flow.text_in("kri", choice.text))
    for flow in CATALOGUE.flows.values()
    for step in flow.definition.steps
    for choice in flow.choices(step.id)
]


def typed(flow: Flow, step: str, words: str) -> str | None:
    situation = Situation(flow, Session(1, flow.id, flow.version, MONDAY), {}, MONDAY)
    return asking.named(situation, flow.step(step), words)


@pytest.mark.parametrize("without", [{"ŋ": "ng"}, {"ŋ": "n"}, {}], ids=["as ng", "as n", "as it is"])
def test_every_button_is_understood_when_its_letters_are_not_on_the_phone(without: dict[str, str]) -> None:
    letters = str.maketrans({"ɛ": "e", "ɔ": "o", "Ɛ": "E", "Ɔ": "O", **without} if without else {})
    wrong = {
        f"{flow.id}.{step}.{choice}": words
        for flow, step, choice, words in BUTTONS
        if any(sign.isalpha() for sign in words) and typed(flow, step, words.translate(letters)) != choice
    }
    assert wrong == {}
