"""The picture of the balance: small, legible, drawn outside the bot, and the words alone where it can not be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
import structlog

from bot.drawing import Drawing
from bot.library import packaged_catalogue
from bot.pictures.chart import PIXELS, SMALLEST, WIDTH, picture_of, svg_of
from bot.pictures.font import FONTS
from flows.effects import Say
from flows.rules.balancing import draw
from flows.rules.joining import NAME_LIMIT
from flows.rules.situation import Situation
from flows.session import Session
from storage.messages import Picture
from tests.speaking import the_speech

CATALOGUE = packaged_catalogue()
SPEECH = the_speech()
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)

PROMISED = 25_000
"""Bytes, as the button says (`balance.show.picture`)."""
CAPTION = 1024
"""Characters that Telegram takes below a photo."""
PHONE = 320
"""Pixels across of the smallest phone."""


def said(reports: tuple[tuple[str, ...], ...], me: str = "Fatmata", twin: str = "Anneke") -> Say:
    facts: Mapping[str, object] = {
        "person.name": me,
        "person.zone": "Africa/Freetown",
        "twin.name": twin,
        "balance.reports": reports,
        "balance.answered": (),
        "balance.felt": None,
    }
    [effect] = draw(Situation(CATALOGUE.current("balance"), Session(1, "balance", "v", NOW), facts, NOW))
    assert isinstance(effect, Say)
    return effect


def busy(times: int) -> tuple[tuple[str, ...], ...]:
    """Every month `times` of everything, on days of their own."""
    ways = ("giving", "giving_back", "receiving", "passing_on")
    days = [f"2026-{month:02}-{day:02}" for month in range(6, 12) for day in range(1, times + 1)]
    return tuple(("me", way, "twin", "skill", day) for way in ways for day in days)


def picture(language: str, **more: object) -> Picture:
    chart = said(busy(3), **more).picture  # type: ignore[arg-type]
    assert chart is not None
    return picture_of(chart, SPEECH, language)


def png_of(one: Picture) -> bytes:
    made = asyncio.run(Drawing(structlog.get_logger()).photo(one))
    assert made is not None
    return made


@pytest.mark.parametrize("language", SPEECH.languages)
def test_it_is_a_png_no_larger_than_its_button_says_whatever_is_in_it(language: str) -> None:
    assert "25" in SPEECH.text(said(()).text.__class__("balance.show.picture"), language, "UTC")
    chart = said(busy(28), "W" * NAME_LIMIT, "م" * NAME_LIMIT).picture
    assert chart is not None
    made = png_of(picture_of(chart, SPEECH, language))
    assert made.startswith(b"\x89PNG")
    assert int.from_bytes(made[16:20], "big") == PIXELS
    assert len(made) < PROMISED


@pytest.mark.parametrize("language", SPEECH.languages)
def test_the_words_below_it_fit_and_name_every_month(language: str) -> None:
    effect = said(busy(28), "W" * NAME_LIMIT, "م" * NAME_LIMIT)
    words = SPEECH.text(effect.text, language, "UTC")
    assert len(words) <= CAPTION
    assert len(words.splitlines()) == 1 + 6


@pytest.mark.parametrize("language", SPEECH.languages)
def test_on_the_smallest_phone_every_letter_is_large_enough(language: str) -> None:
    sizes = [int(size) for size in re.findall(r'font-size="(\d+)"', svg_of(picture(language)))]
    assert len(sizes) == 2 + 6 + 3
    assert min(sizes) * PHONE / WIDTH >= SMALLEST


def test_from_right_to_left_time_and_every_line_do_so_too() -> None:
    english, arabic = svg_of(picture("en")), svg_of(picture("ar"))

    def months(svg: str) -> list[float]:
        return [float(x) for x in re.findall(r'x="([\d.]+)" y="\d+" font-size="\d+" text-anchor="middle"', svg)]

    assert months(english) == sorted(months(english))
    assert months(arabic) == sorted(months(arabic), reverse=True)
    assert ">From Fatmata to Anneke<" in english
    assert ">\u2067من \u2068Fatmata\u2069 إلى \u2068Anneke\u2069\u2069<" in arabic
    assert 'text-anchor="start"' not in arabic


def test_the_same_notes_are_the_same_picture_byte_for_byte_whatever_the_partner_noted() -> None:
    theirs = tuple(("twin", *rest) for _, *rest in busy(9))
    one, same = said(busy(3)).picture, said(busy(3) + theirs).picture
    assert one is not None
    assert same is not None
    assert png_of(picture_of(one, SPEECH, "en")) == png_of(picture_of(same, SPEECH, "en"))


def test_a_name_can_not_break_it() -> None:
    assert png_of(picture("en", me='<a&b>\ufffe"', twin="</text>"))


def test_it_says_no_number() -> None:
    shown = re.findall(r">([^<]+)<", svg_of(picture("en")))
    assert len(shown) == 2 + 6 + 3
    assert not re.search(r"\d", "".join(shown))


def test_the_fonts_are_here_with_their_licence() -> None:
    assert len(FONTS) == 2
    assert (FONTS[0].parent / "OFL.txt").is_file()
