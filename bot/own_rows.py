"""What the turns of one batch leave behind of each person: her answers and records, flags and timers, as rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from storage import answers, asked, check_ins, consents, flags, reflections, timers

if TYPE_CHECKING:
    from bot.workspace import Workspace
    from storage.database import Transaction
    from storage.encryption import Vault


async def write_answers(tx: Transaction, vault: Vault, space: Workspace, now: datetime) -> None:
    """Single answers, then what whole conversations recorded, then its words and who may read them. The facts of
    everybody's pair are loaded by then."""
    await answers.forget(tx, [key for key, one in space.answers.items() if one is None])
    kept = [(person, one) for (person, _, _), one in space.answers.items() if one is not None]
    await answers.save(tx, vault, kept, now)
    await check_ins.record(tx, [(desk.place, one) for desk, one in space.check_ins.values()])
    await asked.record(tx, [(desk.place, one) for desk, one in space.asked.values()])
    await reflections.forget(tx, space.deleted)
    await reflections.record(tx, [(desk.place, one) for desk, one in space.reflections.values()], now)
    await reflections.set_words(tx, vault, [(desk.place, one) for desk, one in space.notes.values()], now)
    await reflections.set_sharing(tx, [(*key, sharing) for key, sharing in space.sharings.items()])
    agreed = [
        consents.Consent(desk.person.id, one.purpose, one.version, desk.person.language, one.given, now)
        for desk, one in space.consents
    ]
    await consents.add(tx, agreed)


async def write_flags(tx: Transaction, space: Workspace, now: datetime) -> None:
    """Flags that go down, then those that go up."""
    await flags.clear(tx, [key for key, one in space.flags.items() if one is None])
    await flags.raise_many(
        tx,
        [
            flags.Flag(desk.person.id, one.kind, desk.person.programme, one.detail, now)
            for desk, one in (raised for raised in space.flags.values() if raised is not None)
        ],
    )


async def write_timers(tx: Transaction, space: Workspace) -> None:
    """Timers that are cancelled, then those that are set."""
    cancelled = [timers.Cancelled(person, kind) for person, kind in space.cancelled]
    cancelled += [timers.Cancelled(*key) for key, one in space.timers.items() if one is None]
    await timers.cancel(tx, cancelled)
    await timers.set_many(
        tx,
        [
            timers.Timer(
                timers.key_of(kind, person, period),
                kind,
                one[1].due_at,
                person=person,
                programme=one[0].person.programme,
                valid_until=one[1].valid_until,
                rule_version=one[1].rule_version,
            )
            for (person, kind, period), one in space.timers.items()
            if one is not None
        ],
    )
