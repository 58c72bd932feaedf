"""Where a person lives: reading the name of a country as it is typed, and choosing between few time zones.

Rules kept here:

* Names are compared folded: no capitals, accents, articles or punctuation, one form of each Arabic letter, no letter
  that only Krio has. What is searched is folded by the same function as what is typed.
* The closest kind of likeness wins alone: the whole name, then its beginning, then a word's beginning, then one slip
  of the thumb. So Niger is Niger, though Nigeria begins with it; "nige" is either, and she is asked which.
* What is no name by itself may hold one: the flag of a country, a country's whole name among other words, or one of
  the cities that zones are named after. Only whole words count there, and where two countries stand she is asked which.
* Two zones are one choice when their clocks show the same from now on for a year.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flows.rules.cadence import zone_named

LONGEST_NAME = 80
"""Longer than any country's name in any language; what is longer is a sentence, and not compared."""

LEAST_FOR_BEGINNING = 3
LEAST_FOR_SLIP = 4
"""Letters from which a beginning, and one slip, still tell countries apart: with fewer half the world is meant."""

MOST_WORDS = 6
"""Words of the longest name that people write out: Democratic Republic of the Congo."""

SAME_CLOCKS_FOR = timedelta(days=366)

_ARTICLES = frozenset(
    "the le la les l el los las lo il i gli o os as a de het der die das den al".split()  # noqa: SIM905 - a line of words
)
_JOINTS = frozenset(("and", "et", "en", "y", "und", "e", "و"))
"""Left out wherever they stand, as `&` is: Bosnia & Herzegovina, Bosnië en Herzegovina."""

KRIO_LETTERS: Mapping[str, str] = {"ɛ": "e", "ɔ": "o", "ŋ": "n"}
"""Letters of Krio that few phones have, as they are typed instead."""

_LETTERS = str.maketrans(
    {
        **KRIO_LETTERS,
        "ٱ": "ا",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ڭ": "ك",
        "ـ": "",  # the stroke that only widens a word
        "ء": "",
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        ".": "",  # U.S.A.
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """One country, by its two-letter code."""

    code: str


@dataclass(frozen=True, slots=True)
class Several:
    """Countries that may be meant, at least two, by their codes in alphabetical order."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Zones:
    """The time zones of each country by its two-letter code, and those that the name of a city, folded, may mean."""

    of: Mapping[str, tuple[str, ...]]
    cities: Mapping[str, tuple[str, ...]]


def fold(text: str) -> str:
    """`text` as names are compared: words of plain letters with one space between. Folding twice changes nothing."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold()).casefold()
        # Mn: accents and vowel marks; Cf: marks of direction; the hamza of أ and ؤ is split off by NFKD.
        if unicodedata.category(letter) not in ("Mn", "Cf")
    ).translate(_LETTERS)
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    words = ["saint" if word in ("st", "sint") else _without_al(word) for word in words if word not in _JOINTS]
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words)


def find_country(typed: str, names: Mapping[str, str]) -> Found | Several | None:
    """The country that `typed` names; several when it may mean more than one; None when it is like none of them.
    `names` gives the code for each name, folded."""
    if len(typed) > LONGEST_NAME:
        return None
    wanted = fold(typed)
    if wanted in _ARTICLES:
        return None
    if wanted in names:
        return Found(names[wanted])
    if len(wanted) >= LEAST_FOR_BEGINNING:
        begins = _meant(code for name, code in names.items() if name.startswith(wanted))
        if begins is not None:
            return begins
        inside = " " + wanted
        within = _meant(code for name, code in names.items() if inside in name)
        if within is not None:
            return within
    if len(wanted) >= LEAST_FOR_SLIP:
        # Doubled letters go wrong in pairs: "Morroco" is two slips away from Morocco, and its commonest mistake.
        single = _undoubled(wanted)
        return _meant(code for name, code in names.items() if is_one_slip(wanted, name) or _undoubled(name) == single)
    return None


def find_within(typed: str, names: Mapping[str, str]) -> Found | Several | None:
    """The country whose flag or whole name stands among other words, as in "Freetown, Sierra Leone"; several when it
    is more than one. `names` as for `find_country`, with whatever else names a country."""
    if len(typed) > LONGEST_NAME:
        return None
    codes = set(names.values())
    found = [code for code in _flags(typed) if code in codes]
    words = fold(typed).split()
    place = 0
    while place < len(words):
        for length in range(min(MOST_WORDS, len(words) - place), 0, -1):
            name = " ".join(words[place : place + length])
            if len(name) >= LEAST_FOR_SLIP and name in names:
                found.append(names[name])
                place += length
                break
        else:
            place += 1
    return _meant(found)


def cities(zones: Zones) -> dict[str, str]:
    """The code for the name of each city that is in one country only."""
    country = {zone: code for code, listed in zones.of.items() for zone in listed}
    codes = {name: {country[zone] for zone in named} for name, named in zones.cities.items()}
    return {name: code for name, (code, *others) in codes.items() if not others}


def _flags(typed: str) -> tuple[str, ...]:
    """The codes of the flags in `typed`; a flag is two regional letters."""
    return tuple("".join(chr(ord(sign) - _REGIONAL_A + ord("A")) for sign in flag) for flag in _FLAG.findall(typed))


_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_REGIONAL_A = 0x1F1E6


def is_one_slip(typed: str, name: str) -> bool:
    """Whether one letter wrong, missing or too many, or two neighbours swapped, is all that lies between the two.

    Exact, unlike a ratio of `difflib`, and so cheap that all names of all languages can be tried.
    """
    shorter, longer = sorted((typed, name), key=len)
    if len(longer) - len(shorter) > 1 or shorter == longer:
        return False
    same = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[same:] == longer[same + 1 :]
    swapped = longer[same + 1 : same + 2] + longer[same]
    return shorter[same + 1 :] == longer[same + 1 :] or (
        shorter[same : same + 2] == swapped and shorter[same + 2 :] == longer[same + 2 :]
    )


def distinct_zones(zones: Iterable[str], now: datetime) -> tuple[str, ...]:
    """The first of each group of zones whose clocks agree from `now` on for a year, in the order given.
    Raises UnknownZone."""
    return tuple(group[0] for group in zones_by_clock(zones, now))


def zones_by_clock(zones: Iterable[str], now: datetime) -> tuple[tuple[str, ...], ...]:
    """The zones in groups whose clocks agree from `now` on for a year; groups and zones in the order given.
    Raises UnknownZone."""
    groups: dict[tuple[tuple[datetime, timedelta], ...], tuple[str, ...]] = {}
    for zone in zones:
        offsets = _offsets(zone, now.astimezone(UTC))
        groups[offsets] = (*groups.get(offsets, ()), zone)
    return tuple(groups.values())


def _offsets(zone: str, now: datetime) -> tuple[tuple[datetime, timedelta], ...]:
    """Every offset of the year from `now` with the moment it begins, to the second. Looks at each day once: two
    changes that undo each other within one day would not be seen; there are none in the zone data."""
    clock = zone_named(zone)

    def offset_at(moment: datetime) -> timedelta:
        return moment.astimezone(clock).utcoffset() or timedelta()

    moment, offset = now, offset_at(now)
    offsets = [(moment, offset)]
    while moment < now + SAME_CLOCKS_FOR:
        tomorrow = moment + timedelta(days=1)
        next_offset = offset_at(tomorrow)
        if next_offset != offset:
            before, after = moment, tomorrow
            while after - before > timedelta(seconds=1):
                middle = before + (after - before) / 2
                before, after = (middle, after) if offset_at(middle) == offset else (before, middle)
            offsets.append((after.replace(microsecond=0), next_offset))
        moment, offset = tomorrow, next_offset
    return tuple(offsets)


def _without_al(word: str) -> str:
    """The Arabic word without its article, where enough of it is left to be a word."""
    while word.startswith("ال") and len(word) >= 5:
        word = word[2:]
    return word


def _undoubled(name: str) -> str:
    return "".join(letter for letter, before in zip(name, " " + name, strict=False) if letter != before)


def _meant(codes: Iterable[str]) -> Found | Several | None:
    found = tuple(sorted(set(codes)))
    if not found:
        return None
    return Found(found[0]) if len(found) == 1 else Several(found)
