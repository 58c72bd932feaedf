"""The checklist through whole batches, on both databases: answered, counted by side, led to one agreed change."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from flows.checklist import Change, Counted
from flows.events.own import CommandGiven, Typed
from flows.events.shell import FlowStarted
from flows.people import PersonState
from storage import checklist, facts, people, schema
from storage import programmes as stored_programmes
from storage.database import Database
from tests.databases import FreshDatabase
from tests.test_pairing import ANNEKE, FAR_COORDINATOR, FAR_OTHER, FATMATA, ISATU, JOKE, KHADIJA, MARIEKE, Room, play
from tests.turns import NOW, turns_on

AGREE, REWORD = 1, 2
WORDS = "one call a month that has no task"
TIME = "checklist_together.ask_time"
ROUNDS = 4


async def answers(room: Room, chat: int, *digits: str, flow: str = "checklist_together") -> None:
    await room.act(chat, FlowStarted(flow), *(Typed(one, 700 + n) for n, one in enumerate(digits)))


async def known(room: Room, chat: int) -> tuple[tuple[Counted, ...], tuple[Change, ...]]:
    """What she may know of the checklist of her programme."""
    async with room.database.write() as tx:
        [found] = await people.load_locked(tx, room.database.vault, [room.ids[chat]])
        loaded = await facts.load(tx, room.database.vault, [found.person], ["checklist", "changes"])
    mine = loaded[room.ids[chat]]
    assert mine["changes.list"] == mine["checklist.changes"]
    counted, changes = mine["checklist.answers"], mine["checklist.changes"]
    assert isinstance(counted, tuple)
    assert isinstance(changes, tuple)
    return counted, changes


async def proposes(room: Room, chat: int, words: str = WORDS) -> None:
    await room.act(chat, FlowStarted("change", {"statement": TIME}), Typed(words, 800))
    await room.hear()


def test_the_latest_answer_of_whoever_takes_part_is_counted_by_side(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await answers(room, FATMATA, "1", "1", "1", "1", "1")
        await answers(room, FATMATA, "2", "3")
        await answers(room, KHADIJA, "2")
        await answers(room, ANNEKE, "5")
        await answers(room, ISATU, "4")
        counted, _ = await known(room, ISATU)
        goals = {(one.side, one.role, one.choice): one.people for one in counted if one.save == "goals"}
        [freetown, utrecht] = sorted({one.side for one in counted})
        assert goals == {
            (freetown, "twin", "rather_not"): 2,
            (freetown, "coordinator", "rather"): 1,
            (utrecht, "twin", "fully"): 1,
        }
        assert {one.choice for one in counted if one.save == "equity"} == {"partly"}
        assert {one.choice for one in counted if one.save == "time"} == {"not_at_all"}, "not answered again"
        await _rests(room, FATMATA, PersonState.STOPPED)
        await _rests(room, KHADIJA, PersonState.PAUSED)
        counted, _ = await known(room, MARIEKE)
        assert {one.people for one in counted if one.save == "goals"} == {1}, "who has stopped is not counted"

    play(each_database, scene)


async def _rests(room: Room, chat: int, state: PersonState) -> None:
    async with room.database.write() as tx:
        [found] = await people.load_locked(tx, room.database.vault, [room.ids[chat]])
        await people.update_changed(tx, room.database.vault, [people.Changed(replace(found.person, state=state))], NOW)


def test_both_sides_read_the_same_and_nobody_reads_who_answered_what(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        for chat in (FATMATA, KHADIJA):
            await answers(room, chat, "1", "1", "1", "1", "1")
        pages = []
        for chat in (ISATU, MARIEKE):
            await room.act(chat, CommandGiven("checklist"))
            page = (await room.messages(chat))[-1]
            pages.append(page.replace(f"p{room.ids[chat]}/", ""))
        assert pages[0] == pages[1]
        assert pages[0].count("too few") == 1
        assert "holds" not in pages[0]
        assert ": low" not in pages[0], "two twins of a side are too few"
        for name in ("Fatmata", "Khadija", "Not at all"):
            assert name not in pages[0]

    play(each_database, scene)


@pytest.mark.parametrize("chat", [FATMATA, FAR_COORDINATOR, FAR_OTHER])
def test_a_twin_and_a_coordinator_of_another_programme_learn_nothing(each_database: FreshDatabase, chat: int) -> None:
    async def scene(room: Room) -> None:
        for twin in (FATMATA, KHADIJA, ANNEKE, JOKE):
            await answers(room, twin, "1", "1", "1", "1", "1")
        await proposes(room, ISATU)
        assert await known(room, chat) == ((), ())
        await room.act(chat, CommandGiven("checklist"))
        assert WORDS not in await room.reads(chat)
        if chat == FATMATA:
            assert "Both sides have not agreed on a change yet" in await room.reads(chat)

    play(each_database, scene)


def test_a_change_is_proposed_worded_anew_agreed_on_and_asked_after(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await proposes(room, ISATU)
        assert WORDS in await room.reads(MARIEKE)
        for chat in (FATMATA, ANNEKE, FAR_COORDINATOR):
            assert WORDS not in await room.reads(chat)
        await room.turns.carry_out([await room.tap(MARIEKE, "change_offer", "ask_agree", REWORD)])
        await room.act(MARIEKE, Typed("one call and one letter", 801))
        await room.hear()
        [change] = (await known(room, ISATU))[1]
        assert (change.version, change.words, change.agreed_at) == (2, "one call and one letter", None)
        await room.turns.carry_out([await room.tap(ISATU, "change_offer", "ask_agree", AGREE)])
        await room.hear()
        for chat in (ISATU, MARIEKE):
            assert (await room.reads(chat)).count("Agreed, Freetown too.") == 1
        for chat in (FATMATA, ANNEKE, FAR_COORDINATOR):
            await room.act(chat, CommandGiven("checklist"))
            assert ("one call and one letter" in await room.reads(chat)) == (chat != FAR_COORDINATOR)
        async with room.database.read() as tx:
            rows = (await tx.execute(select(schema.checklist_changes))).mappings().all()
        assert [(row["version"], row["wrote"], row["agreed_at"] is None) for row in rows] == [
            (2, False, False),
            (2, True, False),
        ], "both have it in a row of their own"
        assert all(WORDS.encode() not in row["words"] for row in rows), "sealed"
        # 4 is the statement of time, 1 says whether it came, 2 is in part
        await room.act(MARIEKE, CommandGiven("checklist"), *(Typed(one, 810 + n) for n, one in enumerate("412")))
        await room.act(ISATU, CommandGiven("checklist"))
        assert "Did it come? Utrecht: in part" in (await room.messages(ISATU))[-1]
        async with room.database.read() as tx:
            kept = (await tx.execute(select(schema.answers.c.words).where(schema.answers.c.key == "words"))).all()
        assert kept == [], "the words are in the change, not among her answers too"

    play(each_database, scene)


def test_nobody_agrees_for_the_other_side(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await _becomes_coordinator(room, KHADIJA)
        await proposes(room, ISATU)
        assert "has put a change to the other side" in await room.reads(KHADIJA)
        given = {"statement": TIME, "number": "1", "shown": "1"}
        for chat in (ISATU, KHADIJA):
            await room.act(chat, FlowStarted("change_offer", given))
            await room.turns.carry_out([await room.tap(chat, "change_offer", "ask_agree", AGREE)])
        await room.hear()
        [change] = (await known(room, MARIEKE))[1]
        assert change.agreed_at is None
        await room.turns.carry_out([await room.tap(MARIEKE, "change_offer", "ask_agree", AGREE)])
        [change] = (await known(room, MARIEKE))[1]
        assert change.agreed_at == NOW

    play(each_database, scene)


async def _becomes_coordinator(room: Room, chat: int) -> None:
    async with room.database.write() as tx:
        await tx.execute(schema.people.update().where(schema.people.c.id == room.ids[chat]).values(role="coordinator"))


def test_what_was_agreed_on_stays_when_the_one_who_wrote_it_is_forgotten(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await proposes(room, ISATU)
        await room.turns.carry_out([await room.tap(MARIEKE, "change_offer", "ask_agree", AGREE)])
        await room.hear()
        async with room.database.write() as tx:
            await people.erase(tx, [room.ids[ISATU]])
            found = await checklist.changes(
                tx, room.database.vault, [one.id for one in await stored_programmes.list_all(tx)]
            )
        [[change]] = found.values()
        assert (change.words, change.agreed_at, len(change.said)) == (WORDS, NOW, 1)

    play(each_database, scene)


@pytest.mark.postgres
def test_a_yes_and_another_wording_at_the_same_second_in_two_processes_leave_one_of_two_ends(
    postgres_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        there = turns_on(other)
        try:
            for round_ in range(ROUNDS):
                await proposes(room, ISATU, f"wording {round_}")
                yes = await room.tap(MARIEKE, "change_offer", "ask_agree", AGREE)
                await room.act(ISATU, FlowStarted("change", {"statement": TIME}))
                anew = room.arrival(ISATU, Typed(f"anew {round_}", 820 + round_))
                await asyncio.gather(room.turns.carry_out([yes]), there.carry_out([anew]))
                await room.hear()
                change = (await known(room, MARIEKE))[1][-1]
                agreed = change.agreed_at is not None
                assert change.words == (f"wording {round_}" if agreed else f"anew {round_}")
                if not agreed:
                    await room.turns.carry_out([await room.tap(MARIEKE, "change_offer", "ask_agree", AGREE)])
                    await room.hear()
                assert (await known(room, MARIEKE))[1][-1].agreed_at is not None
                await room.act(ISATU, CommandGiven("checklist"), *(Typed(one, 830) for one in "411"))
                await room.hear()
            assert len((await known(room, ISATU))[1]) == ROUNDS
        finally:
            await other.close()

    play(postgres_database, scene)
