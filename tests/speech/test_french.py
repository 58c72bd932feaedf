"""What no reader of French should meet: an elision left out, people addressed as men or as women, foreign signs."""

from __future__ import annotations

import re

import pytest

from bot.speech import packaged_languages
from bot.translations.messages import forms

TEXTS = [
    (str(message.context), form)
    for message in packaged_languages().catalogs["fr"]
    if message.context
    for form in forms(message)
]

WRONG = {
    # de {name} would be d’Aïcha; days and counts are written so that nothing elides before them
    "elision": re.compile(r"(?i)\b(?:[cdlmnst]e|la|(?:jus|lors|puis)?que) \{(?!(?:day|since|until|lost|count)\b)"),
    "a space that breaks": re.compile(r" [:;!?»]|« "),
    "a sign without its space": re.compile(r"[^\s\u202f(][:;!?](?=\s|$)|«[^\u202f]|[^\u202f]»"),
    "a straight apostrophe": re.compile(r"'"),
    "English quotation marks": re.compile(r"[“”\"]"),
    "a point in the middle of a word": re.compile(r"\w·\w"),
    # a participle after "vous a" would have to agree; vous deux stands instead of tous les deux
    "a man or a woman": re.compile(
        r"(?i)\b(?:(?:tous|toutes) (?:les )?deux\b(?! semaines)|jum(?:eau|eaux|elles?)\b|coordinat(?:eur|rice)s?\b|"
        r"partenaires?\b|vous a (?:surpris|étonné|touché|marqué|ému)\b)"
    ),
    "tu": re.compile(r"\b(?:tu|te|toi|ton|tes)\b", re.IGNORECASE),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_no_text_in_french_has(what: str) -> None:
    assert [(id_, form) for id_, form in TEXTS if WRONG[what].search(form)] == []
