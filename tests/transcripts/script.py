"""Values and events as a transcript writes them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, get_type_hints

from flows import events
from flows.broadcasts import BroadcastSeen, Readers
from flows.events import Event
from flows.people import CheckedIn

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
_ARRIVALS = {event.__name__: event for event in events.EVENTS}


class ScriptError(Exception):
    """A line of a transcript can not be played; says which one and why."""


def value_of(text: str) -> object:
    """A fact as JSON, or as a plain word."""
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError:
        return text
    if isinstance(value, str) and _MOMENT.match(value):
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def shaped(fact: str, value: object) -> object:
    """A fact that is more than a plain value: who reads broadcasts, how the latest one stands, what was answered."""
    if fact == "broadcast.latest" and isinstance(value, dict):
        moments = {name: datetime.fromisoformat(value[name]) for name in ("created_at", "ended_at") if value.get(name)}
        return BroadcastSeen(**{**value, **moments})
    if fact == "broadcast.people" and isinstance(value, tuple):
        return tuple(Readers(*one) for one in value)
    if fact == "contact.answered" and isinstance(value, tuple):
        return tuple(CheckedIn(*one) for one in value)
    return value


def written(event: Event) -> str:
    """An event with what it says, ids of people left out."""
    said = {field.name: getattr(event, field.name) for field in fields(event)}
    named = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in said.items() if isinstance(value, str))
    return f"{type(event).__name__} {named}".rstrip()


def told(line: str) -> Event:
    """The event that a line names, with its fields."""
    name, *words = shlex.split(line)
    kind = _ARRIVALS[name]
    hints: Mapping[str, Any] = get_type_hints(kind)
    given: dict[str, Any] = {}
    for word in words:
        field, _, value = word.partition("=")
        if hints[field] == dict[str, str]:
            given[field] = dict(pair.split(":", 1) for pair in value.split(","))
        else:
            given[field] = value if hints[field] in (str, str | None) else value_of(value)
        if hints[field] is datetime:
            given[field] = datetime.fromisoformat(value)
    return kind(**given)
