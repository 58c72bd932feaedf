"""The agenda of a programme: what a twin is asked beside her check-in, in which phase and how often. Data.

Rules kept here:

* The order of `agenda.toml` is the order of importance: of several things that are due, the first is asked.
* An item is known for ever by its id; a flow can be asked by several (before and after, such as a baseline).
* What an item brings her is the text `agenda.<id>`: in the offer, in /next and in /agenda.
* What an item is about may be one of several: each is asked by itself, and noted as `<id>.<which>`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from flows.definition import Duration, Id, SourceText, duration

AGENDA_FILE = "agenda"

MATCH = "match"
"""The phase of a twin who has no partner yet."""

Phase = Literal["match", "naming", "planning", "exchange", "review", "closing", "alumni"]


def _once_or_duration(value: object) -> object:
    return value if value in {"once", "never"} else duration(value)


def _written(value: timedelta | str) -> object:
    return value if isinstance(value, str) else f"{value.days}d"


Every = Annotated[
    Literal["once", "never"] | timedelta,
    BeforeValidator(_once_or_duration),
    PlainSerializer(_written, when_used="json"),
]


class Item(BaseModel):
    """One thing to ask.

    `brings`: what it is good for, in a line. `every`: once, again after so long, or never by itself (she can begin it).
    `after`: so long after the phase began. `about` the person or the project: no project in a pair's first weeks.
    `short`: also for somebody who is tired. `direct`: asked at once, where an offer would cost more than the question.
    `when`: a named condition (`flows.rules.agenda`). `by_hand`: she can begin it herself (/agenda).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    flow: Id
    brings: SourceText
    phases: tuple[Phase, ...] = Field(min_length=1)
    every: Every
    minutes: int = Field(ge=1, le=15)
    about: Literal["personal", "project"] = "personal"
    after: Duration = timedelta(0)
    short: bool = False
    direct: bool = False
    by_hand: bool = True
    when: str | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Item:
        if self.every == "never" and not self.by_hand:
            raise ValueError(f"item '{self.id}' is asked never and begun by nobody; give it an `every`")
        return self


class _Agenda(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    items: tuple[Item, ...] = ()


Agenda = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """One of the things that an item is about. `which` tells it from the others, for ever; `given` is what the flow
    knows of it at its start."""

    which: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Due:
    """An item, and what of it is to be asked."""

    item: Item
    subject: Subject = Subject()

    @property
    def id(self) -> str:
        """As what it is noted."""
        return f"{self.item.id}.{self.subject.which}" if self.subject.which else self.item.id


def item_of(noted: str) -> str:
    """The id of the item, of what was noted."""
    return noted.partition(".")[0]


def read_agenda(data: Mapping[str, Any]) -> Agenda:
    """The content of `agenda.toml`. Raises pydantic's ValidationError."""
    return _Agenda.model_validate(dict(data)).items


def phrase_of(item: Item | str) -> str:
    """The id of the text that says what an item brings, or something that was noted of it."""
    return f"{AGENDA_FILE}.{item_of(item) if isinstance(item, str) else item.id}"


def misplaced(agenda: Agenda, flows: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with items that are well-formed, by item: where, and what to do."""
    seen: set[str] = set()
    for item in agenda:
        if item.id in seen:
            yield item.id, "stands here twice; give one of the two another id"
        if item.flow not in flows:
            yield item.id, f"asks the flow {item.flow}, which does not exist; write it, or name another one"
        seen.add(item.id)
