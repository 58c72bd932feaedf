"""One of two processes in which twins accept each other at once: `python -m tests.journeys.accepting SIDE`.

It has every twin of one side say yes as soon as she is asked. What the twins are told both processes carry out, whoever
comes first.
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
from flows.events.own import Tapped
from flows.people import PersonId
from storage import people, programmes, sessions
from storage.database import Database
from tests.databases import test_vault
from tests.journeys.acting import tell
from tests.journeys.players import PAIRS

YES = 1


async def accept(side: int) -> None:
    database = await Database.open(os.environ["DATABASE_URL"], test_vault())
    catalogue = build_catalogue()
    speech = Speech(catalogue)
    turns = Turns(database, catalogue, speech, world_facts(speech.languages), SystemClock())
    running = asyncio.create_task(turns.run())
    telling = asyncio.create_task(tell(database, turns))
    async with database.read() as tx:
        (programme,) = await programmes.list_all(tx)
        known = await people.of_programme(tx, database.vault, programme.id)
    ids = {one.telegram_id: one.person.id for one in known}
    await asyncio.gather(*(_say_yes(database, turns, pair[side], ids[pair[side]]) for pair in PAIRS))
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    turns.stop()
    await running
    await database.close()


async def _say_yes(database: Database, turns: Turns, chat: int, person: PersonId) -> None:
    while True:
        async with database.read() as tx:
            found = (await sessions.load(tx, database.vault, [person], turns.clock.now())).get(person, [])
        asked = [one.number for one in found if one.flow == "proposal"]
        if asked:
            break
        await asyncio.sleep(0.01)
    await turns.submit([Arrival(f"accept/{chat}", Tapped(asked[-1], "ask_answer", YES), telegram_id=chat)])


if __name__ == "__main__":
    asyncio.run(accept(int(sys.argv[1])))
