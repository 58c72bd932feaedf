"""What was given, received, given back or passed on: one row a session and direction. Private unless shared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select, update

from flows.effects import RecordReflections
from flows.people import PairId, PersonId, ProgrammeId
from storage.database import Transaction
from storage.encryption import Vault
from storage.pairs import Place
from storage.schema import Sealed, reflections
from storage.statements import ManyStatement, among, upsert

DIRECTIONS = ("giving", "receiving", "giving_back", "passing_on")

_row = reflections.c


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


_OTHERS = ManyStatement(
    delete(reflections).where(
        _row.person_id == bindparam("of_person"),
        _row.session == bindparam("of_session"),
        _row.direction.not_in([bindparam(f"kept_{number}") for number in range(len(DIRECTIONS))]),
    )
)
_UPSERT = upsert(reflections, ("programme_id", "pair_id", "kind"))


async def record(tx: Transaction, rows: Sequence[tuple[Place, RecordReflections]], now: datetime) -> None:
    """Writes what sessions recorded, replacing what each recorded before; words, day and sharing of a direction that
    stays are kept. The day is the person's own."""
    if not rows:
        return
    await _OTHERS.run(
        tx,
        [
            {"of_person": place.person, "of_session": row.session}
            | {f"kept_{n}": row.directions[n] if n < len(row.directions) else "" for n in range(len(DIRECTIONS))}
            for place, row in rows
        ],
    )
    await _UPSERT.run(
        tx,
        [
            {
                "person_id": place.person,
                "session": row.session,
                "direction": direction,
                "programme_id": place.programme,
                "pair_id": place.pair,
                "kind": row.kind,
                "day": now.astimezone(ZoneInfo(place.zone)).date().isoformat(),
                "created_at": now,
            }
            for place, row in rows
            for direction in row.directions
        ],
    )


_WORDS = ManyStatement(
    update(reflections)
    .where(_row.person_id == bindparam("of_person"), _row.session == bindparam("of_session"))
    .values(words=bindparam("sealed", type_=Sealed))
)


async def set_words(tx: Transaction, vault: Vault, words: Sequence[tuple[PersonId, int, str | None]]) -> None:
    """Gives the reflections of (person, session) their words; `None` takes them away. To be called after `record`."""
    if words:
        await _WORDS.run(
            tx,
            [
                {
                    "of_person": person,
                    "of_session": session,
                    "sealed": None
                    if line is None
                    else vault.seal_text("reflections.words", f"{person}/{session}", line),
                }
                for person, session, line in words
            ],
        )


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
    )
    .where(among(_row.person_id, "people"))
    .order_by(_row.person_id, _row.session, _row.direction)
)


async def of_people(tx: Transaction, vault: Vault, people: Collection[PersonId]) -> list[Reflection]:
    """Every reflection of `people`."""
    if not people:
        return []
    return [
        Reflection(
            row.person_id,
            row.session,
            row.direction,
            row.programme_id,
            row.pair_id,
            row.kind,
            row.day,
            None
            if row.words is None
            else vault.open_text("reflections.words", f"{row.person_id}/{row.session}", row.words),
            row.sharing,
        )
        for row in await tx.execute(_OF_PEOPLE, {"people": list(people)})
    ]
