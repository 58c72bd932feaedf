"""Sessions and events as JSON, and back.

Rules kept here:

* What is written is read back equal, to the type: a property test says so for every event and every session.
* Strict: an unknown name, a wrong type, a naive or missing moment is a `WireError` when it is read. It names the class
  and the kind of error, never a name or value from the text, which may hold a person's words.
* A field at its default is left out, and a missing field is its default: a session stored by an older program is
  read by a newer one.
* The fields are those of the dataclasses; nothing has to be kept in step by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from flows.events import EVENTS, Event
from flows.session import Session

T = TypeVar("T")


class WireError(Exception):
    """A stored session or event is not one that this program wrote."""


_EVENTS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in EVENTS}


_SESSION = TypeAdapter(Session)


@cache  # what a program never tells needs none
def _adapter(name: str) -> TypeAdapter[Event]:
    return TypeAdapter(_EVENTS[name])


def session_to_text(session: Session) -> str:
    """The session in JSON."""
    return _SESSION.dump_json(session, exclude_defaults=True).decode()


def session_from_text(text: str) -> Session:
    """The session that was written. Raises `WireError`."""
    return _read(_SESSION, text, "Session")


def event_to_text(event: Event) -> str:
    """The event in JSON, with its class's name first: `["Tapped",{"session":3,…}]`."""
    name = type(event).__name__
    try:
        written = _adapter(name).dump_json(event, exclude_defaults=True).decode()
    except PydanticSerializationError:  # half of a surrogate pair: kept as an escape, so that keeping it can not fail
        written = json.dumps(_adapter(name).dump_python(event, exclude_defaults=True, mode="json"))
    return f'["{name}",{written}]'


def event_from_text(text: str) -> Event:
    """The event that was written. Raises `WireError`."""
    try:
        found = from_json(text)
    except ValueError:
        raise WireError("what is stored is no JSON") from None
    match found:
        case [str(name), dict(written)] if name in _EVENTS:
            return _read(_adapter(name), to_json(written), name)
        case _:
            raise WireError("a stored event is none that this program knows")


def _read(adapter: TypeAdapter[T], text: str | bytes, name: str) -> T:
    try:
        return adapter.validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        raise WireError(f"what is stored is no {name}: {error.errors()[0]['type']}") from None
