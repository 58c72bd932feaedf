"""People who write faster than they can be answered, and what of theirs waits for it.

Rules kept here:

* Nothing is counted and kept: how far the answers to somebody are behind is read from the outbox, where every process
  sees the same.
* What waits is an event of her own in the inbox, sealed, under the key of its update. Whoever has something waiting
  has every later arrival waiting behind it, and so her order is that of the rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, false, func, literal, select, true, union_all

from flows.effects import Lane
from flows.people import PersonId
from storage.database import Transaction
from storage.inbox import OF_HER_OWN, PENDING
from storage.outbox import PARKED, RANK, WAITING
from storage.schema import inbox, outbox, people
from storage.statements import Later, Query, among, no_rows


@dataclass(frozen=True, slots=True)
class Load:
    """`replies`: messages in answer to somebody that are not sent yet. `waits`: something that she wrote waits."""

    replies: int = 0
    waits: bool = False


_UNSENT = (WAITING, outbox.c.lane == RANK[Lane.REPLY], outbox.c.not_before != PARKED)
_WAITS = (PENDING, OF_HER_OWN)
_LOADS = Query(
    union_all(
        select(outbox.c.chat_id, func.count(), false())
        .where(among(outbox.c.chat_id, "chats"), *_UNSENT)
        .group_by(outbox.c.chat_id),
        select(people.c.telegram_id, literal(0), true()).where(
            among(people.c.telegram_id, "chats"),
            select(inbox.c.id).where(inbox.c.person_id == people.c.id, *_WAITS).exists(),
        ),
    )
)


def loads(tx: Transaction, chats: Collection[int]) -> Later[dict[int, Load]]:
    """How it stands with each of `chats`; those with nothing to tell are left out. To be asked under the locks of their
    people."""
    return _LOADS.later(tx, _loads_of, chats=list(chats)) if chats else Later(no_rows, _loads_of)


def _loads_of(rows: list[tuple[Any, ...]]) -> dict[int, Load]:
    found: dict[int, Load] = {}
    for chat, replies, waits in rows:
        known = found.get(chat, Load())
        found[chat] = Load(known.replies + replies, known.waits or bool(waits))
    return found


_HAVE_WAITING = select(inbox.c.person_id).where(*_WAITS).distinct().subquery("have_waiting")
_BEHIND = (
    select(people.c.id)
    .join(_HAVE_WAITING, _HAVE_WAITING.c.person_id == people.c.id)
    .where(
        select(func.count()).select_from(outbox).where(outbox.c.chat_id == people.c.telegram_id, *_UNSENT)
        .scalar_subquery() >= bindparam("replies")
    )
)  # fmt: skip


async def behind(tx: Transaction, replies: int) -> list[PersonId]:
    """Of the people with something waiting those to whom `replies` messages or more are not sent yet."""
    return list((await tx.execute(_BEHIND, {"replies": replies})).scalars())


_DONE = delete(inbox).where(among(inbox.c.id, "ids"))


async def done(tx: Transaction, ids: Collection[int]) -> None:
    """These are carried out. Nothing of them stays, since the key of the update is kept apart."""
    if ids:
        await tx.execute(_DONE, {"ids": list(ids)})
