"""Sessions and events as JSON, and back.

Rules kept here:

* What is written is read back equal, to the type: a property test says so for every event and every session.
* Strict: an unknown name, a wrong type, a naive or missing moment is a `WireError`. It names the place, never the
  value, which may hold a person's words.
* A field at its default is left out, and a missing field is its default: a session stored by an older program is
  read by a newer one.
* The fields are those of the dataclasses; nothing has to be kept in step by hand.
"""

from __future__ import annotations

import json
import operator
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, Union, cast

from flows.events import EVENTS, Event
from flows.session import Session

T = TypeVar("T")
Json = Any
"""What `json` reads and writes."""


class WireError(Exception):
    """A stored session or event is not one that this program wrote."""


class _Codec(typing.NamedTuple):
    write: Callable[[Any], Json]
    read: Callable[[Json, str], Any]


def _same(value: Any) -> Json:
    return value


def _plain(kind: type) -> _Codec:
    def read(value: Json, place: str) -> Any:
        if type(value) is not kind:  # `isinstance` would take True for a number
            raise WireError(f"{place} is a {type(value).__name__}, not a {kind.__name__}")
        return value

    return _Codec(_same, read)


def _moment_to_text(value: datetime) -> str:
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise WireError("a moment is not aware of its zone")
        value = value.astimezone(UTC)
    return value.isoformat()


def _moment_from_text(value: Json, place: str) -> datetime:
    if type(value) is not str:
        raise WireError(f"{place} is no moment")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise WireError(f"{place} is no moment") from None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise WireError(f"{place} is not aware of its zone")
    return moment.astimezone(UTC)


def _enumeration(kind: type[StrEnum]) -> _Codec:
    members: Mapping[str, StrEnum] = {member.value: member for member in kind}

    def read(value: Json, place: str) -> StrEnum:
        member = members.get(value) if type(value) is str else None
        if member is None:
            raise WireError(f"{place} is no {kind.__name__}")
        return member

    return _Codec(lambda value: value.value, read)


def _optional(inner: _Codec) -> _Codec:
    inner_write, inner_read = inner
    return _Codec(
        _same if inner_write is _same else lambda value: None if value is None else inner_write(value),
        lambda value, place: None if value is None else inner_read(value, place),
    )


def _sequence(inner: _Codec) -> _Codec:
    def read(value: Json, place: str) -> tuple[Any, ...]:
        if type(value) is not list:
            raise WireError(f"{place} is no list")
        return tuple(inner.read(item, place) for item in value)

    return _Codec(list if inner.write is _same else lambda value: [inner.write(item) for item in value], read)


def _mapping(inner: _Codec) -> _Codec:
    def read(value: Json, place: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise WireError(f"{place} is no table")
        return {name: inner.read(item, place) for name, item in value.items()}

    return _Codec(lambda value: {name: inner.write(item) for name, item in value.items()}, read)


def _record(kind: type) -> _Codec:
    """Written for speed: a batch of a hundred turns passes here two hundred times with twenty fields each."""
    hints = typing.get_type_hints(kind)
    writers: list[tuple[str, Callable[[Any], Json] | None, Any]] = []
    readers: dict[str, tuple[Callable[[Json, str], Any], str]] = {}
    required = set()
    for field in fields(kind):
        codec = _codec_of(hints[field.name])
        if field.default is not MISSING:
            default = field.default
        elif field.default_factory is not MISSING:
            default = field.default_factory()
        else:
            default = MISSING
            required.add(field.name)
        writers.append((field.name, None if codec.write is _same else codec.write, default))
        readers[field.name] = (codec.read, f"{kind.__name__}.{field.name}")
    names = [name for name, _, _ in writers]
    get_all = operator.attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]
    reader_of = readers.get

    def write(value: Any) -> Json:
        found = {}
        for item, (name, write_field, default) in zip(get_all(value), writers, strict=True):
            if item is default or item == default:
                continue
            found[name] = item if write_field is None else write_field(item)
        return found

    def read(value: Json, place: str) -> Any:
        if type(value) is not dict:
            raise WireError(f"{place} is no {kind.__name__}")
        if not required <= value.keys():
            raise WireError(f"{kind.__name__} is without {', '.join(sorted(required - value.keys()))}")
        found = {}
        for name, item in value.items():
            reader = reader_of(name)
            if reader is None:
                raise WireError(f"{kind.__name__} has a field that this program does not know")
            found[name] = reader[0](item, reader[1])
        return kind(**found)

    return _Codec(write, read)


def _codec_of(hint: Any) -> _Codec:
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        if len(options) != 1 or len(options) == len(arguments):
            raise TypeError(f"a field of type {hint} can not be written")
        return _optional(_codec_of(options[0]))
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _sequence(_codec_of(arguments[0]))
    if origin in (dict, Mapping) and arguments[0] is str:
        return _mapping(_codec_of(arguments[1]))
    if hint in (str, int, bool):
        return _plain(hint)
    if hint is datetime:
        return _Codec(_moment_to_text, _moment_from_text)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enumeration(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _record(hint)
    raise TypeError(f"a field of type {hint} can not be written")


_SESSION = _record(Session)
_EVENTS: Mapping[str, tuple[type[Event], _Codec]] = {kind.__name__: (kind, _record(kind)) for kind in EVENTS}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def session_to_text(session: Session) -> str:
    """The session in JSON."""
    return _encode(_SESSION.write(session))


def session_from_text(text: str) -> Session:
    """The session that was written. Raises `WireError`."""
    return cast(Session, _SESSION.read(_parse(text), "Session"))


def event_to_text(event: Event) -> str:
    """The event in JSON, with its class's name first: `["Tapped",{"session":3,…}]`."""
    name = type(event).__name__
    return _encode([name, _EVENTS[name][1].write(event)])


def event_from_text(text: str) -> Event:
    """The event that was written. Raises `WireError`."""
    match _parse(text):
        case [str(name), dict(found)] if name in _EVENTS:
            return cast(Event, _EVENTS[name][1].read(found, name))
        case _:
            raise WireError("a stored event is none that this program knows")


def _parse(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        raise WireError("what is stored is no JSON") from None
