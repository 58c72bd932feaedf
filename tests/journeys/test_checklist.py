"""The checklist through the whole program: answered on both sides, one change proposed here and agreed to there.

The bot is killed between the two, and again in the middle of being told.
"""

from __future__ import annotations

import pytest

from storage import schema
from tests.journeys.players import FATMATA, ISATU, KHADIJA, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

WORDS = "one call a month that has no task"
TIME = "There is time for getting to know each other, beside the tasks."


async def _answers(journey: Journey, chat: int) -> None:
    """A coordinator answers the five sentences about what is done together, from the list."""
    before = journey.write(chat, "/checklist")
    await journey.is_asked(chat, "ask_what", before)
    journey.tap(chat, "ask_what", "Answer: What carries us: together")
    for step in ("ask_vision", "ask_equity", "ask_reciprocity", "ask_time", "ask_contact"):
        await journey.is_asked(chat, step, before)
        journey.tap(chat, step, "2 Rather not")
    await journey.says(chat, "What is low leads to one change", before)


def test_both_sides_agree_on_one_change_though_the_bot_is_killed_between_the_two(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await _answers(journey, ISATU)
        before = journey.write(ISATU, "/checklist")
        page = await journey.is_asked(ISATU, "ask_what", before)
        assert "holds" not in page.text
        assert ": low" not in page.text, "one coordinator is too few"
        journey.tap(ISATU, "ask_what", "4")
        await journey.is_asked(ISATU, "ask_action", before)
        journey.tap(ISATU, "ask_action", "Propose a change")
        await journey.says(ISATU, "Which one change would help?", before)
        journey.write(ISATU, WORDS)
        journey.kill()
        await journey.started()
        await journey.says(MARIEKE, WORDS)
        await journey.is_asked(MARIEKE, "ask_agree")
        assert len(await journey.rows(schema.checklist_changes)) == 1, "proposed once, however often it was killed"
        journey.tap(MARIEKE, "ask_agree", "We agree")
        journey.kill()
        await journey.started()
        for chat in (ISATU, MARIEKE):
            await journey.says(chat, "Agreed, Utrecht too.")
        await journey.settled()
        rows = await journey.rows(schema.checklist_changes)
        assert [row["agreed_at"] is not None for row in rows] == [True, True], "both have it in a row of their own"
        for chat in (ISATU, MARIEKE):
            before = journey.write(chat, "/checklist")
            page = await journey.is_asked(chat, "ask_what", before)
            assert f"{TIME}\nAgreed on " in page.text
            assert WORDS in page.text
        for chat in (FATMATA, KHADIJA):
            assert not [one for one in journey.calls("sendMessage", chat, since) if WORDS in one["text"]]

    world.play(scene)
