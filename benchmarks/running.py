"""The whole program in the rehearsal room, with a filled programme: real processes, real HTTP, a real database file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programme import FIRST_CHAT, fill
from bot import rehearsing
from bot.opening import KIND, REHEARSAL
from bot.rehearsal.room import RunningRoom, running_room
from bot.rehearsal.supervisor import python
from storage import meta
from storage.database import Database
from storage.encryption import Vault, load_keys
from storage.migrations import migrate


@dataclass(frozen=True, slots=True)
class Stage:
    room: RunningRoom
    database: Database


@asynccontextmanager
async def stage(people: int, phones: int) -> AsyncIterator[Stage]:
    """A room with `people` in the programme, of whom the first `phones` have a started phone, and the running bot."""
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = rehearsing.Rehearsal.in_folder(Path(folder))
        vault = Vault(load_keys(None, Path(folder) / "rehearsal.keys").keys)
        database = await Database.open(rehearsal.database_url, vault)
        await migrate(database)
        async with database.write() as tx:
            await meta.put(tx, KIND, REHEARSAL)
        await fill(database, people)
        try:
            async with running_room(
                token=rehearsing.TOKEN,
                username=rehearsing.USERNAME,
                argv=python("-m", "bot", "start", "--rehearsal"),
                env={**os.environ, **rehearsal.environment},
            ) as room:
                for number in range(phones):
                    room.add_phone(FIRST_CHAT + number, f"Twin {number}", "en").started = True
                await rehearsing.until(lambda: bool(room.room.commands))
                yield Stage(room, database)
        finally:
            await database.close()
