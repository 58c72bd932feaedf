"""A real holiday of two countries: on Easter Monday nobody is asked in Freetown or Utrecht, on Tuesday everybody is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.holidays import is_holiday
from flows.rules.cadence import local_time, moment_at
from tests.journeys.players import ANNEKE, FATMATA, HOUR, MARIEKE, START
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

FREETOWN, UTRECHT = "Africa/Freetown", "Europe/Amsterdam"


def _easter_monday() -> date:
    """The first Monday of the journey that is a holiday in both countries."""
    mondays = (START.date() + timedelta(weeks=week) for week in range(1, 6))
    return next(day for day in mondays if is_holiday("SL", day) and is_holiday("NL", day))


def test_on_easter_monday_nobody_is_asked_and_on_tuesday_everybody_at_her_own_hour(world: World) -> None:
    easter = _easter_monday()
    tuesday = easter + timedelta(days=1)

    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.move_to(moment_at(easter, 0, UTRECHT))
        since = journey.room.room.journal_end
        await journey.move_to(moment_at(easter, 21 * 60, FREETOWN))
        assert not journey.prompts(FATMATA, since) + journey.prompts(ANNEKE, since)
        assert not [text for text in journey.counts(MARIEKE, since) if "Answered last week" in text]
        await journey.move_to(moment_at(tuesday, 9 * 60, FREETOWN) + timedelta(hours=1))
        for chat, zone in ((FATMATA, FREETOWN), (ANNEKE, UTRECHT)):
            (sent,) = journey.prompts(chat, since)
            assert _hour_of(sent, zone) == (tuesday, 9)
        assert len([text for text in journey.counts(MARIEKE, since) if "Answered last week" in text]) == 1
        # the next one comes on a Monday again
        since = journey.room.room.journal_end
        await journey.move_to(moment_at(easter + timedelta(weeks=1), 9 * 60, FREETOWN) + timedelta(seconds=HOUR))
        (sent,) = journey.prompts(FATMATA, since)
        assert _hour_of(sent, FREETOWN) == (easter + timedelta(weeks=1), 9)
        (kept,) = [one for one in await journey.check_ins(FATMATA) if one.period == f"{easter:%G-W%V}"]
        assert kept.planned_at == moment_at(tuesday, 9 * 60, FREETOWN)

    world.play(scene, PUBLIC_HOLIDAYS="move")


def _hour_of(moment: datetime, zone: str) -> tuple[date, int]:
    local = local_time(moment, zone)
    return local.date(), local.hour
