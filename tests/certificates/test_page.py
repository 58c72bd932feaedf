"""The certificate as a page: what is read back from the PDF, in which order, where on the sheet, how heavy it is."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pypdfium2 as pdfium
import pytest

from bot.certificates.page import FRAMES, pdf_of
from flows.effects import SendCertificate
from flows.rules import certificates
from flows.rules.situation import NotUnderstood, Situation, Understood
from flows.session import Answered, Session
from storage.messages import Page
from tests.cast import FATMATA, facts_of
from tests.turns import library

CATALOGUE, SPEECH = library()
NOW = datetime(2029, 6, 30, 9, tzinfo=UTC)
HEAVIEST = 100_000
"""Bytes: what the bot says beforehand."""


def situation(name: str | None = None, since: dict[str, datetime] | None = None) -> Situation:
    flow = CATALOGUE.current("certificate")
    path = () if name is None else (Answered("ask_name", message=1, words=name),)
    session = Session(1, flow.id, flow.version, NOW, path=path)
    known = {**facts_of(FATMATA), "pair.since": datetime(2026, 11, 16, tzinfo=UTC), "phase.since": since or {}}
    return Situation(flow, session, known, NOW)


@cache
def page(language: str, name: str | None = None) -> Page:
    (sent,) = certificates.send(situation(name))
    assert isinstance(sent, SendCertificate)
    lines = tuple((how, SPEECH.value(line, language, "Africa/Freetown")) for how, line in sent.lines)
    return Page("page.pdf", language, SPEECH.is_rtl(language), lines, "not drawn")


@cache
def drawn(language: str, name: str | None = None) -> bytes:
    return pdf_of(page(language, name))


def read(content: bytes) -> str:
    """All the words of the first page, as a reader of PDF makes lines of them."""
    with pdfium.PdfDocument(content) as document:
        return str(document[0].get_textpage().get_text_bounded())


def glyphs(content: bytes) -> list[tuple[str, float, float, float, float]]:
    """Every character of the first page with its box: left, bottom, right, top, in points."""
    found = []
    with pdfium.PdfDocument(content) as document:
        words = document[0].get_textpage()
        for place in range(words.count_chars()):
            character = chr(pdfium.raw.FPDFText_GetUnicode(words.raw, place))
            if not character.isspace():
                found.append((character, *words.get_charbox(place)))
    return found


def plain(words: str) -> str:
    return "".join(one for one in words if one.isalnum())


@pytest.mark.parametrize("language", SPEECH.languages)
def test_it_is_one_light_page_that_bears_the_name_the_programme_and_both_sides(language: str) -> None:
    content = drawn(language, "Fatmata B. Kamara")
    assert len(content) < HEAVIEST
    with pdfium.PdfDocument(content) as document:
        assert len(document) == 1
    found = plain(read(content))
    for wanted in ("Fatmata B. Kamara", "Midwives together", "Freetown", "Utrecht"):
        assert plain(wanted) in found


@pytest.mark.parametrize("language", SPEECH.languages)
def test_nothing_stands_outside_the_frame(language: str) -> None:
    longest = "W" * certificates.NAME_CHARACTERS
    frame = FRAMES[-1][0] / 0.3528
    for name in ("Fatmata", longest, " ".join(["Wilhelmina"] * 5)):
        for character, left, bottom, right, top in glyphs(drawn(language, name)):
            assert left > frame and right < 842 - frame, f"{character} in {language}"
            assert bottom > frame and top < 595 - frame, f"{character} in {language}"


def places(content: bytes, words: str) -> list[float]:
    """Where the letters of `words` stand, by the left of each, in the order of the words."""
    found, wanted = glyphs(content), list(plain(words))
    for start in range(len(found)):
        here = found[start : start + len(wanted)]
        if [one for one, *_ in here] == wanted:
            return [left for _, left, *_ in here]
    raise AssertionError(f"{words} can not be read there")


def test_arabic_runs_from_right_to_left_and_a_latin_name_in_it_from_left_to_right() -> None:
    content = drawn("ar", "Fatmata Kamara")
    heading = places(content, "شهادة")
    assert heading == sorted(heading, reverse=True)
    name = places(content, "Fatmata Kamara")
    assert name == sorted(name)


@pytest.mark.parametrize(("language", "first_is_right"), [("ar", True), ("en", False)])
def test_what_comes_first_in_an_arabic_line_stands_on_its_right(language: str, first_is_right: bool) -> None:
    """The two sides, as they are listed and where they sign."""
    found = glyphs(drawn(language, "ب"))  # no other F or U on the page
    freetown = [(left, bottom) for letter, left, bottom, *_ in found if letter == "F"]
    utrecht = [(left, bottom) for letter, left, bottom, *_ in found if letter == "U"]
    lines = [(one, two) for one, at in freetown for two, below in utrecht if abs(at - below) < 1]
    assert len(lines) > 1
    assert all((one > two) is first_is_right for one, two in lines)


def test_arabic_letters_are_joined() -> None:
    """In the middle of a word beh is a tooth; alone it is a dish three times as wide."""

    def widths(name: str) -> list[float]:
        found = glyphs(drawn("ar", name))
        return [right - left for letter, left, _, right, _ in found if letter == "ب"]

    def at_the_name(name: str) -> list[float]:
        others = widths("Fatmata")
        return [one for one in widths(name) if one not in others]

    assert min(at_the_name("ببب")) < 0.6 * max(at_the_name("ب"))


def test_an_arabic_name_stands_on_an_english_page() -> None:
    name = places(drawn("en", "فاطمة الزهراء"), "فاطمة")
    assert name == sorted(name, reverse=True)


def test_what_no_font_can_write_is_left_out_and_the_rest_is_written() -> None:
    found = read(drawn("en", "Fatmata 🙂 𝔎amara"))
    assert "Fatmata" in found
    assert "amara" in found


@pytest.mark.parametrize("language", SPEECH.languages)
def test_every_letter_of_every_language_has_its_glyph(language: str) -> None:
    found = set(read(drawn(language)))
    for _, words in page(language).lines:
        assert set(plain(words)) <= found


def test_without_a_word_of_hers_it_bears_the_name_that_is_known_and_says_until_when_the_two_were_a_pair() -> None:
    ended = datetime(2029, 3, 1, 10, tzinfo=UTC)
    (sent,) = certificates.send(situation(since={"alumni": ended}))
    words = [SPEECH.value(line, "en", "Africa/Freetown") for _, line in sent.lines]
    assert "Fatmata" in words
    assert "from 16 Nov 2026 to 1 Mar 2029" in words
    assert not [one for one in words if "Anneke" in one], "nobody else's name"


def test_a_name_is_one_line_of_sixty_characters_at_most() -> None:
    here = situation()
    assert certificates.read_name("  Fatmata\n Kamara ", here) == Understood("Fatmata Kamara")
    assert certificates.read_name("a" * 60, here) == Understood("a" * 60)
    assert certificates.read_name("a" * 61, here) == NotUnderstood("certificate.name_hint")
