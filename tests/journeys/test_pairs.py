"""A pair through the whole program: asked, accepted at the same second, named, agreed, and asked as agreed.

Also: the same second in two processes, and somebody who blocks the bot in the middle of naming.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from flows.events.pairs import PairProposed
from storage import inbox, pairs, schema
from tests.journeys.players import ANNEKE, DAY, FATMATA, HOUR, ISATU, MARIEKE, PAIRS, TWINS
from tests.journeys.side_by_side import both_sides_run
from tests.journeys.stage import Journey, World, gather

pytestmark = pytest.mark.journey

PROPOSED = {
    ISATU: "You propose Fatmata and Anneke as twins",
    MARIEKE: "Isatu proposes Fatmata and Anneke as twins",
}
MADE = "You have a twin"
BOTH = (FATMATA, ANNEKE)


async def part(journey: Journey) -> None:
    """Nobody has a partner, and nothing is planned."""
    async with journey.database.write() as tx:
        await tx.execute(update(schema.pairs).values(state="ended"))
        await tx.execute(delete(schema.timers).where(schema.timers.c.kind == "check_in"))


async def proposed(journey: Journey) -> None:
    """Isatu has Fatmata and Anneke asked, by typing parts of their names."""
    before = journey.write(ISATU, "/pair")
    await journey.is_asked(ISATU, "ask_near", before)
    journey.write(ISATU, "fatm")
    await journey.is_asked(ISATU, "ask_far", before)
    journey.write(ISATU, "anne")
    await journey.taps(ISATU, ("ask_sure", "Yes, ask both"))
    await journey.says(MARIEKE, PROPOSED[MARIEKE])
    await gather(_is_asked(journey, chat) for chat in BOTH)


async def _is_asked(journey: Journey, chat: int) -> None:
    await journey.is_asked(chat, "ask_answer")


def test_two_twins_accept_at_the_same_second_name_each_other_agree_and_are_asked_in_the_same_weeks(
    world: World,
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await part(journey)
        since = journey.room.room.journal_end
        await proposed(journey)
        for chat in BOTH:
            journey.tap(chat, "ask_answer", "Yes, gladly")
        journey.kill()  # in the middle of it
        await gather(_reads(journey, chat, since, MADE) for chat in BOTH)
        await journey.settled()
        for chat in BOTH:
            assert max(journey.counts(chat, since).values()) <= 2, "a crash may double what was in flight, no more"
        for chat in (ISATU, MARIEKE):
            told = [one for one in journey.received(chat) if PROPOSED[chat] in one.text]
            assert not told[-1].buttons, "what both have accepted can not be undone"
        active = [row for row in await journey.rows(schema.pairs) if row["state"] == "active"]
        assert len(active) == 1
        assert active[0]["accepted_at"] is not None
        # both name each other, and read what the other one wrote only then
        names = {FATMATA: "Fatu", ANNEKE: "Ann"}
        for chat, name in names.items():
            made = (await journey.says(chat, MADE)).id
            above = (await journey.is_asked(chat, "ask_begin", made)).id
            journey.tap(chat, "ask_begin", "Begin")
            await journey.says(chat, "call you?", above)
            journey.write(chat, name)
            await journey.taps(chat, ("ask_meaning", "Skip"), ("ask_promise", "I listen before I advise"))
            await journey.is_asked(chat, "ask_promise_words")
        assert not any("Call me" in words for chat in BOTH for words in journey.texts(chat))
        for chat in BOTH:
            journey.tap(chat, "ask_promise_words", "Skip")
        await journey.says(FATMATA, "Call me Ann.")
        await journey.says(ANNEKE, "Call me Fatu.")
        # Fatmata proposes, Anneke agrees with one tap
        await journey.is_asked(FATMATA, "ask_frequency")
        for number in ("3", "1 3", "0", "0", "1", "0", "1"):
            above = journey.write(FATMATA, number)
            await journey.says(FATMATA, "", above)
        await journey.says(FATMATA, "Passed on to Anneke")
        await journey.taps(ANNEKE, ("ask_agree", "I agree"))
        for chat in BOTH:
            await journey.says(chat, "A coordinator may step in after 60 quiet days")
        await journey.settled()
        # ten weeks later: asked as agreed, both in the same weeks, whatever their zones
        since = journey.room.room.journal_end
        await journey.move_to(journey.moment() + timedelta(weeks=10))
        weeks = {chat: [at.isocalendar()[:2] for at in journey.prompts(chat, since)] for chat in BOTH}
        assert weeks[FATMATA] == weeks[ANNEKE]
        assert 2 <= len(weeks[FATMATA]) <= 3

    world.play(scene)


async def _reads(journey: Journey, chat: int, since: int, words: str) -> None:
    await journey.until(lambda: any(words in text for text in journey.counts(chat, since)), f"{chat} reads {words}")


def test_somebody_who_blocks_in_the_middle_of_naming_goes_on_when_she_is_back(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        before = journey.write(FATMATA, "/agreement")
        above = (await journey.is_asked(FATMATA, "ask_begin", before)).id
        journey.tap(FATMATA, "ask_begin", "Begin")
        await journey.says(FATMATA, "call you?", above)
        journey.room.block(FATMATA)
        await journey.settled()
        # meanwhile Anneke answers all of it: nothing is sent into the void
        before = journey.write(ANNEKE, "/agreement")
        above = (await journey.is_asked(ANNEKE, "ask_begin", before)).id
        journey.tap(ANNEKE, "ask_begin", "Begin")
        await journey.says(ANNEKE, "call you?", above)
        journey.write(ANNEKE, "Ann")
        await journey.taps(ANNEKE, ("ask_meaning", "Skip"), ("ask_promise", "Skip"))
        await journey.is_asked(ANNEKE, "ask_frequency")
        await journey.settled()
        sent = len(journey.received(FATMATA))
        journey.room.unblock(FATMATA)
        above = journey.write(FATMATA, "Fatu")
        await journey.is_asked(FATMATA, "ask_meaning", above)
        await journey.taps(FATMATA, ("ask_meaning", "Skip"), ("ask_promise", "Skip"))
        await journey.says(FATMATA, "Call me Ann.")
        await journey.says(ANNEKE, "Call me Fatu.")
        assert len(journey.received(FATMATA)) > sent

    world.play(scene)


def test_words_that_wait_for_the_morning_wait_on_for_somebody_who_blocks_at_night(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        await _names(journey, FATMATA, "Fatu")
        await journey.move(10 * HOUR)  # ten at night in Freetown
        await _names(journey, ANNEKE, "Ann")
        await journey.says(ANNEKE, "Call me Fatu.")
        await journey.settled()
        since = journey.room.room.journal_end
        journey.room.block(FATMATA)
        await journey.says(ISATU, "can not be reached")
        await journey.move(3 * DAY)
        assert not [one for one in journey.room.room.refused if one["chat"] == FATMATA], "nothing was even tried"
        journey.room.unblock(FATMATA)
        await journey.says(ISATU, "can be reached again")
        await journey.move(12 * HOUR)
        await journey.says(FATMATA, "Call me Ann.")
        assert [n for text, n in journey.counts(FATMATA, since).items() if "Call me Ann." in text] == [1]

    world.play(scene)


async def _names(journey: Journey, chat: int, name: str) -> None:
    """All of naming, by `/agreement`; what comes after it is left."""
    before = journey.write(chat, "/agreement")
    above = (await journey.is_asked(chat, "ask_begin", before)).id
    journey.tap(chat, "ask_begin", "Begin")
    await journey.says(chat, "call you?", above)
    journey.write(chat, name)
    await journey.taps(chat, ("ask_meaning", "Skip"), ("ask_promise", "Skip"))
    await journey.is_asked(chat, "ask_frequency", above)
    above = journey.write(chat, "/leave")
    await journey.says(chat, "we stop here", above)


@pytest.mark.postgres
def test_all_say_yes_at_once_through_two_processes_and_each_pair_is_made_once(postgres_world: World) -> None:
    async def scene(journey: Journey) -> None:
        ids = {chat: await journey.person(chat) for chat in TWINS}
        await part(journey)
        now = datetime.now(UTC)
        async with journey.database.write() as tx:
            programme = (await tx.execute(select(schema.programmes.c.id))).scalar_one()
            for one, other in PAIRS:
                await pairs.propose(tx, programme, ids[one], ids[other], ids[FATMATA], now)
                told = [inbox.Told(ids[one], PairProposed(ids[other])), inbox.Told(ids[other], PairProposed(ids[one]))]
                await inbox.tell(tx, journey.database.vault, told, now)
        await both_sides_run(postgres_world, "accepting")
        assert not await journey.rows(schema.inbox_failed)
        states = [row["state"] for row in await journey.rows(schema.pairs)]
        assert states.count("active") == len(PAIRS)
        assert set(states) == {"ended", "active"}
        accepted = [row["choice"] for row in await journey.rows(schema.pair_answers) if row["subject"] == "proposal"]
        assert accepted == ["accept"] * len(TWINS)
        # exactly one event a twin says that the pair is made, heard already or still waiting
        made = dict.fromkeys(ids.values(), 0)
        async with journey.database.read() as tx:
            for pending in await inbox.pending(tx, journey.database.vault, limit=1000):
                made[pending.person] = made.get(pending.person, 0) + (type(pending.event).__name__ == "PairMade")
        for row in await journey.rows(schema.outbox):
            if row["body"] is not None and row["state"] == "waiting":
                words = journey.database.vault.open_text(
                    "outbox.body", f"{row['chat_id']}/{row['key'] or ''}", row["body"]
                )
                made[row["person_id"]] = made.get(row["person_id"], 0) + (MADE in words)
        assert {made[ids[chat]] for chat in TWINS} == {1}

    postgres_world.play(scene, argv=None)
