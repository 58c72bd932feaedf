"""Coordinators against a real database: rights, deputies, trials without a trace, and who is told of what."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bot import broadcasting, programmes
from bot.arrivals import Arrival
from bot.commands import COMMANDS, answer
from bot.errors import Refused
from bot.ticks import Ticks
from flows.conversation import Conversation
from flows.effects import Say
from flows.events import Event
from flows.events.own import ChatBlocked, ChatReturned, CommandGiven, Edited, Tapped, Typed
from flows.events.shell import ReceiptCame
from flows.people import PersonId, Role
from flows.values import Text
from storage import flags, people, schema
from storage.database import Database
from tests.cast import ANNEKE, ISATU, facts_of
from tests.databases import FreshDatabase
from tests.turns import NOW, StandingClock, library, populate, said, told, turns_on

FREETOWN, UTRECHT = 504, 505
"""Chats of the two coordinators of `populate`; the twins are 501 to 503."""


# -- rights ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_of_another_role_is_refused_kindly_and_does_nothing(name: str, role: Role) -> None:
    facts = {**facts_of(ANNEKE), "person.role": role}
    response = answer(Conversation(), CommandGiven(name), library()[0], facts, now=NOW)
    refused = [one for one in response.effects if isinstance(one, Say) and one.text.id == "talk.command_not_yours"]
    if role in COMMANDS[name].of:
        assert not refused
    else:
        assert [one for one in response.effects if one not in refused] == []
        assert refused == [Say(Text("talk.command_not_yours", {"command": name}))]
        assert response.conversation.sessions == ()
        assert name not in [other for other in COMMANDS if role in COMMANDS[other].listed]


def test_coordinators_of_both_sides_may_do_the_same() -> None:
    for command in COMMANDS.values():
        assert not set(command.listed) - set(command.of), "what stands in a menu can be done"
    assert {name for name, command in COMMANDS.items() if command.of == (Role.COORDINATOR,)} >= {
        "pairs", "digest", "broadcast", "try",
    }  # fmt: skip


# -- deputies, and who is there --------------------------------------------------------------------------------------


async def _with_a_deputy(database: Database) -> None:
    """A second coordinator of the first side, chat 506."""
    await populate(database)
    async with database.write() as tx:
        first = (await tx.execute(select(schema.people).where(schema.people.c.telegram_id == FREETOWN))).one()
        deputy = await people.insert(
            tx, programme=first.programme_id, side=first.side_id, role=Role.COORDINATOR, telegram_id=506,
            language="en", now=NOW,
        )  # fmt: skip
        (joining,) = await people.load_locked(tx, database.vault, [deputy])
        (other,) = await people.load_locked(tx, database.vault, [first.id])
        joined = replace(other.person, id=deputy, name="P506")
        await people.update_changed(tx, database.vault, [people.Changed(joined)], NOW)
        assert joining.person.id == deputy


async def _read(database: Database, chat: int) -> str:
    async with database.read() as tx:
        return "\n".join(await said(database, tx, chat))


async def _hears(database: Database, turns: Any, *arrivals: tuple[int, Event]) -> None:
    async with database.read() as tx:
        before = (await tx.execute(select(func.count()).select_from(schema.inbox))).scalar_one()
    await turns.carry_out(
        [Arrival(f"tg/{before}/{n}", event, telegram_id=chat) for n, (chat, event) in enumerate(arrivals)]
    )
    await told(database, turns)


def test_a_side_is_left_alone_only_by_its_last_coordinator_and_the_other_side_is_told_once(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        await _with_a_deputy(database)
        turns = turns_on(database)
        await _hears(database, turns, (FREETOWN, ChatBlocked("blocked")))
        assert "no coordinator any more" not in await _read(database, UTRECHT)
        # both events of the last one in one batch with others, and once more
        await _hears(
            database, turns, (506, ChatBlocked("blocked")), (506, ChatBlocked("blocked")), (501, Typed("hi", 1))
        )
        assert (await _read(database, UTRECHT)).count("no coordinator any more") == 1
        await _hears(database, turns, (FREETOWN, ChatReturned()))
        assert (await _read(database, UTRECHT)).count("has a coordinator now") == 1
        await _hears(database, turns, (506, ChatReturned()))
        assert (await _read(database, UTRECHT)).count("has a coordinator now") == 1

    each_database.run(work)


def test_a_coordinator_who_stops_leaves_her_side_alone_until_she_is_back_and_a_pause_does_not(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        await _hears(database, turns, (FREETOWN, CommandGiven("pause")), (FREETOWN, Typed("1", 1)))
        assert "no coordinator any more" not in await _read(database, UTRECHT), "a pause is no leaving"
        await _hears(database, turns, (FREETOWN, CommandGiven("stop")), (FREETOWN, CommandGiven("stop")))
        assert (await _read(database, UTRECHT)).count("no coordinator any more") == 1
        await _hears(database, turns, (FREETOWN, CommandGiven("resume")))
        assert (await _read(database, UTRECHT)).count("has a coordinator now") == 1

    each_database.run(work)


def test_a_word_to_several_readers_is_delivered_once(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await _with_a_deputy(database)
        turns = turns_on(database)
        await _hears(
            database, turns, (501, CommandGiven("contact")), (501, Typed("The roster changed", 1)), (501, Typed("1", 2))
        )
        readers = (FREETOWN, UTRECHT, 506)
        for chat in readers:
            assert "The roster changed" in await _read(database, chat)
        await _hears(database, turns, *((501, ReceiptCame(1, "delivered")) for _ in readers))
        assert (await _read(database, 501)).count("Delivered.") == 1
        await _hears(database, turns, (501, ReceiptCame(1, "waiting")))
        assert "It waits" in await _read(database, 501)

    each_database.run(work)


def test_deputies_have_links_of_their_own(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        plan = programmes.Plan("Deputies", ("A", "B"), deputies=2)
        links = (await programmes.create(database, plan, NOW)).links
        assert [link.role for link in links] == [*["coordinator"] * 3, "twin"] * 2
        assert len({link.token for link in links}) == 8
        with pytest.raises(Refused):
            await programmes.create(database, programmes.Plan("Too many", ("A", "B"), deputies=10), NOW)

    each_database.run(work)


# -- the digest --------------------------------------------------------------------------------------------------------


def test_who_joined_before_there_was_a_digest_gets_one_at_the_first_tick_and_no_second(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        running = asyncio.create_task(turns.run())
        for _ in range(2):
            ticks = Ticks(database, database.vault, turns, StandingClock())
            ticking = asyncio.create_task(ticks.run())
            while not ticks.at_rest:  # noqa: ASYNC110 - ticks have no bell of their own
                await asyncio.sleep(0.01)
            ticks.stop()
            await ticking
            async with database.read() as tx:
                row = schema.timers.c
                found = (await tx.execute(select(row.key).where(row.kind == "digest"))).scalars().all()
            assert len(found) == 2
        turns.stop()
        await running

    each_database.run(work)


def test_both_sides_read_the_same_digest_and_nothing_of_another_programme(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        async with database.write() as tx:
            twin = (await tx.execute(select(schema.people).where(schema.people.c.telegram_id == 501))).one()
            await flags.raise_many(tx, [flags.Flag(twin.id, "help", twin.programme_id, "work", NOW)])
        other = await programmes.create(database, programmes.Plan("Elsewhere", ("Ghent", "Accra")), NOW)
        token = next(link.token for link in other.links if link.role == "coordinator")
        turns = turns_on(database)
        await turns.carry_out([Arrival("x/1", CommandGiven("start", token), telegram_id=801, start=token)])
        async with database.write() as tx:
            far = (await tx.execute(select(schema.people.c.id).where(schema.people.c.telegram_id == 801))).scalar_one()
            (known,) = await people.load_locked(tx, database.vault, [far])
            joined = replace(known.person, state=type(known.person.state).ACTIVE, name="Faraway")
            await people.update_changed(tx, database.vault, [people.Changed(joined)], NOW)
        for chat in (FREETOWN, UTRECHT, 801):
            for command in ("digest", "pairs"):
                await _hears(database, turns, (chat, CommandGiven(command)))
        here, there, elsewhere = [(await _read(database, chat)).split("\n") for chat in (FREETOWN, UTRECHT, 801)]
        digests = [[line for line in lines if "as it stands today:" in line] for lines in (here, there)]
        assert digests[0] == digests[1]
        assert "Asked for a word: P501" in digests[0][0]
        assert "work" not in digests[0][0]
        assert not [line for line in elsewhere if "P50" in line or "Midwives" in line]
        assert not [line for line in (*here, *there) if "Faraway" in line or "Elsewhere" in line]

    each_database.run(work)


# -- trials ------------------------------------------------------------------------------------------------------------


async def _everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but those a trial may leave something in. Names are opened: a row that is written again
    seals them anew."""
    spared = {"sessions", "outbox", "inbox"}
    left_out = {("people", "sessions_started"), ("people", "name")}
    found = {}
    async with database.read() as tx:
        for table in schema.metadata.sorted_tables:
            if table.name not in spared:
                columns = [one for one in table.c if (table.name, one.name) not in left_out]
                rows = [tuple(row) for row in await tx.execute(select(*columns))]
                found[table.name] = sorted(rows, key=repr)
        everybody = [PersonId(number) for number in (await tx.execute(select(schema.people.c.id))).scalars()]
        known = await people.load_locked(tx, database.vault, everybody)
        found["names"] = [(one.person.id, one.person.name) for one in known]
    return found


TRIED = st.sampled_from([flow for flow in sorted(library()[0].flows) if flow != "try_conversation"])
DONE_IN_IT: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        Typed, st.sampled_from(["1", "2", "3 1 2", "4 1 4", "Mrs Kamara 076 123456", "a line"]), st.integers(1, 9)
    ),
    st.builds(Edited, st.sampled_from(["2", "another"]), st.integers(1, 9)),
    st.builds(
        Tapped, st.integers(2, 4), st.sampled_from(["ask_contact", "ask_consent", "ask_length"]), st.integers(1, 4)
    ),
    st.builds(CommandGiven, st.sampled_from(["back", "skip", "leave", "help", "digest"])),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flow=TRIED, events=st.lists(DONE_IN_IT, max_size=6))
def test_any_events_in_a_trial_leave_every_table_untouched_and_its_end_leaves_nothing(
    sqlite_database: FreshDatabase, flow: str, events: list[Event]
) -> None:
    async def work(database: Database) -> None:
        async with database.read() as tx:
            empty = (await tx.execute(select(func.count()).select_from(schema.people))).scalar_one() == 0
        if empty:
            await populate(database)
            await told(database, turns_on(database))
        turns = turns_on(database)
        await _hears(database, turns, (FREETOWN, CommandGiven("try", flow)))
        async with database.read() as tx:
            row = schema.sessions.c
            asking = (await tx.execute(select(func.max(row.number)).where(row.flow == "try_conversation"))).scalar_one()
        # the question for the language is a real one, with an answer and a timer; from here on it is a trial
        await _hears(database, turns, (FREETOWN, Tapped(asking, "ask_language", 2)))
        before = await _everything(database)
        await _hears(database, turns, *((FREETOWN, event) for event in events))
        assert await _everything(database) == before
        for _ in range(4):
            await _hears(database, turns, (FREETOWN, CommandGiven("leave")))
        assert await _everything(database) == before
        async with database.write() as tx:
            # what stands aside ends by itself; everything else is gone
            row = schema.sessions.c
            left = (await tx.execute(select(row.flow, row.number).where(row.status == "trial"))).all()
            assert all(library()[0].flows[one.flow].definition.aside for one in left)
            await tx.execute(schema.sessions.delete())

    sqlite_database.run(work)


# -- broadcasts --------------------------------------------------------------------------------------------------------


def test_two_coordinators_who_send_at_once_send_one_and_the_other_is_told(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        for chat, words in ((FREETOWN, "Hello from one side"), (UTRECHT, "Hello from another side")):
            await _hears(
                database, turns, (chat, CommandGiven("broadcast")), (chat, Typed("1", 1)), (chat, Typed("1", 2)),
                (chat, Typed(words, 3)),
            )  # fmt: skip
        await _hears(database, turns, (FREETOWN, Typed("1", 4)), (UTRECHT, Typed("1", 4)))
        _, speech = library()
        wrote = await broadcasting.carry_on(database, speech, NOW)
        assert wrote == (True, False)
        assert await broadcasting.carry_on(database, speech, NOW) == (False, False), "nothing new"
        async with database.read() as tx:
            row = schema.outbox.c
            lines = (await tx.execute(select(row.chat_id, row.key).where(row.broadcast_id.is_not(None)))).all()
        assert sorted(line.chat_id for line in lines) == [501, 502, 503, 504, 505]
        refused = [
            chat for chat in (FREETOWN, UTRECHT) if "Another broadcast was under way" in await _read(database, chat)
        ]
        assert len(refused) == 1
        assert "— P504, Midwives" in await _read(database, 501) or "— P505, Midwives" in await _read(database, 501)
        async with database.write() as tx:
            await tx.execute(
                update(schema.outbox).where(schema.outbox.c.broadcast_id.is_not(None)).values(state="sent")
            )
        assert await broadcasting.carry_on(database, speech, NOW) == (False, True)
        await told(database, turns)
        (author,) = {FREETOWN, UTRECHT} - set(refused)
        assert "Your broadcast to 5 people" in await _read(database, author)
        assert "Your broadcast" not in await _read(database, refused[0])

    each_database.run(work)


def test_a_ledger_is_finished_by_the_next_process_after_a_crash_between_two_pieces(
    each_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "PIECE", 2)  # else it would take hundreds of people

    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        await _hears(
            database, turns, (FREETOWN, CommandGiven("broadcast")), (FREETOWN, Typed("1", 1)),
            (FREETOWN, Typed("1", 2)), (FREETOWN, Typed("Good morning", 3)), (FREETOWN, Typed("1", 4)),
        )  # fmt: skip
        _, speech = library()
        from storage import broadcasts

        async with database.read() as tx:
            (one,) = await broadcasts.under_way(tx, database.vault)
        assert await broadcasting._write_piece(database, speech, one, NOW)
        # here it dies; the next one knows nothing but the database
        await broadcasting.carry_on(database, speech, NOW)
        async with database.read() as tx:
            row = schema.outbox.c
            lines = (
                await tx.execute(
                    select(row.chat_id, row.valid_until).where(row.broadcast_id == one.id).order_by(row.id)
                )
            ).all()
            assert [line.chat_id for line in lines] == [501, 502, 503, 504, 505]
            assert {line.valid_until for line in lines} == {one.created_at + timedelta(days=2)}
            (stored,) = await broadcasts.under_way(tx, database.vault)
            assert stored.state == broadcasts.SENDING
            seen = (await broadcasts.latest(tx, [one.programme]))[one.programme]
            assert (seen.size, seen.open) == (5, 5)

    each_database.run(work)


def test_what_is_wanted_of_a_broadcast_of_another_programme_does_nothing(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        from flows.effects import SendUnknownAgain, StopBroadcast

        await populate(database)
        async with database.write() as tx:
            foreign = replace(ISATU, programme=type(ISATU.programme)(77))
            wanted = [
                broadcasting.Wanted(foreign, 9, StopBroadcast(1)),
                broadcasting.Wanted(foreign, 9, SendUnknownAgain(1)),
            ]
            said_ = await broadcasting.decide(tx, database.vault, library()[1], wanted, NOW)
            assert len(said_) == 2, "both are told that nothing was done"
            assert (await tx.execute(select(func.count()).select_from(schema.audit))).scalar_one() == 0

    each_database.run(work)
