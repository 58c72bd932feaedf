"""The sender over crashes, requests without an answer, and a database that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete
from structlog.testing import capture_logs

from flows.effects import Lane
from flows.events.shell import PromptDelivered
from storage import schema
from storage.database import Database
from tests.telegram.desk import PATIENCE, Desk


def test_a_crash_before_the_result_is_written_doubles_replies_and_prompts_and_never_bulk(
    play: Callable[..., None],
) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.hold = asyncio.Event()  # accepted, not answered
        await desk.put(4, "reply")
        await desk.put(5, "prompt", lane=Lane.PROMPT)
        await desk.send(6, "bulk", lane=Lane.BULK)
        async with asyncio.timeout(PATIENCE):
            while len(desk.api.sent()) < 3:  # noqa: ASYNC110 - looks at what a server saw
                await asyncio.sleep(0.01)
        assert await desk.states() == ["claimed"] * 3
        await desk.crash()
        desk.api.hold.set()
        desk.start()
        await desk.until_states("sent", "sent", "unknown")
        assert sorted(call.text for call in desk.api.sent()) == ["bulk", "prompt", "prompt", "reply", "reply"]

    play(scene)


def test_whoever_may_not_send_any_more_starts_nothing_of_what_it_holds(play: Callable[..., None]) -> None:
    """As a machine that stood still: it had claimed, another took over meanwhile, and it wakes."""

    async def scene(desk: Desk) -> None:
        leased = True
        await desk.stop()
        desk.start(leased=lambda: leased)
        desk.api.hold = asyncio.Event()
        await desk.send(4, "under way", "next")
        await desk.put(5, *["more"] * 3)
        async with asyncio.timeout(PATIENCE):
            while len(desk.api.sent()) < 2:  # noqa: ASYNC110 - looks at what a server saw
                await asyncio.sleep(0.01)
        leased = False
        desk.api.hold.set()
        await desk.until_states("sent", "waiting", "sent", "waiting", "waiting")
        desk.sender.wake()
        await asyncio.sleep(0.3)
        assert len(desk.api.sent()) == 2
        leased = True
        desk.sender.wake()
        await desk.until_states(*["sent"] * 5)

    play(scene)


def test_an_unanswered_reply_is_sent_again_and_unanswered_bulk_is_unknown(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.drop = 2
        await desk.put(4, "reply")
        await desk.send(6, "bulk", lane=Lane.BULK)
        await desk.until_states("sent", "unknown")
        assert sorted(call.text for call in desk.api.sent()) == ["bulk", "reply", "reply"]

    play(scene)


def test_bulk_that_never_left_is_tried_again(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        base = desk.bot._base_url
        with desk.bot._unfrozen():
            desk.bot._base_url = "http://127.0.0.1:9/bot"
        await desk.send(6, "bulk", lane=Lane.BULK)
        async with asyncio.timeout(PATIENCE):
            while (row := (await desk.rows())[0]).reason != "not_connected":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert row.state == "waiting"
        with desk.bot._unfrozen():
            desk.bot._base_url = base
        await desk.until_states("sent")
        assert len(desk.api.sent()) == 1

    play(scene)


def test_stopping_waits_for_what_is_in_flight_and_gives_the_rest_back(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.hold = asyncio.Event()
        for chat in range(100, 120):
            await desk.put(chat, "x")
        desk.sender.wake()
        await asyncio.sleep(0.3)
        flying = len(desk.api.sent())
        assert flying == 8
        stopping = asyncio.create_task(desk.stop())
        await asyncio.sleep(0.2)
        assert not stopping.done() and len(desk.api.sent()) == flying
        desk.api.hold.set()
        await stopping
        states = await desk.states()
        assert (states.count("sent"), states.count("waiting"), len(states)) == (8, 12, 20)

    play(scene)


def test_results_are_kept_while_the_database_is_gone(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.hold = asyncio.Event()
        await desk.send(5, "hello")
        async with asyncio.timeout(PATIENCE):
            while not desk.api.sent():  # noqa: ASYNC110 - looks at what a server saw
                await asyncio.sleep(0.01)
        gone = Gone(desk.database, failures=3)
        desk.sender._books._database = gone  # type: ignore[assignment]
        with capture_logs() as logs:
            desk.api.hold.set()
            await desk.until_states("sent")
            await asyncio.sleep(0.05)
        assert gone.failures == 0 and len(desk.api.sent()) == 1
        events = [entry["event"] for entry in logs]
        assert events == ["outbox_unreachable", "outbox_reached_again"]

    play(scene)


class Gone:
    """A database that fails its next writes."""

    def __init__(self, database: Database, failures: int) -> None:
        self._database = database
        self.failures = failures
        self.read = database.read

    @asynccontextmanager
    async def write(self) -> Any:
        if self.failures:
            self.failures -= 1
            raise OSError("gone")
        async with self._database.write() as tx:
            yield tx


def test_a_person_who_is_erased_while_her_prompt_is_in_flight_stops_nobody(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.hold = asyncio.Event()
        await desk.put(5, "prompt", lane=Lane.PROMPT, prompt_session=1)
        await desk.send(6, "prompt", lane=Lane.PROMPT, prompt_session=2)
        async with asyncio.timeout(PATIENCE):
            while len(desk.api.sent()) < 2:  # noqa: ASYNC110 - looks at what a server saw
                await asyncio.sleep(0.01)
        async with desk.database.write() as tx:
            await tx.execute(delete(schema.people).where(schema.people.c.id == 5))
        with capture_logs() as logs:
            desk.api.hold.set()
            await desk.until_states("sent")
            await asyncio.sleep(0.1)
        assert {entry["event"] for entry in logs} <= {"result_not_written"}
        assert [type(event) for event in await desk.news()] == [PromptDelivered]

    play(scene)
