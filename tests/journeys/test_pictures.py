"""The picture of the balance: sent to whoever asks for it, and to nobody else."""

from __future__ import annotations

import pytest

from tests.journeys.players import ANNEKE, FATMATA, REAL_EXCHANGE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

AS_A_PICTURE = "As a picture (about 25 kB)"


def test_the_balance_is_sent_as_a_picture_when_she_taps_for_it_also_when_the_bot_is_killed_on_the_way(
    world: World,
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        before = journey.write(FATMATA, "/checkin")
        await journey.is_asked(FATMATA, "ask_contact", before)
        await journey.checks_in(FATMATA, REAL_EXCHANGE)
        before = journey.write(FATMATA, "/balance")
        await journey.is_asked(FATMATA, "show", before)
        assert not journey.calls("sendPhoto"), "nothing is sent that nobody asked for"
        journey.tap(FATMATA, "show", AS_A_PICTURE)
        journey.kill()
        await journey.started()
        shown = await journey.says(FATMATA, "What flowed between you and Anneke", before)
        await journey.settled()
        assert "gave back once" in shown.text
        assert shown.file is not None
        assert shown.file["kind"] == "photo"
        assert shown.file["file_size"] < 25_000
        photos = journey.calls("sendPhoto")
        assert {entry["chat"] for entry in photos} == {FATMATA}
        assert len(photos) <= 2, "what was in flight when it was killed may come twice"
        assert not [text for text in journey.texts(ANNEKE) if "gave back" in text]

    world.play(scene)
