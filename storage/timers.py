"""The schedule, as data: due moments by key.

Rules kept here:

* A key is kind, whose, period (`check_in/17/2026-W48`), never the version of the rule: an edited rule moves the
  timer instead of adding one.
* A timer is deleted in the transaction that handles it. Two processes may look at the same page; `still_there`, asked
  under the lock of the person, says which of them are still to be handled.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select

from flows.people import PairId, PersonId, ProgrammeId
from storage.columns import Moment
from storage.database import Transaction
from storage.schema import timers
from storage.statements import ManyStatement, Query, among, upsert

_row = timers.c


@dataclass(frozen=True, slots=True)
class Timer:
    key: str
    kind: str
    due_at: datetime
    person: PersonId | None = None
    pair: PairId | None = None
    programme: ProgrammeId | None = None
    valid_until: datetime | None = None
    rule_version: str = ""

    @property
    def period(self) -> str:
        """The last part of the key."""
        return self.key.split("/", 2)[2]


def key_of(kind: str, person: PersonId, period: str) -> str:
    return f"{kind}/{person}/{period}"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """With `period` `None` all of that kind."""

    person: PersonId
    kind: str
    period: str | None = None


_COLUMNS = (_row.key, _row.kind, _row.due_at, _row.person_id, _row.pair_id, _row.programme_id, _row.valid_until)

_DUE = (
    select(*_COLUMNS, _row.rule_version)
    .where(_row.due_at <= bindparam("now", type_=Moment))
    .order_by(_row.due_at)
    .limit(bindparam("limit"))
)


async def due(tx: Transaction, now: datetime, limit: int) -> list[Timer]:
    """The timers that are due, earliest first, at most `limit`."""
    return [Timer(*row) for row in await tx.execute(_DUE, {"now": now, "limit": limit})]


_STILL = Query(select(_row.key, _row.due_at).where(among(_row.key, "keys")))


async def still_there(tx: Transaction, keys: Collection[str]) -> dict[str, datetime]:
    """Those of `keys` that nobody handled or cancelled meanwhile, with the moment at which each is due now."""
    if not keys:
        return {}
    return dict(await _STILL.rows(tx, keys=list(keys)))


_UPSERT = upsert(timers, ("due_at", "valid_until", "rule_version"))


async def set_many(tx: Transaction, rows: Sequence[Timer]) -> None:
    """Adds timers; of one that is there already the moments and the version are replaced."""
    await _UPSERT.run(
        tx,
        [
            {
                "key": row.key,
                "kind": row.kind,
                "person_id": row.person,
                "pair_id": row.pair,
                "programme_id": row.programme,
                "due_at": row.due_at,
                "valid_until": row.valid_until,
                "rule_version": row.rule_version,
            }
            for row in rows
        ],
    )


_DELETE = delete(timers).where(among(_row.key, "keys"))
_DELETE_KIND = ManyStatement(
    delete(timers).where(_row.person_id == bindparam("person"), _row.kind == bindparam("of_kind"))
)


async def delete_many(tx: Transaction, keys: Collection[str]) -> None:
    """These were handled."""
    if keys:
        await tx.execute(_DELETE, {"keys": list(keys)})


async def cancel(tx: Transaction, cancelled: Sequence[Cancelled]) -> None:
    """Drops due moments by person and kind, of one period or of all."""
    await delete_many(tx, [key_of(row.kind, row.person, row.period) for row in cancelled if row.period is not None])
    kinds = [{"person": row.person, "of_kind": row.kind} for row in cancelled if row.period is None]
    await _DELETE_KIND.run(tx, kinds)


_NEXT_DUE = select(func.min(_row.due_at))


async def next_due(tx: Transaction) -> datetime | None:
    """The earliest due moment of all; it may have passed."""
    found: datetime | None = (await tx.execute(_NEXT_DUE)).scalar_one()
    return found


_OF_PEOPLE = select(*_COLUMNS, _row.rule_version).where(among(_row.person_id, "people")).order_by(_row.due_at, _row.key)


async def of_people(tx: Transaction, people: Collection[PersonId]) -> list[Timer]:
    """Every timer of `people`, earliest first."""
    if not people:
        return []
    return [Timer(*row) for row in await tx.execute(_OF_PEOPLE, {"people": list(people)})]
