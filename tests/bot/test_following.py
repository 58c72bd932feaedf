"""A bot that follows the rehearsal room's clock calls itself idle only when nothing is due in a moment."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.clock import RehearsalClock
from bot.following import SOON, Follower


def test_what_is_due_in_a_moment_is_waited_for_and_the_moment_after_it_is_reported() -> None:
    clock = RehearsalClock()
    later = clock.now() + timedelta(days=5)
    told = [timedelta(microseconds=90), SOON / 2, timedelta()]

    async def next_due() -> datetime | None:
        return clock.now() + told.pop(0) if told else later

    follower = Follower("http://127.0.0.1:9", "p", clock, at_rest=lambda: True, next_due=next_due, moved=lambda: None)
    assert asyncio.run(follower._rest()) == (True, later)
    assert not told


def test_a_process_that_stays_overdue_reports_that_it_is_busy_and_never_a_moment_that_has_passed() -> None:
    clock = RehearsalClock()
    woken: list[None] = []

    async def next_due() -> datetime | None:
        return clock.now() - timedelta(seconds=1)

    follower = Follower(
        "http://127.0.0.1:9", "p", clock, at_rest=lambda: True, next_due=next_due, moved=lambda: woken.append(None)
    )
    assert asyncio.run(follower._rest()) == (False, None)
    assert woken, "the parts were asked to look again"
