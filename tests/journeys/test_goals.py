"""A goal of two through the whole program: written on one phone, agreed to on the other, reminded of, reached.

The bot is killed while it is written, and in the middle of being sent.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import programme_settings
from storage import schema
from tests.journeys.players import ANNEKE, DAY, FATMATA, ISATU, MARIEKE, MONDAY
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

GOAL = "every birth is on paper the same day"
BENEFIT, TWINS_BENEFIT = "less searching at night", "a form that both can use"
INDICATOR = "births on the form"
DUE = MONDAY + timedelta(weeks=3)
"""A Monday, the day of check-ins; beside them something is asked on Thursdays."""


async def asks_beside(journey: Journey, programme: str) -> None:
    """What is on the agenda is asked, a goal among it."""
    await programme_settings.change(journey.database, programme, programme_settings.Change(asks=True), journey.moment())


async def _says(journey: Journey, chat: int, text: str, then: str) -> None:
    """Writes `text` and waits until the bot asks `then`."""
    await journey.says(chat, then, journey.write(chat, text))


async def writes(journey: Journey) -> None:
    """Fatmata writes the goal, and the bot is killed when half of it is there."""
    before = journey.write(FATMATA, "/goals")
    await journey.is_asked(FATMATA, "ask_first", before)
    await journey.taps(FATMATA, ("ask_first", "Write the first one"), ("ask_theme", "Quality of the work"))
    await journey.taps(FATMATA, ("ask_today", "2"), ("ask_wanted", "4"))
    await journey.says(FATMATA, "What do you two want to reach?", before)
    await _says(journey, FATMATA, GOAL, "What is the benefit for you?")
    journey.write(FATMATA, BENEFIT)
    journey.kill()
    await journey.started()
    await journey.says(FATMATA, "who can put it right?", before)
    await _says(journey, FATMATA, TWINS_BENEFIT, "By what will you two see")
    await _says(journey, FATMATA, INDICATOR, "Where does that stand now?")
    await _says(journey, FATMATA, "10", "And where shall it stand in the end?")
    await _says(journey, FATMATA, "60", "By when?")
    await _says(journey, FATMATA, f"{DUE.day}-{DUE.month}-{DUE.year}", "Who sees to it?")
    await journey.taps(FATMATA, ("ask_owner", "Both of us"), ("ask_need", "Skip"), ("ask_risk", "Skip"))
    await journey.is_asked(FATMATA, "ask_review", before)


def test_a_goal_is_written_agreed_to_reminded_of_and_reached_though_the_bot_is_killed(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await writes(journey)
        journey.tap(FATMATA, "ask_review", "Send it")
        journey.kill()
        await journey.started()
        await journey.says(ANNEKE, f"For you: {TWINS_BENEFIT}")
        await journey.is_asked(ANNEKE, "ask_agree")
        assert len(await journey.rows(schema.goals)) == 1, "sent once, however often it was killed"
        journey.tap(ANNEKE, "ask_agree", "I agree")
        for chat in (FATMATA, ANNEKE):
            await journey.says(chat, f"agree on “{GOAL}”")
        await journey.settled()
        assert {row["version"] for row in await journey.rows(schema.goals)} == {1}
        assert len(await journey.rows(schema.goals)) == 2

        [programme] = await journey.rows(schema.programmes)
        await asks_beside(journey, programme["name"])
        await journey.move(7 * DAY)
        for chat in (FATMATA, ANNEKE):
            await journey.checks_in(chat)
        await journey.move(9 * DAY)
        for chat in (FATMATA, ANNEKE):
            asked = [one for one in journey.calls("sendMessage", chat, since) if "How does it stand?" in one["text"]]
            assert len(asked) == 1, "each of its owners, once"
            at = datetime.fromtimestamp(asked[0]["at"], UTC)
            assert at.date() == MONDAY + timedelta(days=10), "on the Thursday nearest to two weeks before"
        journey.tap(FATMATA, "ask_status", "This step is done")
        await journey.says(FATMATA, f"“{INDICATOR}”: where is that now?")
        journey.write(FATMATA, "60")
        await journey.is_asked(FATMATA, "ask_reached")
        journey.tap(FATMATA, "ask_reached", "Yes, close it")
        await journey.says(ANNEKE, f"Fatmata has closed “{GOAL}”: reached")
        await journey.settled()
        assert [row["state"] for row in await journey.rows(schema.goals)] == ["reached", "reached"]
        for chat in (ISATU, MARIEKE):
            before = journey.write(chat, "/digest")
            await journey.says(chat, "Fatmata & Anneke have reached a goal", before)
            words = " ".join(journey.texts(chat))
            assert not [one for one in (GOAL, BENEFIT, TWINS_BENEFIT, INDICATOR) if one in words]

    world.play(scene)
