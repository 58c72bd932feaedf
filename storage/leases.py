"""Who may do what only one may do: the `start` of one database, the sender and poller of one bot.

A lease ends by itself: whoever dies without a word is succeeded when it runs out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Executable, bindparam, delete, or_, select

from storage.columns import Moment
from storage.database import Transaction
from storage.schema import leases
from storage.statements import insert_of

_row = leases.c


@dataclass(frozen=True, slots=True)
class Holder:
    """`label` is for people: host and process."""

    holder: str
    until: datetime
    label: str


_FREE = or_(_row.until <= bindparam("now", type_=Moment), _row.holder == bindparam("by"))
_NEW = ("holder", "until", "label")
_WHO = select(_row.holder, _row.until, _row.label).where(_row.name == bindparam("which"))


@cache
def _take(dialect: str) -> Executable:
    insert = insert_of(dialect, leases)
    changes = {name: insert.excluded[name] for name in _NEW}
    taken: Executable = insert.on_conflict_do_update(index_elements=["name"], set_=changes, where=_FREE).returning(
        _row.holder
    )
    return taken


async def acquire(tx: Transaction, name: str, holder: str, now: datetime, until: datetime, label: str) -> str | None:
    """Takes the lease `name`, or renews it. `None`: it is ours until `until`. Otherwise the label of who has it."""
    wanted = {"name": name, "holder": holder, "until": until, "label": label, "now": now, "by": holder}
    if (await tx.execute(_take(tx.dialect.name), wanted)).scalar_one_or_none() is not None:
        return None
    other = await who(tx, name)
    return "" if other is None else other.label


async def who(tx: Transaction, name: str) -> Holder | None:
    """Who took it last; it may have run out."""
    row = (await tx.execute(_WHO, {"which": name})).one_or_none()
    return None if row is None else Holder(*row)


_RUNNING = select(_row.label).where(_row.until > bindparam("now", type_=Moment)).order_by(_row.name)


async def running(tx: Transaction, now: datetime) -> list[str]:
    """The labels of those that hold something now."""
    return list((await tx.execute(_RUNNING, {"now": now})).scalars())


_RELEASE = delete(leases).where(_row.name == bindparam("which"), _row.holder == bindparam("by"))


async def release(tx: Transaction, name: str, holder: str) -> None:
    """Gives it up, when it is ours."""
    await tx.execute(_RELEASE, {"which": name, "by": holder})
