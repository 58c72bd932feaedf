"""Countries as people type them, and the few zones to choose between."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.places import (
    ALIASES,
    UnknownCountry,
    country_in,
    country_name,
    country_names,
    use_newest_zone_data,
    world_facts,
    zone_table,
    zones_of,
)
from bot.speech import packaged_languages
from flows.rules.cadence import UnknownZone, zone_named
from flows.rules.places import (
    LONGEST_NAME,
    Found,
    Several,
    cities,
    distinct_zones,
    find_country,
    find_within,
    fold,
    is_one_slip,
    zones_by_clock,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LANGUAGES = ("en", "nl", "fr", "ar", "es", "pt", "kri")
NAMES = country_names(LANGUAGES)
COUNTRIES = sorted(set(NAMES.values()))
ZONES = {code: zones_of(code) for code in COUNTRIES}


TYPED = {
    "SL": ["Sierra Leone", "sierra leone ", "SIERRA-LEONE", "Sierra Leon", "Siera Leone", "Salone", "سيراليون"],
    "MA": [
        "Morocco",
        "Maroc",
        "le Maroc",
        "Marokko",
        "Marruecos",
        "المغرب",
        "مغرب",
        "المَغْرِب",
        "Morroco",
        "Morocoo",
        "\u200fالمغرب\u200f",
    ],
    "NL": [
        "Netherlands",
        "the Netherlands",
        "Holland",
        "Nederland",
        "les Pays-Bas",
        "pays bas",
        "هولندا",
        "Netherlnads",
    ],
    "GB": ["UK", "u.k.", "Groot-Brittannië"],
    "US": ["U.S.A."],
    "CI": ["ivory coast", "Côte d'Ivoire", "cote d’ivoire", "Ivoorkust"],
    "SA": ["السعوديه"],
    "ET": ["أثيوبيا", "اثيوبيا"],
    "GM": ["Gambia", "The Gambia"],
    "MM": ["Burma"],
    "LC": ["St Lucia"],
    "BA": ["Bosnia and Herzegovina", "Bosnië en Herzegovina"],
    "CW": ["Curacao"],
    "NE": ["Niger"],
    "NG": ["Nigeria"],
    "GN": ["Guinea"],
    "ML": ["Mali"],
    "IR": ["Iran"],
    "IQ": ["Irak"],
    "CN": ["China"],
    "XK": ["Kosovo"],
    "TR": ["turkey", "Türkiye", "Turkije"],
}


@pytest.mark.parametrize(("typed", "code"), [(typed, code) for code, forms in TYPED.items() for typed in forms])
def test_a_country_is_found_in_any_language_and_forgivingly(typed: str, code: str) -> None:
    assert find_country(typed, NAMES) == Found(code)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Congo", ("CD", "CG")),
        ("Korea", ("KP", "KR")),
        ("nige", ("NE", "NG")),
        ("united", ("AE", "GB", "US")),
        ("virgin islands", ("VG", "VI")),
    ],
)
def test_a_name_that_may_be_several_countries_is_asked_back(typed: str, codes: tuple[str, ...]) -> None:
    assert find_country(typed, NAMES) == Several(codes)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "no",
        "ma",
        "en",
        "the",
        "?",
        "Atlantis",
        "1 3 2 5",
        "ال",
        "x" * 5000,
        "Sierra Leone" * 8,
        "\x00",
        "\ud800",
    ],
)
def test_what_names_no_country_is_none(typed: str) -> None:
    assert find_country(typed, NAMES) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Freetown, Sierra Leone", Found("SL")),
        ("I live in Sierra Leone", Found("SL")),
        ("ik woon in Nederland!", Found("NL")),
        ("je suis au Maroc", Found("MA")),
        ("🇸🇱", Found("SL")),
        ("Salone 🇸🇱🇸🇱", Found("SL")),
        ("Equatorial Guinea, not Guinea", Several(("GN", "GQ"))),
        ("Equatorial Guinea here", Found("GQ")),
        ("Freetown", Found("SL")),
        ("amsterdam", Found("NL")),
        ("CASABLANCA", Found("MA")),
        ("vivo en La Habana", Found("CU")),
        ("القاهرة", Found("EG")),
        ("I am in Sao Paulo now", Found("BR")),
        ("Morocco or the Netherlands", Several(("MA", "NL"))),
        ("my car broke down", None),
        ("nothing of that sort", None),
        ("🇦", None),
        ("🇽🇽", None),
        ("", None),
        ("Sierra Leone " * 8, None),
    ],
)
def test_a_country_is_found_among_other_words_by_flag_name_or_city(typed: str, found: Found | Several | None) -> None:
    assert find_within(typed, {**cities(zone_table(LANGUAGES)), **NAMES}) == found


@pytest.mark.parametrize("typed", ["Maroc", "المغرب", "Pays-Bas", "هولندا", "Países Bajos", "Holanda", "Marokko"])
def test_the_program_itself_understands_the_languages_of_the_field(typed: str) -> None:
    names = world_facts(packaged_languages().offered)["world.countries"]
    assert isinstance(names, Mapping)
    assert isinstance(find_country(typed, names), Found)


@pytest.mark.parametrize(
    ("side", "code"),
    [
        ("Freetown", "SL"),
        ("Sierra Leone Midwives Association", "SL"),
        ("Midwives of the Netherlands", "NL"),
        ("Sages-femmes du Maroc", "MA"),
        ("Gemeente Amsterdam", "NL"),
        ("Utrecht", None),
        ("Netherlands and Morocco", None),
        ("A", None),
    ],
)
def test_the_name_of_a_side_may_say_its_country(side: str, code: str | None) -> None:
    assert country_in(side) == code


@pytest.mark.parametrize("language", ["en", "nl", "fr", "ar"])
def test_every_country_is_found_by_the_name_that_the_bot_itself_gives_it(language: str) -> None:
    names = country_names([language])
    for code in COUNTRIES:
        assert find_country(country_name(code, language), names) == Found(code)


def test_every_country_is_found_by_its_name_in_any_language_when_all_are_known() -> None:
    doubtful = {
        (language, code)
        for language in LANGUAGES
        for code in COUNTRIES
        if find_country(country_name(code, language), NAMES) != Found(code)
    }
    # Spanish "Congo" is one country, and either to everybody else: it is asked back.
    assert doubtful == {("es", "CG")}


@pytest.mark.parametrize("alias", ALIASES)
def test_every_alias_leads_to_its_country(alias: str) -> None:
    assert find_country(alias, NAMES) == Found(ALIASES[alias])


def test_one_slip_in_a_long_name_is_forgiven_wherever_it_is() -> None:
    names = {fold("Sierra Leone"): "SL", fold("Netherlands"): "NL", fold("Morocco"): "MA"}
    for name, code in names.items():
        for at in range(len(name)):
            wrong, missing, double = (
                name[:at] + "q" + name[at + 1 :],
                name[:at] + name[at + 1 :],
                name[:at] + "q" + name[at:],
            )
            swapped = name[:at] + name[at : at + 2][::-1] + name[at + 2 :]
            for typed in (wrong, missing, double, swapped):
                if fold(typed) == typed:
                    assert find_country(typed, names) == Found(code), typed


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_one_slip_is_one_edit_or_one_swap(typed: str, name: str) -> None:
    edits = {typed[:i] + typed[i + 1 :] for i in range(len(typed))}
    edits |= {typed[:i] + letter + typed[i:] for i in range(len(typed) + 1) for letter in "abc"}
    edits |= {typed[:i] + letter + typed[i + 1 :] for i in range(len(typed)) for letter in "abc"}
    edits |= {typed[:i] + typed[i : i + 2][::-1] + typed[i + 2 :] for i in range(len(typed) - 1)}
    assert is_one_slip(typed, name) == (name in edits - {typed})


@given(st.text(), st.dictionaries(st.text(max_size=10).map(fold), st.sampled_from(("AA", "BB", "CC")), max_size=5))
def test_hostile_names_never_raise_and_give_known_codes_only(typed: str, names: Mapping[str, str]) -> None:
    match find_country(typed, names):
        case Found(code):
            assert code in names.values()
        case Several(codes):
            assert len(codes) >= 2
            assert set(codes) <= set(names.values())
            assert list(codes) == sorted(codes)
        case None:
            assert fold(typed) not in names or len(typed) > LONGEST_NAME or len(fold(typed)) <= 3


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_arabic_letters_that_keyboards_confuse_are_one() -> None:
    assert fold("أإآٱا") == "ااااا"
    assert fold("ة") == fold("ه")
    assert fold("ى") == fold("ي") == fold("ی")
    assert fold("سيـــراليون") == fold("سيراليون")


# -- names and zones of countries ------------------------------------------------------------------------------------


def test_only_real_countries_are_known() -> None:
    assert {"SL", "MA", "NL", "XK", "EH", "PS"} <= set(COUNTRIES)
    assert not {"EU", "UN", "EZ", "QO", "ZZ", "XA", "XB"} & set(COUNTRIES)
    assert all(len(code) == 2 for code in COUNTRIES)


def test_every_country_has_a_zone_that_exists() -> None:
    for code in COUNTRIES:
        assert zones_of(code)
        for zone in zones_of(code):
            assert ZoneInfo(zone).key == zone


def test_the_zones_of_the_first_three_countries() -> None:
    assert zones_of("SL") == ("Africa/Freetown",)
    assert zones_of("MA") == ("Africa/Casablanca",)
    assert zones_of("NL") == ("Europe/Amsterdam",)


@pytest.mark.parametrize("code", ["", "ZZ", "sl", "EU", "SLE"])
def test_an_unknown_country_says_what_to_do(code: str) -> None:
    with pytest.raises(UnknownCountry, match="two-letter code"):
        zones_of(code)
    with pytest.raises(UnknownCountry, match="two-letter code"):
        country_name(code, "en")


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("MA", "en", "Morocco"),
        ("MA", "nl", "Marokko"),
        ("MA", "ar", "المغرب"),
        ("MA", "ar_MA", "المغرب"),
        ("MA", "fr-MA", "Maroc"),
        ("SL", "kri", "Sierra Leone"),
        ("NL", "", "Netherlands"),
        ("NL", "no such language", "Netherlands"),
        ("XK", "nl", "Kosovo"),
    ],
)
def test_a_country_is_named_in_the_persons_language_or_else_in_english(code: str, language: str, name: str) -> None:
    assert country_name(code, language) == name


# -- whose zone data -------------------------------------------------------------------------------------------------


@pytest.fixture
def zone_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A system's folder of zone data, in which UTC is all there is."""
    before = zoneinfo.TZPATH
    monkeypatch.setenv("PYTHONTZPATH", str(tmp_path))
    (tmp_path / "UTC").write_bytes((files("tzdata") / "zoneinfo" / "UTC").read_bytes())
    yield tmp_path
    zoneinfo.reset_tzpath(to=before)
    ZoneInfo.clear_cache()
    zone_named.cache_clear()


@pytest.mark.parametrize("header", ["# version 2025b\n", "# version 2025b-dirty\n", "nothing of the kind\n", "", None])
def test_zone_data_of_the_system_that_is_older_or_says_no_version_is_left_alone(
    zone_data: Path, header: str | None
) -> None:
    if header is not None:
        (zone_data / "tzdata.zi").write_text(header, encoding="utf-8")
    assert use_newest_zone_data() == import_module("tzdata").IANA_VERSION
    assert zoneinfo.TZPATH == ()


def test_zone_data_of_the_system_that_is_newer_holds(zone_data: Path) -> None:
    (zone_data / "tzdata.zi").write_text("# version 2099a\nZ UTC 0 - UTC\n", encoding="utf-8")
    assert use_newest_zone_data() == "2099a"
    assert list(zoneinfo.TZPATH) == [str(zone_data)]


def test_morocco_is_on_utc_since_september_2026_in_the_data_that_holds(zone_data: Path) -> None:
    (zone_data / "tzdata.zi").write_text("# version 2025b\n", encoding="utf-8")
    use_newest_zone_data()
    assert {(NOW + timedelta(days=n)).astimezone(zone_named("Africa/Casablanca")).hour for n in range(365)} == {0}


# -- distinct zones --------------------------------------------------------------------------------------------------


def test_zones_with_the_same_clocks_are_one_choice() -> None:
    assert distinct_zones(zones_of("AR"), NOW) == ("America/Argentina/Buenos_Aires",)
    assert distinct_zones(zones_of("DE"), NOW) == ("Europe/Berlin",)
    assert distinct_zones(zones_of("ES"), NOW) == ("Europe/Madrid", "Atlantic/Canary")
    assert distinct_zones((), NOW) == ()
    assert distinct_zones(("UTC", "Africa/Freetown", "Africa/Accra"), NOW) == ("UTC",)


def test_zones_that_agree_today_and_part_later_are_two_choices() -> None:
    # In November both are an hour ahead of UTC; Amsterdam's clocks go forth in March.
    assert distinct_zones(("Africa/Lagos", "Europe/Amsterdam"), NOW) == ("Africa/Lagos", "Europe/Amsterdam")
    # Denver and Phoenix agree until March.
    assert {"America/Denver", "America/Phoenix"} <= set(distinct_zones(zones_of("US"), NOW))


def test_the_largest_city_stands_for_its_clocks() -> None:
    assert distinct_zones(zones_of("AU"), NOW)[0] == "Australia/Sydney"
    assert distinct_zones(zones_of("BR"), NOW)[0] == "America/Sao_Paulo"
    assert distinct_zones(zones_of("RU"), NOW)[0] == "Europe/Moscow"


def test_nobody_chooses_between_more_than_a_dozen_zones() -> None:
    counts = {code: len(distinct_zones(zones_of(code), NOW)) for code in COUNTRIES}
    assert max(counts.values()) <= 12
    assert sum(count == 1 for count in counts.values()) > 220


@pytest.mark.parametrize("code", ["US", "AU", "RU", "CA", "ID", "MA"])
def test_zones_in_a_group_show_the_same_time_each_hour_for_a_year_and_groups_do_not(code: str) -> None:
    hours = [NOW + timedelta(hours=n) for n in range(0, 365 * 24, 3)]
    groups = zones_by_clock(zones_of(code), NOW)
    assert sorted(zone for group in groups for zone in group) == sorted(zones_of(code))
    shown = [
        {tuple(hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours) for zone in group} for group in groups
    ]
    assert all(len(clocks) == 1 for clocks in shown)
    assert len(set().union(*shown)) == len(groups)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZone, match="Mars/Olympus"):
        distinct_zones(("Mars/Olympus",), NOW)
