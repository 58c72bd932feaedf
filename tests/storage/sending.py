"""Rows of the outbox, taken and settled as the sender does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from flows.effects import Lane
from storage import claims, outbox
from storage.claims import Claimed
from storage.database import Transaction
from storage.encryption import Vault
from storage.outbox import Settled, State
from storage.schema import outbox as table
from tests.storage.seeding import MINUTE, NOW

HOLDER = "one"


async def claim(
    tx: Transaction,
    vault: Vault,
    *,
    holder: str = HOLDER,
    now: datetime = NOW,
    limit: int = 100,
    busy: Collection[int] = (),
    lanes: Collection[Lane] = tuple(Lane),
) -> list[Claimed]:
    return await claims.claim(
        tx, vault, holder=holder, now=now, lease=MINUTE, limit=limit, busy_chats=busy, lanes=lanes
    )


def texts_of(rows: Sequence[Claimed]) -> list[str | None]:
    return [row.message.text for row in rows]


async def mark_sent(tx: Transaction, rows: Sequence[Claimed], at: datetime = NOW) -> None:
    sent = [Settled(row.id, State.SENT, telegram_message=9000 + row.id, sent_at=at, attempts=1) for row in rows]
    await outbox.settle(tx, sent, HOLDER)


async def states_in(tx: Transaction) -> list[tuple[str, str | None, bool]]:
    rows = await tx.execute(select(table.c.state, table.c.reason, table.c.body).order_by(table.c.id))
    return [(state, reason, body is not None) for state, reason, body in rows]
