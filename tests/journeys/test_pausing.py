"""Pauses hold at once, and what a twin asks for reaches whom it may, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import schema
from tests.journeys.players import ANNEKE, CAST, DAY, FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World
from tests.journeys.test_time import SOON, planned

pytestmark = pytest.mark.journey

NO_CONTACT = (("ask_contact", "No"), ("ask_reason", "Waiting for an answer"))


def test_a_pause_withdraws_what_is_not_sent_and_nothing_is_asked_until_she_resumes(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        # her prompt is decided but can not leave: Telegram asks to wait with this chat
        await journey.move_to(planned(FATMATA) - timedelta(minutes=1))
        journey.room.faults.add("server_error", method="sendMessage", chat=FATMATA, count=None)
        await journey.move(120)
        person = await journey.person(FATMATA)

        async def decided() -> bool:
            return [row["state"] for row in await _prompts(journey, person)] == ["waiting"]

        await journey.until_it_holds(decided, "the prompt waits in the outbox")
        journey.write(FATMATA, "/pause")

        async def asked() -> bool:
            return "pause open None" in await journey.statuses(FATMATA)

        await journey.until_it_holds(asked, "the pause is open")
        journey.write(FATMATA, "4")  # until she says /resume; the question itself can not reach her either

        async def paused() -> bool:
            return (await journey.states())[FATMATA] == "paused"

        await journey.until_it_holds(paused, "she is paused")
        assert [row["state"] for row in await _prompts(journey, person)] == ["withdrawn"]
        assert not [
            t for t in await journey.rows(schema.timers) if t["person_id"] == person and t["kind"] == "check_in"
        ]
        journey.room.faults.clear()
        await journey.says(FATMATA, "I ask nothing until you type /resume.")
        await journey.move(10 * DAY)
        assert not journey.prompts(FATMATA, since)
        assert not journey.reminders(FATMATA, since)
        assert len(journey.prompts(ANNEKE, since)) == 2, "her partner is asked as before"

        await journey.says(FATMATA, "Welcome back.", journey.write(FATMATA, "/resume"))
        await journey.settled()
        # the question that had been open is asked again at once; what counts is the next week's
        since = journey.room.room.journal_end
        await journey.move(7 * DAY)
        (sent,) = journey.prompts(FATMATA, since)
        assert planned(FATMATA, 2) <= sent <= planned(FATMATA, 2) + SOON

    world.play(scene)


async def _prompts(journey: Journey, person: int) -> list[dict[str, object]]:
    rows = await journey.rows(schema.outbox)
    return [dict(row) for row in rows if row["person_id"] == person and row["prompt_session"] is not None]


def test_a_hello_reaches_the_partner_once_and_a_coordinator_only_what_was_agreed(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        before = journey.write(FATMATA, "/checkin")
        await journey.is_asked(FATMATA, "ask_contact", before)
        await journey.taps(FATMATA, *NO_CONTACT, ("ask_help", "Send a hello for me"))
        await journey.says(FATMATA, "I pass your hello on to Anneke.")
        await journey.says(ANNEKE, "Fatmata says hello.")

        before = journey.write(ANNEKE, "/checkin")
        await journey.is_asked(ANNEKE, "ask_contact", before)
        await journey.taps(
            ANNEKE, *NO_CONTACT, ("ask_help", "A word with the coordinator"), ("ask_what", "Only: please contact me")
        )
        await journey.says(MARIEKE, "Anneke would like to hear from you")
        await journey.settled()
        greeted = [text for text in journey.counts(ANNEKE, since) if "says hello" in text]
        assert [journey.counts(ANNEKE, since)[text] for text in greeted] == [1]
        (told,) = journey.calls("sendMessage", MARIEKE, since)
        assert told["text"] == "Anneke would like to hear from you as coordinator."
        bystanders = [player.chat for player in CAST if player.chat not in (FATMATA, ANNEKE, MARIEKE)]
        assert ISATU in bystanders
        assert not [chat for chat in bystanders if journey.calls("sendMessage", chat, since)]

    world.play(scene)
