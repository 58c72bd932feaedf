"""Polling against a small Bot API: what is acknowledged, and when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.telegram.errors import TokenRefused
from bot.telegram.intake import (
    Polling,
    connect,
)
from bot.telegram.transport import Timeouts, build_bot
from tests.telegram.arriving import QuickClock, Turns, text, until
from tests.telegram.small_api import TOKEN, Call, SmallApi, refused, small_api


class Polled:
    """A small Bot API, a bot that polls it, and turns."""

    def __init__(self, api: SmallApi, **more: Any) -> None:
        self.api, self.turns, self.clock = api, Turns(), QuickClock()
        self.bot = api.bot()
        self.polling = Polling(self.bot, self.turns.submit, self.clock, poll_seconds=1, **more)
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Polled:
        await connect(self.bot, self.clock)
        self.task = asyncio.create_task(self.polling.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.turns.open.set()
        self.polling.stop()
        async with asyncio.timeout(20):
            await self.task
        await self.bot.shutdown()

    def offsets(self) -> list[int]:
        return [int(call.parameters.get("offset", 0)) for call in self.api.of("getUpdates")] or [0]


def test_the_offset_moves_only_after_the_turns_are_on_disk() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api) as polled:
            polled.turns.open.clear()
            api.deliver(text(500), text(501))
            await until(lambda: polled.turns.calls)
            await asyncio.sleep(0.1)
            assert polled.offsets()[-1] == 0 and polled.turns.taken == []
            polled.turns.open.set()
            await until(lambda: polled.offsets()[-1] == 502)
            assert polled.turns.taken == ["tg/500", "tg/501"]
            assert polled.offsets()[0] == 0
            assert polled.polling.last_poll_at is not None

    asyncio.run(scenario())


def test_updates_that_could_not_be_taken_are_fetched_again() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api) as polled:
            polled.turns.failures = 2
            api.deliver(text(7))
            await until(lambda: polled.turns.taken)
            assert polled.turns.calls == 3
            await until(lambda: polled.offsets()[-1] == 8)

    asyncio.run(scenario())


def test_one_bad_update_holds_back_nobody_and_is_acknowledged() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api) as polled:
            bad: dict[str, Any] = {"update_id": 11, "message": {"chat": "rubbish", "from": 5, "text": []}}
            api.deliver(text(10), bad, text(12))
            await until(lambda: polled.offsets()[-1] == 13)
            assert polled.turns.taken == ["tg/10", "tg/12"]

    asyncio.run(scenario())


def test_a_smaller_update_id_after_a_quiet_week_is_taken() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            for first in (900_000, 12):
                async with Polled(api) as polled:
                    api.deliver(text(first))
                    await until(lambda polled=polled: polled.turns.taken)
                    await until(lambda polled=polled, first=first: polled.offsets()[-1] == first + 1)
                    api.calls.clear()

    asyncio.run(scenario())


def test_only_what_is_used_is_asked_for_and_nothing_that_waits_is_dropped() -> None:
    async def scenario() -> None:
        async with small_api() as api, Polled(api):
            await until(lambda: api.of("getUpdates"))
            poll = api.of("getUpdates")[0].parameters
            assert poll["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
            assert poll["limit"] == 100
            assert [call.parameters for call in api.of("deleteWebhook")] == [{}]
            assert api.calls.index(api.of("deleteWebhook")[0]) < api.calls.index(api.of("getUpdates")[0])

    asyncio.run(scenario())


def test_another_poller_is_an_alarm_once_and_polling_goes_on_when_it_is_gone() -> None:
    async def scenario() -> list[Any]:
        async with small_api() as api:
            said = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            api.rules.append(lambda call: refused(409, said) if call.method == "getUpdates" else None)
            with capture_logs() as logs:
                async with Polled(api) as polled:
                    await until(lambda: len(api.of("getUpdates")) >= 4)
                    assert polled.polling.is_contested
                    assert polled.clock.slept[:3] == [1, 2, 4]
                    api.rules.clear()
                    api.deliver(text(3))
                    await until(lambda: polled.turns.taken)
                    assert not polled.polling.is_contested
        return logs

    events = [entry["event"] for entry in asyncio.run(scenario())]
    assert events.count("another_poller") == 1 and events.count("other_poller_gone") == 1


def test_a_webhook_that_comes_back_is_deleted_again() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            said = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"

            def rule(call: Call) -> Any:
                active = call.method == "getUpdates" and len(api.of("deleteWebhook")) < 2
                return refused(409, said) if active else None

            api.rules.append(rule)
            async with Polled(api) as polled:
                api.deliver(text(3))
                await until(lambda: polled.turns.taken)
                assert not polled.polling.is_contested

    asyncio.run(scenario())


def test_an_outage_is_said_once_and_its_end_once() -> None:
    async def scenario() -> list[Any]:
        async with small_api() as api:
            with capture_logs() as logs:
                async with Polled(api) as polled:
                    await until(lambda: api.of("getUpdates"))
                    api.rules.append(lambda _: refused(502, "Bad Gateway"))
                    api.deliver(text(1))
                    await until(lambda: polled.turns.taken)
                    await until(lambda: len(polled.clock.slept) >= 5)
                    api.rules.clear()
                    api.deliver(text(2))
                    await until(lambda: "tg/2" in polled.turns.taken)
                    assert polled.clock.slept[:5] == [1, 2, 4, 8, 16]
        return logs

    events = [entry["event"] for entry in asyncio.run(scenario())]
    assert events.count("telegram_unreachable") == 1 and events.count("telegram_reached_again") == 1


def test_a_refused_token_ends_polling_with_one_sentence_that_does_not_hold_it() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = build_bot("5:foreign_token", api.address, timeouts=Timeouts(connect=1))
            with pytest.raises(TokenRefused) as refusal:
                await connect(bot, QuickClock())
            polling = Polling(bot, Turns().submit, QuickClock())
            with pytest.raises(TokenRefused):
                await polling.run()
            await bot.shutdown()
            assert "TELEGRAM_TOKEN" in str(refusal.value) and "foreign_token" not in str(refusal.value)
            assert refusal.value.__cause__ is None

    asyncio.run(scenario())


def test_start_waits_for_a_telegram_that_can_not_be_reached_and_says_so_once() -> None:
    async def scenario() -> list[Any]:
        bot = build_bot(TOKEN, "http://127.0.0.1:9", timeouts=Timeouts(connect=1))
        clock = QuickClock()
        with capture_logs() as logs:
            task = asyncio.create_task(connect(bot, clock))
            await until(lambda: len(clock.slept) >= 3)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await bot.shutdown()
        return logs

    logs = asyncio.run(scenario())
    assert [entry["event"] for entry in logs] == ["telegram_unreachable"]
    assert TOKEN not in repr(logs)


def test_stopping_during_a_long_poll_is_quick_and_during_a_commit_waits_for_it() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            async with Polled(api) as polled:
                await until(lambda: api.of("getUpdates"))
            async with Polled(api) as polled:
                polled.turns.open.clear()
                api.deliver(text(77))
                await until(lambda: polled.turns.calls)
                polled.polling.stop()
                await asyncio.sleep(0.05)
                assert polled.task is not None and not polled.task.done()
                polled.turns.open.set()
                await polled.task
                assert polled.turns.taken == ["tg/77"]

    asyncio.run(scenario())
