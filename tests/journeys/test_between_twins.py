"""Notes between twins, and what happens when one of them is quiet or can not be reached."""

from __future__ import annotations

from itertools import pairwise

import pytest
from sqlalchemy import update

from flows.people import PersonState, Role
from storage import schema
from tests.journeys.players import ANNEKE, DAY, FATMATA, ISATU, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey


async def nobody_else_is_asked(journey: Journey) -> None:
    """All other twins pause: where many of a side do not answer at once it is no quiet of one (`side_weeks`)."""
    row = schema.people.c
    others = (row.role == Role.TWIN.value, row.telegram_id.not_in((FATMATA, ANNEKE)))
    async with journey.database.write() as tx:
        await tx.execute(update(schema.people).where(*others).values(state=PersonState.PAUSED.value))


def test_a_note_is_delivered_once_though_the_bot_is_killed_on_the_way(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await journey.says(FATMATA, "will read this", journey.write(FATMATA, "/twin"))
        journey.write(FATMATA, "we have a new scale now")
        await journey.says(FATMATA, "On its way to Anneke.")
        journey.kill()
        await journey.started()
        await journey.says(FATMATA, "Anneke has your note.")
        await journey.settled()
        notes = {text: n for text, n in journey.counts(ANNEKE, since).items() if "a new scale" in text}
        assert len(notes) == 1
        assert sum(notes.values()) <= 2, "what was in flight when it was killed may come twice, nothing else"
        assert [text for text in journey.counts(FATMATA, since) if "has your note" in text]

    world.play(scene)


def test_a_note_waits_for_who_can_not_be_reached_and_coordinators_are_told(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        journey.room.block(ANNEKE)
        await journey.says(MARIEKE, "can not be reached in this chat any more")
        await journey.says(FATMATA, "will read this", journey.write(FATMATA, "/twin"))
        journey.write(FATMATA, "how are the nights")
        await journey.says(FATMATA, "Your note waits")
        await journey.settled()
        assert not journey.calls("sendMessage", ANNEKE, since), "nothing is sent into the void"
        assert not journey.calls("sendMessage", ISATU, since), "the other side's coordinator is not hers"
        journey.room.unblock(ANNEKE)
        await journey.says(ANNEKE, "how are the nights")
        await journey.says(FATMATA, "Anneke has your note.")
        await journey.says(MARIEKE, "can be reached again")
        await journey.settled()
        assert not [row for row in await journey.flags() if row[0] == await journey.person(ANNEKE)]

    world.play(scene)


def test_an_account_that_is_gone_is_tried_once_and_her_twin_and_coordinators_know(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        journey.room.deactivate(ANNEKE)
        await journey.move(21 * DAY)
        refused = [one for one in journey.room.room.refused if one["chat"] == ANNEKE]
        assert [one["method"] for one in refused] == ["sendMessage"], "tried once, and never again"
        assert [n for text, n in journey.counts(MARIEKE, since).items() if "the account is gone" in text] == [1]
        assert not [text for text in journey.counts(MARIEKE, since) if "Anneke has not answered" in text]
        assert len(journey.prompts(FATMATA, since)) == 3, "her twin is asked on"
        await journey.says(FATMATA, "will read this", journey.write(FATMATA, "/twin"))
        journey.write(FATMATA, "are you well")
        await journey.says(FATMATA, "Your note waits")
        before = journey.write(MARIEKE, "/pairs")
        await journey.says(MARIEKE, "Anneke can not be reached", before)

    world.play(scene)


def test_a_twin_who_is_quiet_is_asked_once_whether_all_is_ok_and_her_coordinator_is_told(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await nobody_else_is_asked(journey)
        since = journey.room.room.journal_end
        for _ in range(6):
            await journey.move(7 * DAY)
        sent = journey.counts(FATMATA, since)
        assert [n for text, n in sent.items() if "All ok?" in text] == [1]
        told = [text for text in journey.counts(ISATU, since) if "Fatmata has not answered since" in text]
        assert len(told) == 1, "once, however long it lasts"
        assert not [text for text in journey.counts(ANNEKE, since) if "answered" in text], "never her partner"
        prompts = journey.prompts(FATMATA, since)
        gaps = [(later - earlier).days for earlier, later in pairwise(prompts)]
        assert gaps[-1] >= 13, "from then on every other week"
        journey.kill()
        await journey.started()
        await journey.checks_in(FATMATA, (("ask_contact", "No"), ("ask_reason", "Work"), ("ask_help", "Nothing now")))
        await journey.says(ISATU, "Fatmata has answered again")
        await journey.settled()
        fatmata = await journey.person(FATMATA)
        assert not [kind for person, kind in await journey.flags() if person == fatmata and kind.startswith("quiet")]

    world.play(scene)


def test_a_pause_is_no_silence(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await nobody_else_is_asked(journey)
        since = journey.room.room.journal_end
        for _ in range(3):
            await journey.move(7 * DAY)
        assert [text for text in journey.counts(FATMATA, since) if "All ok?" in text]
        before = journey.write(FATMATA, "/pause")
        await journey.is_asked(FATMATA, "ask_length", before)
        journey.tap(FATMATA, "ask_length", "4 weeks")
        await journey.says(FATMATA, "Paused until", before)
        for _ in range(6):
            await journey.move(7 * DAY)
        told = [text for text in journey.counts(ISATU, since) if "Fatmata has not answered" in text]
        assert not told, "she said that she pauses"
        asked = [n for text, n in journey.counts(FATMATA, since).items() if "All ok?" in text]
        assert asked == [1], "and has missed one check-in since, no more"

    world.play(scene)
