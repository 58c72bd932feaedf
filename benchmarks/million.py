"""A million people in a real PostgreSQL, at the busiest moment of their week: how much room they take, what a tick and
a turn cost among them, and how long one worker needs for everything that this hour brings.

It takes about a quarter of an hour and 9 GB of the temporary folder (`TMPDIR`), and cleans up. Fewer people:
`PEOPLE=100000`.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import psycopg
from aiohttp import ClientSession

from benchmarks import crowd, peak
from benchmarks.arrivals import busiest, hour_name
from benchmarks.continent import MONDAY, PEOPLE, asked, rhythms
from benchmarks.models import SetClock
from benchmarks.postgres import postgres_url
from benchmarks.programme import turns_on
from benchmarks.tables import per_second, table
from bot.clock import machine_time
from bot.invariants import find_stuck
from bot.library import build_catalogue
from bot.menu import mark_of_own
from bot.presenting import CARD, OWN
from bot.speech import Speech
from bot.telegram.pacing import TOTAL_A_SECOND
from bot.ticks import PAGE, Ticks
from storage import backlog, meta, timers
from storage.columns import to_microseconds
from storage.database import Database
from storage.encryption import Key, Vault, new_key

TOKEN: Final = "1:AAAAAAAAAAAAAAAAAAAA"  # noqa: S105 - opens nothing
BYTES_A_PERSON: Final = 15_000
"""With the journal of the filling; more must be free."""
PAGES: Final = 10
PACED_SECONDS: Final = 60
"""Shorter where few are due: some are to be left for the other pace."""
LOOK_SECONDS: Final = 0.5
UNHURRIED_SECONDS: Final = 180
IDLE_SECONDS: Final = 8.0
"""So long without a call means that all is done."""
TABLES: Final = {
    "people": "",
    "pairs": "",
    "pair_members": "",
    "sessions": "what can still be reopened",
    "check_ins": "4 weeks",
    "answers": "4 weeks",
    "reflections": "4 weeks",
    "timers": "",
    "inbox": "48 hours",
    "outbox": "7 of 20 days",
}
"""And of what time each holds rows."""


def main() -> None:
    """Fill, measure and print."""
    count = int(os.environ.get("PEOPLE", PEOPLE))
    if shutil.disk_usage(tempfile.gettempdir()).free < count * BYTES_A_PERSON:
        sys.exit(f"{count * BYTES_A_PERSON / 1e9:.0f} GB must be free in the temporary folder; set TMPDIR to another.")
    with postgres_url() as url:
        if url is not None:
            asyncio.run(measure(url, count))


async def measure(url: str, count: int) -> None:
    people = rhythms(count)
    hour, most = busiest(asked(Counter(people)))
    moment = MONDAY + timedelta(hours=hour)
    key = new_key("bench")
    print(
        f"{count:,} people; the busiest hour is {hour_name(hour)} UTC with {most:,}; load {os.getloadavg()[0]:.1f}.\n"
    )
    opened = await Database.open(url, Vault([key]))
    began = time.perf_counter()
    await crowd.fill(opened, url, people, moment)
    _say(f"filled in {time.perf_counter() - began:.0f} s")
    _sizes(url)
    await _present(opened)
    costs = await _tick_costs(opened, moment, min(PAGES, most // PAGE // 2))
    await opened.close()
    print()
    table(["at the peak, one after the other", "ms"], costs)
    print()
    table(["the busiest hour, by the real worker", "measured"], await _worker(url, key, moment, most))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# -- room --------------------------------------------------------------------------------------------------------------


def _sizes(url: str) -> None:
    rows = []
    with psycopg.connect(url) as database:
        for name, holds in TABLES.items():
            found = database.execute(
                f"SELECT count(*), pg_table_size('{name}'), pg_indexes_size('{name}') FROM {name}"  # noqa: S608
            ).fetchone()
            assert found is not None
            count, heap, indexes = found
            rows.append([name, f"{count:,}", _mb(heap), _mb(indexes), f"{(heap + indexes) / count:.0f}", holds])
        total = database.execute("SELECT pg_database_size(current_database())").fetchone()
    assert total is not None
    rows.append(["the database", "", "", _mb(total[0]), "", ""])
    table(["table", "rows", "MB", "MB of indexes", "bytes a row", "holds"], rows)


def _mb(size: float) -> str:
    return f"{size / 1e6:,.0f}"


# -- ticks -------------------------------------------------------------------------------------------------------------


async def _tick_costs(opened: Database, moment: datetime, pages: int) -> list[list[str]]:
    """Medians of so many pages, with everything else that is due at the peak."""
    turns = await turns_on(opened)
    clock = SetClock(moment)
    turns.clock = clock
    ticks = Ticks(opened, opened.vault, turns, clock)
    running = asyncio.create_task(turns.run())

    async def look() -> None:
        async with opened.read() as tx:
            assert len(await timers.due(tx, moment, limit=PAGE)) == PAGE

    async def decide() -> None:
        assert await ticks._due()

    async def invariants() -> None:
        async with opened.read() as tx:
            assert not await find_stuck(tx, turns.overlays.catalogue)

    async def scrape() -> None:
        async with opened.read() as tx:
            await backlog.measure(tx, moment)

    rows = [
        [f"find {PAGE} due timers", await _milliseconds(look, pages)],
        [f"decide {PAGE} check-ins: find them, turns, on disk", await _milliseconds(decide, pages)],
        ["look for anybody who is stuck (once a minute)", await _milliseconds(invariants, 3)],
        ["how much waits, for a scrape of the metrics", await _milliseconds(scrape, 3)],
    ]
    turns.stop()
    await running
    return rows


async def _present(opened: Database) -> None:
    """The commands of coordinators were told at an earlier start: they would go before all prompts."""
    told = {OWN: mark_of_own(Speech(build_catalogue()))}
    async with opened.write() as tx:
        await meta.put(tx, CARD, json.dumps(told))


async def _milliseconds(work: Callable[[], Awaitable[None]], times: int) -> str:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return f"{median(taken):,.1f}"


# -- the worker --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """A Bot API that runs, and what a worker needs to be told."""

    http: ClientSession
    address: str
    env: Mapping[str, str]
    url: str
    ahead: timedelta

    async def counts(self, *, answering: bool) -> Counter[str]:
        """Calls by method so far. From now on phones answer, or do not."""
        async with self.http.get(f"{self.address}/counts", params={"answering": "yes" if answering else "no"}) as found:
            return Counter(await found.json())

    @asynccontextmanager
    async def worker(self, pace: str) -> AsyncIterator[asyncio.subprocess.Process]:
        seconds = str(self.ahead.total_seconds())
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.peak", seconds, pace, env=self.env, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def _worker(url: str, key: Key, moment: datetime, most: int) -> list[list[str]]:
    """What the real worker does with everything that is due at the moment, first at Telegram's pace, then without."""
    spawn = multiprocessing.get_context("spawn")
    receiving, sending = spawn.Pipe(False)
    server = spawn.Process(target=peak.serve, args=(sending,), daemon=True)
    server.start()
    address = f"http://127.0.0.1:{receiving.recv()}"
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "HOME": folder,
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": address,
            "DATABASE_URL": url,
            "SECRET_KEYS": key.text(),
            "PUBLIC_URL": "",
            "PORT": "0",
        }
        try:
            async with ClientSession() as http:
                stage = Stage(http, address, env, url, moment - machine_time())
                return [*await _paced(stage), *await _unhurried(stage, most)]
        finally:
            server.terminate()


async def _paced(stage: Stage) -> list[list[str]]:
    async with stage.worker("paced") as worker:
        await _until_first_prompt(stage, answering=False)
        _say("at Telegram's pace")
        began, decided = time.perf_counter(), 0.0
        due = _due(stage)
        seconds = min(PACED_SECONDS, due / TOTAL_A_SECOND / 2)
        before = (await stage.counts(answering=False))["prompts"]
        while (passed := time.perf_counter() - began) < seconds or not decided:
            await asyncio.sleep(LOOK_SECONDS)
            if not decided and not _due(stage):
                decided = passed
        passed = time.perf_counter() - began
        sent = (await stage.counts(answering=False))["prompts"] - before
        return [
            [
                f"the last {due:,} check-ins decided and on disk",
                f"{decided:.0f} s, {per_second(due / decided)} a second",
            ],
            ["prompts at Telegram's pace", f"{sent / passed:.1f} a second"],
            ["memory of this worker", _memory([worker.pid])],
        ]


async def _unhurried(stage: Stage, most: int) -> list[list[str]]:
    """Until all is done, or `UNHURRIED_SECONDS` long."""
    _say("without Telegram's pace")
    began = await stage.counts(answering=True)
    async with stage.worker("unhurried") as worker:
        await _until_first_prompt(stage, answering=True)
        start = last = time.perf_counter()
        seen = began
        while last - start < UNHURRIED_SECONDS and time.perf_counter() - last < IDLE_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            found = await stage.counts(answering=True)
            if _calls(found) != _calls(seen):
                seen, last = found, time.perf_counter()
        took = last - start
        prompts, taps = (seen[name] - began[name] for name in ("prompts", "answerCallbackQuery"))
        calls = _calls(seen) - _calls(began)
        return [
            [f"without that pace, in {took:.0f} s", f"{prompts:,} prompts, {taps:,} taps, {calls:,} calls"],
            ["turns a second then: taps, and deliveries that are noted", per_second((taps + prompts) / took)],
            ["messages and marks a second then", per_second(calls / took)],
            [f"so the {most:,} of the hour and their answers take", f"{most / prompts * took / 60:.0f} min of the 60"],
            ["memory of this worker", _memory([worker.pid])],
            ["memory of PostgreSQL, all its processes", _memory(_postgres(stage.url))],
        ]


async def _until_first_prompt(stage: Stage, *, answering: bool) -> None:
    before = (await stage.counts(answering=answering))["prompts"]
    while (await stage.counts(answering=answering))["prompts"] == before:
        await asyncio.sleep(0.05)


def _calls(counts: Counter[str]) -> int:
    """Those that Telegram's limit is about."""
    return counts["sendMessage"] + counts["editMessageReplyMarkup"]


def _due(stage: Stage) -> int:
    now = to_microseconds(machine_time() + stage.ahead)
    with psycopg.connect(stage.url) as database:
        found = database.execute("SELECT count(*) FROM timers WHERE due_at <= %s", [now]).fetchone()
    return 0 if found is None else int(found[0])


def _postgres(url: str) -> list[int]:
    """The server's processes."""
    with psycopg.connect(url) as database:
        found = database.execute("SELECT pg_backend_pid()").fetchone()
        assert found is not None
        server = _parent(int(found[0]))
        every = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()]
        return [server, *(one for one in every if _parent(one) == server)]


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _memory(processes: Sequence[int]) -> str:
    """Their own share (PSS) together, and what each of them maps (RSS) together, which counts what they share anew."""
    kilobytes = Counter[str]()
    for process in processes:
        with suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
                name, _, value = line.partition(":")
                if name in {"Pss", "Rss"}:
                    kilobytes[name] += int(value.split()[0])
    return f"PSS {kilobytes['Pss'] / 1024:,.0f} MB, RSS {kilobytes['Rss'] / 1024:,.0f} MB"


if __name__ == "__main__":
    main()
