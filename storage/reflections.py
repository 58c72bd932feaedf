"""What was given, received, given back or passed on: one row a session and direction. Private unless shared.

Rules kept here:

* What a session recorded is one entry: its directions share kind, words, voice note and sharing.
* Words are sealed for (person, session), so they go along when a correction puts another direction in their place.
* Words of a session in which nothing flowed are a row of their own, of the direction `note`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, case, delete, or_, select, update

from flows.effects import RecordReflections, SaveNote
from flows.entries import NOTE, PRIVATE
from flows.people import PairId, PersonId, ProgrammeId
from storage.columns import Moment, Sealed
from storage.database import Transaction
from storage.encryption import Ciphertext, Vault
from storage.pairs import Place
from storage.schema import pair_members, reflections
from storage.statements import ManyStatement, among, upsert

DIRECTIONS = ("giving", "receiving", "giving_back", "passing_on")

_row = reflections.c
Key = tuple[PersonId, int]
"""Whose, and in which of her sessions: what one entry is known by."""


@dataclass(frozen=True, slots=True)
class Reflection:
    person: PersonId
    session: int
    direction: str
    programme: ProgrammeId
    pair: PairId | None
    kind: str | None
    day: str
    words: str | None
    sharing: str
    level: str | None = None
    towards: str | None = None
    voice: str | None = None
    created_at: datetime | None = None
    edited_at: datetime | None = None


# -- recording ---------------------------------------------------------------------------------------------------------

_OF_SESSIONS = select(
    _row.person_id, _row.session, _row.day, _row.words, _row.voice, _row.sharing, _row.created_at, _row.edited_at
).where(among(_row.person_id, "people"), among(_row.session, "sessions"))


async def _recorded(tx: Transaction, keys: Iterable[Key]) -> dict[Key, Any]:
    """What is there already of these entries, and all the directions of one have alike."""
    wanted = set(keys)
    rows = await tx.execute(
        _OF_SESSIONS, {"people": sorted({one for one, _ in wanted}), "sessions": sorted({one for _, one in wanted})}
    )
    return {(row.person_id, row.session): row for row in rows if (row.person_id, row.session) in wanted}


_OTHERS = ManyStatement(
    delete(reflections).where(
        _row.person_id == bindparam("of_person"),
        _row.session == bindparam("of_session"),
        _row.direction.not_in([bindparam(f"kept_{number}") for number in range(len(DIRECTIONS))]),
    )
)
_UPSERT = upsert(reflections, ("programme_id", "pair_id", "kind", "level", "towards"))


async def record(tx: Transaction, rows: Sequence[tuple[Place, RecordReflections]], now: datetime) -> None:
    """Writes what sessions recorded, replacing what each recorded before; day, words and sharing of an entry are kept,
    whatever its directions are now. The day is the person's own."""
    if not rows:
        return
    there = await _recorded(tx, ((place.person, row.session) for place, row in rows))
    written = [(place, row, there.get((place.person, row.session))) for place, row in rows]
    stated = [(place, row, _directions(row, before), before) for place, row, before in written]
    await _OTHERS.run(
        tx,
        [
            {"of_person": place.person, "of_session": row.session}
            | {f"kept_{n}": directions[n] if n < len(directions) else "" for n in range(len(DIRECTIONS))}
            for place, row, directions, _ in stated
        ],
    )
    await _UPSERT.run(
        tx,
        [
            _values(place, row.session, direction, before, now)
            | {"kind": row.kind, "level": row.level, "towards": row.towards}
            for place, row, directions, before in stated
            for direction in directions
        ],
    )


def _directions(row: RecordReflections, before: Any) -> tuple[str, ...]:
    """Those stated; of none, that there are words all the same."""
    has_words = before is not None and (before.words is not None or before.voice is not None)
    return row.directions or ((NOTE,) if has_words else ())


def _values(place: Place, session: int, direction: str, before: Any, now: datetime) -> dict[str, Any]:
    today = now.astimezone(ZoneInfo(place.zone)).date().isoformat()
    return {
        "person_id": place.person,
        "session": session,
        "direction": direction,
        "programme_id": place.programme,
        "pair_id": place.pair,
        "kind": None,
        "level": None,
        "towards": None,
        "day": today if before is None else before.day,
        "words": None if before is None else before.words,
        "voice": None if before is None else before.voice,
        "sharing": PRIVATE if before is None else before.sharing,
        "created_at": now if before is None else before.created_at,
        "edited_at": None if before is None else before.edited_at,
    }


_WORDS = ManyStatement(
    update(reflections)
    .where(_row.person_id == bindparam("of_person"), _row.session == bindparam("of_session"))
    .values(
        words=bindparam("sealed", type_=Sealed),
        voice=bindparam("sealed_voice", type_=Sealed),
        edited_at=case(
            (or_(_row.words.is_not(None), _row.voice.is_not(None)), bindparam("now", type_=Moment)),
            else_=_row.edited_at,
        ),
    )
)
_EMPTY_NOTES = ManyStatement(
    delete(reflections).where(
        _row.person_id == bindparam("of_person"),
        _row.session == bindparam("of_session"),
        _row.direction == NOTE,
        _row.words.is_(None),
        _row.voice.is_(None),
    )
)


async def set_words(tx: Transaction, vault: Vault, rows: Sequence[tuple[Place, SaveNote]], now: datetime) -> None:
    """Gives entries their words or voice note, or takes them away. Words of a session that recorded nothing are an
    entry of their own, and go with it. To be called after `record`."""
    if not rows:
        return
    there = await _recorded(tx, ((place.person, row.session) for place, row in rows))
    new = [
        _values(place, row.session, NOTE, None, now)
        for place, row in rows
        if (place.person, row.session) not in there and (row.words is not None or row.voice is not None)
    ]
    await _UPSERT.run(tx, new)
    keys = [{"of_person": place.person, "of_session": row.session} for place, row in rows]
    sealed = [
        {
            "sealed": _sealed(vault, "reflections.words", place.person, row.session, row.words),
            "sealed_voice": _sealed(vault, "reflections.voice", place.person, row.session, row.voice),
            "now": now,
        }
        for place, row in rows
    ]
    await _WORDS.run(tx, [key | words for key, words in zip(keys, sealed, strict=True)])
    await _EMPTY_NOTES.run(tx, keys)


def _sealed(vault: Vault, column: str, person: PersonId, session: int, words: str | None) -> Ciphertext | None:
    return None if words is None else vault.seal_text(column, f"{person}/{session}", words)


def _open(vault: Vault, column: str, person: PersonId, session: int, words: Ciphertext | None) -> str | None:
    return None if words is None else vault.open_text(column, f"{person}/{session}", words)


_SHARING = ManyStatement(
    update(reflections)
    .where(_row.person_id == bindparam("of_person"), _row.session == bindparam("of_session"))
    .values(sharing=bindparam("shared_with"))
)


async def set_sharing(tx: Transaction, rows: Sequence[tuple[PersonId, int, str]]) -> None:
    """Who may read the entries (person, session)."""
    await _SHARING.run(
        tx, [{"of_person": person, "of_session": session, "shared_with": sharing} for person, session, sharing in rows]
    )


_DELETE = ManyStatement(
    delete(reflections).where(_row.person_id == bindparam("of_person"), _row.session == bindparam("of_session"))
)


async def forget(tx: Transaction, keys: Collection[Key]) -> None:
    """These entries are gone, with their words."""
    await _DELETE.run(tx, [{"of_person": person, "of_session": session} for person, session in sorted(keys)])


# -- reading -----------------------------------------------------------------------------------------------------------

_OF_PEOPLE = (
    select(
        _row.person_id,
        _row.session,
        _row.direction,
        _row.programme_id,
        _row.pair_id,
        _row.kind,
        _row.day,
        _row.words,
        _row.sharing,
        _row.level,
        _row.towards,
        _row.voice,
        _row.created_at,
        _row.edited_at,
    )
    .where(among(_row.person_id, "people"))
    .order_by(_row.person_id, _row.session, _row.direction)
)


async def of_people(tx: Transaction, vault: Vault, people: Collection[PersonId]) -> list[Reflection]:
    """Every reflection of `people`."""
    if not people:
        return []
    found = []
    for (
        person,
        session,
        direction,
        programme,
        pair,
        kind,
        day,
        words,
        sharing,
        level,
        towards,
        voice,
        *moments,
    ) in await tx.execute(_OF_PEOPLE, {"people": list(people)}):
        opened = _open(vault, "reflections.words", person, session, words)
        spoken = _open(vault, "reflections.voice", person, session, voice)
        found.append(
            Reflection(
                person,
                session,
                direction,
                programme,
                pair,
                kind,
                day,
                opened,
                sharing,
                level,
                towards,
                spoken,
                *moments,
            )
        )
    return found


_MEMBERS = select(pair_members.c.pair_id, pair_members.c.person_id).where(among(pair_members.c.pair_id, "pairs"))


async def twins_of(tx: Transaction, found: Collection[Reflection]) -> dict[tuple[PairId, PersonId], PersonId]:
    """Of each pair in which something was recorded: its author to the other one. Who was erased is missing."""
    pairs = sorted({one.pair for one in found if one.pair is not None})
    if not pairs:
        return {}
    members: dict[PairId, list[PersonId]] = {}
    for pair, person in await tx.execute(_MEMBERS, {"pairs": pairs}):
        members.setdefault(pair, []).append(person)
    return {
        (pair, person): other for pair, both in members.items() for person in both for other in both if other != person
    }
