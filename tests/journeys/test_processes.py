"""Many processes on one PostgreSQL: two that act on each other's people, and `web` beside two `worker`s."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import select

from bot.rehearsal.supervisor import Supervisor, python
from flows.events.pairs import HelloReceived
from storage import inbox, schema
from tests.journeys.forking import nursery
from tests.journeys.players import ANNEKE, ANSWERED, FATMATA, NAME, PAIRS, PARTNER, TWINS
from tests.journeys.side_by_side import both_sides_run
from tests.journeys.stage import TOKEN, Journey, World, gather
from tests.journeys.test_crashes import everything_is_recorded

pytestmark = [pytest.mark.journey, pytest.mark.postgres]

ROUNDS = 8
"""So few that nobody has sixty answers waiting, from which on what she sends waits for them (`bot/flood`)."""


def test_twins_who_act_on_each_other_through_two_processes_lose_and_double_nothing(postgres_world: World) -> None:
    async def scene(journey: Journey) -> None:
        said = await both_sides_run(postgres_world, "acting", str(ROUNDS))
        assert "arrival_set_aside" not in said
        assert not await journey.rows(schema.inbox_failed)
        kept = await _said(journey)
        passed = {chat: sum("I pass your hello" in words for words in kept[chat]) for chat in TWINS}
        greeted = {chat: sum(f"{NAME[PARTNER[chat]]} says hello" in words for words in kept[chat]) for chat in TWINS}
        assert passed == dict.fromkeys(TWINS, ROUNDS)
        waiting = dict.fromkeys(TWINS, 0)
        async with journey.database.read() as tx:
            for told in await inbox.pending(tx, journey.database.vault, limit=1000):
                if isinstance(told.event, HelloReceived):
                    waiting[next(chat for chat in TWINS if journey.ids[chat] == told.person)] += 1
        assert {chat: greeted[chat] + waiting[chat] for chat in TWINS} == passed, "each hello arrives once"
        for chat in TWINS:
            # her own answers in her own order: a hello, then its taking back, and so on
            own = [words for words in kept[chat] if "says hello" not in words]
            passes = [number for number, words in enumerate(own) if "I pass your hello" in words]
            assert passes == sorted(passes)
            assert (await journey.answers(chat))["help"] == "nothing"
            rows = sorted(await journey.rows(schema.inbox), key=lambda row: int(row["id"]))
            keys = [row["key"] for row in rows if str(row["key"]).startswith(f"act/{chat}/")]
            assert [int(key.rpartition("/")[2]) for key in keys] == sorted(range(3 + 2 * ROUNDS)), "in their order"

    async def counted(journey: Journey) -> None:
        await journey.person(FATMATA)
        await scene(journey)

    postgres_world.play(counted, argv=None)


async def _said(journey: Journey) -> dict[int, list[str]]:
    """What the outbox holds for everybody, in order, in clear."""
    row = schema.outbox.c
    found: dict[int, list[str]] = {chat: [] for chat in TWINS}
    async with journey.database.read() as tx:
        for chat, key, body in await tx.execute(
            select(row.chat_id, row.key, row.body).where(row.body.is_not(None)).order_by(row.id)
        ):
            if chat in found:
                found[chat].append(journey.database.vault.open_text("outbox.body", f"{chat}/{key or ''}", body))
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_web_and_workers_share_the_work_and_another_worker_takes_over_when_one_is_killed(
    postgres_world: World,
) -> None:
    port = _free_port()

    async def scene(journey: Journey) -> None:
        env = postgres_world.environment(
            TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=journey.room.url, PUBLIC_URL=f"http://127.0.0.1:{port}"
        )
        lines: dict[str, list[str]] = {"web": [], "first": [], "second": []}
        web = Supervisor(
            python("-m", "bot", "web", "--rehearsal"),
            env | {"PORT": str(port)},
            line=lines["web"].append,
            spawn=nursery.spawn,
        )
        workers = {
            name: Supervisor(
                python("-m", "bot", "worker", "--rehearsal"), env, line=lines[name].append, spawn=nursery.spawn
            )
            for name in ("first", "second")
        }
        journey.lines = lines["second"]
        try:
            await web.start()
            await workers["first"].start()
            await journey.until(lambda: bool(journey.room.room.webhook.url), "the webhook is set")
            since = journey.room.room.journal_end
            await journey.checks_in(FATMATA)
            await workers["second"].start()
            await journey.until(
                lambda: any("waiting_for_lease" in line for line in lines["second"]), "the second worker waits"
            )
            workers["first"].kill(stay_down=True)
            await journey.checks_in(ANNEKE)
            await journey.settled()
            for chat in (FATMATA, ANNEKE):
                await everything_is_recorded(journey, chat)
                assert set(journey.counts(chat, since).values()) <= {1, 2}
            assert sum(count - 1 for count in journey.counts(FATMATA, since).values()) == 0
            # the web process dies with updates on their way: Telegram keeps them, and they are taken once
            web.kill()
            others = [pair[0] for pair in PAIRS[2:6]]
            await gather(journey.checks_in(chat) for chat in others)
            await journey.settled()
            for chat in others:
                assert await journey.answers(chat) == ANSWERED
        except BaseException as failure:
            failure.add_note("\n".join(line for name in lines for line in lines[name][-10:]))
            raise
        finally:
            for process in (web, *workers.values()):
                await process.stop()

    postgres_world.play(scene, argv=None)
