"""Telegram calls the webhook or does not: what is heard, what is said of it, and what stays for `doctor`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from math import isnan
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.telegram.ear import MOVED, WAITS, Ear, in_the_way, told
from bot.telegram.errors import TokenRefused
from bot.telegram.intake import connect
from storage.database import Database
from tests.databases import FreshDatabase
from tests.storage.seeding import NOW
from tests.telegram.small_api import refused, small_api

URL = "https://twin.example"


class Minutes(SystemClock):
    """A clock that is moved on by the minute."""

    def __init__(self) -> None:
        self.minutes = 0

    def now(self) -> Any:
        return NOW + timedelta(minutes=self.minutes)

    def monotonic(self) -> float:
        return 60.0 * self.minutes


class Post:
    """What getWebhookInfo says, and an ear that looks once a minute."""

    def __init__(self, ear: Ear, clock: Minutes, info: dict[str, Any], database: Database) -> None:
        self.ear, self._clock, self._info, self.database = ear, clock, info, database

    async def look(self, waiting: int, **more: Any) -> bool:
        """Whether Telegram gets through, a minute later."""
        self._clock.minutes += 1
        self._info.clear()
        self._info.update({"url": f"{URL}/telegram", "pending_update_count": waiting} | more)
        before = self.ear.heard_at
        return await self.ear.look() != before

    async def trouble(self) -> str | None:
        async with self.database.read() as tx:
            found = await in_the_way(tx)
        return None if found is None else told(found)


Scene = Callable[[Post], Awaitable[None]]


def play(fresh: FreshDatabase, scene: Scene) -> None:
    async def work(database: Database) -> None:
        async with small_api() as api:
            bot, clock, info = api.bot(), Minutes(), dict[str, Any]()
            await connect(bot, SystemClock())
            api.rules.append(
                lambda call: (200, {"ok": True, "result": info}) if call.method == "getWebhookInfo" and info else None
            )
            await scene(Post(Ear(bot, URL + "/", database, clock), clock, info, database))
            await bot.shutdown()

    fresh.run(work)


def test_a_quiet_day_and_a_wave_that_becomes_less_are_heard(each_database: FreshDatabase) -> None:
    async def scene(post: Post) -> None:
        with capture_logs() as logs:
            heard = [await post.look(waiting) for waiting in (0, 0, 40, 45, 12, 3, 0)]
        assert heard == [True, True, False, False, True, True, True]
        assert logs == []
        assert await post.trouble() is None

    play(each_database, scene)


def test_updates_that_wait_and_become_no_less_are_not_heard_and_it_is_said_once(each_database: FreshDatabase) -> None:
    async def scene(post: Post) -> None:
        await post.look(0)
        error = {"last_error_date": 1, "last_error_message": "Wrong response from the webhook: 502 Bad Gateway"}
        with capture_logs() as logs:
            assert [await post.look(waiting, **error) for waiting in (2, 2, 5, 9, 9, 9, 10)] == [False] * 7
        (said,) = logs
        assert (said["event"], said["reason"], said["waiting"]) == ("webhook_not_called", WAITS, 9)
        assert said["error"] == "wrong_response_from_the_webhook"
        assert "PUBLIC_URL" in said["advice"]
        assert post.ear.silence == 420.0
        assert post.ear.waiting == 10
        kept = await post.trouble()
        assert kept is not None and "since 2026-11-23 09:01 UTC" in kept and URL not in kept
        assert "wrong_response_from_the_webhook" in kept
        with capture_logs() as logs:
            assert await post.look(1, **error), "an old error stays in Telegram's answer"
        assert [entry["event"] for entry in logs] == ["webhook_called_again"]
        assert await post.trouble() is None
        assert post.ear.silence == 0.0

    play(each_database, scene)


@pytest.mark.parametrize("url", ["", "https://elsewhere.example/secret"])
def test_another_s_address_is_said_and_not_overwritten(each_database: FreshDatabase, url: str) -> None:
    async def scene(post: Post) -> None:
        await post.look(0)
        with capture_logs() as logs:
            assert [await post.look(0, url=url) for _ in range(8)] == [False] * 8
        assert [entry["reason"] for entry in logs] == [MOVED]
        assert "elsewhere" not in str(logs)
        kept = await post.trouble()
        assert kept is not None and "another address" in kept and "elsewhere" not in kept
        assert await post.look(0)

    play(each_database, scene)


def test_what_was_kept_of_an_earlier_process_goes_when_telegram_gets_through(each_database: FreshDatabase) -> None:
    async def scene(post: Post) -> None:
        for _ in range(6):
            await post.look(0, url="")
        assert await post.trouble() is not None
        post.ear = Ear(post.ear._bot, URL, post.database, Minutes())
        await post.look(0)
        assert await post.trouble() is None

    play(each_database, scene)


def test_a_telegram_that_can_not_be_asked_is_not_heard_and_a_wrong_token_ends_it(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        async with small_api() as api:
            bot = api.bot()
            await connect(bot, SystemClock())
            ear = Ear(bot, URL, database, Minutes())
            assert isnan(ear.silence), "nobody looks yet"
            api.rules.append(lambda _: refused(502, "Bad Gateway"))
            assert await ear.look() is None
            assert isnan(ear.waiting)
            api.rules.clear()
            api.rules.append(lambda _: refused(401, "Unauthorized"))
            with pytest.raises(TokenRefused):
                await ear.look()
            await bot.shutdown()

    each_database.run(work)
