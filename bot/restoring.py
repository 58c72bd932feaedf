"""Putting a copy of the database back, so that nothing goes out of it before somebody has looked.

Rules kept here:

* All work is done on a draft beside the database, and the draft takes its place at the very end: a crash leaves the
  old one, or the new one with its hold.
* Nothing is overwritten: what was there stays beside it under another name.
* A restored database is on hold (`storage/holds`), people deleted since are deleted again, and of broadcasts that
  were under way nobody knows whom they have reached.
* Keys are never made here: new ones would open nothing.
"""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot import broadcasting
from bot.erasing import erase_again
from bot.errors import DatabaseRefused, Refused
from bot.opening import check_contents, erasures_of, keys_given, locked_alone, open_database
from bot.settings import Settings
from bot.speech import Speech
from storage import backups, holds, migrations
from storage.database import Database
from storage.encryption import Vault

if TYPE_CHECKING:
    from bot.erasing import ErasuresLog
    from flows.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done. `replaced` is where the database that was there lies now. `unknown` counts messages of
    broadcasts; `messages` and `timers` are due and go out when the hold is released."""

    replaced: str | None
    erased: int
    unknown: int
    messages: int
    timers: int


async def restore(
    settings: Settings,
    catalogue: Catalogue,
    file: Path | None,
    now: datetime,
    *,
    replace: bool,
    rehearsal: bool = False,
) -> Restored:
    """Puts `file` in the place of the database; without one, on PostgreSQL, marks what was put back by other means.
    Raises `Refused`."""
    erasures = erasures_of(settings, rehearsal=rehearsal)
    if not settings.is_sqlite:
        if file is not None:
            raise Refused(
                "On PostgreSQL put the copy back with pg_restore, into an empty database and while nothing runs; then "
                "`twinbot restore` without a file."
            )
        database = await open_database(settings, rehearsal=rehearsal, migrate_it=True)
        try:
            return await _mark(database, catalogue, erasures, now)
        finally:
            await database.close()
    if file is None:
        raise Refused("Which copy? `twinbot restore FILE`; the daily ones lie in backups/ beside the database.")
    target = settings.sqlite_file
    with locked_alone(settings, "restore"):
        if not replace and await asyncio.to_thread(_holds_something, target):
            raise Refused(f"There is a database at {target} already: `--replace` puts it aside and takes its place.")
        vault = Vault(keys_given(settings, rehearsal=rehearsal).keys)
        draft = target.with_name(target.name + ".restoring")
        await asyncio.to_thread(backups.discard, draft)
        await asyncio.to_thread(backups.copy, file, draft)
        database = await Database.open(f"sqlite:///{draft}", vault)
        try:
            if await migrations.current(database) is None:
                raise DatabaseRefused(f"{file} is no copy of a database of Twinbot's.")
            await migrations.migrate(database)
            await check_contents(database, rehearsal=rehearsal)
            done = await _mark(database, catalogue, erasures, now)
        except BaseException:
            await database.close()
            await asyncio.to_thread(backups.discard, draft)
            raise
        await database.close()
        aside = await asyncio.to_thread(backups.put_in_place, draft, target, now)
    return done if aside is None else dataclasses.replace(done, replaced=str(aside))


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


async def _mark(database: Database, catalogue: Catalogue, erasures: ErasuresLog, now: datetime) -> Restored:
    """The hold first: what follows may be done again."""
    speech = Speech(catalogue)
    async with database.write() as tx:
        await holds.put(tx, holds.Hold(now, "restored"))
    erased = await erase_again(database, speech, erasures, now)
    await broadcasting.carry_on(database, speech, now)  # a ledger that is not whole gets its rows, to be doubted too
    async with database.write() as tx:
        unknown = await holds.doubt_broadcasts(tx)
        waiting = await holds.waiting(tx, now)
    return Restored(None, erased, unknown, waiting.messages, waiting.timers)


@dataclass(frozen=True, slots=True)
class Released:
    """What goes out now, and what was withdrawn first."""

    due: holds.Waiting
    withdrawn: holds.Withdrawn


async def release(database: Database, now: datetime, *, without_waiting: bool = False) -> Released | None:
    """Ends the hold, `without_waiting` after withdrawing what the bot would say late; `None` when there was no hold."""
    async with database.write() as tx:
        if await holds.get(tx) is None:
            return None
        withdrawn = await holds.withdraw_due(tx, now) if without_waiting else holds.Withdrawn()
        await holds.release(tx)
        return Released(await holds.waiting(tx, now), withdrawn)
