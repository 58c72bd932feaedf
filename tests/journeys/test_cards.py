"""A card is begun by hand, read by the twin at once and once only, and reads differently there when it is mended."""

from __future__ import annotations

import pytest

from tests.journeys.players import ANNEKE, FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

WORDS, MENDED = "we open at eight", "we open at seven"


def test_a_card_reaches_the_twin_through_a_crash_and_is_rewritten_when_its_message_is_edited(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        before = journey.write(FATMATA, "/agenda")
        await journey.is_asked(FATMATA, "ask_what", before)
        journey.tap(FATMATA, "ask_what", "My working day")
        await journey.says(FATMATA, "Anneke will read them")
        written = journey.write(FATMATA, WORDS)
        journey.kill()
        await journey.started()
        await journey.says(FATMATA, "Passed on to Anneke.")
        page = await journey.says(ANNEKE, WORDS)
        assert page.text == f"Fatmata · My working day\n{WORDS}"
        await journey.settled()
        assert sum(WORDS in text for text in journey.texts(ANNEKE)) == 1

        journey.room.edit(FATMATA, written, MENDED)
        await journey.until(
            lambda: MENDED in journey.phone(ANNEKE).messages[page.id].text, "the card reads differently"
        )
        await journey.settled()
        assert not [text for text in journey.texts(ANNEKE) if WORDS in text]
        assert not [text for chat in (ISATU, MARIEKE) for text in journey.counts(chat, since) if "open at" in text]
        said = [one.words for one in await journey.all_answers(FATMATA) if one.flow == "card_day"]
        assert said == [MENDED]

    world.play(scene)
