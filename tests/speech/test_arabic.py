"""What came with the program, as somebody reads it in Arabic: digits, months, commas, and nothing turned around."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from bot.library import packaged_catalogue
from bot.speech.wording import FSI, PDI
from flows.values import Clock, Listed, LocalTime, Text, Value, Weekday
from tests.speaking import the_speech

CATALOGUE = packaged_catalogue()
SPEECH = the_speech()
CASABLANCA = "Africa/Casablanca"
MONDAY = datetime(2026, 12, 7, 8, 5, tzinfo=UTC)
COMMAND = re.compile(r"(?:^|[^\w/<>])(/[a-z_]+)\b")
"""Where Telegram makes a command of a text: nothing of a word stands before the slash."""


def said(id_: str, count: int | None = None, **values: Value) -> str:
    return SPEECH.text(Text(id_, values, count=count), "ar", CASABLANCA)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1234, "1.234"),
        (LocalTime(MONDAY), "08:05"),
        (LocalTime(MONDAY, "day"), "7 دجنبر"),
        (LocalTime(MONDAY, "date"), "7 دجنبر 2026"),
        (LocalTime(MONDAY, "weekday_time"), "الاثنين، 7 دجنبر، 08:05"),
        (Weekday(4), "الجمعة"),
        (Clock(9 * 60), "09:00"),
        (Listed((Text("engine.skip"), Text("engine.done"))), "تخطٍّ وتم"),
        (Listed((Text("engine.skip"), Text("engine.done")), ", "), "تخطٍّ، تم"),
    ],
)
def test_dates_numbers_and_lists_are_those_of_morocco(value: Value, written: str) -> None:
    assert SPEECH.value(value, "ar", CASABLANCA) == written


@pytest.mark.parametrize(
    ("count", "end"),
    [
        (1, "شخص واحد."),
        (2, "شخصين."),
        (3, f"{FSI}3{PDI} أشخاص."),
        (11, f"{FSI}11{PDI} شخصًا."),
        (100, f"{FSI}100{PDI} شخص."),
    ],
)
def test_people_are_counted_in_every_form_of_the_plural(count: int, end: str) -> None:
    assert said("broadcast.to", count).endswith(end)


def test_a_number_within_a_sentence_is_isolated_and_one_at_its_head_is_not() -> None:
    assert f"{FSI}12{PDI} " in said("privacy.say_what", controller="x", address="y", months=12, programme="z")
    assert said("numbers.choice", number=3, choice=Text("engine.done")) == "3 تم"
    assert said("time.ask_time_right", time=LocalTime(MONDAY)).count(f"{FSI}08:05{PDI}") == 1


def test_a_command_keeps_its_slash_before_it_and_is_still_one_for_telegram() -> None:
    text = said("proposal.made", twin="Anneke")
    assert f"{FSI}/contact{PDI}" in text
    assert COMMAND.findall(text) == ["/contact"]
    assert said("talk.command_unknown", command="nope").startswith(f"لا أعرف {FSI}/{FSI}nope{PDI}{PDI}.")


def test_every_command_of_a_text_stands_in_isolates() -> None:
    bare = re.compile(rf"(?<![{FSI}\w/}}<])/[a-z_]+")
    for id_, source in CATALOGUE.source_texts.items():
        names = dict.fromkeys(re.findall(r"\{([a-z_0-9]+)\}", source), "x")
        text = SPEECH.text(Text(id_, names), "ar", CASABLANCA)
        assert not bare.findall(text), id_
        assert set(COMMAND.findall(text)) == set(COMMAND.findall(source)), id_


@pytest.mark.parametrize("phone", ["ar", "ar-MA", "ary"])
def test_a_phone_that_speaks_arabic_or_darija_is_answered_in_arabic(phone: str) -> None:
    assert SPEECH.best(phone, "en") == "ar"


def test_the_list_of_commands_can_be_tapped() -> None:
    line = said("help_page.line", command="/pause", description=Text("commands.pause"))
    assert line.startswith(f"{FSI}/pause{PDI} ")
    assert COMMAND.findall(line) == ["/pause"]


def test_months_are_those_of_morocco_whoever_reads_those_of_all_arabic_first() -> None:
    """Babel 2.18 copies into a region what was resolved of its language before the region was read."""
    read = (
        "from bot.places import month_names; month_names(('en', 'ar')); from babel import Locale; "
        "print(Locale.parse('ar_MA').months['format']['abbreviated'][12])"
    )
    said = subprocess.run([sys.executable, "-c", read], capture_output=True, check=True, encoding="utf-8")
    assert said.stdout.strip() == "دجنبر"


def test_who_coordinates_is_an_office_and_neither_a_man_nor_a_woman() -> None:
    for id_ in CATALOGUE.source_texts:
        words = CATALOGUE.translations["ar"].get(id_, "")
        assert "منسق" not in words, id_


def test_a_month_that_a_text_names_is_called_as_in_morocco() -> None:
    elsewhere = re.compile("مايو|يوليو(?!ز)|أغسطس|سبتمبر|نوفمبر|ديسمبر")
    for id_ in CATALOGUE.source_texts:
        assert not elsewhere.search(CATALOGUE.translations["ar"].get(id_, "")), id_
