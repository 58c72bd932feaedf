"""Passages through flows, kept as long as a tap may still reach them.

Rules kept here:

* A session is one sealed text (`flows.wire`); beside it stand in the clear only the flow, its version and the status.
* It is kept until `keep_until`; what is open by design is kept for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, func, select

from flows import wire
from flows.people import PersonId
from flows.session import Session
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import sessions
from storage.statements import ManyStatement, Query, among
from storage.statements import upsert as upsert_statement

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""What `keep_until` holds for a session without an end."""

TRIED = "trial"
"""In the place of the status of one that is only tried: nobody waits for it."""

_row = sessions.c
_KEPT = _row.keep_until > bindparam("now", type_=Moment)

_LOAD = Query(
    select(_row.person_id, _row.number, _row.state)
    .where(among(_row.person_id, "people"), _KEPT)
    .order_by(_row.person_id, _row.number)
)


async def load(
    tx: Transaction, vault: Vault, people: Collection[PersonId], now: datetime
) -> dict[PersonId, list[Session]]:
    """The kept sessions of `people`, by number; who has none is missing."""
    found: dict[PersonId, list[Session]] = {}
    if people:
        for person, number, state in await _LOAD.rows(tx, people=list(people), now=now):
            text = vault.open_text("sessions.state", f"{person}/{number}", state)
            found.setdefault(person, []).append(wire.session_from_text(text))
    return found


_UPSERT = upsert_statement(sessions, ("flow", "version", "status", "state", "updated_at", "keep_until"))


async def upsert(
    tx: Transaction,
    vault: Vault,
    rows: Sequence[tuple[PersonId, Session, datetime | None]],
    now: datetime,
) -> None:
    """Writes (person, session, keep until); `None` keeps it for ever."""
    await _UPSERT.run(
        tx,
        [
            {
                "person_id": person,
                "number": session.number,
                "flow": session.flow,
                "version": session.version,
                "status": TRIED if session.trial is not None else session.status.value,
                "state": vault.seal_text("sessions.state", f"{person}/{session.number}", wire.session_to_text(session)),
                "updated_at": now,
                "keep_until": keep_until or FOR_EVER,
            }
            for person, session, keep_until in rows
        ],
    )


_FORGET = ManyStatement(
    delete(sessions).where(_row.person_id == bindparam("person"), _row.number == bindparam("which"))
)


async def forget(tx: Transaction, keys: Sequence[tuple[PersonId, int]]) -> None:
    """Deletes sessions, named by person and number."""
    await _FORGET.run(tx, [{"person": person, "which": number} for person, number in keys])


_VERSIONS = select(_row.version).where(_KEPT).distinct()


async def versions_in_use(tx: Transaction, now: datetime) -> set[str]:
    """The flow versions that kept sessions hold."""
    return set((await tx.execute(_VERSIONS, {"now": now})).scalars())


_PURGE = delete(sessions).where(_row.keep_until <= bindparam("now", type_=Moment))


async def purge(tx: Transaction, now: datetime) -> int:
    """Forgets sessions that no tap can reach any more; says how many."""
    return (await tx.execute(_PURGE, {"now": now})).rowcount


_ASKED_BEFORE = (
    select(_row.person_id)
    .where(
        _row.status == "open",
        _row.updated_at < bindparam("moment", type_=Moment),
        _row.person_id > bindparam("after"),
    )
    .distinct()
    .order_by(_row.person_id)
    .limit(bindparam("limit"))
)


async def asked_before(tx: Transaction, moment: datetime, after: PersonId | None, limit: int) -> list[PersonId]:
    """Up to `limit` people, by their numbers and behind `after`, who had an open question at that moment and have not
    answered it since."""
    found = await tx.execute(_ASKED_BEFORE, {"moment": moment, "after": after or 0, "limit": limit})
    return [PersonId(one) for one in found.scalars()]


_OPEN = (
    select(_row.person_id, func.count())
    .where(_KEPT, _row.status.in_(["held", "open", "listening"]))
    .group_by(_row.person_id)
)


async def open_counts(tx: Transaction, now: datetime) -> dict[PersonId, int]:
    """How many sessions of each person wait for something; for the check that nobody is stuck."""
    return {PersonId(row[0]): row[1] for row in await tx.execute(_OPEN, {"now": now})}
