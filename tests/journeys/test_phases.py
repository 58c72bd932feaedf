"""A pair through its phases in the whole program: on by both, into two at once and back by a coordinator, with a kill
in the middle of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import schema
from tests.journeys.players import ANNEKE, FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World, gather

pytestmark = pytest.mark.journey

BOTH = (FATMATA, ANNEKE)


async def looks(journey: Journey, chat: int) -> None:
    """`/phase`, up to the buttons; a coordinator chooses the pair by a name."""
    before = journey.write(chat, "/phase")
    if chat in BOTH:
        await journey.is_asked(chat, "ask_move", before)
        return
    await journey.is_asked(chat, "ask_pair", before)
    typed = journey.write(chat, "Fatmata")
    await journey.is_asked(chat, "ask_move", typed)


async def stands(journey: Journey) -> list[str]:
    """The phases of Fatmata's pair, by name."""
    person = await journey.person(FATMATA)
    row, member = schema.pair_phases.c, schema.pair_members.c
    async with journey.database.read() as tx:
        hers = select(member.pair_id).where(member.person_id == person)
        found = await tx.execute(select(row.phase).where(row.until.is_(None), row.pair_id.in_(hers)))
        return sorted(found.scalars())


async def _reads(journey: Journey, chat: int, since: int, words: str) -> None:
    await journey.until(lambda: any(words in text for text in journey.counts(chat, since)), f"{chat} reads {words}")


def test_a_pair_goes_on_into_two_phases_and_back_whatever_crashes(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        # Fatmata proposes, Anneke agrees, and the bot dies with it
        since = journey.room.room.journal_end
        await looks(journey, FATMATA)
        await journey.taps(FATMATA, ("ask_move", "On to planning"))
        await journey.is_asked(ANNEKE, "ask_agree")
        assert await stands(journey) == ["naming"]
        journey.tap(ANNEKE, "ask_agree", "I agree")
        journey.kill()
        for chat in BOTH:
            await _reads(journey, chat, since, "From now on: planning")
        for chat in (ISATU, MARIEKE):
            await _reads(journey, chat, since, "have agreed to move. Before: naming. Now: planning.")
        await journey.settled()
        assert await stands(journey) == ["planning"]
        for chat in (*BOTH, ISATU, MARIEKE):
            assert max(journey.counts(chat, since).values()) <= 2, "a crash may double what was in flight, no more"

        # Isatu adds a second phase, and Marieke ends it; a kill in the middle of that too
        since = journey.room.room.journal_end
        await looks(journey, ISATU)
        journey.tap(ISATU, "ask_move", "At once: planning and exchange")
        journey.kill()
        for chat in BOTH:
            await _reads(journey, chat, since, "has moved you and")
        await _reads(journey, MARIEKE, since, "Isatu has moved Fatmata and Anneke")
        await journey.settled()
        assert await stands(journey) == ["exchange", "planning"]
        await looks(journey, MARIEKE)
        await journey.taps(MARIEKE, ("ask_move", "Only planning"))
        await _reads(journey, ISATU, since, "Marieke has moved Fatmata and Anneke")
        await journey.settled()
        assert await stands(journey) == ["planning"]

        # both wish to go back at the same second
        since = journey.room.room.journal_end
        await gather(looks(journey, chat) for chat in BOTH)
        for chat in BOTH:
            journey.tap(chat, "ask_move", "Back to naming")
        for chat in BOTH:
            await _reads(journey, chat, since, "From now on: naming")
        await journey.settled()
        assert await stands(journey) == ["naming"]
        above = journey.write(FATMATA, "/phase")
        page = await journey.is_asked(FATMATA, "ask_move", above)
        assert page.text.count("before: ") == 3, "planning, exchange, and naming at first"
        moved = [row for row in await journey.rows(schema.audit) if row["what"] == "pair_moved"]
        assert len(moved) == 2, "what coordinators moved, each once"

    world.play(scene)
