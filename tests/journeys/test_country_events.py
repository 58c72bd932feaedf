"""Much of a side does not answer: coordinators of both sides read it once, though the bot is killed over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.rehearsal.faults import Kind
from flows.effects import RecordCheckIn
from flows.people import PersonState, Role
from storage import check_ins, people, schema
from storage.pairs import Place
from tests.journeys.players import FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

SAID = "have not answered. So many at once"


async def a_side_falls_silent(journey: Journey) -> None:
    """Six twins more beside Fatmata, who had no network a week ago."""
    asked = journey.moment() - timedelta(days=7)
    vault = journey.database.vault
    async with journey.database.write() as tx:
        (fatmata,) = await people.load_locked(tx, vault, [], [FATMATA])
        her = fatmata.person
        for _ in range(6):
            twin = await people.insert(
                tx, programme=her.programme, side=her.side, role=Role.TWIN, telegram_id=None, language="en", now=asked
            )
            (joining,) = await people.load_locked(tx, vault, [twin])
            joined = replace(joining.person, name="Somebody", zone=her.zone, state=PersonState.ACTIVE)
            await people.update_changed(tx, vault, [people.Changed(joined)], asked)
            missed = RecordCheckIn(f"{asked:%G-W%V}", 1, "missed", asked, asked, None, None, False, {})
            await check_ins.record(tx, [(Place(twin, her.programme, None, her.zone), missed)])


def told(journey: Journey, chat: int) -> int:
    return sum(SAID in text for text in journey.texts(chat))


@pytest.mark.parametrize("kind", [Kind.KILL_BEFORE, Kind.KILL_AFTER])
def test_it_is_told_once_to_both_sides_though_the_bot_dies_over_the_first_word(world: World, kind: Kind) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.settled()
        await a_side_falls_silent(journey)
        journey.room.faults.add(kind, method="sendMessage", chat=ISATU)
        await journey.move(3600)
        await journey.says(ISATU, SAID)
        await journey.says(MARIEKE, SAID)
        await journey.until(lambda: journey.restarts >= 1, "the bot has died")
        for _ in range(2):
            await journey.settled()
            journey.kill()
            await journey.move(2 * 3600)
        await journey.settled()
        for coordinator in (ISATU, MARIEKE):
            asked = [one for one in await journey.statuses(coordinator) if one.startswith("side_missed")]
            assert asked == ["side_missed open None"]
            assert 1 <= told(journey, coordinator) <= 2, "what was under way as it died may double"
        (week,) = await journey.rows(schema.side_weeks)
        assert (week["due"], week["missed"], week["state"]) == (6, 6, "event")
        assert not await journey.flags(), "nothing is up about anybody"

    world.play(scene)
