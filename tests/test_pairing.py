"""Pairs through whole batches, on both databases: proposed, answered at the same second, named, agreed, ended.

Where two processes would act there are two `Turns` on one PostgreSQL, each with connections of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import programmes
from bot.arrivals import Arrival
from bot.turns import Turns
from flows.events import Event
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import FlowStarted
from flows.people import PersonId, PersonState, Role
from storage import holdings, inbox, pair_answers, people, schema, sessions
from storage import programmes as stored_programmes
from storage.database import Database
from tests.databases import FreshDatabase
from tests.turns import NOW, said, told, turns_on

FATMATA, ANNEKE, KHADIJA, JOKE, ISATU, MARIEKE = 501, 502, 503, 504, 505, 506
STRANGER, FAR_COORDINATOR, FAR_OTHER = 601, 602, 603
NAMES = {
    FATMATA: "Fatmata", ANNEKE: "Anneke", KHADIJA: "Khadija", JOKE: "Joke", ISATU: "Isatu", MARIEKE: "Marieke",
    STRANGER: "Stranger", FAR_COORDINATOR: "Far", FAR_OTHER: "Farther",
}  # fmt: skip
YES, ASK_FIRST, NO = 1, 2, 3


@dataclass
class Room:
    """People with chats, and the bot on one database. `act` is what somebody does, `hear` what others were told."""

    database: Database
    turns: Turns
    ids: dict[int, PersonId] = field(default_factory=dict)
    acted: int = 0

    def arrival(self, chat: int, event: Event) -> Arrival:
        self.acted += 1
        return Arrival(f"act/{self.acted}", event, telegram_id=chat)

    async def act(self, chat: int, *events: Event) -> None:
        for event in events:
            await self.turns.carry_out([self.arrival(chat, event)])

    async def hear(self) -> None:
        await told(self.database, self.turns)

    async def latest(self, chat: int, flow: str) -> int:
        """The number of her latest session of `flow`."""
        async with self.database.read() as tx:
            found = await sessions.load(tx, self.database.vault, [self.ids[chat]], NOW)
        return max(one.number for one in found[self.ids[chat]] if one.flow == flow)

    async def tap(self, chat: int, flow: str, step: str, choice: int) -> Arrival:
        return self.arrival(chat, Tapped(await self.latest(chat, flow), step, choice))

    async def messages(self, chat: int) -> list[str]:
        async with self.database.read() as tx:
            return await said(self.database, tx, chat)

    async def reads(self, chat: int) -> str:
        return "\n".join(await self.messages(chat))

    async def states(self) -> list[str]:
        async with self.database.read() as tx:
            return [row[0] for row in await tx.execute(select(schema.pairs.c.state).order_by(schema.pairs.c.id))]

    async def proposes(self, coordinator: int = ISATU, near: str = "Fatmata", far: str = "Anneke") -> None:
        """`/pair`, by typing parts of names."""
        await self.act(coordinator, CommandGiven("pair"), Typed(near[:4], 1), Typed(far[:4], 2), Typed("1", 3))
        await self.hear()

    async def agrees_to_pair(self) -> None:
        await self.turns.carry_out([await self.tap(FATMATA, "proposal", "ask_answer", YES)])
        await self.turns.carry_out([await self.tap(ANNEKE, "proposal", "ask_answer", YES)])
        await self.hear()


async def room_on(database: Database) -> Room:
    """Two programmes: four twins without partners and a coordinator a side in one, three strangers in the other."""
    await programmes.create(database, programmes.Plan("Midwives", ("Freetown", "Utrecht"), ("SL", "NL")), NOW)
    await programmes.create(database, programmes.Plan("Nurses", ("Bo", "Breda"), ("SL", "NL")), NOW)
    room = Room(database, turns_on(database))
    async with database.write() as tx:
        first, second = await stored_programmes.list_all(tx)
        twin, lead = Role.TWIN, Role.COORDINATOR
        placed = [
            (FATMATA, first, 0, twin), (ANNEKE, first, 1, twin), (KHADIJA, first, 0, twin), (JOKE, first, 1, twin),
            (ISATU, first, 0, lead), (MARIEKE, first, 1, lead),
            (STRANGER, second, 0, twin), (FAR_COORDINATOR, second, 0, lead), (FAR_OTHER, second, 1, lead),
        ]  # fmt: skip
        for chat, programme, side, role in placed:
            room.ids[chat] = await people.insert(
                tx, programme=programme.id, side=programme.sides[side].id, role=role, telegram_id=chat,
                language="en", now=NOW,
            )  # fmt: skip
        known = await people.load_locked(tx, database.vault, list(room.ids.values()))
        joined = [
            replace(
                one.person, state=PersonState.ACTIVE, name=NAMES[one.telegram_id or 0], country="NL",
                zone="Europe/Amsterdam", check_in_day=0, check_in_minute=540,
            )
            for one in known
        ]  # fmt: skip
        await people.update_changed(tx, database.vault, [people.Changed(one) for one in joined], NOW)
    return room


Scene = Callable[[Room], Awaitable[None]]


def play(database: FreshDatabase, scene: Scene) -> None:
    async def played(opened: Database) -> None:
        await scene(await room_on(opened))
        async with opened.read() as tx:
            assert not (await tx.execute(select(schema.inbox_failed.c.key))).all(), "nothing was set aside"

    database.run(played)


async def count(room: Room, chat: int, words: str) -> int:
    return (await room.reads(chat)).count(words)


MADE = "You have a twin"


def test_a_pair_from_the_proposal_to_the_agreement(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        assert await room.states() == ["proposed"]
        assert "Anneke of Utrecht" in await room.reads(FATMATA)
        assert "Isatu proposes Fatmata and Anneke as twins" in await room.reads(MARIEKE)
        await room.agrees_to_pair()
        assert await room.states() == ["active"]
        for chat, partner in ((FATMATA, "Anneke"), (ANNEKE, "Fatmata")):
            assert await count(room, chat, f"{MADE}: {partner}") == 1
        assert await count(room, ISATU, "they are twins now") == await count(room, MARIEKE, "they are twins now") == 1
        # both name each other at the same second: in one batch
        for chat, name in ((FATMATA, "Fatu"), (ANNEKE, "Ann")):
            await room.turns.carry_out([await room.tap(chat, "naming", "ask_begin", 1)])
            await room.act(chat, Typed(name, 11), Typed(f"{name} means well", 12), Typed("1", 13))
        await room.turns.carry_out([room.arrival(chat, CommandGiven("skip")) for chat in (FATMATA, ANNEKE)])
        await room.hear()
        assert await count(room, FATMATA, "Ann means well") == await count(room, ANNEKE, "Fatu means well") == 1
        # Fatmata proposes, Anneke agrees with one tap
        await room.act(FATMATA, *(Typed(one, 20 + n) for n, one in enumerate(["2", "1", "0", "0", "1", "0", "1"])))
        await room.hear()
        assert "Fatmata proposes how you two keep in touch" in await room.reads(ANNEKE)
        await room.turns.carry_out([await room.tap(ANNEKE, "agreement_offer", "ask_agree", 1)])
        await room.hear()
        async with room.database.read() as tx:
            agreed = (await tx.execute(select(schema.pairs.c.cadence, schema.pairs.c.quiet_days))).one()
            due = (await tx.execute(select(schema.timers.c.key).where(schema.timers.c.kind == "check_in"))).scalars()
            periods = {key.rpartition("/")[2] for key in due}
        assert tuple(agreed) == ("fortnightly", 28), "two agreed intervals at least"
        assert len(periods) == 1, "both in the same week"
        for chat in (FATMATA, ANNEKE):
            assert await count(room, chat, "agree:\\n\\nHow often: Every two weeks") == 1

    play(each_database, scene)


def test_both_yeses_in_one_batch_make_the_pair_once(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        both = [await room.tap(chat, "proposal", "ask_answer", YES) for chat in (FATMATA, ANNEKE)]
        await room.turns.carry_out(both)
        await room.hear()
        assert await room.states() == ["active"]
        assert [await count(room, chat, MADE) for chat in (FATMATA, ANNEKE)] == [1, 1]

    play(each_database, scene)


@pytest.mark.parametrize("first", [FATMATA, ANNEKE])
def test_a_no_after_the_other_one_s_yes_ends_it_and_the_reason_stays_with_coordinators(
    each_database: FreshDatabase, first: int
) -> None:
    second = ANNEKE if first == FATMATA else FATMATA

    async def scene(room: Room) -> None:
        await room.proposes()
        await room.turns.carry_out([await room.tap(first, "proposal", "ask_answer", YES)])
        await room.turns.carry_out([await room.tap(second, "proposal", "ask_answer", NO)])
        await room.turns.carry_out([await room.tap(second, "proposal", "ask_reason", 4)])
        await room.hear()
        assert await room.states() == ["declined"]
        assert await count(room, first, "will not be twins after all") == 1
        assert await count(room, first, "I hoped for somebody else") == 0
        for coordinator in (ISATU, MARIEKE):
            assert await count(room, coordinator, "I hoped for somebody else") == 1
        # both can be paired anew
        await room.proposes(MARIEKE, "Anneke", "Fatmata")
        assert await room.states() == ["declined", "proposed"]

    play(each_database, scene)


def test_a_line_of_her_own_with_a_no_reaches_the_coordinators_of_her_side_alone_and_goes_with_her(
    each_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        await room.turns.carry_out([await room.tap(FATMATA, "proposal", "ask_answer", NO)])
        await room.turns.carry_out([await room.tap(FATMATA, "proposal", "ask_reason", 1)])
        assert await room.states() == ["declined"], "her no holds before she writes"
        await room.act(FATMATA, Typed("our baby is sick", 9))
        await room.hear()
        assert "Fatmata · Being asked to be twins\\nNo time now\\nour baby is sick" in await room.reads(ISATU)
        for chat in (ANNEKE, MARIEKE, KHADIJA, JOKE):
            assert "baby" not in await room.reads(chat)
        async with room.database.read() as tx:
            held = await holdings.of_person(tx, room.database.vault, room.ids[FATMATA], FATMATA)
            assert "our baby is sick" in str(held["answers"])
            in_clear = await tx.execute(select(schema.answers.c.words))
            assert "baby" not in str(in_clear.all())
        await room.act(FATMATA, CommandGiven("delete"))
        for step, choice in (("ask_sure", 1), ("ask_shared", 1), ("ask_last", 1)):
            await room.turns.carry_out([await room.tap(FATMATA, "delete", step, choice)])
        await room.hear()
        assert "baby" not in await room.reads(ISATU)

    play(each_database, scene)


def test_a_yes_after_the_other_one_s_no_hears_that_it_is_over(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        await room.turns.carry_out([await room.tap(FATMATA, "proposal", "ask_answer", NO)])
        no = await room.tap(FATMATA, "proposal", "ask_reason", 1)
        yes = await room.tap(ANNEKE, "proposal", "ask_answer", YES)
        await room.turns.carry_out([no, yes])
        await room.hear()
        assert await room.states() == ["declined"]
        assert await count(room, ANNEKE, "over already") == 1
        assert await count(room, FATMATA, MADE) == await count(room, ANNEKE, MADE) == 0

    play(each_database, scene)


def test_a_proposal_is_undone_by_either_coordinator_until_both_have_said_yes(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        await room.turns.carry_out([await room.tap(FATMATA, "proposal", "ask_answer", YES)])
        await room.turns.carry_out([await room.tap(MARIEKE, "proposed", "ask_undo", 1)])
        await room.hear()
        assert await room.states() == ["withdrawn"]
        assert await count(room, FATMATA, "was taken back") == await count(room, ANNEKE, "was taken back") == 1
        assert "Marieke has undone" in await room.reads(ISATU)
        await room.turns.carry_out([await room.tap(ISATU, "proposed", "ask_undo", 1)])
        assert await room.states() == ["withdrawn"]
        await room.proposes()
        await room.turns.carry_out([await room.tap(chat, "proposal", "ask_answer", YES) for chat in (FATMATA, ANNEKE)])
        await room.turns.carry_out([await room.tap(ISATU, "proposed", "ask_undo", 1)])
        assert await room.states() == ["withdrawn", "active"]
        assert "Too late to undo" in await room.reads(ISATU)

    play(each_database, scene)


def test_two_coordinators_who_want_the_same_twin_in_one_batch_get_clear_answers(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await room.act(ISATU, CommandGiven("pair"), Typed("fatm", 1), Typed("anne", 2))
        await room.act(MARIEKE, CommandGiven("pair"), Typed("joke", 1), Typed("fatm", 2))
        await room.turns.carry_out([room.arrival(chat, Typed("1", 3)) for chat in (ISATU, MARIEKE)])
        await room.hear()
        assert await room.states() == ["proposed"]
        assert "Nobody was asked twice" in await room.reads(MARIEKE)
        assert "you a twin" not in await room.reads(JOKE)

    play(each_database, scene)


def test_seven_days_without_both_answers_end_it_for_both_and_for_the_coordinators(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        await room.turns.carry_out([await room.tap(FATMATA, "proposal", "ask_answer", YES)])
        async with room.database.read() as tx:
            row = schema.timers.c
            due = (await tx.execute(select(row.key, row.due_at, row.person_id).where(row.kind == "proposal"))).all()
        assert {one.due_at for one in due} == {NOW + timedelta(days=7)}
        from flows.timers import event_of

        fired = [
            Arrival(
                None, event_of("proposal", key.rpartition("/")[2], at), person=PersonId(person), timer=key, due_at=at
            )
            for key, at, person in due
        ]
        await room.turns.carry_out(fired)
        await room.hear()
        assert await room.states() == ["lapsed"]
        for chat in (FATMATA, ANNEKE):
            assert await count(room, chat, "The seven days are over") == 1
        for chat in (ISATU, MARIEKE):
            assert await count(room, chat, "Seven days are over") == 1

    play(each_database, scene)


@pytest.mark.parametrize("made", [False, True])
def test_whoever_is_erased_leaves_her_pair_and_those_who_stay_are_told_without_her_name(
    each_database: FreshDatabase, made: bool
) -> None:
    async def scene(room: Room) -> None:
        await room.proposes()
        if made:
            await room.agrees_to_pair()
        before = {chat: await room.messages(chat) for chat in (ANNEKE, ISATU, MARIEKE)}
        # the joining's no is the only erasing there is without a command
        await room.turns.carry_out([Arrival(None, FlowStarted("join"), person=room.ids[FATMATA])])
        await room.turns.carry_out([await room.tap(FATMATA, "join", "ask_consent", 2)])
        await room.hear()
        assert await room.states() == ["ended"]
        heard = {chat: "\n".join((await room.messages(chat))[len(earlier) :]) for chat, earlier in before.items()}
        assert ("Your twin has left the programme" if made else "was taken back") in heard[ANNEKE]
        for chat in (ISATU, MARIEKE):
            assert "The twin of Anneke has left" in heard[chat]
            assert "Fatmata" not in heard[chat]
        async with room.database.read() as tx:
            row = schema.timers.c
            kinds = set((await tx.execute(select(row.kind).where(row.person_id == room.ids[ANNEKE]))).scalars())
        assert not kinds & {"check_in", "proposal", "reminder"}

    play(each_database, scene)


# -- who may pair, and whom --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chat", [FATMATA, JOKE, STRANGER])
def test_only_coordinators_pair(each_database: FreshDatabase, chat: int) -> None:
    async def scene(room: Room) -> None:
        await room.act(chat, CommandGiven("pair"), Typed("Anneke", 1), Typed("1", 2), Tapped(1, "ask_near", 1))
        assert await room.states() == []
        assert "/pair is not for you" in await room.reads(chat)

    play(each_database, scene)


def test_twins_of_another_programme_are_out_of_reach_by_name_by_number_and_by_forged_tap(
    each_database: FreshDatabase,
) -> None:
    async def scene(room: Room) -> None:
        stranger = room.ids[STRANGER]
        await room.act(ISATU, CommandGiven("pair"), Typed("Stranger", 1), Typed(str(stranger), 2))
        session = await room.latest(ISATU, "pairing")
        await room.act(ISATU, *(Tapped(session, "ask_near", number) for number in (3, stranger, 98)))
        await room.act(ISATU, Typed("fatm", 3), Typed("Stranger", 4), Tapped(session, "ask_far", stranger))
        words = await room.reads(ISATU)
        assert words.count("I find nobody of that name") == 2
        assert "Stranger" not in words
        # a coordinator of the other programme taps what belongs to Isatu, and has nobody to pair on her other side
        await room.act(FAR_COORDINATOR, Tapped(session, "ask_near", 1), CommandGiven("pair"))
        far = await room.reads(FAR_COORDINATOR)
        assert not any(name in far for name in ("Fatmata", "Anneke", "Khadija", "Joke"))
        assert "no pair to make now" in far
        assert await room.states() == []

    play(each_database, scene)


def test_nobody_is_asked_before_every_side_has_a_coordinator(each_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        async with room.database.write() as tx:
            await people.erase(tx, [room.ids[MARIEKE]])
        await room.act(ISATU, CommandGiven("pair"))
        assert "One side has no coordinator here yet" in await room.reads(ISATU)
        assert await room.states() == []

    play(each_database, scene)


# -- two processes -----------------------------------------------------------------------------------------------------

ROUNDS = 12


@pytest.mark.postgres
@pytest.mark.parametrize("answers", [(YES, YES), (YES, NO), (NO, NO)])
def test_answers_at_the_same_second_through_two_processes(
    postgres_database: FreshDatabase, answers: tuple[int, int]
) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        here, there = room.turns, turns_on(other)
        try:
            for round_ in range(ROUNDS):
                await room.proposes()
                arrivals = []
                for chat, answer in zip((FATMATA, ANNEKE), answers, strict=True):
                    if answer == NO:
                        await here.carry_out([await room.tap(chat, "proposal", "ask_answer", NO)])
                        arrivals.append(await room.tap(chat, "proposal", "ask_reason", 1))
                    else:
                        arrivals.append(await room.tap(chat, "proposal", "ask_answer", YES))
                await asyncio.gather(here.carry_out(arrivals[:1]), there.carry_out(arrivals[1:]))
                await room.hear()
                state = (await room.states())[-1]
                assert state == ("active" if answers == (YES, YES) else "declined")
                made = [await count(room, chat, MADE) for chat in (FATMATA, ANNEKE)]
                assert made == ([round_ + 1] * 2 if state == "active" else [0, 0])
                async with room.database.write() as tx:
                    await tx.execute(schema.pairs.update().values(state="ended"))
        finally:
            await other.close()

    play(postgres_database, scene)


@pytest.mark.postgres
def test_two_coordinators_in_two_processes_never_ask_a_twin_twice(postgres_database: FreshDatabase) -> None:
    async def scene(room: Room) -> None:
        other = await Database.open(postgres_database.url, room.database.vault)
        there = turns_on(other)
        try:
            for round_ in range(ROUNDS):
                await room.act(ISATU, CommandGiven("pair"), Typed("fatm", 1), Typed(f"anne{'k' * (round_ % 2)}", 2))
                await room.act(MARIEKE, CommandGiven("pair"), Typed("joke", 1), Typed("fatm", 2))
                sure = [room.arrival(chat, Typed("1", 100 + round_)) for chat in (ISATU, MARIEKE)]
                await asyncio.gather(room.turns.carry_out(sure[:1]), there.carry_out(sure[1:]))
                async with room.database.read() as tx:
                    pending = await inbox.pending(tx, room.database.vault, limit=100)
                    row = schema.pairs.c
                    waiting = (await tx.execute(select(row.id).where(row.state == "proposed"))).scalars().all()
                    told_of = await pair_answers.of_pairs(tx, room.database.vault, waiting)
                assert len(waiting) == 1
                assert not told_of
                assert len({one.person for one in pending} & {room.ids[chat] for chat in (ANNEKE, JOKE)}) == 1
                await room.hear()
                async with room.database.write() as tx:
                    await tx.execute(schema.pairs.update().values(state="withdrawn"))
                    await tx.execute(schema.outbox.update().values(state="sent"))  # else they wait for their answers
        finally:
            await other.close()

    play(postgres_database, scene)
