"""A coordinator ends a pair in the whole program, somebody else undoes it, and at last both are asked anew; with a kill
in the middle of each."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import schema
from tests.journeys.players import ANNEKE, FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

BOTH = (FATMATA, ANNEKE)
ENDED, AGAIN = "Your coordinators have ended the pair of you and", "The end of your pair was taken back"


async def ends(journey: Journey, chat: int) -> None:
    """`/unpair` of Fatmata and Anneke, up to the last tap, in which the bot dies."""
    before = journey.write(chat, "/unpair")
    await journey.is_asked(chat, "ask_pair", before)
    typed = journey.write(chat, "Fatmata")
    await journey.is_asked(chat, "ask_sure", typed)
    journey.tap(chat, "ask_sure", "Yes, end this pair")
    journey.kill()


async def state(journey: Journey) -> tuple[str, str | None]:
    """How the pair of Fatmata and Anneke stands."""
    person = await journey.person(FATMATA)
    row, member = schema.pairs.c, schema.pair_members.c
    async with journey.database.read() as tx:
        hers = select(member.pair_id).where(member.person_id == person)
        found = await tx.execute(select(row.state, row.ended_because).where(row.id.in_(hers)).order_by(row.id))
        first = found.all()[0]
    return first.state, first.ended_because


async def _reads(journey: Journey, chat: int, since: int, words: str) -> None:
    await journey.until(lambda: any(words in text for text in journey.counts(chat, since)), f"{chat} reads {words}")


def test_a_pair_is_ended_undone_ended_again_and_its_twins_are_asked_anew_whatever_crashes(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await ends(journey, ISATU)
        for chat in BOTH:
            await _reads(journey, chat, since, ENDED)
            await journey.is_asked(chat, "ask_reason")
        for chat, who in ((ISATU, "You have"), (MARIEKE, "Isatu has")):
            await _reads(journey, chat, since, f"{who} ended the pair of Fatmata and Anneke")
        await journey.settled()
        assert await state(journey) == ("ended", "coordinator")
        for chat in (*BOTH, ISATU, MARIEKE):
            assert max(journey.counts(chat, since).values()) <= 2, "a crash may double what was in flight, no more"

        # the other one undoes it, with a kill in the middle: the two are asked as before
        since = journey.room.room.journal_end
        journey.tap(MARIEKE, "ask_undo", "Undo")
        journey.kill()
        for chat in BOTH:
            await _reads(journey, chat, since, AGAIN)
        await _reads(journey, ISATU, since, "Marieke has undone the end")
        await journey.settled()
        assert await state(journey) == ("active", None)
        planned = [row for row in await journey.rows(schema.timers) if row["kind"] == "check_in"]
        assert {await journey.person(chat) for chat in BOTH} <= {row["person_id"] for row in planned}

        # ended again, and the other one proposes them anew
        since = journey.room.room.journal_end
        await ends(journey, MARIEKE)
        for chat in BOTH:
            await _reads(journey, chat, since, ENDED)
        await journey.settled()
        before = journey.write(ISATU, "/pair")
        await journey.is_asked(ISATU, "ask_near", before)
        journey.write(ISATU, "fatm")
        await journey.is_asked(ISATU, "ask_far", before)
        typed = journey.write(ISATU, "anne")
        await journey.is_asked(ISATU, "ask_sure", typed)
        journey.tap(ISATU, "ask_sure", "Yes, ask both")
        for chat in BOTH:
            await journey.is_asked(chat, "ask_answer")
        await journey.settled()
        assert await state(journey) == ("ended", "coordinator")
        noted = [row["what"] for row in await journey.rows(schema.audit)]
        assert [one for one in noted if one in {"pair_ended", "pair_resumed"}] == [
            "pair_ended", "pair_resumed", "pair_ended",
        ]  # fmt: skip

    world.play(scene)
