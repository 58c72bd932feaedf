"""Who plays in the journeys, from when on, and what they usually answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


def _last_sunday_of_march(year: int) -> date:
    last = date(year, 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


DST_DAY = _last_sunday_of_march(datetime.now(UTC).year + 1)
"""The clocks of Utrecht go forward; those of Freetown never move."""
MONDAY = DST_DAY - timedelta(days=6)
START = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 12, tzinfo=UTC)
"""When everybody joined: the Monday before that Sunday, after the morning's check-ins."""
HOUR = 3600.0
DAY = 24 * HOUR

REAL_EXCHANGE: tuple[tuple[str, str], ...] = (
    ("ask_contact", "Real exchange"),
    ("ask_direction", "gave back"),
    ("ask_kind", "Skill"),
    ("ask_feeling", "🙂"),
)
"""The check-in by taps: step and label."""
ANSWERED = {"contact": "real", "flows": "gave_back", "kind": "skill", "feeling": "good"}
DONE = "Done, thank you."


@dataclass(frozen=True, slots=True)
class Player:
    """One person of the seeded programme, and how she joins: labels that she taps, words that she types."""

    chat: int
    name: str
    language: str
    side: str
    role: str
    country: str
    day: str
    hour: str


def _cast() -> tuple[Player, ...]:
    monday = ("Monday", "09:00")
    first = [
        Player(101, "Fatmata", "en", "Freetown", "twin", "Sierra Leone", *monday),
        Player(102, "Anneke", "en", "Utrecht", "twin", "Netherlands", *monday),
        Player(103, "Isatu", "en", "Freetown", "coordinator", "Sierra Leone", "", ""),
        Player(104, "Marieke", "en", "Utrecht", "coordinator", "Netherlands", "", ""),
        Player(105, "Khadija", "en", "Freetown", "twin", "Morocco", "Sunday", "08:00"),
        Player(106, "Joke", "en", "Utrecht", "twin", "Netherlands", "Sunday", "08:00"),
    ]
    more = [
        Player(200 + n, f"Twin {chr(65 + n)}", "en", side, "twin", country, *monday)
        for n in range(16)
        for side, country in [(("Freetown", "Sierra Leone"), ("Utrecht", "Netherlands"))[n % 2]]
    ]
    return (*first, *more)


CAST = _cast()
FATMATA, ANNEKE, ISATU, MARIEKE, KHADIJA, JOKE = 101, 102, 103, 104, 105, 106
TWINS = tuple(player.chat for player in CAST if player.role == "twin")
PAIRS = ((101, 102), (105, 106), *((200 + n, 201 + n) for n in range(0, 16, 2)))
PARTNER = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}
NAME = {player.chat: player.name for player in CAST}
