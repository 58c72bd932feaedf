"""Single answers, by session and key. A choice's id is in the clear, a person's own words are sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from flows.effects import SaveAnswer
from flows.people import PersonId
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import answers
from storage.statements import ManyStatement, among, upsert

_row = answers.c


AnswerKey = tuple[PersonId, int, str]
"""Whose, in which of her sessions, under which key."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Exactly one of `choice`, `words` and `voice` is given."""

    person: PersonId
    session: int
    flow: str
    key: str
    choice: str | None
    words: str | None
    answered_at: datetime
    voice: str | None = None


_UPSERT = upsert(answers, ("flow", "choice", "words", "voice", "answered_at"))


async def save(tx: Transaction, vault: Vault, rows: Sequence[tuple[PersonId, SaveAnswer]], now: datetime) -> None:
    """Remembers answers; one under the same person, session and key is replaced."""
    await _UPSERT.run(
        tx,
        [
            {
                "person_id": person,
                "session": row.session,
                "key": row.key,
                "flow": row.flow,
                "choice": row.choice,
                "words": None
                if row.words is None
                else vault.seal_text("answers.words", _context(person, row.session, row.key), row.words),
                "voice": None
                if row.voice is None
                else vault.seal_text("answers.voice", _context(person, row.session, row.key), row.voice),
                "answered_at": now,
            }
            for person, row in rows
        ],
    )


_DELETE = ManyStatement(
    delete(answers).where(
        _row.person_id == bindparam("of_person"),
        _row.session == bindparam("of_session"),
        _row.key == bindparam("of_key"),
    )
)


async def forget(tx: Transaction, keys: Sequence[AnswerKey]) -> None:
    """These answers no longer hold."""
    await _DELETE.run(
        tx, [{"of_person": person, "of_session": session, "of_key": key} for person, session, key in keys]
    )


_OF_PEOPLE = (
    select(_row.person_id, _row.session, _row.flow, _row.key, _row.choice, _row.words, _row.answered_at, _row.voice)
    .where(among(_row.person_id, "people"))
    .order_by(_row.person_id, _row.session, _row.key)
)


async def of_people(tx: Transaction, vault: Vault, people: Collection[PersonId]) -> list[Answer]:
    """Every answer of `people`."""
    if not people:
        return []
    return [
        Answer(
            person,
            session,
            flow,
            key,
            choice,
            None if words is None else vault.open_text("answers.words", _context(person, session, key), words),
            answered_at,
            None if voice is None else vault.open_text("answers.voice", _context(person, session, key), voice),
        )
        for person, session, flow, key, choice, words, answered_at, voice in await tx.execute(
            _OF_PEOPLE, {"people": list(people)}
        )
    ]


_CHOSEN = (
    select(_row.person_id, _row.flow, _row.key, _row.choice)
    .where(among(_row.person_id, "people"), among(_row.flow, "flows"), _row.choice.is_not(None))
    .order_by(_row.answered_at, _row.session)
)


async def chosen(
    tx: Transaction, people: Collection[PersonId], flows: Collection[str]
) -> dict[PersonId, dict[tuple[str, str], str]]:
    """The latest choices of `people` in `flows` by (flow, key). No words are opened."""
    found: dict[PersonId, dict[tuple[str, str], str]] = {}
    if people:
        for person, flow, key, choice in await tx.execute(_CHOSEN, {"people": list(people), "flows": list(flows)}):
            found.setdefault(person, {})[flow, key] = choice
    return found


def _context(person: PersonId, session: int, key: str) -> str:
    return f"{person}/{session}/{key}"
