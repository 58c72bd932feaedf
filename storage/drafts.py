"""Files that a facilitator has sent and not published yet: one row a message.

Rules kept here:

* What she sent and what is in it are her words until she publishes it: sealed, and gone with her.
* A row says what is to be done: `sent` is to be fetched and judged, `read` waits for her, `publish` is to be published.
  It is done by whoever finds it, and once, whatever crashes.
* What is to be taken back waits here too (`back`), under the number of the session in which she said so, negative.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from flows.people import PersonId
from storage.columns import Moment
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import drafts
from storage.statements import among, insert_new

SENT, READ, PUBLISH, BACK = "sent", "read", "publish", "back"

MOST: Final = 60
"""Files of one draft; what is beyond is forgotten, the oldest first."""

_row = drafts.c


@dataclass(frozen=True, slots=True)
class Draft:
    """`body` is JSON: the file's name on the platform and hers (`sent`), what is in it (`read`), or names (`back`)."""

    person: PersonId
    message: int
    state: str
    body: dict[str, object]
    at: datetime

    @property
    def names(self) -> tuple[str, ...]:
        """The files that are to be taken back."""
        found = self.body.get("names")
        return tuple(map(str, found)) if isinstance(found, list) else ()


def to_take_back(person: PersonId, session: int, names: Sequence[str], at: datetime) -> Draft:
    return Draft(person, -session, BACK, {"names": list(names)}, at)


_INSERT = insert_new(drafts)


async def keep(tx: Transaction, vault: Vault, rows: Sequence[Draft]) -> None:
    """Adds what was sent; a message that is there already has no effect."""
    if rows:
        await _INSERT.run(
            tx,
            [
                {
                    "person_id": one.person,
                    "message": one.message,
                    "state": one.state,
                    "body": _sealed(vault, one.person, one.message, one.body),
                    "at": one.at,
                }
                for one in rows
            ],
        )


def _sealed(vault: Vault, person: PersonId, message: int, body: dict[str, object]) -> bytes:
    return vault.seal_text("drafts.body", f"{person}/{message}", json.dumps(body, ensure_ascii=False))


_WAITING = select(_row.person_id).where(_row.state.in_([SENT, PUBLISH, BACK])).distinct().order_by(_row.person_id)
_OF = (
    select(_row.person_id, _row.message, _row.state, _row.body, _row.at)
    .where(_row.person_id == bindparam("person"))
    .order_by(_row.message)
)


async def waiting(tx: Transaction) -> list[PersonId]:
    """Those for whom something is to be done."""
    return [PersonId(person) for person in (await tx.execute(_WAITING)).scalars()]


async def of_person(tx: Transaction, vault: Vault, person: PersonId) -> list[Draft]:
    """Everything she has sent and not published, in her order."""
    found = []
    for owner, message, state, body, at in await tx.execute(_OF, {"person": person}):
        text = vault.open_text("drafts.body", f"{owner}/{message}", body)
        found.append(Draft(PersonId(owner), message, state, json.loads(text), at))
    return found[-MOST:]


_READ = (
    update(drafts)
    .where(_row.person_id == bindparam("whose"), _row.message == bindparam("which"), _row.state == SENT)
    .values(state=READ, body=bindparam("new_body"))
)


async def note_read(tx: Transaction, vault: Vault, person: PersonId, message: int, body: dict[str, object]) -> None:
    """What is in a file that was fetched."""
    values = {"whose": person, "which": message, "new_body": _sealed(vault, person, message, body)}
    await tx.execute(_READ, values)


_PUBLISH = update(drafts).where(among(_row.person_id, "people"), _row.state == READ).values(state=PUBLISH)
_READ_AGAIN = update(drafts).where(_row.person_id == bindparam("whose"), _row.state == PUBLISH).values(state=READ)


async def publish(tx: Transaction, people: Collection[PersonId]) -> None:
    """All that these have sent and that was read is to be published."""
    if people:
        await tx.execute(_PUBLISH, {"people": sorted(people)})


async def not_published(tx: Transaction, person: PersonId) -> None:
    """It waits for her again."""
    await tx.execute(_READ_AGAIN, {"whose": person})


_DROP = delete(drafts).where(among(_row.person_id, "people"), _row.state != BACK)
_DROP_PUBLISHED = delete(drafts).where(_row.person_id == bindparam("whose"), _row.state == PUBLISH)
_DROP_ONE = delete(drafts).where(_row.person_id == bindparam("whose"), _row.message == bindparam("which"))
_PURGE = delete(drafts).where(_row.at < bindparam("before", type_=Moment))


async def drop(tx: Transaction, people: Collection[PersonId]) -> None:
    """Forgets all that these have sent."""
    if people:
        await tx.execute(_DROP, {"people": sorted(people)})


async def drop_published(tx: Transaction, person: PersonId) -> None:
    """Forgets what was to be published; what came since stays."""
    await tx.execute(_DROP_PUBLISHED, {"whose": person})


async def drop_one(tx: Transaction, person: PersonId, message: int) -> None:
    await tx.execute(_DROP_ONE, {"whose": person, "which": message})


async def purge(tx: Transaction, before: datetime) -> None:
    """Forgets what was sent before."""
    await tx.execute(_PURGE, {"before": before})
