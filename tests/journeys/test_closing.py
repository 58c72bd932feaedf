"""The ending of a twinning in the whole program."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest

from storage import schema
from tests.journeys.players import FATMATA, MARIEKE
from tests.journeys.stage import Journey, World
from tests.journeys.test_phases import looks

pytestmark = pytest.mark.journey


async def comes_to_its_end(journey: Journey) -> None:
    """A coordinator moves the pair of the cast to closing."""
    await looks(journey, MARIEKE)
    await journey.taps(MARIEKE, ("ask_move", "Another phase …"))
    await journey.is_asked(MARIEKE, "ask_other")
    await journey.taps(MARIEKE, ("ask_other", "closing"))
    await journey.says(FATMATA, "From now on: closing.")


def certificates(journey: Journey) -> list[bytes]:
    """Those on Fatmata's phone, oldest first."""
    found = [one.file for one in journey.received(FATMATA) if one.file and one.file["mime_type"] == "application/pdf"]
    return [journey.room.room.files[one["file_id"]].content for one in found]


def test_a_certificate_comes_with_the_name_that_she_wrote_whatever_crashes(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await journey.says(FATMATA, "comes with the ending", journey.write(FATMATA, "/certificate"))
        await comes_to_its_end(journey)
        before = journey.write(FATMATA, "/certificate")
        await journey.is_asked(FATMATA, "ask_name", before)
        journey.write(FATMATA, "Fatmata Binta Kamara")
        journey.kill()
        await journey.says(FATMATA, "Your certificate of participation, to print", before)
        await journey.settled()
        assert 1 <= len(certificates(journey)) <= 2, "a crash may double what was in flight, no more"
        with pdfium.PdfDocument(certificates(journey)[-1]) as document:
            words = document[0].get_textpage().get_text_bounded()
        assert "Fatmata Binta Kamara" in words
        sent = [row for row in await journey.rows(schema.outbox) if row["method"] == "document"]
        assert [row["body"] for row in sent] == [None], "no copy of it is kept"

    world.play(scene)
