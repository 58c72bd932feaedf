"""Flows are published while a twin is in the middle of one, and the bot dies: she finishes what she began, and the next
conversation begins in the new words."""

from __future__ import annotations

import pytest

from bot.publishing import publish, take_back
from bot.tailoring.own_files import Brought
from storage import programmes
from tests.journeys.players import ANNEKE, DONE, FATMATA, JOKE, REAL_EXCHANGE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

WORDS = """
[weekly_checkin.ask_contact]
en = "Any news of {twin}, {person}?"
[weekly_checkin.thanks]
en = "That was it. One line more? Just type it (no patient details)."
"""


def test_who_is_inside_finishes_the_old_flow_and_the_next_begins_the_new_one_whatever_crashes(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        async with journey.database.read() as tx:
            programme = (await programmes.list_all(tx))[0]
        above = journey.write(FATMATA, "/checkin")
        await journey.is_asked(FATMATA, "ask_contact", above)
        journey.tap(FATMATA, *REAL_EXCHANGE[0])
        await journey.is_asked(FATMATA, "ask_direction", above)

        judged = await publish(journey.database, programme, Brought({"texts.toml": WORDS}), journey.moment())
        assert (judged.problems, judged.inside) == ((), 1)
        journey.kill()
        await journey.started()

        asked = journey.write(ANNEKE, "/checkin")
        await journey.says(ANNEKE, "Any news of", asked)
        for step, label in REAL_EXCHANGE[1:]:
            await journey.is_asked(FATMATA, step)
            journey.tap(FATMATA, step, label)
        await journey.says(FATMATA, DONE, above)
        said = [one for one in journey.texts(FATMATA) if "changed this conversation" in one]
        assert len(said) == 1
        for step, label in REAL_EXCHANGE:
            await journey.is_asked(ANNEKE, step, asked)
            journey.tap(ANNEKE, step, label)
        await journey.says(ANNEKE, "That was it.", asked)

        await take_back(journey.database, programme, (), journey.moment())
        begun = journey.write(JOKE, "/checkin")
        await journey.says(JOKE, "since last time?", begun)

    world.play(scene)
