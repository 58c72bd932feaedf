"""Joint goals through whole batches, on both databases: written, changed at the same second, agreed to, closed."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.arrivals import Arrival
from flows.events.own import CommandGiven, Typed
from flows.events.shell import FlowStarted
from flows.goals import Goal
from storage import facts, people, schema
from storage.database import Database
from tests.databases import FreshDatabase
from tests.test_pairing import ANNEKE, FATMATA, ISATU, MARIEKE, Room, play
from tests.turns import turns_on

ROUNDS = 4
SEND, AGREE = 1, 1
ANSWERS = (
    "3",
    "2",
    "4",
    "every birth is on paper",
    "less searching",
    "a form for both",
    "births on the form",
    "10",
    "60",
)


async def paired(room: Room) -> None:
    await room.proposes()
    await room.agrees_to_pair()


async def writes(room: Room, chat: int, answers: tuple[str, ...] = ANSWERS) -> None:
    """Everything up to the review; by when, both see to it, nothing needed most, no risk."""
    await room.act(chat, FlowStarted("goal"))
    await room.act(chat, *(Typed(one, 900 + n) for n, one in enumerate((*answers, "1", "3", "0", "0"))))


async def sends(room: Room, chat: int) -> Arrival:
    return await room.tap(chat, "goal", "ask_review", SEND)


async def goals_of(room: Room, chat: int) -> tuple[Goal, ...]:
    async with room.database.write() as tx:
        [known] = await people.load_locked(tx, room.database.vault, [room.ids[chat]])
        found = await facts.load(tx, room.database.vault, [known.person], ["goals"])
    listed = found[room.ids[chat]]["goals.list"]
    assert isinstance(listed, tuple)
    return listed


def test_a_goal_from_its_first_words_to_its_end(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await paired(room)
        await writes(room, FATMATA)
        assert await goals_of(room, ANNEKE) == (), "what is not sent is its author's alone"
        await room.turns.carry_out([await sends(room, FATMATA)])
        await room.hear()
        read = await room.reads(ANNEKE)
        assert "Fatmata wrote a goal for you two" in read
        assert "For you: a form for both" in read
        assert "For Fatmata: less searching" in read
        assert [one.standing for one in await goals_of(room, FATMATA)] == ["waits"]
        await room.turns.carry_out([await room.tap(ANNEKE, "goal_offer", "ask_agree", AGREE)])
        await room.hear()
        for chat, partner in ((FATMATA, "Anneke"), (ANNEKE, "Fatmata")):
            [goal] = await goals_of(room, chat)
            assert goal.standing == "agreed"
            assert goal.mine is not None
            assert goal.mine.agreed_at is not None
            assert f"You and {partner} agree on “every birth is on paper”" in await room.reads(chat)
        await room.act(FATMATA, CommandGiven("goals"), Typed("1", 1), Typed("1", 2), Typed("2", 3), Typed("12,5", 4))
        await room.hear()
        assert "Fatmata on “every birth is on paper”: on track" in await room.reads(ANNEKE)
        await room.act(ANNEKE, CommandGiven("goals"), Typed("1", 5), Typed("3", 6), Typed("1", 7))
        await room.hear()
        assert [one.state for chat in (FATMATA, ANNEKE) for one in await goals_of(room, chat)] == ["reached"] * 2
        async with room.database.read() as tx:
            states = (await tx.execute(select(schema.goals.c.state, schema.goals.c.closed_at))).all()
        assert [state for state, closed_at in states if closed_at is not None] == ["reached", "reached"]
        await room.act(ISATU, CommandGiven("pairs"), CommandGiven("digest"))
        for chat in (ISATU, MARIEKE):
            assert "birth" not in await room.reads(chat)

    play(each_database, scene)


def test_two_who_write_at_the_same_second_have_two_goals(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await paired(room)
        for chat in (FATMATA, ANNEKE):
            await writes(room, chat)
        await room.turns.carry_out([await sends(room, chat) for chat in (FATMATA, ANNEKE)])
        await room.hear()
        assert [(one.number, one.standing) for one in await goals_of(room, FATMATA)] == [(1, "waits"), (2, "to_read")]
        assert [(one.number, one.standing) for one in await goals_of(room, ANNEKE)] == [(1, "to_read"), (2, "waits")]

    play(each_database, scene)


async def changes_date(room: Room, chat: int, date: str, change: str = "2") -> None:
    """Up to the review of a change of the first goal; `change` is the number of that button."""
    await room.act(chat, CommandGiven("goals"), Typed("1", 30), Typed(change, 31), Typed("10", 32), Typed(date, 33))


def test_two_who_change_at_the_same_second_read_each_other(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await paired(room)
        await writes(room, FATMATA)
        await room.turns.carry_out([await sends(room, FATMATA)])
        await room.hear()
        await room.turns.carry_out([await room.tap(ANNEKE, "goal_offer", "ask_agree", AGREE)])
        await room.hear()
        await changes_date(room, FATMATA, "31-12-2028")
        await changes_date(room, ANNEKE, "30-6-2028")
        await room.turns.carry_out([await sends(room, chat) for chat in (FATMATA, ANNEKE)])
        await room.hear()
        [hers], [others] = await goals_of(room, FATMATA), await goals_of(room, ANNEKE)
        assert (hers.version, hers.standing, others.standing) == (3, "to_read", "waits")
        assert hers.wording.due == "2028-06-30", "the later one is put to her"
        await room.turns.carry_out([await room.tap(FATMATA, "goal_offer", "ask_agree", AGREE)])
        await room.hear()
        assert [one.standing for chat in (FATMATA, ANNEKE) for one in await goals_of(room, chat)] == ["agreed"] * 2

    play(each_database, scene)


@pytest.mark.postgres
def test_a_yes_and_a_change_at_the_same_second_in_two_processes_leave_one_of_two_ends(
    postgres_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        there = turns_on(other)
        try:
            await paired(room)
            await writes(room, FATMATA)
            await room.turns.carry_out([await sends(room, FATMATA)])
            await room.hear()
            for round_ in range(ROUNDS):
                await changes_date(room, FATMATA, f"{round_ + 1}-6-2028", "1")
                yes = await room.tap(ANNEKE, "goal_offer", "ask_agree", AGREE)
                change = await sends(room, FATMATA)
                await asyncio.gather(room.turns.carry_out([yes]), there.carry_out([change]))
                await room.hear()
                [goal] = await goals_of(room, ANNEKE)
                assert goal.standing == "to_read", "the change came after the yes, or the yes was to something older"
                assert goal.wording.due == f"2028-06-{round_ + 1:02}"
                assert goal.version == round_ + 2
        finally:
            await other.close()

    play(postgres_database, scene)
