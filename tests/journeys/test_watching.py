"""What an operator's Prometheus sees of a bot that works, and of one whose messages do not get through."""

from __future__ import annotations

import asyncio
import re
import urllib.request

import pytest

from bot.rehearsal.faults import Kind
from tests.bot.test_metrics import Shown, read
from tests.journeys.players import FATMATA
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey


async def scraped(lines: list[str]) -> Shown:
    """What the process that wrote `lines` shows now."""
    ports = re.findall(r"127\.0\.0\.1:(\d+)/healthz", "\n".join(lines))

    def get() -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[-1]}/metrics", timeout=10) as answer:
            content: bytes = answer.read()
        return content

    return read(await asyncio.to_thread(get))


def test_a_check_in_is_seen_from_its_turns_to_its_messages_and_an_outage_by_the_age_of_what_waits(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        before = await scraped(journey.lines)
        await journey.checks_in(FATMATA)
        await journey.settled()
        shown = await scraped(journey.lines)
        grown = {key: value - before[key] for key, value in shown.items() if key in before}
        assert grown["twinbot_turns_total", ""] >= 5
        assert grown["twinbot_batch_arrivals_sum", ""] == grown["twinbot_turns_total", ""]
        assert grown["twinbot_batch_duration_seconds_count", ""] == grown["twinbot_batch_arrivals_count", ""]
        assert grown["twinbot_send_results_total", "sent"] >= 5
        assert shown["twinbot_lease_held", ""] == shown["twinbot_ready", ""] == 1
        assert shown["twinbot_deaf", ""] == shown["twinbot_poll_contested", ""] == 0
        assert 0 <= shown["twinbot_poll_age_seconds", ""] < 60
        assert shown["twinbot_outbox_messages", "reply"] == shown["twinbot_failed_arrivals", ""] == 0

        journey.room.faults.add(Kind.SERVER_ERROR, method="sendMessage", count=None)
        after = journey.write(FATMATA, "/help")

        async def seen() -> bool:
            late = await scraped(journey.lines)
            tried = late["twinbot_send_results_total", "transient"] > shown["twinbot_send_results_total", "transient"]
            return tried and late["twinbot_outbox_oldest_age_seconds", "reply"] > 1

        await journey.until_it_holds(seen, "the age of what waits grows while it is tried again")
        journey.room.faults.clear()
        await journey.until(lambda: any(one.id > after for one in journey.received(FATMATA)), "it is sent")
        await journey.settled()
        assert (await scraped(journey.lines))["twinbot_outbox_oldest_age_seconds", "reply"] == 0

    world.play(scene)


def test_timers_of_a_week_are_counted_and_none_of_them_is_late(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.move(7 * 24 * 3600.0)
        await journey.settled()
        shown = await scraped(journey.lines)
        fired = shown["twinbot_timer_lateness_seconds_count", ""]
        assert fired > 0
        assert shown["twinbot_timer_lateness_seconds_bucket", "60.0"] == fired

    world.play(scene)
