"""Pairs that coordinators end through whole batches, on both databases: ended, told of, undone, made anew.

Where two processes would act there are two `Turns` on one PostgreSQL, each with connections of its own.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.invariants import find_stuck
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import FlowStarted
from storage import answers, pair_phases, pairs, people, schema
from storage.database import Database
from tests.databases import FreshDatabase
from tests.test_pairing import (
    ANNEKE,
    FAR_COORDINATOR,
    FATMATA,
    ISATU,
    JOKE,
    KHADIJA,
    MARIEKE,
    STRANGER,
    Room,
    count,
    play,
)
from tests.test_phases import later, pair
from tests.turns import NOW, library, turns_on

SURE, UNDO, UNSAFE = 1, 1, 6
BOTH_TWINS = (FATMATA, ANNEKE)
ENDED, TWINS_AGAIN = "Your coordinators have ended the pair of you and", "you and {} are twins as before"
WHY = "what is the main reason?"


async def ends(room: Room, coordinator: int = ISATU) -> None:
    await room.act(coordinator, CommandGiven("unpair"), Typed("fatm", 31), Typed(str(SURE), 32))


async def timers_of(room: Room, chat: int) -> set[str]:
    async with room.database.read() as tx:
        row = schema.timers.c
        return set((await tx.execute(select(row.kind).where(row.person_id == room.ids[chat]))).scalars())


async def audited(room: Room) -> list[tuple[int | None, str]]:
    async with room.database.read() as tx:
        row = schema.audit.c
        found = await tx.execute(
            select(row.actor_id, row.what).where(row.what.in_(["pair_ended", "pair_resumed"])).order_by(row.id)
        )
        return [(one.actor_id, one.what) for one in found]


async def nobody_is_stuck(room: Room) -> bool:
    async with room.database.read() as tx:
        return await find_stuck(tx, library()[0]) == []


def test_a_coordinator_ends_a_pair_and_everybody_is_told_once_without_a_reason(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FATMATA, CommandGiven("checkin"))
        await ends(room)
        assert await room.states() == ["ended"]
        await room.hear()
        for chat, partner in ((FATMATA, "Anneke"), (ANNEKE, "Fatmata")):
            assert await count(room, chat, f"{ENDED} {partner}") == 1
            assert await count(room, chat, WHY) == 1, "once, of each alone"
            assert "check_in" not in await timers_of(room, chat)
        assert "Isatu has ended the pair of Fatmata and Anneke" in await room.reads(MARIEKE)
        assert "Isatu" not in await room.reads(ANNEKE), "who of the coordinators did it is nothing between the two"
        async with room.database.read() as tx:
            stood = (await tx.execute(select(schema.pair_phases.c.phase))).scalars().all()
            members = (await tx.execute(select(schema.pair_members.c.person_id))).scalars().all()
        assert stood == ["naming"]
        assert set(members) == {room.ids[chat] for chat in BOTH_TWINS}, "who they were to each other is kept"
        assert await audited(room) == [(room.ids[ISATU], "pair_ended")]
        assert await nobody_is_stuck(room)

    play(each_database, scene)


def test_both_can_be_paired_anew_and_then_it_is_too_late_to_undo(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await ends(room)
        await room.hear()
        await room.act(MARIEKE, CommandGiven("pair"))
        assert "Anneke" in await room.reads(MARIEKE)
        await room.act(ISATU, CommandGiven("pair"), Typed("fatm", 1), Typed("joke", 2), Typed("1", 3))
        await room.hear()
        assert await room.states() == ["ended", "proposed"]
        await room.turns.carry_out([await room.tap(MARIEKE, "unpaired", "ask_undo", UNDO)])
        assert await room.states() == ["ended", "proposed"]
        assert "Too late to undo: one of the two" in await room.reads(MARIEKE)

    play(each_database, scene)


def test_either_coordinator_undoes_it_once_and_the_two_go_on_where_they_stood(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        one = await pair(room)
        async with room.database.write() as tx:
            moved = pair_phases.Move(one, ("exchange",), "agreed", None, room.turns.clock.now())
            await pair_phases.move(tx, [moved])
        await ends(room)
        await room.hear()
        await room.turns.carry_out([await room.tap(FATMATA, "early_end", "ask_reason", 2)])
        await later(room.turns, by=timedelta(hours=1))
        both = [await room.tap(chat, "unpaired", "ask_undo", UNDO) for chat in (MARIEKE, ISATU)]
        await room.turns.carry_out(both)
        await room.hear()
        assert await room.states() == ["active"]
        for chat, partner in ((FATMATA, "Anneke"), (ANNEKE, "Fatmata")):
            assert await count(room, chat, TWINS_AGAIN.format(partner)) == 1
            assert "check_in" in await timers_of(room, chat)
        assert "Marieke has undone the end of the pair" in await room.reads(ISATU)
        assert await audited(room) == [(room.ids[ISATU], "pair_ended"), (room.ids[MARIEKE], "pair_resumed")]
        async with room.database.read() as tx:
            found = await pair_phases.of_pairs(tx, room.database.vault, [one])
            said = await answers.of_people(tx, room.database.vault, [room.ids[FATMATA]])
            ended = (await tx.execute(select(schema.pairs.c.ended_at, schema.pairs.c.ended_because))).one()
        assert found[one].current == ("exchange",)
        assert tuple(ended) == (None, None)
        assert not [given for given in said if given.flow == "early_end"], "it has not ended, so there is no reason"
        assert await nobody_is_stuck(room)

    play(each_database, scene)


def test_who_did_not_feel_safe_can_still_write_to_the_focal_point_when_the_end_is_undone(
    each_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await ends(room)
        await room.hear()
        await room.turns.carry_out([await room.tap(FATMATA, "early_end", "ask_reason", UNSAFE)])
        assert "Would you like to write to the people" in await room.reads(FATMATA)
        write = await room.tap(FATMATA, "early_end", "ask_write", 1)
        await later(room.turns, by=timedelta(hours=1))
        await room.turns.carry_out([await room.tap(MARIEKE, "unpaired", "ask_undo", UNDO)])
        await room.hear()
        assert await count(room, FATMATA, TWINS_AGAIN.format("Anneke")) == 1
        await room.turns.carry_out([write])
        assert "will read it and nobody else" in await room.reads(FATMATA)
        async with room.database.read() as tx:
            said = await answers.of_people(tx, room.database.vault, [room.ids[FATMATA]])
        assert not [given for given in said if given.flow == "early_end" and given.key == "reason"]
        assert await nobody_is_stuck(room)

    play(each_database, scene)


def test_of_two_coordinators_in_one_batch_the_slower_one_ends_nothing(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        for chat in (ISATU, MARIEKE):
            await room.act(chat, CommandGiven("unpair"), Typed("fatm", 1))
        await room.turns.carry_out([await room.tap(chat, "unpair", "ask_sure", SURE) for chat in (ISATU, MARIEKE)])
        await room.hear()
        assert "This pair is no more" in await room.reads(MARIEKE)
        assert len(await audited(room)) == 1
        assert await count(room, FATMATA, ENDED) == 1

    play(each_database, scene)


def test_whoever_has_left_meanwhile_is_not_paired_again(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await ends(room)
        await room.hear()
        async with room.database.write() as tx:
            await people.erase(tx, [room.ids[ANNEKE]])
        await room.turns.carry_out([await room.tap(ISATU, "unpaired", "ask_undo", UNDO)])
        assert await room.states() == ["ended"]
        assert "Too late to undo" in await room.reads(ISATU)

    play(each_database, scene)


# -- who would like to go on otherwise ---------------------------------------------------------------------------------

TELL, KEEP = 1, 2


async def wishes(room: Room, chat: int, wish: str, tell: int) -> None:
    """The last question of the look back, and whether coordinators may know."""
    await room.act(chat, FlowStarted("wish", {"wish": wish}), Typed(str(tell), 61))
    await room.hear()


async def flagged(room: Room, chat: int) -> set[str]:
    async with room.database.read() as tx:
        row = schema.flags.c
        return set((await tx.execute(select(row.kind).where(row.person_id == room.ids[chat]))).scalars())


def test_a_wish_is_known_to_coordinators_of_both_sides_only_if_she_says_so_and_never_to_her_twin(
    each_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await wishes(room, FATMATA, "new_twin", KEEP)
        assert await flagged(room, FATMATA) == set()
        await wishes(room, FATMATA, "new_twin", TELL)
        for chat in (ISATU, MARIEKE):
            assert await count(room, chat, "Fatmata would like to go on with another twin than Anneke") == 1
            await room.act(chat, CommandGiven("digest"))
            assert "or rather stop (/unpair): Fatmata." in await room.reads(chat)
        for chat in (ANNEKE, FAR_COORDINATOR, KHADIJA):
            await room.act(chat, CommandGiven("digest"))
            assert "another twin" not in await room.reads(chat)

    play(each_database, scene)


def test_a_coordinator_says_that_the_two_go_on_and_the_wish_is_settled(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await wishes(room, FATMATA, "stop", TELL)
        await room.act(MARIEKE, CommandGiven("unpair"), Typed("fatm", 1), Typed("3", 2))
        await room.hear()
        assert await room.states() == ["active"]
        assert await flagged(room, FATMATA) == set()
        assert await count(room, FATMATA, "Marieke, who coordinates, tells me that you and Anneke go on together") == 1
        assert "go on together" not in await room.reads(ANNEKE), "she never learned of it"
        assert await count(room, ISATU, "Marieke says that Fatmata and Anneke go on together") == 1

    play(each_database, scene)


def test_with_the_pair_the_wish_is_over(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await wishes(room, FATMATA, "new_twin", TELL)
        await ends(room)
        await room.hear()
        assert await flagged(room, FATMATA) == set()

    play(each_database, scene)


# -- why pairs ended ---------------------------------------------------------------------------------------------------


def test_reasons_are_counted_for_coordinators_of_both_sides_and_nobody_s_can_be_read(
    each_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        for chats in (BOTH_TWINS, (KHADIJA, JOKE)):
            async with room.database.write() as tx:
                one, other = (room.ids[chat] for chat in chats)
                await pairs.create(tx, room.database.vault, one, other, NOW - timedelta(days=1))
        for name, chats, reasons in (("fatm", BOTH_TWINS, (2, 2)), ("khad", (KHADIJA, JOKE), (2, 6))):
            await room.act(ISATU, CommandGiven("pairs"))
            assert "Too much work" not in await room.reads(ISATU), "two are too few"
            await room.act(ISATU, CommandGiven("unpair"), Typed(name, 1), Typed(str(SURE), 2))
            await room.hear()
            for chat, reason in zip(chats, reasons, strict=True):
                await room.turns.carry_out([await room.tap(chat, "early_end", "ask_reason", reason)])
        for chat in (ISATU, MARIEKE):
            await room.act(chat, CommandGiven("pairs"))
            assert "2 pairs have ended so far." in await room.reads(chat)
            assert "Too much work (3)" in await room.reads(chat)
            assert "safe" not in await room.reads(chat)
        await room.act(FAR_COORDINATOR, CommandGiven("pairs"))
        assert "ended so far" not in await room.reads(FAR_COORDINATOR)
        await room.act(FATMATA, CommandGiven("pairs"))
        assert "Too much work (3)" not in await room.reads(FATMATA)

    play(each_database, scene)


# -- who may end a pair ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", [FATMATA, KHADIJA, JOKE, STRANGER])
def test_no_twin_ends_a_pair(each_database: FreshDatabase, chat: int) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(ISATU, CommandGiven("unpair"), Typed("fatm", 1))
        number = await room.latest(ISATU, "unpair")
        await room.act(chat, CommandGiven("unpair"), Typed("fatm", 2), Typed("1", 3), Tapped(number, "ask_sure", SURE))
        assert await room.states() == ["active"]
        assert "/unpair is not for you" in await room.reads(chat)

    play(each_database, scene)


def test_a_pair_of_another_programme_can_be_neither_ended_nor_brought_back(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await pair(room)
        await room.act(FAR_COORDINATOR, CommandGiven("unpair"), Typed("fatm", 1), Tapped(1, "ask_pair", 1))
        await room.act(ISATU, CommandGiven("unpair"), Typed("fatm", 1))
        number = await room.latest(ISATU, "unpair")
        await room.act(FAR_COORDINATOR, *(Tapped(number, step, 1) for step in ("ask_pair", "ask_sure")))
        assert await room.states() == ["active"]
        await ends(room)
        await room.hear()
        number = await room.latest(ISATU, "unpaired")
        await room.act(FAR_COORDINATOR, Tapped(number, "ask_undo", UNDO))
        assert await room.states() == ["ended"]
        assert "There is no pair yet" in await room.reads(FAR_COORDINATOR)
        assert "Fatmata" not in await room.reads(FAR_COORDINATOR)

    play(each_database, scene)


# -- two processes -----------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_one_undoes_while_another_one_proposes_in_another_process(postgres_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        there = turns_on(other)
        await pair(room)
        try:
            await ends(room)
            await room.hear()
            await room.act(MARIEKE, CommandGiven("pair"), Typed("joke", 1), Typed("fatm", 2))
            undo = await room.tap(ISATU, "unpaired", "ask_undo", UNDO)
            sure = room.arrival(MARIEKE, Typed("1", 3))
            await asyncio.gather(room.turns.carry_out([undo]), there.carry_out([sure]))
            assert await room.states() in (["active"], ["ended", "proposed"]), "nobody is in two pairs"
        finally:
            await other.close()

    play(postgres_database, scene)


@pytest.mark.postgres
def test_an_end_waits_for_whoever_decides_for_the_pair(postgres_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        await pair(room)
        await room.act(ISATU, CommandGiven("unpair"), Typed("fatm", 1))
        try:
            async with other.write() as tx:
                await pairs.lock(tx, {room.ids[FATMATA]})
                ending = asyncio.create_task(room.turns.carry_out([await room.tap(ISATU, "unpair", "ask_sure", SURE)]))
                waited, _ = await asyncio.wait({ending}, timeout=1)
                assert not waited, "it does not wait for the lock of the pair"
            await ending
            assert await room.states() == ["ended"]
        finally:
            await other.close()

    play(postgres_database, scene)


@pytest.mark.postgres
def test_a_pair_does_not_go_on_with_somebody_who_is_being_erased(postgres_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        await pair(room)
        await ends(room)
        await room.hear()
        try:
            async with other.write() as tx:
                await people.load_locked(tx, room.database.vault, [room.ids[ANNEKE]])
                undoing = asyncio.create_task(
                    room.turns.carry_out([await room.tap(ISATU, "unpaired", "ask_undo", UNDO)])
                )
                waited, _ = await asyncio.wait({undoing}, timeout=1)
                assert not waited, "it does not wait for her who is being erased"
                await people.erase(tx, [room.ids[ANNEKE]])
            await undoing
            assert await room.states() == ["ended"]
            assert await audited(room) == [(room.ids[ISATU], "pair_ended")]
        finally:
            await other.close()

    play(postgres_database, scene)
