"""One of two processes that act on the same people at once: `python -m tests.journeys.acting SIDE ROUNDS`.

It plays the twins of one side through a check-in, and has each of them say hello to her twin again and again. What the
twins tell each other both processes carry out, whoever comes first.
"""

from __future__ import annotations

import asyncio
import os
import sys

from bot.arrivals import Arrival
from bot.clock import SystemClock
from bot.library import build_catalogue
from bot.places import world_facts
from bot.speech import Speech
from bot.turns import Turns
from flows.events import Event
from flows.events.own import CommandGiven, Tapped
from storage import inbox
from storage.database import Database
from tests.databases import test_vault
from tests.journeys.players import PAIRS

NO, WORK, HELLO, NOTHING = 4, 1, 2, 6
"""Numbers of choices: contact, reason, and two kinds of help."""


async def act(side: int, rounds: int) -> None:
    database = await Database.open(os.environ["DATABASE_URL"], test_vault())
    catalogue = build_catalogue()
    speech = Speech(catalogue)
    turns = Turns(database, catalogue, speech, world_facts(speech.languages), SystemClock())
    running = asyncio.create_task(turns.run())
    telling = asyncio.create_task(tell(database, turns))
    await asyncio.gather(*(_play(turns, pair[side], rounds) for pair in PAIRS))
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    turns.stop()
    await running
    await database.close()


async def _play(turns: Turns, chat: int, rounds: int) -> None:
    """Session 3: the first was her joining, the second offers naming."""
    events: list[Event] = [CommandGiven("checkin"), Tapped(3, "ask_contact", NO), Tapped(3, "ask_reason", WORK)]
    for _ in range(rounds):
        events += [Tapped(3, "ask_help", HELLO), Tapped(3, "ask_help", NOTHING)]
    for number, event in enumerate(events):
        await turns.submit([Arrival(f"act/{chat}/{number}", event, telegram_id=chat)])


async def tell(database: Database, turns: Turns) -> None:
    """What people told each other is carried out, again and again until this is cancelled."""
    while True:
        async with database.read() as tx:
            pending = await inbox.pending(tx, database.vault, limit=100)
        await turns.submit([Arrival(None, row.event, person=row.person, told=row.id) for row in pending])
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(act(int(sys.argv[1]), int(sys.argv[2])))
