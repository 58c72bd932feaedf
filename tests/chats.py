"""People on a real database, by the numbers of their chats: what they do, what is said to them, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update

from bot import flood
from bot.arrivals import Arrival
from bot.erasing import ErasuresLog
from bot.places import world_facts
from bot.turns import Turns
from flows.events import Event
from flows.events.own import CommandGiven, Tapped
from flows.people import Person, PersonId
from storage import consents, inbox, people, schema
from storage.database import Database
from storage.messages import Message, message_from_text
from tests.databases import FreshDatabase
from tests.turns import StandingClock, library, populate

FATMATA, ANNEKE, ALONE, ISATU, MARIEKE = 501, 502, 503, 504, 505
DELETE = (
    CommandGiven("delete"),
    Tapped(1, "ask_sure", 1),
    Tapped(1, "ask_shared", 1),
    Tapped(1, "ask_last", 1),
)


class Chats:
    """People on a database, by the numbers of their chats."""

    def __init__(self, database: Database, log: ErasuresLog | None = None) -> None:
        catalogue, speech = library()
        self.database = database
        world = world_facts(speech.languages)
        self.turns = Turns(database, catalogue, speech, world, StandingClock(), erasures=log)
        self._sent = 0
        self.before: dict[int, int] = {}
        """How many sessions each had when the scene began."""

    async def does(self, chat: int, *events: Event) -> None:
        """One after another, each in a batch of its own, and what was told to others is carried out."""
        for one in events:
            event = one
            if isinstance(one, Tapped):  # sessions count from where the scene began
                event = Tapped(one.session + self.before.get(chat, 0), one.step, one.choice)
            self._sent += 1
            start = event.argument if isinstance(event, CommandGiven) and event.name == "start" else None
            key = f"update/{self._sent}"
            await self.turns.carry_out([Arrival(key, event, telegram_id=chat, language="en", start=start)])
        await self.hears()

    async def hears(self) -> list[tuple[PersonId, Event]]:
        """Carries out what people were told; gives it."""
        told: list[tuple[PersonId, Event]] = []
        while True:
            async with self.database.read() as tx:
                pending = await inbox.pending(tx, self.database.vault, limit=100)
            if not pending:
                return told
            told += [(one.person, one.event) for one in pending]
            await self.turns.carry_out(flood.arrivals(pending))

    async def said(self, chat: int) -> list[Message]:
        """What is to be sent to a chat, in order."""
        query = select(schema.outbox).where(schema.outbox.c.chat_id == chat, schema.outbox.c.body.is_not(None))
        async with self.database.read() as tx:
            rows = (await tx.execute(query.order_by(schema.outbox.c.id))).all()
        vault = self.database.vault
        return [message_from_text(vault.open_text("outbox.body", f"{chat}/{row.key or ''}", row.body)) for row in rows]

    async def are_sent(self) -> None:
        """All messages went out. Their words stay here, so that they can be read."""
        row = schema.outbox.c
        async with self.database.write() as tx:
            await tx.execute(update(schema.outbox).where(row.state == "waiting").values(state="sent"))

    async def person(self, chat: int) -> Person | None:
        async with self.database.write() as tx:
            found = await people.load_locked(tx, self.database.vault, [], [chat])
        return found[0].person if found else None

    async def decisions(self, chat: int) -> Sequence[tuple[str, bool]]:
        person = await self.person(chat)
        assert person is not None
        async with self.database.read() as tx:
            return [(one.purpose, one.given) for one in await consents.of_people(tx, [person.id])]


def run(database: FreshDatabase, scene: Any, log: ErasuresLog | None = None) -> Any:
    async def work(opened: Database) -> Any:
        await populate(opened)
        chats = Chats(opened, log)
        await chats.hears()
        async with opened.write() as tx:
            await tx.execute(delete(schema.outbox))  # what was said before
            rows = await tx.execute(select(schema.people.c.telegram_id, schema.people.c.sessions_started))
            chats.before = {row.telegram_id: row.sessions_started for row in rows}
        return await scene(chats)

    return database.run(work)


def replace_session(event: Event, session: int) -> Event:
    return Tapped(session, event.step, event.choice) if isinstance(event, Tapped) else event
