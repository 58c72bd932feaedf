"""The files that a programme has laid over the library, as they were published. `flows/overlay.py` knows what they say.

Rules kept here:

* What is published, taken back and numbered changes under one mark. A process that has seen another mark loads anew.
* Nothing of anybody: it is what the bot says, the same to everybody of the programme.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, select

from flows.people import PersonId, PersonState, ProgrammeId
from flows.session import Status
from storage import meta
from storage.database import Transaction
from storage.schema import overlays, people, sessions
from storage.statements import Later, among, upsert

MARK: Final = "overlays"
"""Key in `meta`: a new word for every publication."""

Files = Mapping[str, str]
"""Name to text."""

_row = overlays.c
_UPSERT = upsert(overlays, ("text", "at"))
_DELETE = delete(overlays).where(_row.programme_id == bindparam("programme"), among(_row.file, "files"))
_ALL = select(_row.programme_id, _row.file, _row.text).order_by(_row.programme_id, _row.file)


def mark(tx: Transaction) -> Later[str | None]:
    """The mark of the last publication; `None` before there is one."""
    return meta.get(tx, MARK)


async def load(tx: Transaction) -> dict[ProgrammeId, dict[str, str]]:
    """The files of every programme that has any."""
    found: dict[ProgrammeId, dict[str, str]] = {}
    for programme, file, text in await tx.execute(_ALL):
        found.setdefault(ProgrammeId(programme), {})[file] = text
    return found


async def change(tx: Transaction, programme: ProgrammeId, files: Files, gone: Collection[str], now: datetime) -> None:
    """Publish `files`, take back what is `gone`, and set a new mark."""
    rows = [{"programme_id": programme, "file": name, "text": text, "at": now} for name, text in files.items()]
    if rows:
        await _UPSERT.run(tx, rows)
    if gone:
        await tx.execute(_DELETE, {"programme": programme, "files": sorted(gone)})
    await meta.put(tx, MARK, secrets.token_hex(8))


_LANGUAGES = (
    select(people.c.language, func.count())
    .where(people.c.programme_id == bindparam("programme"), people.c.state != PersonState.STOPPED.value)
    .group_by(people.c.language)
)


async def languages(tx: Transaction, programme: ProgrammeId) -> dict[str, int]:
    """How many of its people speak which language."""
    found = await tx.execute(_LANGUAGES, {"programme": programme})
    return {str(language): int(count) for language, count in found}


_INSIDE = (
    select(sessions.c.person_id, sessions.c.number)
    .join_from(sessions, people, people.c.id == sessions.c.person_id)
    .where(
        people.c.programme_id == bindparam("programme"),
        among(sessions.c.version, "versions"),
        sessions.c.status == Status.OPEN.value,
    )
    .order_by(sessions.c.person_id, sessions.c.number)
)


async def inside(tx: Transaction, programme: ProgrammeId, versions: Collection[str]) -> list[tuple[PersonId, int]]:
    """Who of the programme is in the middle of one of these versions, and in which of her sessions. Whoever only
    tries one is not."""
    if not versions:
        return []
    found = await tx.execute(_INSIDE, {"programme": programme, "versions": sorted(versions)})
    return [(PersonId(person), number) for person, number in found]
