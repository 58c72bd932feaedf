"""Facts of two: what each twin of a pair answered for the two of them, one row a person and subject.

Rules kept here:

* A row is its person's alone; what the two make of it is decided under a lock of the pair's row.
* A choice's id is in the clear, own words are sealed. Who is erased takes hers along.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from flows.people import PairId, PersonId
from storage.database import Transaction
from storage.encryption import Ciphertext, Vault
from storage.pairs import ACTIVE
from storage.schema import pair_answers, pair_members, pairs
from storage.statements import among, upsert

_row = pair_answers.c


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """`subject` is what the answer is about; `choice` and `words` are what she answered, either or both."""

    pair: PairId
    person: PersonId
    subject: str
    choice: str | None
    words: str | None
    answered_at: datetime


_UPSERT = upsert(pair_answers, ("choice", "words", "answered_at"))


async def save(tx: Transaction, vault: Vault, rows: Sequence[PairAnswer]) -> None:
    """Remembers answers; one to the same subject by the same person is replaced."""
    await _UPSERT.run(
        tx,
        [
            {
                "pair_id": row.pair,
                "person_id": row.person,
                "subject": row.subject,
                "choice": row.choice,
                "words": None
                if row.words is None
                else vault.seal_text("pair_answers.words", _context(row.pair, row.person, row.subject), row.words),
                "answered_at": row.answered_at,
            }
            for row in rows
        ],
    )


_OF_PAIRS = (
    select(_row.pair_id, _row.person_id, _row.subject, _row.choice, _row.words, _row.answered_at)
    .where(among(_row.pair_id, "pairs"))
    .order_by(_row.pair_id, _row.person_id, _row.subject)
)


async def of_pairs(tx: Transaction, vault: Vault, wanted: Collection[PairId]) -> list[PairAnswer]:
    """Every answer of both twins of the pairs `wanted`."""
    if not wanted:
        return []
    return [_opened(vault, *row) for row in await tx.execute(_OF_PAIRS, {"pairs": list(wanted)})]


_own = pair_members.alias("own")
_OF_PARTNERS = (
    select(_own.c.person_id.label("of"), *_OF_PAIRS.selected_columns)
    .join_from(_own, pairs, pairs.c.id == _own.c.pair_id)
    .join(pair_answers, (_row.pair_id == _own.c.pair_id) & (_row.person_id != _own.c.person_id))
    .where(among(_own.c.person_id, "people"), pairs.c.state == ACTIVE, _row.subject == bindparam("subject"))
)


async def of_partners(
    tx: Transaction, vault: Vault, people: Collection[PersonId], subject: str
) -> dict[PersonId, PairAnswer]:
    """What the partner of each answered about `subject`, in the pair that is made; without a lock."""
    found = await tx.execute(_OF_PARTNERS, {"people": list(people), "subject": subject})
    return {of: _opened(vault, *row) for of, *row in found}


def _opened(
    vault: Vault,
    pair: PairId,
    person: PersonId,
    subject: str,
    choice: str | None,
    words: Ciphertext | None,
    answered_at: datetime,
) -> PairAnswer:
    context = _context(pair, person, subject)
    said = None if words is None else vault.open_text("pair_answers.words", context, words)
    return PairAnswer(pair, person, subject, choice, said, answered_at)


def _context(pair: PairId, person: PersonId, subject: str) -> str:
    return f"{pair}/{person}/{subject}"
