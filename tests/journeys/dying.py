"""A process that is killed at the worst moment of a deletion: `python -m tests.journeys.dying CHAT`.

The log says already that somebody is to be forgotten, and the transaction that forgets her is never committed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from bot.arrivals import Arrival
from bot.clock import SystemClock
from bot.erasing import ErasuresLog
from bot.library import build_catalogue
from bot.opening import erasures_of
from bot.places import world_facts
from bot.settings import read_settings
from bot.speech import Speech
from bot.turns import Turns
from flows.events import Event
from flows.events.own import CommandGiven, Tapped
from storage import people
from storage.database import Database
from storage.erasures import Erasure
from tests.databases import test_vault


class Deadly(ErasuresLog):
    """Kills the process as soon as its line is on disk."""

    def note(self, erased: Sequence[Erasure]) -> None:
        super().note(erased)
        os.kill(os.getpid(), signal.SIGKILL)


async def delete(chat: int) -> None:
    """In the conversation that comes after those she has had."""
    database = await Database.open(os.environ["DATABASE_URL"], test_vault())
    async with database.write() as tx:
        (known,) = await people.load_locked(tx, database.vault, [], [chat])
    session = known.person.sessions_started + 1
    catalogue = build_catalogue()
    speech = Speech(catalogue)
    log = Deadly(erasures_of(read_settings(), rehearsal=True).path)
    turns = Turns(database, catalogue, speech, world_facts(speech.languages), SystemClock(), erasures=log)
    taps: list[Event] = [Tapped(session, step, 1) for step in ("ask_sure", "ask_shared", "ask_last")]
    for number, event in enumerate([CommandGiven("delete"), *taps]):
        await turns.carry_out([Arrival(f"dying/{number}", event, telegram_id=chat)])
    raise AssertionError("it lived")


if __name__ == "__main__":
    asyncio.run(delete(int(sys.argv[1])))
