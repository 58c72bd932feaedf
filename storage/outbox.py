"""Messages decided but not yet sent.

Rules kept here:

* A row is the decision to send, made in the same transaction as what led to it. A key makes a repeat harmless.
* waiting -> claimed -> sent | withdrawn | expired | failed | unknown. A claim is a lease: when it runs out, or when
  another process begins to send, the row waits again, and may be sent twice; of the bulk lane it becomes unknown
  instead and is not.
* Lanes are strict: reply, prompt, bulk. In a chat at most one row is in flight (a unique index says so too), and each
  lane keeps its order: a row that waits for a retry holds back those behind it in its lane.
* The words of a settled row are wiped in the statement that settles it; ids and times stay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    text,
    update,
)

from flows.effects import Lane
from flows.people import PersonId
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Vault
from storage.messages import Message, message_to_text
from storage.schema import outbox
from storage.statements import ManyStatement, Query, among, insert_new

__all__ = [
    "LANES",
    "PARKED",
    "RANK",
    "WAITING",
    "Expired",
    "Message",
    "Outgoing",
    "Parked",
    "Settled",
    "State",
    "bring_back",
    "by_index",
    "context_of",
    "expire",
    "insert",
    "is_first",
    "message_of",
    "next_due",
    "purge",
    "release_stale",
    "resting",
    "settle",
    "shut",
    "take_back",
    "take_over",
    "withdraw_prompts",
]


class Outgoing(NamedTuple):
    """A row to be; a tuple, since one is made in a third of the time (measured) and a turn makes two.

    `quiet` is a rule such as `21:00-08:00 Africa/Freetown`, read by the sender. `prompt_session` makes the sender tell
    the person's inbox of the delivery; `receipt` tells another person, in a session of hers, what became of it.
    `anchor` is what a later `mark`, `rewrite` or `delete` looks for; a `lasting` row is never purged, so that it is
    found as long as her data is kept. `broadcast` is the one of whose ledger this row is a line."""

    key: str | None
    person: PersonId | None
    chat: int
    lane: Lane
    message: Message
    not_before: datetime
    valid_until: datetime | None = None
    quiet: str | None = None
    prompt_session: int | None = None
    anchor: str | None = None
    receipt: tuple[PersonId, int] | None = None
    broadcast: int | None = None
    lasting: bool = False

    @property
    def is_prompt(self) -> bool:
        """Whether it asks something. What others said and the night holds back is in the same lane, and does not."""
        return self.lane is Lane.PROMPT and self.valid_until is not None


class State(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Settled:
    """How a claimed row ended. With `State.WAITING` it is tried again at `retry_at`. `attempts` `None`: as before."""

    id: int
    state: State
    telegram_message: int | None = None
    sent_at: datetime | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    id: int
    key: str | None
    person: PersonId | None
    prompt_session: int | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A row that waits until its person is back, and who waits for a receipt of it in which session of hers."""

    id: int
    receipt: tuple[PersonId, int]


LANES = (Lane.REPLY, Lane.PROMPT, Lane.BULK)
RANK = {lane: rank for rank, lane in enumerate(LANES)}
# The partial indexes are used only when the statement holds their very words, hence literals instead of parameters.
_row = outbox.c
WAITING = _row.state == literal_column("'waiting'")
_CLAIMED = _row.state == literal_column("'claimed'")

_INSERT = insert_new(outbox)


async def insert(tx: Transaction, vault: Vault, rows: Sequence[Outgoing], now: datetime) -> None:
    """Adds rows, to be sent in this order; a key that is known already has no effect."""
    await _INSERT.run(
        tx,
        [
            {
                "key": row.key,
                "anchor": row.anchor,
                "person_id": row.person,
                "chat_id": row.chat,
                "lane": RANK[row.lane],
                "method": row.message.method,
                "body": vault.seal_text("outbox.body", context_of(row.chat, row.key), message_to_text(row.message)),
                "not_before": row.not_before,
                "valid_until": row.valid_until,
                "quiet": row.quiet,
                "prompt_session": row.prompt_session,
                "state": "waiting",
                "attempts": 0,
                "created_at": now,
                "receipt_person_id": row.receipt[0] if row.receipt else None,
                "receipt_session": row.receipt[1] if row.receipt else None,
                "broadcast_id": row.broadcast,
                "lasting": row.lasting,
            }
            for row in rows
        ],
    )


_SETTLE = ManyStatement(
    update(outbox)
    .where(
        _row.id == bindparam("row_id"),
        or_(
            and_(_CLAIMED, _row.claimed_by == bindparam("holder")),
            # its claim was lost before the answer came: that it was sent is better known late than never
            and_(
                bindparam("was_sent"),
                _row.state.in_([literal_column("'waiting'"), literal_column("'claimed'"), literal_column("'unknown'")]),
            ),
        ),
    )
    .values(
        state=bindparam("state"),
        telegram_message=bindparam("telegram_message"),
        sent_at=bindparam("sent_at"),
        reason=bindparam("reason"),
        not_before=func.coalesce(bindparam("retry_at", type_=Moment), _row.not_before),
        attempts=func.coalesce(bindparam("attempts"), _row.attempts),
        claimed_by=null(),
        claimed_until=null(),
        body=case((bindparam("again"), _row.body), else_=null()),
    )
)


async def settle(tx: Transaction, results: Sequence[Settled], holder: str) -> None:
    """Writes how rows ended that `holder` had claimed. One that it claims no longer changes only when it was in fact
    sent."""
    if results:
        await _SETTLE.run(
            tx,
            [
                {
                    "row_id": result.id,
                    "holder": holder,
                    "was_sent": result.state is State.SENT,
                    "again": result.state is State.WAITING,
                    "state": result.state.value,
                    "telegram_message": result.telegram_message,
                    "sent_at": result.sent_at,
                    "reason": result.reason,
                    "retry_at": result.retry_at,
                    "attempts": result.attempts,
                }
                for result in results
            ],
        )


_EXPIRE = (
    update(outbox)
    .where(WAITING, _row.valid_until.is_not(None), _row.valid_until <= bindparam("now", type_=Moment))
    .values(state="expired", body=null(), reason="too late")
    .returning(_row.id, _row.key, _row.person_id, _row.prompt_session)
)


async def expire(tx: Transaction, now: datetime) -> list[Expired]:
    """Gives up waiting rows whose `valid_until` has passed, and names them."""
    rows = (await tx.execute(_EXPIRE, {"now": now})).all()
    return sorted((Expired(*row) for row in rows), key=lambda row: row.id)


_WITHDRAW = (
    update(outbox)
    .where(
        among(_row.person_id, "people"),
        _row.lane + 0 >= RANK[Lane.PROMPT],  # the sum keeps SQLite from reading every waiting prompt of everybody
        or_(_row.lane + 0 > RANK[Lane.PROMPT], _row.valid_until.is_not(None)),
        WAITING,
    )
    .values(state="withdrawn", body=null(), reason="withdrawn")
)


async def withdraw_prompts(tx: Transaction, people: Collection[PersonId]) -> None:
    """Takes back the prompts of `people`, broadcasts among them, that are not in flight yet. What asks is worth nothing
    later and says so by `valid_until`; what others said and the night holds back has none, and stays."""
    if people:
        await tx.execute(_WITHDRAW, {"people": list(people)})


_TAKE_BACK = (
    update(outbox)
    .where(among(_row.anchor, "anchors"), WAITING, _row.method != "rewrite")
    .values(state="withdrawn", body=null(), reason="taken back")
)


async def take_back(tx: Transaction, anchors: Collection[str]) -> None:
    """What waits to be sent under these anchors is not sent any more."""
    if anchors:
        await tx.execute(_TAKE_BACK, {"anchors": sorted(anchors)})


PARKED = datetime(9999, 1, 1, tzinfo=UTC)
"""`not_before` of a message for somebody who can not be reached: it waits until she is back."""
_PARKED_FOR = and_(among(_row.person_id, "people"), WAITING, _row.not_before == PARKED)
_BRING_BACK = update(outbox).where(_PARKED_FOR).values(not_before=bindparam("now", type_=Moment))
_ASK_ANEW = (
    update(outbox)
    .where(
        _PARKED_FOR,
        _row.lane == RANK[Lane.PROMPT],
        _row.anchor.is_not(None),
        _row.valid_until.is_not(None),
    )
    .values(state="withdrawn", body=null(), reason="asked anew")
)


async def bring_back(tx: Transaction, people: Collection[PersonId], now: datetime) -> None:
    """What was parked for `people`, who can be reached again, is due now. Prompts with a question are not: whatever is
    open is asked anew."""
    if people:
        await tx.execute(_ASK_ANEW, {"people": list(people)})
        await tx.execute(_BRING_BACK, {"people": list(people), "now": now})


_IS_BULK = _row.lane == RANK[Lane.BULK]
_TAKE_OVER = (
    update(outbox)
    .where(_CLAIMED)
    .values(
        state=case((_IS_BULK, "unknown"), else_="waiting"),
        reason=case((_IS_BULK, "unanswered"), else_=_row.reason),
        body=case((_IS_BULK, null()), else_=_row.body),
        attempts=_row.attempts + 1,
        claimed_by=null(),
        claimed_until=null(),
    )
)


_RELEASE = _TAKE_OVER.where(_row.claimed_until <= bindparam("now", type_=Moment))


async def take_over(tx: Transaction) -> None:
    """Whoever claimed rows sends no more, since one process at a time does: they wait again; of the bulk lane they
    become unknown."""
    await tx.execute(_TAKE_OVER)


async def release_stale(tx: Transaction, now: datetime) -> None:
    """The same for claims whose lease ran out."""
    await tx.execute(_RELEASE, {"now": now})


def is_first(lane: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether nothing of this lane waits before the row in its chat: what stands behind a row can not go before it.

    By the smallest number, not by a row that does not exist: PostgreSQL makes a join of that, and where it believes
    that hardly anything waits (most of the day that is so) it compares each row with each (ADR 0043).
    """
    first = outbox.alias("first")
    smallest = select(func.min(first.c.id)).where(
        first.c.chat_id == _row.chat_id, first.c.lane == lane, first.c.state == literal_column("'waiting'")
    )
    return _row.id == smallest.scalar_subquery()


_BY_INDEX = text("SELECT set_config('enable_sort', 'off', true)")


async def by_index(tx: Transaction) -> None:
    """For the rest of this transaction PostgreSQL reads in the order of an index where it can, and stops where it has
    enough, instead of sorting everything that waits for the sake of the first few rows (ADR 0043). SQLite does so."""
    if tx.dialect.name == "postgresql":
        await tx.execute(_BY_INDEX)


def _earliest(rank: int) -> ScalarSelect[Any]:
    lane: ColumnElement[int] = literal_column(str(rank))
    return (
        select(_row.not_before)
        .where(
            WAITING,
            _row.lane == lane,
            is_first(lane),
        )
        .order_by(_row.lane, _row.not_before, _row.id)
        .limit(1)
        .scalar_subquery()
    )


_NEXT_DUE = Query(select(*(_earliest(rank).label(f"lane_{rank}") for rank in range(len(LANES)))))


async def next_due(tx: Transaction) -> datetime | None:
    """The earliest `not_before` among waiting rows that are first of their lane in their chat (it may have passed,
    when the chat is busy)."""
    await by_index(tx)
    [row] = await _NEXT_DUE.rows(tx)
    return min((moment for moment in row if moment is not None), default=None)


_OF_CHAT = and_(WAITING, _row.chat_id == bindparam("chat"))
_IS_KEPT = and_(_row.person_id.is_not(None), ~_IS_BULK)
_PARK = (
    update(outbox)
    .where(_OF_CHAT, _IS_KEPT, _row.not_before != PARKED)
    .values(not_before=PARKED)
    .returning(_row.id, _row.receipt_person_id, _row.receipt_session)
)
_GIVE_UP = update(outbox).where(_OF_CHAT, not_(_IS_KEPT)).values(state="failed", body=null(), reason=bindparam("why"))


async def shut(tx: Transaction, chat: int, reason: str) -> list[Parked]:
    """Sends nothing more to a chat that can not be written to. What its person was to be told waits until she is back;
    it is named where somebody waits for a receipt. Broadcasts, and what a stranger would be told, are given up."""
    parked = (await tx.execute(_PARK, {"chat": chat})).all()
    await tx.execute(_GIVE_UP, {"chat": chat, "why": reason})
    return [Parked(identity, (person, session)) for identity, person, session in sorted(parked) if person is not None]


_RESTING = (
    select(_row.chat_id, func.max(_row.not_before))
    .where(WAITING, _row.reason == bindparam("why"), _row.not_before > bindparam("now", type_=Moment))
    .group_by(_row.chat_id)
)


async def resting(tx: Transaction, reason: str, now: datetime) -> list[tuple[int, datetime]]:
    """(chat, until) of chats with a row that waits for `reason`: how a pause survives a restart."""
    return [(chat, until) for chat, until in await tx.execute(_RESTING, {"why": reason, "now": now})]


_MESSAGE_OF = Query(
    select(_row.anchor, _row.chat_id, _row.telegram_message)
    .where(
        among(_row.anchor, "anchors"),
        _row.state == "sent",
        _row.telegram_message.is_not(None),
    )
    .order_by(_row.sent_at, _row.id)
)


async def message_of(tx: Transaction, anchors: Collection[str]) -> dict[str, tuple[int, int]]:
    """(chat, message number) of the latest message sent under each anchor; anchors never sent are missing."""
    if not anchors:
        return {}
    rows = await _MESSAGE_OF.rows(tx, anchors=list(anchors))
    return {anchor: (chat, message) for anchor, chat, message in rows}


_PURGE = delete(outbox).where(
    _row.created_at < bindparam("before", type_=Moment), _row.state.not_in(["waiting", "claimed"]), ~_row.lasting
)


async def purge(tx: Transaction, before: datetime) -> int:
    """Forgets settled rows made before `before`; says how many."""
    return (await tx.execute(_PURGE, {"before": before})).rowcount


def context_of(chat: int, key: str | None) -> str:
    return f"{chat}/{key or ''}"
