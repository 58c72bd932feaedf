"""The room in a file, so that tomorrow goes on where today ended.

Rules kept here:

* Written whole to a second file, then put in place: a torn file never replaces a good one. At most once a second, and
  when the room closes.
* The clock is kept as its distance from real time and as the moment reached; it never goes back.
* Faults and rates are not kept; files of more than a megabyte neither.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.rehearsal.errors import RoomError
from bot.rehearsal.keyboards import Button, Rows
from bot.rehearsal.phones import Phone, PhoneMessage, Traffic
from bot.rehearsal.state import Query, Room, StoredFile, Webhook
from bot.rehearsal.updates import Waiting

FORMAT = 1
LARGEST_FILE = 2**20
JOURNAL_IN_FILE = 1_000


def save(room: Room, path: Path, *, now: float, wall: float) -> None:
    """Writes `room` at the simulated moment `now`; `wall` is the real time, in unix seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(to_plain(room, now=now, wall=wall), ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def load(room: Room, path: Path, *, wall: float) -> float:
    """Fills `room` from the file, if there is one; gives the simulated moment at which it goes on.

    Raises `RoomError` when the file can not be read.
    """
    with suppress(FileNotFoundError):
        try:
            return from_plain(room, json.loads(path.read_text(encoding="utf-8")), wall=wall)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise RoomError(
                f"The rehearsal room's file {path.name} can not be read; move it away, or begin anew with --fresh."
            ) from None
    return wall


def to_plain(room: Room, *, now: float, wall: float) -> dict[str, Any]:
    """`room` as JSON holds it."""
    room.updates.expire(now)
    return {
        "format": FORMAT,
        "now": now,
        "ahead": now - wall,
        "phones": [_phone(phone) for phone in room.phones.values()],
        "updates": {
            "waiting": [asdict(update) for update in room.updates.waiting],
            "last_id": room.updates.last_id,
            "last_at": room.updates.last_at,
            "allowed": room.updates.allowed,
        },
        "webhook": asdict(room.webhook),
        "queries": [asdict(query) for query in room.queries.values()],
        "files": [
            {**_shallow(stored), "content": b64encode(stored.content).decode()}
            for stored in room.files.values()
            if len(stored.content) <= LARGEST_FILE
        ],
        "commands": room.commands,
        "descriptions": room.descriptions,
        "journal": room.journal[-JOURNAL_IN_FILE:],
        "counters": {name: getattr(room, name) for name in _COUNTERS},
    }


def from_plain(room: Room, plain: dict[str, Any], *, wall: float) -> float:
    """Fills `room`; gives the simulated moment at which it goes on."""
    if plain["format"] != FORMAT:
        raise ValueError("written by another version")
    phones = {int(phone["chat"]): _read_phone(phone) for phone in plain["phones"]}
    waiting = [Waiting(**update) for update in plain["updates"]["waiting"]]
    queries = {query["id"]: Query(**query) for query in plain["queries"]}
    files = {kept["id"]: StoredFile(**{**kept, "content": b64decode(kept["content"])}) for kept in plain["files"]}
    webhook = Webhook(**plain["webhook"])
    now = max(float(plain["now"]), wall + float(plain["ahead"]))
    for name in _COUNTERS:
        setattr(room, name, int(plain["counters"][name]))
    room.updates.waiting = waiting
    room.updates.last_id = int(plain["updates"]["last_id"])
    room.updates.last_at = plain["updates"]["last_at"]
    room.updates.allowed = tuple(plain["updates"]["allowed"])
    room.phones, room.queries, room.files, room.webhook = phones, queries, files, webhook
    room.commands, room.descriptions = dict(plain["commands"]), dict(plain["descriptions"])
    room.journal = list(plain["journal"])
    return now


_COUNTERS = ("journal_end", "last_message", "last_query", "last_file")


def _shallow(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _phone(phone: Phone) -> dict[str, Any]:
    messages = [
        {**_shallow(shown), "buttons": [[button.told() for button in row] for row in shown.buttons]}
        for shown in phone.messages.values()
    ]
    return {**_shallow(phone), "traffic": phone.traffic.told(), "messages": messages}


def _read_phone(plain: dict[str, Any]) -> Phone:
    keyboard = plain["reply_keyboard"]
    messages = [
        PhoneMessage(**{**shown, "buttons": _rows(shown["buttons"]), "entities": tuple(shown["entities"])})
        for shown in plain["messages"]
    ]
    return Phone(
        **{
            **plain,
            "traffic": Traffic(**plain["traffic"]),
            "reply_keyboard": None if keyboard is None else tuple(tuple(row) for row in keyboard),
            "messages": {shown.id: shown for shown in messages},
        }
    )


def _rows(plain: list[list[dict[str, Any]]]) -> Rows:
    return tuple(tuple(Button(**button) for button in row) for row in plain)
