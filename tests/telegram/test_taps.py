"""Answers to taps."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from bot.arrivals import Acknowledgement
from bot.clock import SystemClock
from bot.telegram.intake import (
    connect,
)
from bot.telegram.taps import Taps
from bot.telegram.transport import Timeouts, build_bot
from tests.telegram.arriving import until
from tests.telegram.small_api import TOKEN, refused, small_api


def test_taps_are_answered_and_an_old_query_is_fine() -> None:
    async def scenario() -> None:
        async with small_api() as api:
            bot = api.bot()
            await connect(bot, SystemClock())
            old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
            api.rules.append(lambda call: refused(400, old) if call.parameters["callback_query_id"] == "1" else None)
            taps = Taps(bot)
            with capture_logs() as logs:
                taps.answer([Acknowledgement(str(i), "x" * 300 if i == 2 else None) for i in range(40)])
                await until(lambda: not taps.busy)
            assert logs == []
            answered = api.of("answerCallbackQuery")
            assert sorted(int(call.parameters["callback_query_id"]) for call in answered) == list(range(40))
            assert max(len(call.parameters.get("text", "")) for call in answered) == 200
            await taps.stop()
            await bot.shutdown()

    asyncio.run(scenario())


def test_taps_never_break_anything_when_telegram_is_gone() -> None:
    async def scenario() -> None:
        bot = build_bot(TOKEN, "http://127.0.0.1:9", timeouts=Timeouts(connect=1))
        taps = Taps(bot)
        with capture_logs():
            taps.answer([Acknowledgement(str(i)) for i in range(400)])
            await until(lambda: not taps.busy)
        await taps.stop()

    asyncio.run(scenario())
