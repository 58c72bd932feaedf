"""Countries and cities by their names in every language, the zones of a country, and whose zone data holds: from
Babel, from the package tzdata, and from the system where its zone data is newer.

Rules kept here:

* A country is a two-letter code that people live under and that has a time zone: the codes of tzdata's `zone.tab`,
  and Kosovo, which has no code of its own there.
* A language that Babel does not know (Krio) is served in English. What people of it call a country stands in ALIASES,
  and what they call weekdays, months and stretches of time in KRIO_…: understood, and said in English all the same.
* The newest zone data holds. Python prefers the system's, however old: with 2025b on Debian 12 every check-in in
  Morocco would come an hour early, since Morocco left UTC+1 on 20 September 2026 (2026f has it).
* What is typed is understood in every language of the bot and of the field, whatever the language of the person: the
  names of countries need no translators, so nobody has to wait for theirs.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache, cached_property, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeVar

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta

from bot.holidays import is_holiday, no_holiday
from bot.ramadan import is_ramadan
from bot.speech import packaged_languages
from bot.speech.forms import city_of
from flows.rules.cadence import zone_named
from flows.rules.places import Found, Zones, cities, find_within, fold

ZONES_BESIDE_THE_TABLE: Mapping[str, tuple[str, ...]] = MappingProxyType({"XK": ("Europe/Belgrade",)})

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "UK": "GB",
        "Great Britain": "GB",
        "Britain": "GB",
        "Groot-Brittannië": "GB",
        "Grande-Bretagne": "GB",
        "Gran Bretaña": "GB",
        "England": "GB",
        "Engeland": "GB",
        "Angleterre": "GB",
        "Inglaterra": "GB",
        "إنجلترا": "GB",
        "بريطانيا": "GB",
        "Scotland": "GB",
        "Wales": "GB",
        "Northern Ireland": "GB",
        "US": "US",
        "USA": "US",
        "United States of America": "US",
        "America": "US",
        "Amerika": "US",
        "VS": "US",
        "أمريكا": "US",
        "Holland": "NL",
        "Hollande": "NL",
        "Holanda": "NL",
        "Inglan": "GB",
        "Jamani": "DE",
        "Gini": "GN",
        "Laybiria": "LR",
        "Nayjiria": "NG",
        "Ivory Coast": "CI",
        "Salone": "SL",
        "Swit Salone": "SL",
        "DRC": "CD",
        "DR Congo": "CD",
        "RDC": "CD",
        "Democratic Republic of the Congo": "CD",
        "Zaire": "CD",
        "Congo Kinshasa": "CD",
        "Republic of the Congo": "CG",
        "Congo Brazzaville": "CG",
        "CAR": "CF",
        "UAE": "AE",
        "Emirates": "AE",
        "الإمارات": "AE",
        "KSA": "SA",
        "السعودية": "SA",
        "Czech Republic": "CZ",
        "Swaziland": "SZ",
        "Macedonia": "MK",
        "Turkey": "TR",
        "Cabo Verde": "CV",
        "East Timor": "TL",
        "Palestine": "PS",
        "Palestina": "PS",
        "فلسطين": "PS",
        "Vatican": "VA",
        "Hong Kong": "HK",
        "Macao": "MO",
        "Macau": "MO",
        "Burma": "MM",
        "Birma": "MM",
    }
)


AMBIGUOUS = frozenset({fold("Congo"), fold("Kongo")})
"""What one language calls one country and half of the world another: Spanish says Congo for Congo - Brazzaville.
Nobody is found by these alone; who types one is asked which."""

LARGEST_CITIES = frozenset(
    {"America/Sao_Paulo", "America/Toronto", "Australia/Sydney", "Europe/Kyiv", "Europe/Moscow", "Pacific/Auckland"}
)
"""Zones that `zone.tab` lists behind smaller ones of their country. It goes by the map, so Macquarie, an island of
scientists, would stand for all of eastern Australia where only the first of equal zones is offered."""


FIELD_LANGUAGES = ("fr", "ar", "es")
FIELD_REGIONS = ("ar_MA",)
"""What twins write in besides the languages that the bot speaks: those of Morocco, of the neighbours of Sierra Leone
and of pairs in other programmes."""

Unit = Literal["day", "week", "month", "year"]

KRIO_WEEKDAYS = ("Mɔnde", "Tyusde", "Wɛnsde", "Tɔsde", "Frayde", "Satide", "Sɔnde")
KRIO_MONTHS = (
    *("Janyuari", "Fɛbyuari", "Mach", "Epril", "Me", "Jun", "Julay", "Ɔgɔst", "Sɛptɛmba", "Ɔktoba"),
    *("Novɛmba", "Disɛmba"),
)
KRIO_UNITS: Mapping[str, Unit] = MappingProxyType({"wik": "week", "mɔnt": "month", "ia": "year"})
"""Its day, *de*, is left out: in Spanish and French that stands before a month."""


Meant = TypeVar("Meant")


class _Table(Mapping[str, Meant]):
    """A table of names that is made when somebody first looks into it: most days nobody types the name of a country or
    a date, and what CLDR knows of six languages is as large as all their texts."""

    def __init__(self, make: Callable[[], Mapping[str, Meant]]) -> None:
        self._make = make

    @cached_property
    def _names(self) -> Mapping[str, Meant]:
        return self._make()

    def __getitem__(self, name: str) -> Meant:
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class UnknownCountry(ValueError):
    """No country with that code."""


def use_newest_zone_data() -> str:
    """Make this process read the newest zone data there is, the system's or the package's; gives its version, such
    as 2026f. To be called once, at the composition root, before any zone is read."""
    zoneinfo.reset_tzpath()
    system = max((_version(Path(folder)) for folder in zoneinfo.TZPATH), default="")
    package = _version(files("tzdata") / "zoneinfo")
    if system < package:
        zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    zone_named.cache_clear()
    return max(system, package)


def _version(folder: Traversable) -> str:
    """The version of the zone data in `folder`, which stands in the first line of its source; "" when it says none."""
    try:
        with folder.joinpath("tzdata.zi").open(encoding="utf-8") as source:
            found = re.fullmatch(r"# version ([0-9]{4}[a-z]+)\S*", source.readline().strip())
    except (OSError, UnicodeDecodeError):
        return ""
    return found[1] if found else ""


def country_names(languages: Iterable[str]) -> Mapping[str, str]:
    """The code for each name of each country in `languages`, names folded as `flows.rules.places.find_country`
    wants them. A name that means different countries in two languages means what the earlier language says."""
    names: dict[str, str] = {fold(alias): code for alias, code in ALIASES.items()}
    told = [(code, _locale(language).territories.get(code, code)) for language in languages for code in _countries()]
    # Whole names first: Spanish "RAE de Hong Kong (China)" must not take China's own.
    for code, name in told:
        names.setdefault(fold(name), code)
    for code, name in told:
        for part in _parts(name):
            names.setdefault(fold(part), code)
    return MappingProxyType({name: code for name, code in names.items() if name and name not in AMBIGUOUS})


def country_name(code: str, language: str) -> str:
    """The country as people of `language` call it; in English where Babel knows no name. Raises UnknownCountry."""
    if code not in _countries():
        raise UnknownCountry(f"{code!r} is no country: give a two-letter code of ISO 3166 such as SL")
    name = _locale(language).territories.get(code) or _locale("en").territories.get(code)
    return str(name or code)


def zones_of(country: str) -> tuple[str, ...]:
    """The time zones of a country: its largest cities', then as tzdata orders them. Raises UnknownCountry."""
    try:
        return _countries()[country]
    except KeyError:
        raise UnknownCountry(f"{country!r} is no country: give a two-letter code of ISO 3166 such as SL") from None


def zone_table(languages: Iterable[str]) -> Zones:
    """The zones of every country, and of every city that one is named after, by its name in `languages`."""
    return Zones(_countries(), _Table(partial(_cities, ("en", *languages))))


def _cities(languages: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    named: dict[str, set[str]] = {}
    locales = [_locale(language) for language in languages]
    for zone in (zone for zones in _countries().values() for zone in zones):
        for name in (zone.rpartition("/")[2], *(city_of(zone, locale) for locale in locales)):
            named.setdefault(fold(name), set()).add(zone)
    return {name: tuple(sorted(zones)) for name, zones in named.items() if name}


def world_facts(languages: Iterable[str], *, holidays: bool = True) -> Mapping[str, object]:
    """The facts `world.*` that conversations read: countries by name, the zones of each country, weekdays, months and
    stretches of time by name, which days are holidays or of Ramadan, and what each of our languages is called by those
    who speak it. `languages` are those that the bot speaks; the field's are understood besides. Without `holidays` no
    day is one."""
    spoken, known = tuple(languages), packaged_languages().by_code
    understood = tuple(dict.fromkeys((*spoken, *FIELD_LANGUAGES)))
    return MappingProxyType(
        {
            "world.countries": _Table(partial(country_names, understood)),
            "world.zones": zone_table(understood),
            "world.weekdays": _Table(partial(weekday_names, understood)),
            "world.months": _Table(partial(month_names, understood)),
            "world.units": _Table(partial(unit_names, understood)),
            "world.holidays": is_holiday if holidays else no_holiday,
            "world.ramadan": is_ramadan,
            "world.languages": MappingProxyType({code: known[code].name for code in spoken if code in known}),
        }
    )


def country_in(name: str) -> str | None:
    """The country that the name of an organisation or a town says it is in; `None` where it says none, or several."""
    understood = ("en", *FIELD_LANGUAGES)
    names = {**cities(zone_table(understood)), **country_names(understood)}
    found = find_within(name, names)
    return found.code if isinstance(found, Found) else None


def weekday_names(languages: Iterable[str]) -> Mapping[str, str]:
    """The number, 0 for Monday, of each weekday's full name in `languages`, names folded as those of countries."""
    told = (enumerate(KRIO_WEEKDAYS), *(_locale(one).days["stand-alone"]["wide"].items() for one in languages))
    return MappingProxyType({fold(name): str(day) for names in told for day, name in names})


def month_names(languages: Iterable[str]) -> Mapping[str, str]:
    """The number, 1 for January, of each month's name in `languages`, full and short, names folded as those of
    countries. Morocco has Arabic names of its own."""
    spoken = [(language, _locale(language)) for language in (*languages, *FIELD_REGIONS)]
    for _, locale in reversed(spoken):
        _ = locale.months  # regions first: Babel copies what it has resolved of a language into a region read later
    told = [
        (fold(name), str(month))
        for _, locale in spoken
        for form in ("stand-alone", "format")
        for width in ("wide", "abbreviated")
        for month, name in locale.months[form][width].items()
    ]
    told += [(fold(name), str(month)) for month, name in enumerate(KRIO_MONTHS, start=1)]
    return MappingProxyType({name: month for name, month in reversed(told) if name and not name.isdecimal()})


def unit_names(languages: Iterable[str]) -> Mapping[str, str]:
    """Which stretch of time each of its names in `languages` means: day, week, month or year, with a number before it
    where the name itself says two. Names folded as those of countries."""
    found: dict[str, str] = {fold(name): unit for name, unit in KRIO_UNITS.items()}
    for language in languages:
        told = {(unit, count): _stretches(unit, count, _locale(language)) for unit in UNIT_DAYS for count in COUNTED}
        of_unit = {
            unit: {word for key, words in told.items() if key[0] == unit for word in words} for unit in UNIT_DAYS
        }
        for (unit, count), words in told.items():
            # what stands beside every unit is a preposition
            names = [word for word in words if all(word not in of_unit[other] for other in UNIT_DAYS if other != unit)]
            says_two = count == 2 and not any(word.isdecimal() for word in words)
            for name in names:
                if len(name) > 1 and not name.isdecimal():
                    found.setdefault(name, f"2 {unit}" if says_two else unit)
    return MappingProxyType(found)


def _stretches(unit: Unit, count: int, locale: Locale) -> list[str]:
    """The words in which a language says so many of `unit`, from now and by itself."""
    length = timedelta(days=UNIT_DAYS[unit] * count)
    told = (
        format_timedelta(length, granularity=unit, threshold=NEVER_LARGER, locale=locale, **form)
        for form in ({"add_direction": True}, {"format": "short"})
    )
    return [word for one in told for word in fold(one).split()]


UNIT_DAYS: Mapping[Unit, int] = MappingProxyType({"day": 1, "week": 7, "month": 30, "year": 365})
COUNTED = (1, 2, 3, 11, 100)
"""With these every plural form of a language of ours comes up."""
NEVER_LARGER = 1e9
"""So many of a unit before Babel takes a larger one."""


@cache
def _countries() -> Mapping[str, tuple[str, ...]]:
    """The zones of each country: lines of `zone.tab` are code, coordinates, zone and perhaps a comment."""
    countries: dict[str, tuple[str, ...]] = dict(ZONES_BESIDE_THE_TABLE)
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            countries[code] = (*countries.get(code, ()), zone)
    for code, zones in countries.items():
        countries[code] = tuple(sorted(zones, key=lambda zone: zone not in LARGEST_CITIES))
    return MappingProxyType(countries)


@cache
def _locale(language: str) -> Locale:
    for known in (language.replace("-", "_"), re.split("[-_]", language)[0]):
        try:
            return Locale.parse(known)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _parts(name: str) -> tuple[str, ...]:
    """`Myanmar (Burma)` is found by either part too."""
    parts = re.fullmatch(r"(.+?)\s*[((](.+)[))]", name)
    return () if parts is None else (parts[1], parts[2])
