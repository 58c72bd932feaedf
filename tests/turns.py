"""Turns on a real database, at a moment that stands still: who takes part, and what came of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bot import flood, programmes
from bot.library import packaged_catalogue
from bot.places import world_facts
from bot.speech import Speech
from bot.turns import Turns
from flows.catalogue import Catalogue
from flows.people import PersonId, PersonState, Role
from storage import answers, check_ins, inbox, people, reflections, schema, sessions
from storage import programmes as stored_programmes
from storage.database import Database
from tests.speaking import the_speech

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CHATS = (501, 502, 503)


class StandingClock:
    """Stands still at `stands_at`."""

    stands_at = NOW

    def now(self) -> datetime:
        return self.stands_at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the clock's shape
        await asyncio.sleep(0)


def library() -> tuple[Catalogue, Speech]:
    return packaged_catalogue(), the_speech()


def turns_on(database: Database, log: Any = None) -> Turns:
    catalogue, speech = library()
    return Turns(database, catalogue, speech, world_facts(speech.languages), StandingClock(), log=log)


async def populate(database: Database, name: str = "Midwives", chats: int = 500) -> None:
    """Two twins in a pair and one who is alone, all of them active; a coordinator a side."""
    plan = programmes.Plan(name, ("Freetown", "Utrecht"), ("SL", "NL"))
    await programmes.create(database, plan, NOW)
    async with database.write() as tx:
        programme = next(one for one in await stored_programmes.list_all(tx) if one.name == name)
        placed = [
            (chats + 1, 0, Role.TWIN), (chats + 2, 1, Role.TWIN), (chats + 3, 0, Role.TWIN),
            (chats + 4, 0, Role.COORDINATOR), (chats + 5, 1, Role.COORDINATOR),
        ]  # fmt: skip
        ids = []
        for chat, side, role in placed:
            ids.append(
                await people.insert(
                    tx, programme=programme.id, side=programme.sides[side].id, role=role, telegram_id=chat,
                    language="en", now=NOW,
                )
            )  # fmt: skip
        known = await people.load_locked(tx, database.vault, ids)
        await people.update_changed(
            tx,
            database.vault,
            [
                people.Changed(
                    replace(
                        one.person, state=PersonState.ACTIVE, name=f"P{one.telegram_id}", country="NL",
                        zone="Europe/Amsterdam", check_in_day=0, check_in_minute=540,
                    )
                )
                for one in known
            ],
            NOW,
        )  # fmt: skip
    await programmes.pair(database, ids[0], ids[1], NOW)


async def told(database: Database, turns: Turns) -> None:
    """What people told each other is handled, as the ticks do."""
    while True:
        async with database.read() as tx:
            pending = await inbox.pending(tx, database.vault, limit=100)
        if not pending:
            return
        await turns.carry_out(flood.arrivals(pending))


async def end_state(database: Database) -> dict[str, Any]:
    """Everything that a person could notice, without numbers of rows and moments."""
    async with database.read() as tx:
        ids = [PersonId(row[0]) for row in await tx.execute(select(schema.people.c.id))]
        vault = database.vault
        kept = await sessions.load(tx, vault, ids, NOW)
        return {
            "sessions": kept,
            "answers": sorted(map(repr, await answers.of_people(tx, vault, ids))),
            "check_ins": sorted(map(repr, await check_ins.of_people(tx, ids))),
            "reflections": sorted(map(repr, await reflections.of_people(tx, vault, ids))),
            "people": sorted(map(repr, await people.load_locked(tx, vault, ids))),
            "timers": sorted(
                map(tuple, await tx.execute(select(schema.timers.c.key, schema.timers.c.due_at))), key=repr
            ),
            "keys": sorted(row[0] for row in await tx.execute(select(schema.inbox.c.key)) if row[0]),
            "failed": [tuple(row) for row in await tx.execute(select(schema.inbox_failed.c.key))],
            "said": {chat: await said(database, tx, chat) for chat in (*CHATS, 504, 505)},
        }


async def said(database: Database, tx: Any, chat: int) -> list[str]:
    """What waits to be sent to her, in order, in clear."""
    row = schema.outbox.c
    found = await tx.execute(
        select(row.key, row.lane, row.anchor, row.state, row.body).where(row.chat_id == chat).order_by(row.id)
    )
    opened = []
    for key, lane, anchor, state, body in found:
        words = None if body is None else database.vault.open_text("outbox.body", f"{chat}/{key or ''}", body)
        opened.append(f"{lane} {anchor} {state} {words}")
    return opened
