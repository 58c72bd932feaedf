"""`twinbot move`: everything into another database, and the old one on hold.

Rules kept here:

* The bot is stopped: on SQLite the lock of the file says so, on PostgreSQL the leases do.
* The old database stays as it is, on hold: whoever starts it by mistake sends nothing beside the new one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from bot.backing_up import migrate
from bot.errors import Refused
from bot.opening import locked_alone, open_database, refusal
from bot.settings import Settings, read_settings
from storage import holds, leases, moving
from storage.database import Database
from storage.errors import StorageError

if TYPE_CHECKING:
    from storage.encryption import Vault


async def move(
    settings: Settings,
    to: str,
    now: datetime,
    on_size: Callable[[int], None] = lambda _: None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> int:
    """Moves everything to the database at `to`; says how many rows. `on_size` is told how many there are, `on_rows` as
    in `storage.moving`. Raises `Refused`."""
    where = read_settings(database_url=to)
    if where.database_url == settings.database_url:
        raise Refused("--to names the database of DATABASE_URL itself.")
    with ExitStack() as stack:
        for one in (settings, where):
            stack.enter_context(locked_alone(one, "move"))
        source = await open_database(settings)
        try:
            await _is_at_rest(source, now)
            target = await _target(to, source.vault, now)
            try:
                on_size(await moving.size(source))
                moved = await moving.move(source, target, on_rows)
            finally:
                await target.close()
            async with source.write() as tx:
                await holds.put(tx, holds.Hold(now, "moved"))
        finally:
            await source.close()
    return moved


async def _is_at_rest(source: Database, now: datetime) -> None:
    async with source.read() as tx:
        hold = await holds.get(tx)
        working = await leases.running(tx, now)
    if hold is not None:
        raise Refused(f"This database is on hold ({hold.because}): was it moved already? Else `twinbot release` first.")
    if working:
        raise Refused(f"Twinbot works here ({working[0]}): stop every process first, and wait a quarter of a minute.")


async def _target(to: str, vault: Vault, now: datetime) -> Database:
    database: Database | None = None
    try:
        database = await Database.open(to, vault)
        await migrate(database, now)
    except Exception as problem:
        if database is not None:
            await database.close()
        told = refusal(problem)
        raise Refused(f"The target: {told}") from None if isinstance(told, Refused | StorageError) else problem
    return database
