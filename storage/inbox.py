"""What has arrived: keys of Telegram's updates, by which a repeat is known, and events that people were told.

Rules kept here:

* A key is written in the transaction that handles its arrival. The same key a second time has no effect.
* An event told to somebody waits here, sealed, until it is marked done in the transaction of her own turn. One
  person's events are handled in the order of their ids.
* What she herself wrote and could not be answered yet waits among them (`storage/floods`), under a key that says so.
* What fails twice goes whole and sealed into `inbox_failed`; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select, update

from flows import wire
from flows.events import Event
from flows.people import PersonId
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Ciphertext, Vault
from storage.schema import inbox, inbox_failed, people
from storage.statements import Later, Query, among, insert_new, no_rows, upsert

KEEP_KEYS = timedelta(hours=48)
"""Telegram keeps an update for 24 hours; twice that is beyond doubt."""

_row = inbox.c
PENDING = _row.done_at.is_(None)
_OWN = "own/"
OF_HER_OWN = _row.key.startswith(_OWN)
"""Arrivals of a person herself that wait; everything else that is pending was told her."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A key that is handled in this very transaction. `person` is `None` for a stranger."""

    key: str
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event for somebody's own later turn. `key`, when given, makes telling it again harmless."""

    person: PersonId
    event: Event
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """`chat` and `language` are hers where she wrote it herself and it had to wait; `None` for what she was told."""

    id: int
    person: PersonId
    event: Event
    received_at: datetime
    key: str | None = None
    chat: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """`body` is the whole arrival as text, `error` the name of the error's class and nothing else of it."""

    key: str
    body: str
    error: str
    person: PersonId | None = None
    telegram_id: int | None = None
    attempts: int = 1


_KNOWN = Query(select(_row.key).where(among(_row.key, "keys")))


def known(tx: Transaction, keys: Collection[str]) -> Later[set[str]]:
    """Those of `keys` that were handled, or told, before."""
    return _KNOWN.later(tx, _keys_of, keys=list(keys)) if keys else Later(no_rows, _keys_of)


def _keys_of(rows: list[tuple[Any, ...]]) -> set[str]:
    return {key for (key,) in rows}


_INSERT = insert_new(inbox)


async def add_keys(tx: Transaction, arrivals: Sequence[Arrived], now: datetime) -> None:
    """Notes arrivals as handled. Of two processes with the same one the slower changes nothing here, which is why
    `known` is asked under the person's lock."""
    await _INSERT.run(
        tx,
        [
            {"key": arrival.key, "person_id": arrival.person, "event": None, "received_at": now, "done_at": now}
            for arrival in arrivals
        ],
    )


async def tell(tx: Transaction, vault: Vault, told: Sequence[Told], now: datetime) -> None:
    """Puts events into people's inboxes, in this order."""
    await _INSERT.run(
        tx,
        [
            {
                "key": row.key,
                "person_id": row.person,
                "event": vault.seal_text("inbox.event", _context(row.person, row.key), wire.event_to_text(row.event)),
                "received_at": now,
                "done_at": None,
            }
            for row in told
        ],
    )


def own_key(key: str) -> str:
    """The key under which an arrival of a person herself waits; its update's key is noted as handled beside it."""
    return _OWN + key


_WAITING = (
    select(_row.id, _row.key, _row.person_id, _row.event, _row.received_at, people.c.telegram_id, people.c.language)
    .join(people, people.c.id == _row.person_id)
    .where(PENDING)
    .order_by(_row.id)
)
_PAGE = _WAITING.where(~among(_row.person_id, "not_people")).limit(bindparam("limit"))


async def pending(tx: Transaction, vault: Vault, limit: int, not_people: Collection[PersonId] = ()) -> list[Pending]:
    """The oldest events that wait, in order; nothing of `not_people`, where one failed and holds back the rest."""
    rows = await tx.execute(_PAGE, {"limit": limit, "not_people": list(not_people)})
    return [_pending(vault, *row) for row in rows]


_OWN_OF = _WAITING.where(_row.person_id == bindparam("person"), OF_HER_OWN)


async def own_of(tx: Transaction, vault: Vault, person: PersonId) -> list[Pending]:
    """What a person sent herself and that waits, in order."""
    return [_pending(vault, *row) for row in await tx.execute(_OWN_OF, {"person": person})]


def _pending(
    vault: Vault,
    id_: int,
    key: str | None,
    person: PersonId,
    sealed: Ciphertext,
    at: datetime,
    chat: int,
    language: str,
) -> Pending:
    event = wire.event_from_text(vault.open_text("inbox.event", _context(person, key), sealed))
    if key is None or not key.startswith(_OWN):
        return Pending(id_, person, event, at, key)
    return Pending(id_, person, event, at, key, chat, language)


_STILL = Query(select(_row.id).where(among(_row.id, "ids"), PENDING))


async def still_pending(tx: Transaction, ids: Collection[int]) -> set[int]:
    """Those that nobody has handled meanwhile; to be asked under the lock of the people concerned."""
    if not ids:
        return set()
    return {identity for (identity,) in await _STILL.rows(tx, ids=list(ids))}


_DONE = update(inbox).where(among(_row.id, "ids")).values(done_at=bindparam("now", type_=Moment), event=None)


async def mark_done(tx: Transaction, ids: Collection[int], now: datetime) -> None:
    """Handled; the event's words are wiped."""
    if ids:
        await tx.execute(_DONE, {"ids": list(ids), "now": now})


_HOW_MANY = (
    select(func.count(), func.count(case((OF_HER_OWN, 1))))
    .select_from(inbox)
    .where(PENDING, ~among(_row.person_id, "not_people"))
)


async def count_pending(tx: Transaction, not_people: Collection[PersonId] = ()) -> int:
    return sum(await count_kinds(tx, not_people))


async def count_kinds(tx: Transaction, not_people: Collection[PersonId] = ()) -> tuple[int, int]:
    """How many events that people were told wait, and how many arrivals of their own."""
    every, own = (await tx.execute(_HOW_MANY, {"not_people": list(not_people)})).one()
    return every - own, own


_PURGE = delete(inbox).where(_row.received_at < bindparam("before", type_=Moment), _row.done_at.is_not(None))


async def purge(tx: Transaction, now: datetime) -> int:
    """Forgets what was handled and arrived longer than `KEEP_KEYS` ago; says how many."""
    return (await tx.execute(_PURGE, {"before": now - KEEP_KEYS})).rowcount


# -- what failed ---------------------------------------------------------------------------------------------------

_FAIL = upsert(
    inbox_failed,
    ("error", "failed_at"),
    key=("key",),
    overrides=lambda _: {"attempts": inbox_failed.c.attempts + 1},
)


async def fail(tx: Transaction, vault: Vault, failures: Sequence[Failed], now: datetime) -> None:
    """Keeps arrivals that could not be handled; one that failed before counts its attempts."""
    await _FAIL.run(
        tx,
        [
            {
                "key": failure.key,
                "person_id": failure.person,
                "telegram_id": failure.telegram_id,
                "body": vault.seal_text("inbox_failed.body", failure.key, failure.body),
                "error": failure.error,
                "failed_at": now,
                "attempts": failure.attempts,
            }
            for failure in failures
        ],
    )


_OLDEST = select(func.min(_row.received_at)).where(_row.done_at.is_not(None))


async def oldest_handled(tx: Transaction) -> datetime | None:
    """When the first of the handled arrivals came that are known still."""
    found: datetime | None = (await tx.execute(_OLDEST)).scalar_one()
    return found


_failed = inbox_failed.c
_FAILED_PAGE = (
    select(_failed.key, _failed.body, _failed.error, _failed.person_id, _failed.telegram_id, _failed.attempts)
    .order_by(_failed.id)
    .limit(bindparam("limit"))
)


async def failed(tx: Transaction, vault: Vault, limit: int) -> list[Failed]:
    """The oldest arrivals kept, in order, to be fed again."""
    return [
        Failed(
            row.key,
            vault.open_text("inbox_failed.body", row.key, row.body),
            row.error,
            row.person_id,
            row.telegram_id,
            row.attempts,
        )
        for row in await tx.execute(_FAILED_PAGE, {"limit": limit})
    ]


_STILL_FAILED = select(_failed.key).where(among(_failed.key, "keys"))


async def still_failed(tx: Transaction, keys: Collection[str]) -> set[str]:
    """Those of `keys` that are kept as failed and were not fed again meanwhile."""
    return set((await tx.execute(_STILL_FAILED, {"keys": list(keys)})).scalars()) if keys else set()


_MENDED = delete(inbox_failed).where(among(_failed.key, "keys"))
_FORGET_KEYS = delete(inbox).where(among(_row.key, "keys"))


async def take_failed(tx: Transaction, keys: Collection[str]) -> None:
    """These are fed again in this transaction: they are forgotten as failed, and as known."""
    if keys:
        await tx.execute(_MENDED, {"keys": list(keys)})
        await tx.execute(_FORGET_KEYS, {"keys": list(keys)})


def _context(person: PersonId, key: str | None) -> str:
    return f"{person}/{key or ''}"
