"""Somebody sends a great deal at once, and the bot is killed in the middle of it."""

from __future__ import annotations

import re

import pytest

from bot.flood import AT_ONCE
from storage import inbox
from tests.journeys.players import ANNEKE, FATMATA
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

MANY = AT_ONCE + 10
MINUTE = 60.0


def test_killed_in_the_middle_of_a_flood_nothing_is_lost_and_nobody_waits_for_it(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        above = journey.phone(ANNEKE).last().id  # type: ignore[union-attr]
        for number in range(MANY):
            journey.write(FATMATA, f"/n{number}")

        async def some_wait() -> bool:
            async with journey.database.read() as tx:
                return (await inbox.count_kinds(tx))[1] > 0

        await journey.until_it_holds(some_wait, "what is too much is kept")
        journey.kill()
        await journey.started()
        journey.write(ANNEKE, "/checkin")
        await journey.is_asked(ANNEKE, "ask_contact", above)
        assert len(_answered(journey)) < AT_ONCE, "she is asked while the flood is still being answered"
        while len(set(_answered(journey))) < MANY:
            await journey.move(MINUTE)
        await journey.settled()

        assert journey.restarts == 1
        answered = _answered(journey)
        once = list(dict.fromkeys(answered))
        assert once == list(range(MANY)), "in the order in which she sent it"
        assert len(answered) <= MANY + 1, "only what was under way when the bot died may be there twice"
        assert sum("Nothing is lost" in text for text in journey.texts(FATMATA)) == 1

    world.play(scene)


def _answered(journey: Journey) -> list[int]:
    return [int(found[1]) for text in journey.texts(FATMATA) if (found := re.search(r"I do not know /n(\d+)\.", text))]
