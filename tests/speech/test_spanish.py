"""What no reader of Spanish should meet: half a question, a person addressed as a man or as a woman, and tú."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot.speech import packaged_languages
from bot.translations.messages import forms
from flows.values import Clock, Listed, LocalTime, Value, Weekday
from tests.speaking import the_speech

SPEECH = the_speech()
BOGOTA = "America/Bogota"
MONDAY = datetime(2026, 12, 7, 14, 5, tzinfo=UTC)

TEXTS = [
    (str(message.context), form)
    for message in packaged_languages().catalogs["es"]
    if message.context
    for form in forms(message)
]

WRONG = {
    # y Inés would be e Inés, and o Óscar would be u Óscar; a count is written in digits, and ¿Y Inés? keeps its y
    "a name after y or o": re.compile(r"\b[yo] \{(?!count\b)"),
    "a straight or an English quotation mark": re.compile(r"[\"'“”]"),
    "a space within its signs": re.compile(r"[¿¡«] | [?!»:;,.…]"),
    "three points": re.compile(r"\.\.\."),
    "an ending cut in two": re.compile(r"\w[/(@·](?:a|as|o|os|e|es)\b|\w+[@]\w*|\b\w+x[oe]?s\b"),
    "a man or a woman": re.compile(
        r"(?i)\b(?:bienvenid(?:o|os|as)|(?<!la )bienvenida|gemel[oa]s?|coordinador(?:a|es|as)?|compañer[oa]s?|"
        r"matron[ao]s?|herman[oa]s?|nosotr[oa]s|vosotr[oa]s|ellos|él|otros|un[oa] mism[oa]|segur[oa] de)\b"
    ),
    "tú or vos": re.compile(r"(?i)\b(?:tú|tu|tus|te|ti|contigo|vos|os|vuestr[oa]s?)\b"),
    "un par, which means a few": re.compile(r"(?i)\b(?:un|sin|tienen?|tener|los) par(?:es)?\b"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_no_text_in_spanish_has(what: str) -> None:
    assert [(id_, form) for id_, form in TEXTS if WRONG[what].search(form)] == []


@pytest.mark.parametrize("signs", ["¿?", "¡!", "«»"])
def test_what_opens_closes(signs: str) -> None:
    assert [(id_, form) for id_, form in TEXTS if re.sub(rf"[^{signs}]", "", form).replace(signs, "")] == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12345, "12.345"),
        (LocalTime(MONDAY), "9:05"),
        (LocalTime(MONDAY, "day"), "7 de diciembre"),
        (LocalTime(MONDAY, "date"), "7 dic 2026"),
        (LocalTime(MONDAY, "weekday_time"), "lunes, 7 de diciembre, 9:05"),
        (Weekday(4), "viernes"),
        (Clock(13 * 60), "13:00"),
        (Listed(("Fatmata", "Anneke", "Isatu")), "Fatmata, Anneke e Isatu"),
        (Listed(("Inés", "Hilda")), "Inés e Hilda"),
        (Listed(("Ana", "Hielo")), "Ana y Hielo"),
        (Listed(("Isatu",)), "Isatu"),
    ],
)
def test_dates_numbers_and_lists_are_spanish(value: Value, written: str) -> None:
    assert SPEECH.value(value, "es", BOGOTA) == written


@pytest.mark.parametrize("phone", ["es", "es-MX", "es-419", "ca", "gl", "eu", "qu", "gn"])
def test_a_phone_of_spain_or_of_latin_america_is_answered_in_spanish(phone: str) -> None:
    assert SPEECH.best(phone, "en") == "es"
