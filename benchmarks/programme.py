"""A programme of many people in a fresh database, written the short way; and updates as Telegram would deliver them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import memory
from bot.clock import SystemClock
from bot.library import build_catalogue
from bot.places import world_facts
from bot.speech import Speech
from bot.turns import Turns
from bot.versions import load_versions
from flows.catalogue import Catalogue
from flows.people import PersonId, PersonState, Role
from flows.standing import FIRST, MADE
from storage import programmes
from storage.database import Database
from storage.encryption import Vault, new_key
from storage.migrations import migrate
from storage.schema import pair_members, pair_phases, pairs
from storage.schema import people as people_table

PEOPLE = 20_000
FIRST_CHAT = 1_000_000


@asynccontextmanager
async def database(url: str | None = None) -> AsyncIterator[Database]:
    """A migrated database: a SQLite file of its own, or the PostgreSQL at `url`."""
    with tempfile.TemporaryDirectory() as folder:
        opened = await Database.open(url or f"sqlite:///{Path(folder) / 'bench.db'}", Vault([new_key("bench")]))
        try:
            await migrate(opened)
            yield opened
        finally:
            await opened.close()


async def fill(opened: Database, count: int = PEOPLE) -> None:
    """`count` active twins of two sides, paired one with the next, and a coordinator on each side."""
    now = datetime.now(UTC)
    async with opened.write() as tx:
        programme = await programmes.create(
            tx, name="Bench", kind="professional", language="en", sides=[("A", "SL"), ("B", "NL")], now=now
        )
    sides = [side.id for side in programme.sides]
    for begin in range(0, count + 2, 1_000):
        rows = []
        for number in range(begin, min(begin + 1_000, count + 2)):
            person = PersonId(number + 1)
            rows.append(
                {
                    "id": person,
                    "programme_id": programme.id,
                    "side_id": sides[number % 2],
                    "role": (Role.TWIN if number < count else Role.COORDINATOR).value,
                    "telegram_id": FIRST_CHAT + number,
                    "name": opened.vault.seal_text("people.name", person, f"Twin {number}"),
                    "language": "en",
                    "country": "SL",
                    "zone": "Africa/Freetown",
                    "state": PersonState.ACTIVE.value,
                    "check_in_day": 0,
                    "check_in_minute": 540,
                    "sessions_started": 0,
                    "numbers_offered": True,
                    "created_at": now,
                    "joined_at": now,
                }
            )
        async with opened.write() as tx:
            await tx.execute(people_table.insert(), rows)
    for begin in range(0, count // 2, 1_000):
        made = range(begin, min(begin + 1_000, count // 2))
        async with opened.write() as tx:
            await tx.execute(
                pairs.insert(),
                [{"id": n + 1, "programme_id": programme.id, "state": "active", "created_at": now} for n in made],
            )
            members = [{"pair_id": n + 1, "person_id": 2 * n + one} for n in made for one in (1, 2)]
            await tx.execute(pair_members.insert(), members)
            stands = [{"pair_id": n + 1, "phase": FIRST, "since": now, "why": MADE} for n in made]
            await tx.execute(pair_phases.insert(), stands)


async def turns_on(opened: Database, catalogue: Catalogue | None = None) -> Turns:
    """The real turns on that database, with the real library and wording."""
    found = catalogue or build_catalogue()
    speech = Speech(found)
    clock = SystemClock()
    await load_versions(opened, found, clock)
    memory.settle()
    return Turns(opened, found, speech, world_facts(speech.languages), clock)


def text_update(number: int, person: int, text: str) -> dict[str, Any]:
    """An update of Telegram, decoded: `text` from the `person`-th twin."""
    chat = FIRST_CHAT + person
    sender = {"id": chat, "is_bot": False, "first_name": "Twin", "language_code": "en"}
    return {
        "update_id": number,
        "message": {
            "message_id": number % 1_000_000 + 1,
            "date": 1_790_000_000,
            "chat": {"id": chat, "type": "private", "first_name": "Twin"},
            "from": sender,
            "text": text,
        },
    }


def tap_update(number: int, person: int, data: str) -> dict[str, Any]:
    chat = FIRST_CHAT + person
    sender = {"id": chat, "is_bot": False, "first_name": "Twin", "language_code": "en"}
    message = {"message_id": 7, "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}, "text": "…"}
    query = {"id": str(number), "from": sender, "message": message, "chat_instance": "1", "data": data}
    return {"update_id": number, "callback_query": query}


def encoded(update: dict[str, Any]) -> bytes:
    return json.dumps(update).encode()
