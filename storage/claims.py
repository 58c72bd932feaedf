"""Taking rows of the outbox to be sent, under a lease.

Rules kept here:

* Lanes by strict priority; of each chat only what is first in its lane, and only while nothing of that chat is in
  flight. A unique index says so too.
* A row whose body can not be decrypted is settled as failed, so that it stops nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)

from flows.effects import Lane
from flows.people import PersonId
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import StorageError
from storage.messages import Message, message_from_text
from storage.outbox import LANES, RANK, WAITING, Settled, State, by_index, context_of, is_first, settle
from storage.schema import outbox
from storage.statements import Query, among

_CLAIM_LOCK = 0x6F757462
"""PostgreSQL: claims happen one after the other ("outb" in ASCII); they take a few milliseconds."""

_row = outbox.c


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row in flight; `attempts` counts the earlier ones."""

    id: int
    key: str | None
    person: PersonId | None
    chat: int
    lane: Lane
    message: Message
    not_before: datetime
    valid_until: datetime | None
    quiet: str | None
    prompt_session: int | None
    anchor: str | None
    attempts: int
    receipt: tuple[PersonId, int] | None = None


def _candidates(rank: int) -> Select[Any]:
    """The ids of one lane that may be claimed: due, first of its lane in its chat, nothing in flight there."""
    flying = outbox.alias("flying")
    lane: ColumnElement[int] = literal_column(str(rank))
    due = (
        select(_row.id, _row.chat_id, _row.lane, _row.not_before)
        .where(
            WAITING,
            _row.lane == lane,
            _row.not_before <= bindparam("now", type_=Moment),
            or_(_row.valid_until.is_(None), _row.valid_until > bindparam("now", type_=Moment)),
            ~among(_row.chat_id, "busy"),
            ~select(flying.c.id)
            .where(flying.c.chat_id == _row.chat_id, flying.c.state == literal_column("'claimed'"))
            .exists(),
            is_first(lane),
        )
        .order_by(_row.lane, _row.not_before, _row.id)
        .limit(bindparam("limit"))
        .subquery(f"lane_{rank}")
    )
    return select(due.c.id, due.c.chat_id, due.c.lane, due.c.not_before)


_CANDIDATES = tuple(_candidates(rank) for rank in range(len(LANES)))
_FIND: dict[tuple[int, ...], Query] = {
    ranks: Query(union_all(*(_CANDIDATES[rank] for rank in ranks)))
    for ranks in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
}

_LOCK_ROWS = Query(
    select(_row.id).where(among(_row.id, "ids"), WAITING).order_by(_row.id).with_for_update(skip_locked=True)
)

_CLAIM = Query(
    update(outbox)
    .where(among(_row.id, "ids"), WAITING)
    .values(
        state="claimed",
        claimed_by=bindparam("holder"),
        claimed_until=bindparam("until", type_=Moment),
    )
    .returning(
        _row.id,
        _row.key,
        _row.person_id,
        _row.chat_id,
        _row.lane,
        _row.body,
        _row.not_before,
        _row.valid_until,
        _row.quiet,
        _row.prompt_session,
        _row.anchor,
        _row.attempts,
        _row.receipt_person_id,
        _row.receipt_session,
    )
)


async def claim(
    tx: Transaction,
    vault: Vault,
    *,
    holder: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    busy_chats: Collection[int],
    lanes: Collection[Lane] = LANES,
) -> list[Claimed]:
    """Takes up to `limit` rows of `lanes` under a lease, replies first, at most one a chat, none of `busy_chats`.

    What is past its `valid_until` is not returned, yet it holds back what follows in its lane: call `expire` first.
    Rows that another transaction is just withdrawing are passed over. A row whose body can not be decrypted is
    settled as failed, so that it stops nobody.
    """
    ranks = tuple(sorted({RANK[lane] for lane in lanes}))
    if limit <= 0 or not ranks:
        return []
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CLAIM_LOCK})
    await by_index(tx)
    found = await _FIND[ranks].rows(tx, now=now, limit=limit, busy=list(busy_chats))
    chosen: dict[int, int] = {}
    for _, _, identity, chat in sorted((lane, due, identity, chat) for identity, chat, lane, due in found):
        chosen.setdefault(chat, identity)
    ids = list(chosen.values())[:limit]
    if ids and tx.dialect.name == "postgresql":
        ids = [identity for (identity,) in await _LOCK_ROWS.rows(tx, ids=ids)]
    if not ids:
        return []
    rows = await _CLAIM.rows(tx, ids=ids, holder=holder, until=now + lease)
    claimed: list[Claimed] = []
    unreadable: list[Settled] = []
    for row in sorted(rows, key=itemgetter(4, 6, 0)):
        identity, key, person, chat, lane, body, *moments_and_more, waiting, session = row
        try:
            message = message_from_text(vault.open_text("outbox.body", context_of(chat, key), body))
        except StorageError as error:
            unreadable.append(Settled(identity, State.FAILED, reason=type(error).__name__))
            continue
        receipt = None if waiting is None else (waiting, session)
        known = (identity, key, person, chat, LANES[lane], message, *moments_and_more, receipt)
        claimed.append(Claimed(*known))
    await settle(tx, unreadable, holder)
    return claimed
