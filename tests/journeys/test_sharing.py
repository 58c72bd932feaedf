"""What a twin shares reaches whom she chose, changes there when she changes it, and is taken back when she says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import reflections, schema
from tests.journeys.players import ANNEKE, FATMATA, ISATU, MARIEKE, NAME
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

WORDS, OTHERS = "we drew the chart together", "we drew two charts together"
THREE_TAPS = (("ask_kind", "Skill"), ("ask_level", "Professional"), ("ask_towards", "Anneke"))
TAKEN_BACK = "Fatmata has taken this back."


async def writes(journey: Journey, words: str) -> None:
    """/gave by three taps and a line, up to the question who may read it."""
    before = journey.write(FATMATA, "/gave")
    await journey.is_asked(FATMATA, "ask_kind", before)
    await journey.taps(FATMATA, *THREE_TAPS)
    before = (await journey.says(FATMATA, "Only you will see it.", before)).id
    journey.write(FATMATA, words)
    await journey.is_asked(FATMATA, "ask_sharing", before)


async def opens(journey: Journey, action: str) -> None:
    """Her newest entry in /reflections."""
    before = journey.write(FATMATA, "/reflections")
    await journey.is_asked(FATMATA, "ask_entry", before)
    journey.tap(FATMATA, "ask_entry", "1")
    await journey.is_asked(FATMATA, "ask_action", before)
    journey.tap(FATMATA, "ask_action", action)


async def kept(journey: Journey) -> list[tuple[str | None, str]]:
    """Words and sharing of what she recorded."""
    person = await journey.person(FATMATA)
    async with journey.database.read() as tx:
        found = await reflections.of_people(tx, journey.database.vault, [person])
    return [(one.words, one.sharing) for one in found]


def test_sharing_changing_and_withdrawing_with_crashes_in_between(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await writes(journey, WORDS)
        await journey.settled()
        assert await kept(journey) == [(WORDS, "private")]
        assert not [text for chat in (ANNEKE, ISATU, MARIEKE) for text in journey.texts(chat) if WORDS in text]

        preview = journey.asked(FATMATA, "ask_sharing")
        assert preview is not None
        since = journey.room.room.journal_end
        journey.tap(FATMATA, "ask_sharing", "Share with Anneke")
        journey.tap(FATMATA, "ask_sharing", "Share with Anneke")  # a thumb that taps twice
        shown = await journey.says(ANNEKE, WORDS)
        assert preview.text.endswith(shown.text), "she was shown beforehand exactly what is read"
        await journey.settled()
        assert [WORDS in entry["text"] for entry in journey.calls("sendMessage", ANNEKE, since)] == [True, False]

        journey.tap(ANNEKE, "ask_back", "Thank you")
        await journey.says(FATMATA, "“Thank you”")

        # changed while the bot is killed as soon as the answer is on its way
        await opens(journey, "Change the words")
        await journey.says(FATMATA, "Your twin will read this")
        journey.write(FATMATA, OTHERS)
        journey.kill()
        await journey.until(lambda: OTHERS in journey.phone(ANNEKE).messages[shown.id].text, "the words change there")
        await journey.says(FATMATA, "Changed, also in the chat where it is shared.")
        assert await kept(journey) == [(OTHERS, "twin")]

        # taken back while the bot is down
        await opens(journey, "Change who reads it")
        await journey.is_asked(FATMATA, "ask_sharing", preview.id)
        journey.kill(stay_down=True)
        await journey.is_down()
        journey.tap(FATMATA, "ask_sharing", "Keep it private")
        journey.restart()
        await journey.until(lambda: journey.phone(ANNEKE).messages[shown.id].text == TAKEN_BACK, "it is taken back")
        await journey.says(FATMATA, "can not be unread")
        await journey.settled()
        assert await kept(journey) == [(OTHERS, "private")]
        assert not [text for text in journey.texts(ANNEKE) if "chart" in text]
        assert not [text for chat in (ISATU, MARIEKE) for text in journey.texts(chat) if "chart" in text]

    world.play(scene)


def test_what_is_taken_back_before_it_arrived_never_arrives_and_what_is_deleted_is_gone(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        journey.room.block(ANNEKE)
        await journey.settled()
        await writes(journey, WORDS)
        journey.tap(FATMATA, "ask_sharing", "Share with Anneke")
        await journey.says(FATMATA, "Shared with your twin.")
        await journey.settled()
        await opens(journey, "Delete it")
        await journey.is_asked(FATMATA, "ask_delete")
        journey.tap(FATMATA, "ask_delete", "Delete it for good")
        await journey.says(FATMATA, "Deleted, and taken back")
        await journey.settled()
        assert await kept(journey) == []
        journey.room.unblock(ANNEKE)
        journey.write(ANNEKE, "/help")
        await journey.says(ANNEKE, "/reflections")
        await journey.settled()
        assert not [text for text in journey.texts(ANNEKE) if WORDS in text]
        assert not [one for one in await journey.all_answers(FATMATA) if one.flow == "reflect"]
        words = [one.words for one in await journey.all_answers(FATMATA) if one.words]
        assert words == [NAME[FATMATA]], "nothing that she wrote stands anywhere else"

    world.play(scene)


def test_a_voice_note_is_heard_by_her_coordinator_when_she_asks_for_it_and_by_nobody_else(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        before = journey.write(FATMATA, "/received")
        await journey.is_asked(FATMATA, "ask_kind", before)
        await journey.taps(FATMATA, *THREE_TAPS)
        await journey.says(FATMATA, "nobody can check a voice note", before)
        spoken = journey.room.send_voice(FATMATA)
        await journey.is_asked(FATMATA, "ask_sharing", before)
        journey.tap(FATMATA, "ask_sharing", "Share with my coordinators")
        await journey.says(ISATU, "and a voice note.")
        assert not journey.calls("sendVoice")
        await journey.is_asked(ISATU, "ask_back")
        journey.tap(ISATU, "ask_back", "Hear the voice note")
        heard = await journey.says(ISATU, "The voice note of Fatmata.")
        assert heard.file is not None
        assert spoken.file is not None
        assert heard.file["file_id"] == spoken.file["file_id"]
        await opens(journey, "Close")
        await journey.says(FATMATA, "Your voice note of")
        await journey.settled()
        assert {entry["chat"] for entry in journey.calls("sendVoice")} == {ISATU, FATMATA}
        for chat in (ANNEKE, MARIEKE):
            assert not [text for text in journey.texts(chat) if "voice note" in text]
        for row in await journey.rows(schema.reflections):
            assert row["words"] is None
            assert spoken.file["file_id"].encode() not in bytes(row["voice"])

    world.play(scene)


def test_a_voice_note_that_was_heard_goes_when_it_is_taken_back_unless_it_is_too_old_for_that(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        before = journey.write(FATMATA, "/gave")
        await journey.is_asked(FATMATA, "ask_kind", before)
        await journey.taps(FATMATA, *THREE_TAPS)
        await journey.says(FATMATA, "nobody can check a voice note", before)
        journey.room.send_voice(FATMATA)
        await journey.is_asked(FATMATA, "ask_sharing", before)
        journey.tap(FATMATA, "ask_sharing", "Share with Anneke")
        above, heard = 0, []
        for _ in range(2):
            above = (await journey.is_asked(ANNEKE, "ask_back", above)).id
            journey.tap(ANNEKE, "ask_back", "Hear the voice note")
            heard.append(await journey.says(ANNEKE, "The voice note of Fatmata.", above))
            await journey.settled()
        stands = [one.id for one in journey.received(ANNEKE) if one.file is not None]
        assert stands == [heard[1].id], "heard twice, it is there once"
        await _shares_with(journey, "Keep it private", "Taken back")
        assert not [one for one in journey.received(ANNEKE) if one.file is not None]
        await _shares_with(journey, "Share with Anneke", "Shared with your twin")
        above = (await journey.is_asked(ANNEKE, "ask_back", heard[1].id)).id
        journey.tap(ANNEKE, "ask_back", "Hear the voice note")
        await journey.says(ANNEKE, "The voice note of Fatmata.", above)
        await journey.move_to(journey.moment() + timedelta(days=3))
        await _shares_with(journey, "Keep it private", "Taken back")
        assert [one for one in journey.received(ANNEKE) if one.file is not None], "Telegram keeps it after two days"
        assert "failed" not in {row["state"] for row in await journey.rows(schema.outbox)}

    world.play(scene)


async def _shares_with(journey: Journey, reader: str, answer: str) -> None:
    """Changes who reads her newest entry."""
    before = journey.received(FATMATA)[-1].id
    await opens(journey, "Change who reads it")
    await journey.is_asked(FATMATA, "ask_sharing", before)
    journey.tap(FATMATA, "ask_sharing", reader)
    await journey.says(FATMATA, answer, before)
    await journey.settled()
