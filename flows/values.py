"""What goes into a message: texts by id, and values that the reader's language and zone put into words.

Rules kept here:

* Nothing here is a sentence; `bot/speech` makes one for each reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Text:
    """A text by id, with what goes into its placeholders. `version` names the flow version whose wording holds;
    `None` is the current wording. `count`, where given, chooses the plural form and fills `{count}`."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)
    version: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values, joined by `separator`, or as the language joins a list (`a, b and c`) when it is `None`. A comma
    in the separator becomes that of the reader's script."""

    items: tuple[Value, ...]
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A moment to be shown in the person's own zone. `style` is time (14:05), weekday (Tuesday), day (1 December),
    date (1 Dec 2026), weekday_time (Tuesday 1 December, 14:05), month (December) or month_short (Dec)."""

    at: datetime
    style: str = "time"
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its two-letter code, to be named in the person's language."""

    code: str


@dataclass(frozen=True, slots=True)
class City:
    """The city that a time zone is named after, to be named in the person's language."""

    zone: str


@dataclass(frozen=True, slots=True)
class Weekday:
    """0 is Monday."""

    number: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A local time of day, in minutes after midnight."""

    minute: int


@dataclass(frozen=True, slots=True)
class In:
    """A value as somebody else reads it: in `language` and, where it is given, in `zone`."""

    value: Value
    language: str
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that need not be whole, in its plain form: `1250.5`."""

    number: str


UNKNOWN = "…"
"""Stands for what is not known any more, such as the name of a twin after the pair was parted."""

Value = str | int | Text | Listed | LocalTime | Country | City | Weekday | Clock | Amount | In


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of how often something happened over `times`, oldest first: one row of `amounts` under each label."""

    title: Value
    note: Value
    times: tuple[Value, ...]
    rows: tuple[tuple[Value, tuple[int, ...]], ...]
