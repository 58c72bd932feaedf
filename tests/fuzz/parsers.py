"""What every parser promises of any bytes whatever. Each function here takes bytes and raises when a promise is broken.

Rules kept here:

* Plain Python without a fuzzer: the corpus is replayed by `make test` on every machine.
* A parser may refuse, by the error that its docstring names; anything else that comes out is a finding.
* What is understood is whole: it can be written down and read again, and it holds nothing that the edge strips.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Final

from bot import programme_settings
from bot.callback_data import build_data, parse_data
from bot.errors import Refused
from bot.library import read_library
from bot.places import world_facts
from bot.speech import packaged_languages
from bot.telegram.inbound import START_CHARACTERS, TEXT_CHARACTERS, arrival, cleaned, update_id
from flows import digits, timers, wire
from flows.catalogue import load
from flows.checks import check_catalogue
from flows.errors import FlowMisled, LibraryBroken
from flows.events.own import Edited, Tapped, Typed
from flows.rules import cadence
from flows.rules.confidentiality import might_identify
from flows.rules.places import Several, Zones, cities, find_country, find_within, fold
from storage.invitations import hash_of

FORTNIGHT: Final = cadence.CheckInRule(2, 540, "Africa/Freetown", cadence.Every.FORTNIGHTLY)
NOON: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)


def update(data: bytes) -> None:
    """JSON of any kind: an arrival that can be kept, or nothing."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):  # as the webhook: 400
        return
    _sound(found)


def changed_update(data: bytes) -> None:
    """A sound update in which values are others: the first byte says which, each part after it where and what."""
    which, *parts = data[:1] or b"\0", *data[1:].split(b"\xff")
    found: object = copy.deepcopy(_SOUND[which[0] % len(_SOUND)])
    for part in parts[:8]:
        if len(part) < 2:
            continue
        places = list(_places(found))
        inside, name = places[part[0] % len(places)]
        inside[name] = _value(part[1], part[2:])
    _sound(found)


def text(data: bytes) -> None:
    """Any words in a sound update: commands, links, tokens."""
    _sound(_message(_words(data)))


def callback_data(data: bytes) -> None:
    """What a forged button may say."""
    said = _words(data)
    found = parse_data(said)
    assert found is None or build_data(*found) == said
    query = {"id": "77", "from": _SENDER, "message": {"message_id": 5, "chat": _CHAT}, "data": said}
    _sound({"update_id": 7, "callback_query": query})


def start_token(data: bytes) -> None:
    """A guess at an invitation."""
    said = _words(data)
    assert len(hash_of(said)) == 32
    found = arrival(_message(f"/start {said}"))
    assert found is None or found.start is None or len(found.start) <= START_CHARACTERS


def typed_numbers(data: bytes) -> None:
    """Numbers: every digit is there once more when they are taken one by one."""
    said = _words(data)
    assert digits.is_line(said) in (True, False)
    tokens = digits.read_numbers(said)
    if tokens is None:
        return
    assert all(token.digits.isascii() and token.digits.isdigit() for token in tokens)
    assert 0 < sum(len(token.digits) for token in tokens) <= digits.MOST_DIGITS
    left, taken = tokens, ""
    while left:
        choice, rest = digits.take(left, 7)
        if choice is None:
            break
        assert 1 <= choice <= 7
        taken, left = taken + str(choice), rest
    written = digits.written(tokens)
    assert len(taken) <= len(written)
    assert digits.read_numbers(written) == tokens


def words(data: bytes) -> None:
    """What might identify somebody is looked for in any words."""
    said = _words(data)
    assert might_identify(said) in (True, False)
    assert cleaned(cleaned(said)) == cleaned(said)


def country(data: bytes) -> None:
    """The search for a country, in every language at once."""
    said = _words(data)
    assert fold(fold(said)) == fold(said)
    names, places = _country_names()
    for found in (find_country(said, names), find_within(said, places)):
        assert not isinstance(found, Several) or len(found.codes) > 1


def times(data: bytes) -> None:
    """Periods and days as they stand in the schedule and on the command line."""
    said = _words(data)
    kind, _, period = said.partition("/")
    with suppress(FlowMisled, ValueError):  # kept for a newer program, and said once
        timers.event_of(kind, period, NOON)
    try:
        due = cadence.due_at(FORTNIGHT, said)
    except ValueError:
        pass
    else:
        assert due.tzinfo is not None
    try:
        end = programme_settings.end_of(said)
    except Refused:
        pass
    else:
        assert end is not None and end.tzinfo is UTC


def stored(data: bytes) -> None:
    """Events and sessions as they are read from the database."""
    said = _words(data)
    try:
        event = wire.event_from_text(said)
    except wire.WireError:
        pass
    else:
        assert wire.event_from_text(wire.event_to_text(event)) == event
    try:
        session = wire.session_from_text(said)
    except wire.WireError:
        pass
    else:
        assert wire.session_from_text(wire.session_to_text(session)) == session


def flow_toml(data: bytes) -> None:
    """A flow file: problems for its author, each with its advice, never another error."""
    files = {**_shared_files(), "anytime/fuzzed.toml": _words(data)}
    try:
        catalogue = load(files)
    except LibraryBroken as broken:
        assert broken.problems
        return
    for problem in check_catalogue(catalogue):
        assert problem.advice


PARSERS: Final[Mapping[str, Callable[[bytes], None]]] = {
    one.__name__: one
    for one in (
        update,
        changed_update,
        text,
        callback_data,
        start_token,
        typed_numbers,
        words,
        country,
        times,
        stored,
        flow_toml,
    )
}

_SENDER: Final = {"id": 501, "is_bot": False, "first_name": "F", "language_code": "en"}
_CHAT: Final = {"id": 501, "type": "private"}
_LETTER: Final = {"message_id": 3, "date": 1, "from": _SENDER, "chat": _CHAT, "text": "4"}
_SOUND: Final = (
    {"update_id": 7, "message": _LETTER},
    {"update_id": 7, "edited_message": _LETTER},
    {"update_id": 7, "message": {**_LETTER, "text": None, "voice": {"file_id": "AwAC_-9", "duration": 7}}},
    {
        "update_id": 7,
        "callback_query": {"id": "7", "from": _SENDER, "message": {"message_id": 5, "chat": _CHAT}, "data": "3.a.1"},
    },
    {"update_id": 7, "my_chat_member": {"from": _SENDER, "chat": _CHAT, "new_chat_member": {"status": "kicked"}}},
)


def _places(found: object) -> Iterator[tuple[dict[str, object], str]]:
    if isinstance(found, dict):
        for name, inner in found.items():
            yield found, name
            yield from _places(inner)


def _value(kind: int, data: bytes) -> object:
    """Anything that JSON holds."""
    number = int.from_bytes(data[:40], "big", signed=True)
    said = _words(data)
    several: tuple[object, ...] = (
        said,
        number,
        None,
        True,
        False,
        [],
        {},
        float(number % 2**60) / 7,
        [said],
        {said: said},
    )
    return several[kind % len(several)]


def _message(said: str) -> dict[str, object]:
    return {"update_id": 7, "message": {"message_id": 3, "date": 1, "from": _SENDER, "chat": _CHAT, "text": said}}


def _words(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _sound(delivered: object) -> None:
    found = arrival(delivered)
    if found is None:
        return
    assert found.key == f"tg/{update_id(delivered)}"
    assert found.telegram_id is not None and 0 < found.telegram_id < 2**52
    assert wire.event_from_text(wire.event_to_text(found.event)) == found.event
    match found.event:
        case Typed(said, number) | Edited(said, number):
            assert said == cleaned(said) and said.strip() and len(said) <= TEXT_CHARACTERS and number > 0
        case Tapped(session, step, choice):
            assert build_data(session, step, choice)
    (repr(found) + str(found.language) + str(found.start)).encode()


@cache
def _country_names() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Names of countries, and of countries and cities."""
    world = world_facts(packaged_languages().by_code)
    names, zones = world["world.countries"], world["world.zones"]
    assert isinstance(names, Mapping)
    assert isinstance(zones, Zones)
    return names, {**cities(zones), **names}


@cache
def _shared_files() -> Mapping[str, str]:
    return {path: said for path, said in read_library().items() if path == "choices.toml"}
