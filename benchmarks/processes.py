"""Many processes on one PostgreSQL: turns a second through one `web` and through two at equal load, and how long
nobody sends when the worker that does is killed: on this machine, where the other sees it, and on another."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, TCPConnector
from sqlalchemy import delete

from benchmarks.postgres import postgres_url
from benchmarks.programme import FIRST_CHAT, encoded, fill, text_update
from benchmarks.tables import per_second, percentile, ratio, table
from bot import rehearsing
from bot.opening import KIND, REHEARSAL
from bot.rehearsal.room import RunningRoom, running_room
from bot.rehearsal.supervisor import Supervisor, python
from bot.telegram.intake import SECRET_HEADER, WEBHOOK_PATH, webhook_secret
from storage import meta
from storage.database import Database
from storage.encryption import Vault, new_key
from storage.migrations import migrate
from storage.schema import outbox

PEOPLE = 4_000
UPDATES = 1_500
"""A load: so many people write `/checkin`, each once."""
CONNECTIONS = 80
"""Of one load, whatever the number of processes: twice what Telegram opens."""
DEATHS = 5
HERE, ELSEWHERE = ("bot", "worker", "--rehearsal"), ("benchmarks.elsewhere",)
"""How a worker is run: beside the other, or as on a machine of its own."""
LOOK_SECONDS = 0.005


@asynccontextmanager
async def running(env: dict[str, str], programs: Sequence[Sequence[str]]) -> AsyncIterator[list[Supervisor]]:
    """One process for each of `programs`, all of them started; gives them in this order."""
    lines: list[str] = []
    processes = [
        Supervisor(python("-m", *program), env | {"PORT": str(port)}, line=lines.append)
        for program, port in zip(programs, _ports(len(programs)), strict=True)
    ]
    try:
        for process in processes:
            await process.start()
        await rehearsing.until(lambda: sum("telegram_reached" in line for line in lines) == len(programs))
        yield processes
    finally:
        for process in processes:
            await process.stop()


def _ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    found = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return found


async def load(processes: Sequence[Supervisor], first: int) -> float:
    """Updates a second that were answered with 200, from the people `first` and after, spread over `processes`."""
    addresses = [f"http://127.0.0.1:{process.env['PORT']}{WEBHOOK_PATH}" for process in processes]
    headers = {SECRET_HEADER: webhook_secret(rehearsing.TOKEN)}
    waiting = iter(range(first, first + UPDATES))

    async def connection(session: ClientSession, address: str) -> None:
        for person in waiting:
            body = encoded(text_update(10_000_000 + person, person, "/checkin"))
            async with session.post(address, data=body, headers=headers) as answer:
                assert answer.status == 200

    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as session:
        began = time.perf_counter()
        await asyncio.gather(
            *(connection(session, addresses[number % len(addresses)]) for number in range(CONNECTIONS))
        )
        return UPDATES / (time.perf_counter() - began)


async def fail_over(room: RunningRoom, workers: Sequence[Supervisor]) -> float:
    """Seconds from the death of the worker that sends until the next message arrives, sent by the other."""
    sending, other = workers
    chat = FIRST_CHAT
    before = room.phone(chat).traffic.messages_in
    sending.kill(stay_down=True)
    began = time.perf_counter()
    room.write(chat, "/help")
    await rehearsing.until(lambda: room.phone(chat).traffic.messages_in > before)
    took = time.perf_counter() - began
    assert other.running
    return took


async def measure(url: str) -> tuple[dict[int, float], dict[str, list[float]]]:
    """Updates a second by number of web processes, and the fail-over times here and between machines."""
    key = new_key("bench")
    database = await Database.open(url, Vault([key]))
    await migrate(database)
    async with database.write() as tx:
        await meta.put(tx, KIND, REHEARSAL)
    await fill(database, PEOPLE)
    rates: dict[int, float] = {}
    times: dict[str, list[float]] = {"on this machine": [], "on another machine": []}
    with tempfile.TemporaryDirectory() as folder:
        async with running_room(
            token=rehearsing.TOKEN, username=rehearsing.USERNAME, state_path=Path(folder) / "room.json", rates=False
        ) as room:
            env = {
                **os.environ,
                "HOME": folder,
                "TELEGRAM_TOKEN": rehearsing.TOKEN,
                "TELEGRAM_API_URL": room.url,
                "DATABASE_URL": url,
                "SECRET_KEYS": key.text(),
            }
            polling = env | {"PUBLIC_URL": ""}
            public = env | {"PUBLIC_URL": "http://127.0.0.1:9"}  # the load goes past the room
            for count in (1, 2):
                async with running(public, [("bot", "web", "--rehearsal")] * count) as webs:
                    rates[count] = await load(webs, first=(count - 1) * UPDATES)
            async with database.write() as tx:
                await tx.execute(delete(outbox))  # what the loads were answered would go first
            await database.close()
            room.add_phone(FIRST_CHAT, "Twin 0", "en").started = True
            for found, program in zip(times.values(), (HERE, ELSEWHERE), strict=True):
                for _ in range(DEATHS):
                    async with running(polling, [program]) as first, running(polling, [program]) as second:
                        found.append(await fail_over(room, [*first, *second]))
    return rates, times


def main() -> None:
    """Print updates a second through one and two web processes, and the fail-over time."""
    with postgres_url() as url:
        if url is None:
            return
        rates, times = asyncio.run(measure(url))
    rows = [[str(count), per_second(rate), ratio(rate, rates[1])] for count, rate in rates.items()]
    table(["web processes", "updates a second", "times one"], rows)
    print()
    table(
        ["the sending worker is killed", "seconds until the other sends, median", "range"],
        [
            [where, f"{percentile(found, 0.5):.1f}", f"{min(found):.1f}–{max(found):.1f}"]
            for where, found in times.items()
        ],
    )


if __name__ == "__main__":
    main()
