"""Broadcasts and their ledger, which is their rows of the outbox: one a person, named `broadcast/<id>/<person>`.

Rules kept here:

* The decision is one row, `preparing`; it fixes texts, audience and moment. The ledger is written from it in pieces,
  each a transaction of its own: whoever had joined by that moment, in the order of ids. A piece that is written twice
  adds nothing, since every row has a key; a crash between two pieces loses nothing, since it is still `preparing`.
* preparing -> sending (the ledger is whole) -> done (nothing waits any more). One at a time in a programme.
* Who pauses, has stopped or can not be reached is left out; of a piece everybody's row is locked, so that a pause at
  the same moment comes either before, and counts, or after, and withdraws.
* Everything asks for the programme too: a number of another programme reaches nothing.
* Ledger rows hold ids and times once they are settled, no words, and are lasting: no purge takes them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, literal_column, null, or_, select, update

from flows.broadcasts import Audience, BroadcastSeen
from flows.people import PersonId, PersonState, ProgrammeId, Role
from storage.columns import Moment, Sealed, to_microseconds
from storage.database import Transaction
from storage.encryption import Vault
from storage.messages import Message, message_to_text
from storage.outbox import WAITING, context_of
from storage.schema import broadcasts, outbox, people, programmes
from storage.statements import ManyStatement, among

PREPARING, SENDING, DONE = "preparing", "sending", "done"

OUT_OF_REACH = ("blocked", "deactivated", "never_started", "not_found", "forbidden")
"""Reasons of a failed row that say: her chat can not be written to. Words of `bot/telegram/outcomes`."""

_row = broadcasts.c
_RUNNING = _row.state.in_([PREPARING, SENDING])


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One as it was decided. `texts` are by language; `sender` is the name of its author at that moment."""

    id: int
    programme: ProgrammeId
    programme_name: str
    author: PersonId | None
    audience: Audience
    texts: Mapping[str, str]
    sender: str
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is to get it, and how she reads it."""

    person: PersonId
    chat: int
    language: str
    zone: str
    quiet_hours: str | None
    row: int | None = None
    """Her row of the ledger, where there is one."""


def key_of(broadcast: int, person: PersonId) -> str:
    return f"broadcast/{broadcast}/{person}"


# -- deciding ----------------------------------------------------------------------------------------------------------

_LOCK_PROGRAMME = (
    select(programmes.c.id).where(programmes.c.id == bindparam("programme")).with_for_update(key_share=True)
)
_ANY_RUNNING = select(_row.id).where(_row.programme_id == bindparam("programme"), _RUNNING)
_INSERT = insert(broadcasts).returning(_row.id)


async def decide(
    tx: Transaction,
    vault: Vault,
    *,
    programme: ProgrammeId,
    author: PersonId,
    audience: Audience,
    texts: Mapping[str, str],
    sender: str,
    now: datetime,
) -> int | None:
    """A new broadcast, to be prepared; `None` when another one of the programme is under way."""
    await tx.execute(_LOCK_PROGRAMME, {"programme": programme})
    if (await tx.execute(_ANY_RUNNING, {"programme": programme})).first() is not None:
        return None
    written = json.dumps({"sender": sender, "texts": dict(texts)}, ensure_ascii=False)
    found = await tx.execute(
        _INSERT,
        {
            "programme_id": programme,
            "author_id": author,
            "audience": str(audience),
            "texts": vault.seal_text("broadcasts.texts", sealed_for(programme, now), written),
            "size": 0,
            "state": PREPARING,
            "created_at": now,
        },
    )
    return int(found.scalar_one())


def sealed_for(programme: ProgrammeId, created_at: datetime) -> str:
    """For which row the texts of a broadcast are sealed: its number is not known yet when they are."""
    return f"{programme}/{to_microseconds(created_at)}"


# -- preparing ---------------------------------------------------------------------------------------------------------

_UNDER_WAY = (
    select(
        _row.id,
        _row.programme_id,
        programmes.c.name,
        _row.author_id,
        _row.audience,
        _row.texts,
        _row.state,
        _row.created_at,
    )
    .join_from(broadcasts, programmes, programmes.c.id == _row.programme_id)
    .order_by(_row.id)
)
_ALL_UNDER_WAY = _UNDER_WAY.where(_RUNNING)
_ONE = _UNDER_WAY.where(_row.id == bindparam("which"), _row.programme_id == bindparam("programme"))
_STATE = (
    select(_row.state, _row.texts.is_not(None)).where(_row.id == bindparam("which")).with_for_update(key_share=True)
)


async def under_way(tx: Transaction, vault: Vault) -> list[Broadcast]:
    """Those of every programme that are being prepared or sent, the oldest first."""
    return [_broadcast(vault, row) for row in await tx.execute(_ALL_UNDER_WAY)]


def _broadcast(vault: Vault, row: Any) -> Broadcast:
    said = {"sender": "", "texts": {}}
    if row.texts is not None:
        said = json.loads(vault.open_text("broadcasts.texts", sealed_for(row.programme_id, row.created_at), row.texts))
    return Broadcast(
        row.id,
        row.programme_id,
        row.name,
        row.author_id,
        Audience.parse(row.audience),
        said["texts"],  # type: ignore[arg-type]
        str(said["sender"]),
        row.state,
        row.created_at,
    )


async def lock_state(tx: Transaction, broadcast: int) -> tuple[str | None, bool]:
    """Its state, locked until the end of the transaction, `None` when it is gone; and whether its words are there:
    an author who is erased takes them along."""
    found = (await tx.execute(_STATE, {"which": broadcast})).one_or_none()
    return (None, False) if found is None else (found[0], bool(found[1]))


_WRITTEN = select(func.max(outbox.c.person_id)).where(outbox.c.broadcast_id == bindparam("which"))
_PIECE = (
    select(people.c.id, people.c.telegram_id, people.c.language, people.c.zone, people.c.quiet_hours)
    .where(
        people.c.programme_id == bindparam("programme"),
        people.c.id > bindparam("after"),
        people.c.state == PersonState.ACTIVE.value,
        people.c.unreachable_since.is_(None),
        people.c.telegram_id.is_not(None),
        people.c.joined_at <= bindparam("decided", type_=Moment),
        or_(bindparam("any_side"), people.c.side_id == bindparam("side")),
        or_(bindparam("any_role"), people.c.role == Role.TWIN.value),
        people.c.role.in_([Role.TWIN.value, Role.COORDINATOR.value]),
    )
    .order_by(people.c.id)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True)
)


async def next_piece(tx: Transaction, broadcast: Broadcast, limit: int) -> list[Recipient]:
    """The next people whose rows are not written yet, by id and locked; none when the ledger is whole."""
    after = (await tx.execute(_WRITTEN, {"which": broadcast.id})).scalar_one()
    rows = await tx.execute(
        _PIECE,
        {
            "programme": broadcast.programme,
            "after": after or 0,
            "decided": broadcast.created_at,
            "any_side": broadcast.audience.side is None,
            "side": broadcast.audience.side or 0,
            "any_role": not broadcast.audience.twins_only,
            "limit": limit,
        },
    )
    return [Recipient(*row) for row in rows]


_IN_LEDGER = select(func.count()).select_from(outbox).where(outbox.c.broadcast_id == bindparam("which"))
_PREPARED = (
    update(broadcasts)
    .where(_row.id == bindparam("which"), _row.state == PREPARING)
    .values(state=SENDING, size=bindparam("people"))
)


async def close_ledger(tx: Transaction, broadcast: int) -> None:
    """The ledger is whole: nobody is added any more."""
    people_ = (await tx.execute(_IN_LEDGER, {"which": broadcast})).scalar_one()
    await tx.execute(_PREPARED, {"which": broadcast, "people": people_})


# -- ending ------------------------------------------------------------------------------------------------------------

_OPEN = or_(outbox.c.state == literal_column("'waiting'"), outbox.c.state == literal_column("'claimed'"))
_IS_FINISHED = and_(_row.state == SENDING, ~select(outbox.c.id).where(outbox.c.broadcast_id == _row.id, _OPEN).exists())
_FINISHED = select(_row.id).where(_IS_FINISHED).limit(1)
_END = (
    update(broadcasts)
    .where(_IS_FINISHED)
    .values(state=DONE, ended_at=bindparam("now", type_=Moment))
    .returning(_row.id, _row.author_id)
)


async def any_finished(tx: Transaction) -> bool:
    """Whether there is one of which nothing waits any more."""
    return (await tx.execute(_FINISHED)).first() is not None


async def end_finished(tx: Transaction, now: datetime) -> list[tuple[int, PersonId | None]]:
    """Ends those of which nothing waits any more; names them with their authors."""
    return [(row[0], row[1]) for row in await tx.execute(_END, {"now": now})]


_HOLD = (
    update(broadcasts)
    .where(_row.id == bindparam("which"), _row.programme_id == bindparam("programme"), _RUNNING)
    .returning(_row.id)
)
_STOP = _HOLD.values(state=SENDING, size=case((_row.state == PREPARING, bindparam("people")), else_=_row.size))
_WITHDRAW = (
    update(outbox)
    .where(outbox.c.broadcast_id == bindparam("which"), WAITING)
    .values(state="withdrawn", body=null(), reason="stopped")
)


async def stop(tx: Transaction, programme: ProgrammeId, broadcast: int) -> bool:
    """Takes back what has not been sent, and adds nobody any more; whether there was something under way."""
    people_ = (await tx.execute(_IN_LEDGER, {"which": broadcast})).scalar_one()
    wanted = {"which": broadcast, "programme": programme, "people": people_}
    if (await tx.execute(_STOP, wanted)).first() is None:
        return False
    await tx.execute(_WITHDRAW, {"which": broadcast})
    return True


# -- sending again -----------------------------------------------------------------------------------------------------

_UNKNOWN = (
    select(people.c.id, people.c.telegram_id, people.c.language, people.c.zone, people.c.quiet_hours, outbox.c.id)
    .join_from(outbox, people, people.c.id == outbox.c.person_id)
    .where(
        outbox.c.broadcast_id == bindparam("which"),
        outbox.c.state == "unknown",
        people.c.state == PersonState.ACTIVE.value,
        people.c.unreachable_since.is_(None),
    )
    .order_by(people.c.id)
)
_ROW_AGAIN = ManyStatement(
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"), outbox.c.state == literal_column("'unknown'"))
    .values(
        state="waiting",
        reason=null(),
        body=bindparam("new_body", type_=Sealed),
        not_before=bindparam("now", type_=Moment),
        valid_until=bindparam("until", type_=Moment),
    )
)
_AGAIN = (
    update(broadcasts)
    .where(
        _row.id == bindparam("which"),
        _row.programme_id == bindparam("programme"),
        _row.state == DONE,
        _row.texts.is_not(None),
    )
    .values(state=SENDING, ended_at=null())
    .returning(_row.id)
)


async def reopen(tx: Transaction, vault: Vault, programme: ProgrammeId, broadcast: int) -> Broadcast | None:
    """The one that is done, under way again; `None` when it is not done, another one is under way, or its author has
    left and taken the words along."""
    await tx.execute(_LOCK_PROGRAMME, {"programme": programme})
    if (await tx.execute(_ANY_RUNNING, {"programme": programme})).first() is not None:
        return None
    wanted = {"which": broadcast, "programme": programme}
    if (await tx.execute(_AGAIN, wanted)).first() is None:
        return None
    return _broadcast(vault, (await tx.execute(_ONE, wanted)).one())


async def unknown(tx: Transaction, broadcast: int) -> list[Recipient]:
    """Those of whom nobody knows whether it has reached them, and who may still get it."""
    return [Recipient(*row) for row in await tx.execute(_UNKNOWN, {"which": broadcast})]


async def send_again(
    tx: Transaction,
    vault: Vault,
    broadcast: int,
    messages: Sequence[tuple[Recipient, Message]],
    now: datetime,
    until: datetime,
) -> None:
    """Their rows wait again; of a row that is not unknown any more nothing changes."""
    await _ROW_AGAIN.run(
        tx,
        [
            {
                "row_id": one.row,
                "new_body": vault.seal_text(
                    "outbox.body",
                    context_of(one.chat, key_of(broadcast, one.person)),
                    message_to_text(message),
                ),
                "now": now,
                "until": until,
            }
            for one, message in messages
        ],
    )


# -- looking -----------------------------------------------------------------------------------------------------------

_newest = broadcasts.alias("newest")
_LATEST = select(
    _row.id, _row.programme_id, _row.author_id, _row.created_at, _row.ended_at, _row.size, _row.state
).where(
    among(_row.programme_id, "programmes"),
    _row.id == select(func.max(_newest.c.id)).where(_newest.c.programme_id == _row.programme_id).scalar_subquery(),
)
_COUNTS = (
    select(outbox.c.broadcast_id, outbox.c.state, outbox.c.reason, func.count())
    .where(among(outbox.c.broadcast_id, "broadcasts"))
    .group_by(outbox.c.broadcast_id, outbox.c.state, outbox.c.reason)
)
_COLUMN = {
    "waiting": "open",
    "claimed": "open",
    "sent": "sent",
    "unknown": "unknown",
    "withdrawn": "withdrawn",
    "expired": "late",
}


async def latest(tx: Transaction, wanted: Collection[ProgrammeId]) -> dict[ProgrammeId, BroadcastSeen]:
    """The newest broadcast of each programme with its ledger counted; who had none is missing."""
    rows = (await tx.execute(_LATEST, {"programmes": list(wanted)})).all() if wanted else []
    counts: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    if rows:
        for which, state, reason, count in await tx.execute(_COUNTS, {"broadcasts": list(counts)}):
            name = _COLUMN.get(state) or ("blocked" if reason in OUT_OF_REACH else "failed")
            counts[which][name] = counts[which].get(name, 0) + count
    return {
        row.programme_id: BroadcastSeen(
            row.id,
            row.author_id,
            row.created_at,
            row.ended_at,
            None if row.state == PREPARING else row.size,
            **counts[row.id],
        )
        for row in rows
    }
