"""A facilitator sends a flow into the chat: told what is wrong by its line, mended, tried, published.
The bot dies in the middle of it, over real HTTP, and nothing of it is done twice or lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import programme_settings
from storage import schema
from tests.bot.test_publishing import AGENDA, STORY
from tests.journeys.players import FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey


def _labels(journey: Journey, chat: int) -> set[str]:
    return {button.text for message in journey.received(chat) for row in message.buttons for button in row}


async def _drafts(journey: Journey) -> int:
    async with journey.database.read() as tx:
        return len((await tx.execute(select(schema.drafts.c.message))).all())


def test_a_flow_goes_from_a_file_in_the_chat_to_the_twins_whatever_crashes(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        isatu = await journey.person(ISATU)
        room = journey.room
        wanted = programme_settings.Change(facilitators=(isatu,))
        await programme_settings.change(journey.database, "Midwives", wanted, journey.moment())

        # who has not the right, and a twin, are told kindly
        room.send_document(MARIEKE, "our_story.toml", STORY.encode())
        await journey.says(MARIEKE, "from those who have that right: Isatu")
        room.send_document(FATMATA, "our_story.toml", STORY.encode())
        await journey.says(FATMATA, "I can read text and taps only")

        # a file that is none, and one with a problem
        room.send_document(ISATU, "virus.exe", b"MZ\x00\x01")
        await journey.says(ISATU, "ends in .toml")
        broken = STORY.replace('say = "Thank you."', 'say = "Thank you, {nobody}."')
        sent = room.send_document(ISATU, "our_story.toml", broken.encode()).id
        await journey.says(ISATU, "our_story.toml line 18: nothing fills {nobody}", sent)

        # mended, and the bot dies while it is judged
        sent = room.send_document(ISATU, "our_story.toml", STORY.encode()).id
        journey.kill()
        await journey.started()
        await journey.is_asked(ISATU, "ask_what", sent)
        sent = room.send_document(ISATU, "agenda.toml", AGENDA.encode()).id
        await journey.is_asked(ISATU, "ask_what", sent)

        # tried in Arabic: nothing of it is kept, and days pass by a tap
        above = journey.phone(ISATU).last().id  # type: ignore[union-attr]
        journey.tap(ISATU, "ask_what", "Try it")
        await journey.is_asked(ISATU, "ask_language", above)
        journey.tap(ISATU, "ask_language", "English")
        await journey.says(ISATU, "What was the best with Anneke lately?", above)
        await journey.is_asked(ISATU, "ask_kind", above)
        journey.tap(ISATU, "ask_kind", "+1 day")
        await journey.says(ISATU, "1 day later: nothing happens by itself.", above)
        await journey.is_asked(ISATU, "ask_kind", above)
        journey.tap(ISATU, "ask_kind", "Something at work")
        await journey.says(ISATU, "The trial is over.", above)
        assert await journey.answers(ISATU, "our_story") == {}

        # published, and the bot dies with it: both coordinators hear it
        journey.tap(ISATU, "ask_what", "Publish")
        await journey.until_it_holds(lambda: _is_published(journey), "it is published")
        journey.kill()
        await journey.started()
        await journey.says(ISATU, "Published: agenda.toml, our_story.toml.")
        await journey.says(MARIEKE, "Isatu has published conversations of your programme's own")
        assert await _drafts(journey) == 0
        heard = [text for text in journey.texts(MARIEKE) if "has published" in text]
        assert 1 <= len(heard) <= 2, "a crash may double what was in flight, no more"

        # and a twin meets it
        journey.write(FATMATA, "/agenda")
        await journey.until(lambda: "Our story" in _labels(journey, FATMATA), "a twin can begin it")

    async def _is_published(journey: Journey) -> bool:
        return len(await journey.rows(schema.overlays)) > 0

    world.play(scene)
