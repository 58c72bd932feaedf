"""Durable turns a second: a parsed update in; state, answers, timers and outbox on disk before it is acknowledged.

20,000 people known, batches of 1, 10 and 100, on SQLite and PostgreSQL, beside

(a) a `ConversationHandler` bot with `PicklePersistence` that flushes before it acknowledges,
(b) the same, flushing by its default interval of 60 s: not durable, up to a minute of answers is lost by a crash,
(c) bare `sqlite3` doing the same writes in one thread, without thinking.

The peers send nothing; ours decides and stores its messages. Each turn is the second tap of a check-in.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    PicklePersistence,
)
from telegram.request import BaseRequest, RequestData

from benchmarks.postgres import postgres_url
from benchmarks.programme import FIRST_CHAT, PEOPLE, database, fill, tap_update, text_update, turns_on
from benchmarks.tables import per_second, ratio, table
from bot.telegram.inbound import arrival

SIZES = (1, 10, 100)
TURNS = {1: 300, 10: 1_500, 100: 6_000}
OPENED = sum(TURNS.values())


async def ours(url: str | None) -> tuple[dict[int, float], dict[int, float]]:
    """Turns a second, and milliseconds of CPU a turn (what a busy machine changes least), by batch size."""
    rates, costs = {}, {}
    async with database(url) as opened:
        await fill(opened)
        turns = await turns_on(opened)
        number = 1
        for begin in range(0, OPENED, 100):
            opening = (arrival(text_update(number + n, begin + n, "/checkin")) for n in range(100))
            await turns.carry_out([one for one in opening if one is not None])
            number += 100
        person = 0
        for size in SIZES:
            raw = [json.dumps(tap_update(number + n, person + n, "1.ask_contact.1")) for n in range(TURNS[size])]
            number += TURNS[size]
            person += TURNS[size]
            began, spent = time.perf_counter(), time.process_time()
            for begin in range(0, len(raw), size):
                batch = [arrival(json.loads(one)) for one in raw[begin : begin + size]]
                await turns.carry_out([one for one in batch if one is not None])
            rates[size] = len(raw) / (time.perf_counter() - began)
            costs[size] = (time.process_time() - spent) * 1000 / len(raw)
    return rates, costs


class _NoNetwork(BaseRequest):
    """Answers getMe and nothing else: the peers send nothing."""

    read_timeout = 1.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        return 200, b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"b"}}'


async def _begin(_: Update, __: ContextTypes.DEFAULT_TYPE) -> int:
    return 0


async def _direction(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    if update.callback_query is not None and context.user_data is not None:
        context.user_data["contact"] = update.callback_query.data
    return 1


async def peer(flush: bool, size: int, turns: int) -> float:
    """Turns a second of a ConversationHandler bot; with `flush` on disk before each batch is acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        kept: PicklePersistence[Any, Any, Any] = PicklePersistence(Path(folder) / "bot.pickle", update_interval=60)
        request = _NoNetwork()
        builder = Application.builder().token("1:a").updater(None).persistence(kept)
        application = builder.request(request).get_updates_request(request).build()
        conversation: ConversationHandler[Any] = ConversationHandler(
            entry_points=[CommandHandler("checkin", _begin)],
            states={0: [CallbackQueryHandler(_direction)], 1: [CallbackQueryHandler(_direction)]},
            fallbacks=[],
            name="check_in",
            persistent=True,
            per_message=False,
        )
        application.add_handler(conversation)
        await application.initialize()
        for person in range(PEOPLE):  # straight into memory: setting up by its own methods rewrites the file each time
            chat = FIRST_CHAT + person
            conversation._conversations[(chat, chat)] = 0
            application.user_data[chat].update({"name": f"Twin {person}", "zone": "Africa/Freetown"})
        kept.user_data = {chat: dict(data) for chat, data in application.user_data.items()}
        kept.conversations = {"check_in": dict(conversation._conversations)}
        raw = [json.dumps(tap_update(n + 1, n % PEOPLE, "1.ask_contact.1")) for n in range(turns)]
        began = time.perf_counter()
        for begin in range(0, turns, size):
            for one in raw[begin : begin + size]:
                await application.process_update(Update.de_json(json.loads(one), application.bot))
            if flush:
                await application.update_persistence()
                await kept.flush()
        # No orderly shutdown: it would write all that was not flushed, once per changed person.
        return turns / (time.perf_counter() - began)


SCHEMA = """
CREATE TABLE inbox (key TEXT PRIMARY KEY, person INTEGER, at INTEGER);
CREATE TABLE sessions (person INTEGER, number INTEGER, state BLOB, PRIMARY KEY (person, number));
CREATE TABLE answers (person INTEGER, session INTEGER, key TEXT, choice TEXT, PRIMARY KEY (person, session, key));
CREATE TABLE timers (key TEXT PRIMARY KEY, due INTEGER);
CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER, body BLOB, state TEXT);
"""


def bare(size: int, turns: int) -> float:
    """Turns a second of sqlite3 that reads the person and session and writes the same rows."""
    state, body = os.urandom(420), os.urandom(360)
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;" + SCHEMA)
        connection.executemany("INSERT INTO sessions VALUES (?, 1, ?)", ((n, state) for n in range(PEOPLE)))
        raw = [json.dumps(tap_update(n + 1, n, "1.ask_contact.1")) for n in range(turns)]
        began = time.perf_counter()
        for begin in range(0, turns, size):
            people = [json.loads(one)["callback_query"]["from"]["id"] - 1_000_000 for one in raw[begin : begin + size]]
            connection.execute("BEGIN IMMEDIATE")
            for person in people:
                connection.execute("SELECT state FROM sessions WHERE person = ? AND number = 1", (person,)).fetchone()
            connection.executemany("INSERT INTO inbox VALUES (?, ?, 1)", [(f"tg/{p}", p) for p in people])
            connection.executemany("REPLACE INTO sessions VALUES (?, 1, ?)", [(p, state) for p in people])
            connection.executemany("REPLACE INTO answers VALUES (?, 1, 'contact', 'real')", [(p,) for p in people])
            connection.executemany("REPLACE INTO timers VALUES (?, 1)", [(f"reminder/{p}",) for p in people])
            said = [(person, body) for person in people for _ in (1, 2)]
            connection.executemany("INSERT INTO outbox (chat, body, state) VALUES (?, ?, 'waiting')", said)
            connection.execute("COMMIT")
        rate = turns / (time.perf_counter() - began)
        connection.close()
        return rate


def main(sizes: Sequence[int] = SIZES) -> None:
    """Print the rates and their ratios."""
    sqlite, costs = asyncio.run(ours(None))
    with postgres_url() as url:
        postgres = asyncio.run(ours(url))[0] if url is not None else {}
    flushed = {size: asyncio.run(peer(True, size, {1: 6, 10: 40, 100: 400}[size])) for size in sizes}
    lazy = {size: asyncio.run(peer(False, size, 3_000)) for size in sizes}
    plain = {size: bare(size, TURNS[size]) for size in sizes}
    rows = [
        [
            str(size),
            per_second(sqlite[size]),
            per_second(postgres[size]) if postgres else "not here",
            per_second(flushed[size]),
            per_second(lazy[size]),
            per_second(plain[size]),
            ratio(sqlite[size], flushed[size]),
            ratio(sqlite[size], lazy[size]),
            ratio(sqlite[size], plain[size]),
            f"{costs[size]:.2f}",
        ]
        for size in sizes
    ]
    print(
        "Turns a second; /(a) to /(c) are ours on SQLite as a multiple of each peer; CPU ms a turn, ours on SQLite.\n"
    )
    peers = ["(a) flushed", "(b) lazy", "(c) sqlite3", "/(a)", "/(b)", "/(c)"]
    table(["batch", "SQLite", "PostgreSQL", *peers, "CPU ms"], rows)
