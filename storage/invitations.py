"""Invitations to one side and role of a programme, each for one person.

Rules kept here:

* The token is shown once and never stored; its SHA-256 is, which is enough to find it and useless to open a link.
  (A plain hash is right here: a token has 128 random bits, so there is nothing to guess.)
* An invitation is claimed under a lock of its row: of two people who open it at once one joins.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from flows.people import PersonId, ProgrammeId, Role, SideId
from storage.columns import Moment
from storage.database import Transaction
from storage.schema import invitations, programmes
from storage.statements import among

TOKEN_BYTES = 16
"""128 bits; 22 characters of the 64 that fit into a link."""

_row = invitations.c


@dataclass(frozen=True, slots=True)
class Invitation:
    """`language` is the programme's."""

    id: int
    programme: ProgrammeId
    side: SideId
    role: Role
    language: str
    created_at: datetime
    expires_at: datetime | None
    used_by: PersonId | None
    used_at: datetime | None


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


_INSERT = insert(invitations)


async def create(
    tx: Transaction,
    *,
    programme: ProgrammeId,
    side: SideId,
    role: Role,
    now: datetime,
    expires_at: datetime | None = None,
) -> str:
    """A new invitation; gives its token, which can not be shown again."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await tx.execute(
        _INSERT,
        {
            "programme_id": programme,
            "side_id": side,
            "role": role.value,
            "token_hash": hash_of(token),
            "created_at": now,
            "expires_at": expires_at,
        },
    )
    return token


_LOOKUP = (
    select(
        _row.id,
        _row.programme_id,
        _row.side_id,
        _row.role,
        programmes.c.language,
        _row.created_at,
        _row.expires_at,
        _row.used_by,
        _row.used_at,
    )
    .join_from(invitations, programmes, programmes.c.id == _row.programme_id)
    .where(_row.token_hash == bindparam("hash"))
    .with_for_update(of=invitations)
)


async def lookup(tx: Transaction, token: str) -> Invitation | None:
    """The invitation of this token, locked until the end of the transaction; `None`: there is none."""
    row = (await tx.execute(_LOOKUP, {"hash": hash_of(token)})).one_or_none()
    if row is None:
        return None
    return Invitation(
        row.id,
        row.programme_id,
        row.side_id,
        Role(row.role),
        row.language,
        row.created_at,
        row.expires_at,
        row.used_by,
        row.used_at,
    )


_USE = (
    update(invitations)
    .where(_row.id == bindparam("which"))
    .values(used_by=bindparam("who"), used_at=bindparam("now", type_=Moment))
)


async def use(tx: Transaction, invitation: int, person: PersonId, now: datetime) -> None:
    """It is hers now. To be called under the lock of `lookup`."""
    await tx.execute(_USE, {"which": invitation, "who": person, "now": now})


_RELEASE = update(invitations).where(among(_row.used_by, "people")).values(used_by=None, used_at=None)


async def release(tx: Transaction, people: Collection[PersonId]) -> None:
    """What these people used can be used again (`people.erase` does it too)."""
    if people:
        await tx.execute(_RELEASE, {"people": list(people)})
