from __future__ import annotations

import re
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library import build_catalogue, library_folder, packaged_catalogue, read_library, read_numbers
from bot.speech import Speech, SpeechError, packaged_languages
from flows.catalogue import Flow
from flows.rules.phases import EXIT
from flows.standing import PHASES
from flows.values import City, Clock, Country, Listed, LocalTime, Text, Value, Weekday
from tests.speaking import the_speech
from tests.speech.samples import (
    LIBRARY,
    MORE_LANGUAGES,
    RTL,
    TABLE,
    languages_of,
    make_checkout,
    po_file,
    speech_of,
    translate,
)

FREETOWN, AMSTERDAM = "Africa/Freetown", "Europe/Amsterdam"
ASK = Text("hello.ask", {"person": "Aminata", "twin": "Fatima"})
TUESDAY = datetime(2026, 12, 1, 14, 5, tzinfo=UTC)
FSI, PDI = "\u2068", "\u2069"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_checkout(tmp_path_factory.mktemp("checkout"), table=TABLE + MORE_LANGUAGES)
    turned: dict[str, str | tuple[str, ...]] = {
        "hello.ask": "{twin} {person}?",
        "talk.days": ("one {twin}", "two {twin}", "{count} {twin}"),
    }
    translate(root, RTL, turned)
    translate(root, "qab", {"hello.ask.yes": "Yes"})
    return root


@pytest.fixture(scope="module")
def speech(root: Path) -> Speech:
    return speech_of(root)


# -- languages -----------------------------------------------------------------------------------------------------


def test_each_language_has_its_own_words(speech: Speech) -> None:
    assert speech.text(ASK, "en", FREETOWN) == "Hello Aminata. Any word from Fatima?"
    assert speech.text(ASK, "nl", AMSTERDAM) == "Dag Aminata. Al iets gehoord van Fatima?"


def test_people_may_choose_the_complete_languages_only(speech: Speech) -> None:
    assert speech.languages == ("en", "nl", RTL)


def test_a_missing_translation_is_said_in_the_words_of_the_parent(speech: Speech) -> None:
    assert speech.text(Text("engine.skip"), "qab", FREETOWN) == "Overslaan"


def test_a_translation_that_equals_the_english_is_one_and_hides_the_parents(speech: Speech) -> None:
    assert speech.text(Text("hello.ask.yes"), "qab", FREETOWN) == "Yes"


def test_a_language_that_was_taken_out_is_answered_in_english(speech: Speech) -> None:
    assert speech.text(Text("engine.skip"), "tlh", FREETOWN) == "Skip"


def test_what_is_not_to_be_translated_is_said_as_it_stands(speech: Speech) -> None:
    assert speech.text(Text("choices.kinds.face"), "nl", AMSTERDAM) == "🙂"


@pytest.mark.parametrize(
    ("phone", "ours"),
    [("nl", "nl"), ("nl-be", "nl"), ("NL_BE", "nl"), ("dut", "nl"), ("fy", "nl"), ("fy-NL", "nl"), ("en-gb", "en")],
)
def test_the_nearest_language_of_ours_is_found(speech: Speech, phone: str, ours: str) -> None:
    assert speech.best(phone, "en") == ours


@pytest.mark.parametrize("phone", [None, "", "zz", "pt-br", "qab", "-"])
def test_without_a_near_language_the_default_holds(speech: Speech, phone: str | None) -> None:
    assert speech.best(phone, "nl") == "nl"


def test_a_stale_translation_is_never_said(tmp_path: Path) -> None:
    root = make_checkout(tmp_path)
    library = {**LIBRARY, "phrases.toml": LIBRARY["phrases.toml"].replace('"Skip"', '"Pass over"')}
    speech = speech_of(root, library)
    assert speech.text(Text("engine.skip"), "nl", AMSTERDAM) == "Pass over"


# -- versions ------------------------------------------------------------------------------------------------------


def test_a_session_hears_the_words_of_the_version_it_began_with(tmp_path: Path) -> None:
    root = make_checkout(tmp_path)
    languages = languages_of(root)
    before = build_catalogue(dict(LIBRARY), languages).flows["hello"]
    library = {**LIBRARY, "exchange/hello.toml": LIBRARY["exchange/hello.toml"].replace("Any word", "Any news")}
    now = build_catalogue(library, languages)
    now.versions[before.version] = Flow.from_data(before.to_data())
    speech = Speech(now, languages)
    assert speech.text(Text(ASK.id, ASK.values, before.version), "nl", AMSTERDAM) == (
        "Dag Aminata. Al iets gehoord van Fatima?"
    )
    assert speech.text(Text(ASK.id, ASK.values, before.version), "en", FREETOWN).endswith("Any word from Fatima?")
    assert speech.text(ASK, "nl", AMSTERDAM) == "Hello Aminata. Any news from Fatima?"


def test_a_phrase_named_with_a_version_is_said_as_it_is_today(speech: Speech, root: Path) -> None:
    version = build_catalogue(dict(LIBRARY), languages_of(root)).flows["hello"].version
    assert speech.text(Text("engine.skip", version=version), "nl", AMSTERDAM) == "Overslaan"


# -- plural --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 day with Bo"),
        ("en", 0, "0 days with Bo"),
        ("nl", 1, "1 dag met Bo"),
        ("nl", 1234, "1.234 dagen met Bo"),
        (RTL, 1, f"one {FSI}Bo{PDI}"),
        (RTL, 2, f"two {FSI}Bo{PDI}"),
        (RTL, 5, f"۵ {FSI}Bo{PDI}"),
        ("qab", 2, "2 dagen met Bo"),
    ],
)
def test_the_plural_follows_the_rule_of_the_language(speech: Speech, language: str, count: int, said: str) -> None:
    assert speech.text(Text("talk.days", {"twin": "Bo"}, count=count), language, FREETOWN) == said


def test_a_half_translated_plural_is_not_used(tmp_path: Path) -> None:
    root = make_checkout(tmp_path)
    translate(root, "nl", {"talk.days": ("", "{count} dagen met {twin}")})
    speech = speech_of(root)
    assert speech.text(Text("talk.days", {"twin": "Bo"}, count=3), "nl", AMSTERDAM) == "3 days with Bo"


def test_a_count_fills_a_text_without_plural_too(speech: Speech) -> None:
    assert speech.text(Text("talk.bye", {"person": 3}, count=1), "en", FREETOWN).startswith("Good bye, 3.")


# -- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        ("Fatima", "nl", "Fatima"),
        (1234, "en", "1,234"),
        (12, RTL, "۱۲"),
        (Text("engine.skip"), "nl", "Overslaan"),
        (Listed(("a", Text("engine.skip"), 3)), "nl", "a, Overslaan en 3"),
        (Listed(("a", "b", "c")), "en", "a, b and c"),
        (Listed(("a", "b"), " · "), "en", "a · b"),
        (Listed(()), "en", ""),
        (LocalTime(TUESDAY), "en", "14:05"),
        (LocalTime(TUESDAY, zone=AMSTERDAM), "en", "15:05"),
        (LocalTime(TUESDAY, "day"), "en", "1 December"),
        (LocalTime(TUESDAY, "day"), "nl", "1 december"),
        (LocalTime(TUESDAY, "date"), "en", "1 Dec 2026"),
        (LocalTime(TUESDAY, "date"), "nl", "1 dec 2026"),
        (LocalTime(TUESDAY, "weekday"), "nl", "dinsdag"),
        (LocalTime(TUESDAY, "weekday_time"), "nl", "dinsdag 1 december, 14:05"),
        (LocalTime(TUESDAY, "weekday_time"), "en", "Tuesday 1 December, 14:05"),
        (LocalTime(TUESDAY), RTL, "۱۴:۰۵"),
        (Country("SL"), "nl", "Sierra Leone"),
        (Country("NL"), "nl", "Nederland"),
        (Country("NL"), "qab", "Nederland"),
        (Country("QQ"), "en", "QQ"),
        (City("Europe/London"), "nl", "Londen"),
        (City("Asia/Kolkata"), "nl", "Kolkata"),
        (City("America/Argentina/Buenos_Aires"), "nl", "Buenos Aires"),
        (Weekday(0), "en", "Monday"),
        (Weekday(6), "nl", "zondag"),
        (Clock(9 * 60), "en", "09:00"),
        (Clock(0), "nl", "00:00"),
        (Clock(23 * 60 + 59), "nl", "23:59"),
    ],
)
def test_a_value_is_written_as_the_language_writes_it(speech: Speech, value: Value, language: str, said: str) -> None:
    assert speech.value(value, language, FREETOWN) == said


def test_the_day_is_that_of_the_persons_own_zone(speech: Speech) -> None:
    late = LocalTime(datetime(2026, 12, 1, 23, 30, tzinfo=UTC), "day")
    assert speech.value(late, "en", FREETOWN) == "1 December"
    assert speech.value(late, "en", AMSTERDAM) == "2 December"


def test_a_text_in_a_text_is_said_in_the_same_language(speech: Speech) -> None:
    text = Text("engine.again", {"hint": Text("engine.not_open"), "question": ASK})
    assert speech.text(text, "nl", AMSTERDAM) == (
        "Die vraag staat niet meer open.\n\nDag Aminata. Al iets gehoord van Fatima?"
    )


# -- isolates ------------------------------------------------------------------------------------------------------


def test_right_to_left_every_name_is_isolated(speech: Speech) -> None:
    assert speech.text(ASK, RTL, FREETOWN) == f"{FSI}Fatima{PDI} {FSI}Aminata{PDI}?"


def test_left_to_right_only_a_name_that_could_turn_the_line_is_isolated(speech: Speech) -> None:
    said = speech.text(Text("hello.ask", {"person": "Zoë", "twin": "فاطمة"}), "en", FREETOWN)
    assert said == f"Hello Zoë. Any word from {FSI}فاطمة{PDI}?"


def test_a_name_with_stray_directional_controls_is_kept_and_balanced(speech: Speech) -> None:
    said = speech.text(Text("hello.bye", {"person": f"a{PDI}b{FSI}c"}), "en", FREETOWN)
    assert said == f"Thank you, {FSI}{FSI}a{PDI}b{FSI}c{PDI}{PDI}."


def test_every_line_of_a_persons_words_is_isolated_by_itself(speech: Speech) -> None:
    said = speech.text(Text("hello.bye", {"person": "سلام\n\nسلام"}), "en", FREETOWN)
    assert said == f"Thank you, {FSI}سلام{PDI}\n\n{FSI}سلام{PDI}."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(min_size=1), language=st.sampled_from(["en", "nl", RTL]))
def test_any_name_goes_through_unharmed(speech: Speech, name: str, language: str) -> None:
    said = speech.text(Text("hello.bye", {"person": name, "count": 3}), language, FREETOWN)
    start = {"en": "Thank you, ", "nl": "Dank je, ", RTL: "Dank je, "}[language]
    assert said.startswith(start)
    assert said.endswith(".")
    added = said[len(start) : -1]
    lines = zip(added.split("\n"), name.split("\n"), strict=True)
    for got, line in lines:
        if got != line:
            opening = len(got) - len(got.lstrip(FSI)) - (len(line) - len(line.lstrip(FSI)))
            assert opening >= 1
            assert got.startswith(FSI * opening + line)
            assert set(got[opening + len(line) :]) == {PDI}
            assert _depth_at_end(got) == 0


def _depth_at_end(line: str) -> int:
    depth = 0
    for character in line:
        depth += (character in "\u2066\u2067\u2068") - (character == PDI)
        assert depth >= 0
    return depth


@pytest.mark.parametrize(
    "name", ["{person}", "{twin}", "{0}", "{", "}", "{{x}}", "{person.__class__}", "%s", "\\1", ""]
)
def test_braces_in_a_name_mean_nothing(speech: Speech, name: str) -> None:
    said = speech.text(Text("hello.ask", {"person": name, "twin": "Bo"}), "en", FREETOWN)
    assert said == f"Hello {name}. Any word from Bo?"


# -- an author's errors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("say", "told"),
    [
        (lambda speech: speech.text(Text("no.such"), "nl", FREETOWN), "no.such"),
        (lambda speech: speech.text(Text("no.such", count=2), "nl", FREETOWN), "no.such"),
        (lambda speech: speech.text(Text("hello.bye"), "nl", FREETOWN), "{person}"),
        (lambda speech: speech.text(Text("talk.days", {"twin": "Secretia"}), "nl", FREETOWN), "count"),
        (lambda speech: speech.text(Text("hello.bye", version="0" * 12), "nl", FREETOWN), "version"),
        (lambda speech: speech.value(LocalTime(TUESDAY), "nl", "Mars/Base"), "Mars/Base"),
        (lambda speech: speech.value(LocalTime(TUESDAY), "nl", "../etc/passwd"), "zone"),
        (lambda speech: speech.value(LocalTime(TUESDAY, "century"), "nl", FREETOWN), "century"),
    ],
)
def test_an_authors_error_is_named(speech: Speech, say: Callable[[Speech], str], told: str) -> None:
    with pytest.raises(SpeechError, match=told) as caught:
        say(speech)
    assert "Secretia" not in str(caught.value)


# -- what came with the program ------------------------------------------------------------------------------------


def test_every_text_of_the_library_can_be_said_in_every_language() -> None:
    catalogue, speech = packaged_catalogue(), the_speech()
    for language in speech.languages:
        for id_ in catalogue.source_texts:
            assert speech.text(Text(id_, dict.fromkeys(_names(catalogue.source_texts[id_]), "x")), language, FREETOWN)
        for id_, phrase in catalogue.phrases.items():
            names = dict.fromkeys(_names(phrase.text or phrase.other or ""), "x")
            count = None if phrase.text is not None else 2
            assert speech.text(Text(id_, names, count=count), language, FREETOWN)


def _names(text: str) -> list[str]:
    return [piece.partition("}")[0] for piece in text.split("{")[1:]]


def test_english_and_dutch_came_with_the_program() -> None:
    assert the_speech().languages[:2] == ("en", "nl")
    assert "phrases.toml" in read_library()
    assert packaged_languages().by_code["nl"].name == "Nederlands"


def test_the_ledger_of_numbers_is_read_and_empty_before_there_is_one(tmp_path: Path) -> None:
    assert read_numbers(tmp_path) == {}
    (tmp_path / "numbers.toml").write_text('[hello]\nask = ["yes", "no"]\n', encoding="utf-8")
    assert read_numbers(tmp_path) == {"hello.ask": ("yes", "no")}
    assert (library_folder() / "phrases.toml").is_file()


def test_a_question_is_said_within_twenty_microseconds() -> None:
    catalogue, speech = packaged_catalogue(), the_speech()
    version = catalogue.flows["weekly_checkin"].version
    question = Text("weekly_checkin.ask_contact", {"person": "Aminata", "twin": "Fatima"}, version)
    speech.text(question, "nl", AMSTERDAM)
    best = min(timeit.repeat(lambda: speech.text(question, "nl", AMSTERDAM), number=1000, repeat=5)) / 1000
    assert best < 20e-6


def test_a_language_without_a_file_of_its_own_still_speaks(tmp_path: Path) -> None:
    root = make_checkout(tmp_path, table=TABLE + MORE_LANGUAGES)
    po_file(root, RTL).unlink()
    assert speech_of(root).text(Text("engine.skip"), RTL, FREETOWN) == "Overslaan"


ADDRESSED = {
    "en": r"(?<!thank )\b(?:you|your)\b",
    "nl": r"\b(?:je|jij|jullie)\b",
    "fr": r"\b(?:vous|vos|votre)\b",
    "ar": r"كما\b|تريدان",
    "es": r"\busted(?:es)?\b",
    "kri": r"\b(?:yu|una|unasɛf)\b",
}


@pytest.mark.parametrize("language", ADDRESSED)
def test_what_a_phase_is_for_and_what_leads_out_of_it_addresses_nobody(language: str) -> None:
    """A coordinator reads it of two others."""
    texts = [f"phase.about_{phase}" for phase in PHASES]
    texts += [f"phase.exit_{one}" for phase in PHASES for one in EXIT[phase]]
    counts: dict[str, Value] = {"done": 1, "wanted": 3}
    said = [the_speech().text(Text(one, dict(counts)), language, FREETOWN) for one in texts]
    assert [one for one in said if re.search(ADDRESSED[language], one)] == []
