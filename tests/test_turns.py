"""The batch is an optimisation, not a meaning: however arrivals are split, the end is the same.

And what one arrival spoils concerns that arrival alone.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from bot import flood, programmes
from bot.arrivals import Arrival
from bot.gathering import LARGE_AT_ONCE
from bot.library import packaged_catalogue
from bot.places import world_facts
from bot.speech import Speech
from bot.turns import Turns
from flows.catalogue import Catalogue
from flows.events import Event
from flows.events.due import PromptFellDue
from flows.events.own import ChatBlocked, ChatReturned, CommandGiven, Edited, Tapped, Typed
from flows.events.pairs import HelloReceived
from flows.events.shell import FlowStarted
from flows.people import PersonId, PersonState, Role
from storage import answers, check_ins, flags, inbox, invitations, people, reflections, schema, sessions
from storage import programmes as stored_programmes
from storage.database import Database
from tests.databases import FreshDatabase
from tests.speaking import the_speech

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CHATS = (501, 502, 503)


class StandingClock:
    """Stands still at `stands_at`."""

    stands_at = NOW

    def now(self) -> datetime:
        return self.stands_at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the clock's shape
        await asyncio.sleep(0)


def library() -> tuple[Catalogue, Speech]:
    return packaged_catalogue(), the_speech()


def turns_on(database: Database, log: Any = None) -> Turns:
    catalogue, speech = library()
    return Turns(database, catalogue, speech, world_facts(speech.languages), StandingClock(), log=log)


async def populate(database: Database, name: str = "Midwives", chats: int = 500) -> None:
    """Two twins in a pair and one who is alone, all of them active; a coordinator a side."""
    plan = programmes.Plan(name, ("Freetown", "Utrecht"), ("SL", "NL"))
    await programmes.create(database, plan, NOW)
    async with database.write() as tx:
        programme = next(one for one in await stored_programmes.list_all(tx) if one.name == name)
        placed = [
            (chats + 1, 0, Role.TWIN), (chats + 2, 1, Role.TWIN), (chats + 3, 0, Role.TWIN),
            (chats + 4, 0, Role.COORDINATOR), (chats + 5, 1, Role.COORDINATOR),
        ]  # fmt: skip
        ids = []
        for chat, side, role in placed:
            ids.append(
                await people.insert(
                    tx, programme=programme.id, side=programme.sides[side].id, role=role, telegram_id=chat,
                    language="en", now=NOW,
                )
            )  # fmt: skip
        from dataclasses import replace

        known = await people.load_locked(tx, database.vault, ids)
        await people.update_changed(
            tx,
            database.vault,
            [
                people.Changed(
                    replace(
                        one.person, state=PersonState.ACTIVE, name=f"P{one.telegram_id}", country="NL",
                        zone="Europe/Amsterdam", check_in_day=0, check_in_minute=540,
                    )
                )
                for one in known
            ],
            NOW,
        )  # fmt: skip
    await programmes.pair(database, ids[0], ids[1], NOW)


async def told(database: Database, turns: Turns) -> None:
    """What people told each other is handled, as the ticks do."""
    while True:
        async with database.read() as tx:
            pending = await inbox.pending(tx, database.vault, limit=100)
        if not pending:
            return
        await turns.carry_out(flood.arrivals(pending))


async def end_state(database: Database) -> dict[str, Any]:
    """Everything that a person could notice, without numbers of rows and moments."""
    async with database.read() as tx:
        ids = [PersonId(row[0]) for row in await tx.execute(select(schema.people.c.id))]
        vault = database.vault
        kept = await sessions.load(tx, vault, ids, NOW)
        return {
            "sessions": kept,
            "answers": sorted(map(repr, await answers.of_people(tx, vault, ids))),
            "check_ins": sorted(map(repr, await check_ins.of_people(tx, ids))),
            "reflections": sorted(map(repr, await reflections.of_people(tx, vault, ids))),
            "people": sorted(map(repr, await people.load_locked(tx, vault, ids))),
            "timers": sorted(
                map(tuple, await tx.execute(select(schema.timers.c.key, schema.timers.c.due_at))), key=repr
            ),
            "keys": sorted(row[0] for row in await tx.execute(select(schema.inbox.c.key)) if row[0]),
            "failed": [tuple(row) for row in await tx.execute(select(schema.inbox_failed.c.key))],
            "said": {chat: await said(database, tx, chat) for chat in (*CHATS, 504, 505)},
        }


async def said(database: Database, tx: Any, chat: int) -> list[str]:
    """What waits to be sent to her, in order, in clear."""
    row = schema.outbox.c
    found = await tx.execute(
        select(row.key, row.lane, row.anchor, row.state, row.body).where(row.chat_id == chat).order_by(row.id)
    )
    opened = []
    for key, lane, anchor, state, body in found:
        words = None if body is None else database.vault.open_text("outbox.body", f"{chat}/{key or ''}", body)
        opened.append(f"{lane} {anchor} {state} {words}")
    return opened


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(
        ["checkin", "help", "pause", "resume", "back", "skip", "leave", "numbers", "start", "stop", "what"]
    ).map(CommandGiven),
    st.builds(
        Tapped,
        st.integers(1, 4),
        st.sampled_from(
            [
                *("ask_contact", "ask_direction", "ask_kind", "ask_feeling", "ask_reason", "ask_help", "ask_length"),
                *("ask_level", "ask_towards", "ask_words", "ask_sharing", "ask_entry", "ask_action", "ask_delete"),
            ]
        ),
        st.integers(0, 6),
    ),
    st.builds(CommandGiven, st.sampled_from(["gave", "received", "gaveback"]), st.sampled_from(["", "the chart"])),
    st.sampled_from(["reflections", "reflections", "balance"]).map(CommandGiven),
    st.builds(Typed, st.sampled_from(["1", "2", "1 3 2 5", "3 1 2", "maybe", "١ ٣ ٢ ٥", "a line"]), st.integers(1, 9)),
    st.builds(Edited, st.sampled_from(["2", "4 1 2", "another"]), st.integers(1, 9)),
    st.sampled_from([ChatBlocked("blocked"), ChatReturned()]),
)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Arrival]:
    """Up to two dozen arrivals of three people, some of them twice."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(CHATS), EVENTS), min_size=1, max_size=24))
    made = [Arrival(f"tg/{number}", event, telegram_id=chat) for number, (chat, event) in enumerate(drawn)]
    for repeat in draw(st.lists(st.integers(0, len(made) - 1), max_size=3)):
        made.append(made[repeat])
    return made


@st.composite
def split(draw: st.DrawFn, items: Sequence[Arrival]) -> list[list[Arrival]]:
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(items) - 1)), max_size=8)))
    edges = [0, *[cut for cut in cuts if cut < len(items)], len(items)]
    return [list(items[start:end]) for start, end in pairwise(edges)]


def _emptied(database: FreshDatabase) -> None:
    async def work(opened: Database) -> None:
        async with opened.write() as tx:
            for table in reversed(schema.metadata.sorted_tables):
                if table.name not in ("meta", "alembic_version"):
                    await tx.execute(delete(table))

    database.run(work)


def _outcome(database: FreshDatabase, batches: Sequence[Sequence[Arrival]]) -> dict[str, Any]:
    async def work(opened: Database) -> dict[str, Any]:
        async with opened.write() as tx:
            await tx.run_sync(_restart_numbers)
        await populate(opened)
        turns = turns_on(opened)
        await told(opened, turns)
        for batch in batches:
            await turns.carry_out(batch)
        await told(opened, turns)
        return await end_state(opened)

    _emptied(database)
    return database.run(work)


def _restart_numbers(connection: Any) -> None:
    """People get the same ids in every run."""
    from sqlalchemy import text

    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence"))
    else:
        for table in schema.metadata.sorted_tables:
            if "id" in table.c:
                connection.execute(text(f"ALTER SEQUENCE {table.name}_id_seq RESTART"))


def _check(database: FreshDatabase, data: st.DataObject) -> None:
    items = data.draw(arrivals())
    once = {item.key: item for item in items}
    one_by_one = _outcome(database, [[item] for item in once.values()])
    batches = data.draw(split(items))
    assert _outcome(database, batches) == one_by_one


_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=25, deadline=None, suppress_health_check=_SLOW)
@given(data=st.data())
def test_any_split_into_batches_ends_in_the_same_state(sqlite_database: FreshDatabase, data: st.DataObject) -> None:
    _check(sqlite_database, data)


@settings(max_examples=8, deadline=None, suppress_health_check=_SLOW)
@given(data=st.data())
def test_any_split_into_batches_ends_in_the_same_state_on_postgresql(
    postgres_database: FreshDatabase, data: st.DataObject
) -> None:
    _check(postgres_database, data)


SHARED_READ_DELETED: tuple[Event, ...] = (
    CommandGiven("gave", "the new chart"),
    *(Typed(text, number) for number, text in enumerate(("2", "1", "1", "1"), start=1)),
    CommandGiven("reflections"),
    *(Typed(text, number) for number, text in enumerate(("1", "1", "the newest chart"), start=11)),
    CommandGiven("reflections"),
    *(Typed(text, number) for number, text in enumerate(("1", "2", "3"), start=21)),
    CommandGiven("balance"),
    CommandGiven("checkin"),
    Typed("1 3 2 5", 31),
    Typed("it went well", 32),
    CommandGiven("balance"),
    CommandGiven("reflections"),
    *(Typed(text, number) for number, text in enumerate(("2", "3", "1"), start=41)),
    CommandGiven("reflections"),
    Edited("it went very well", 32),
)
"""What somebody types in one breath, on a bad network: each line rests on what the lines before it changed."""


def test_what_is_written_and_read_again_in_one_batch_is_read_as_it_then_is(each_database: FreshDatabase) -> None:
    items = [Arrival(f"tg/{n}", event, telegram_id=501) for n, event in enumerate(SHARED_READ_DELETED)]
    one_by_one = _outcome(each_database, [[item] for item in items])
    assert _outcome(each_database, [items]) == one_by_one
    (kept,) = one_by_one["reflections"]
    assert "it went very well" in kept
    read = "\n".join(one_by_one["said"][501])
    assert "“the newest chart”" in read
    assert read.count("1. ") >= 3
    theirs = one_by_one["said"][502]
    assert not [line for line in theirs if "chart" in line and '"method":"send"' in line]
    assert any("rewrite" in line and "has taken this back" in line for line in theirs)


def test_what_is_taken_back_before_it_was_sent_is_never_sent(each_database: FreshDatabase) -> None:
    async def work(opened: Database) -> list[str]:
        await populate(opened)
        turns = turns_on(opened)
        await told(opened, turns)
        for number, event in enumerate(SHARED_READ_DELETED[:5]):
            await turns.carry_out([Arrival(f"tg/{number}", event, telegram_id=501)])
        await told(opened, turns)
        async with opened.read() as tx:
            assert any("waiting" in line and "the new chart" in line for line in await said(opened, tx, 502))
        again: list[Event] = [CommandGiven("reflections"), Typed("1", 61), Typed("2", 62), Typed("3", 63)]
        for number, event in enumerate(again):
            await turns.carry_out([Arrival(f"tg/again/{number}", event, telegram_id=501)])
        await told(opened, turns)
        async with opened.read() as tx:
            return [line for line in await said(opened, tx, 502) if "shared/" in line]

    lines = each_database.run(work)
    words, rewritten, voice = lines
    assert "withdrawn None" in words
    assert "has taken this back" in rewritten
    assert '"method":"delete"' in voice


def test_more_people_than_one_batch_loads_for_are_all_answered(sqlite_database: FreshDatabase) -> None:
    chats = (501, 502, 503, 601, 602, 603)
    assert len(chats) > LARGE_AT_ONCE

    async def work(opened: Database) -> dict[int, str]:
        await populate(opened)
        await populate(opened, "Other", 600)
        turns = turns_on(opened)
        await told(opened, turns)
        batch = [Arrival(f"tg/{chat}", CommandGiven("reflections"), telegram_id=chat) for chat in chats]
        await turns.carry_out(batch)
        async with opened.read() as tx:
            return {chat: "\n".join(await said(opened, tx, chat)) for chat in chats}

    read = sqlite_database.run(work)
    assert [chat for chat in chats if read[chat].count("You have written nothing yet.") != 1] == []


def test_nobody_but_twin_and_own_coordinators_ever_hears_of_an_entry(each_database: FreshDatabase) -> None:
    async def work(opened: Database) -> dict[int, str]:
        await populate(opened)
        await populate(opened, "Other", 600)
        turns = turns_on(opened)
        await told(opened, turns)
        events: list[Event] = [CommandGiven("gave", "the new chart"), *(Typed(one, 1) for one in ("2", "1", "1", "2"))]
        for number, event in enumerate(events):
            await turns.carry_out([Arrival(f"tg/{number}", event, telegram_id=501)])
        await told(opened, turns)
        tries: list[Event] = [CommandGiven("reflections"), Tapped(1, "ask_entry", 1), Tapped(1, "ask_sharing", 1)]
        forged = [
            Arrival(f"tg/f{chat}/{number}", event, telegram_id=chat)
            for chat in (502, 503, 504, 505, 601, 602, 604)
            for number, event in enumerate([*tries, Typed("1", 9)])
        ]
        await turns.carry_out(forged)
        await told(opened, turns)
        async with opened.read() as tx:
            return {chat: "\n".join(await said(opened, tx, chat)) for chat in (502, 503, 504, 505, 601, 602, 604)}

    read = each_database.run(work)
    assert [chat for chat, words in read.items() if "the new chart" in words] == [504]
    assert "/reflections is not for you" in read[504]


def test_a_data_error_in_one_arrival_of_a_batch_sets_only_that_one_aside(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        await told(database, turns)
        batch = [
            Arrival("tg/1", CommandGiven("checkin"), telegram_id=501),
            Arrival("tg/2", CommandGiven("checkin"), telegram_id=502),
            # half of a surrogate pair can not be stored; the edge strips it, this one got past
            Arrival("tg/3", ChatBlocked("spoilt \ud800"), telegram_id=503),
            Arrival("tg/4", Typed("1", 78), telegram_id=501),
        ]
        await turns.carry_out(batch)
        await turns.carry_out(batch)
        await told(database, turns)
        state = await end_state(database)
        assert any("Contact with P502" in words for words in state["said"][501])
        assert any("ask_direction" in words for words in state["said"][501]), "the one behind it was answered as well"
        assert {"tg/1", "tg/2", "tg/3", "tg/4"} <= set(state["keys"])
        assert state["failed"] == [("tg/3",)]
        assert [words for words in state["said"][503] if "Your answer is kept" in words]

    each_database.run(work)


@pytest.mark.parametrize("at_once", [True, False])
def test_until_she_is_in_another_invitation_takes_the_place_of_the_first(
    each_database: FreshDatabase, at_once: bool
) -> None:
    async def work(database: Database) -> None:
        invited = await programmes.create(database, programmes.Plan("Midwives", ("Freetown", "Utrecht")), NOW)
        wrong, right = invited.links[1].token, invited.links[2].token
        turns = turns_on(database)
        events: list[Event] = [CommandGiven("start", wrong), Tapped(1, "ask_consent", 1), CommandGiven("start", right)]
        arrivals = [
            Arrival(f"tg/{n}", one, telegram_id=601, start=one.argument if isinstance(one, CommandGiven) else None)
            for n, one in enumerate(events)
        ]
        for batch in [arrivals] if at_once else [[one] for one in arrivals]:
            await turns.carry_out(batch)
        async with database.read() as tx:
            found = await invitations.lookup(tx, right)
            freed = await invitations.lookup(tx, wrong)
            assert found is not None
            assert freed is not None
            assert freed.used_by is None
            assert found.used_by is not None
            assert await people.count(tx) == 1
            (hers,) = await people.load_locked(tx, database.vault, [found.used_by])
            assert (hers.telegram_id, hers.person.role) == (601, Role.COORDINATOR)
            assert "Utrecht" in (await said(database, tx, 601))[-1]
            assert list(await tx.execute(select(schema.consents))) == [], "what she agreed to was another invitation"
            (open_one,) = (await sessions.load(tx, database.vault, [found.used_by], NOW))[found.used_by]
            assert open_one.step == "ask_consent"

    each_database.run(work)


def test_what_others_tell_at_night_makes_no_sound_and_her_own_answers_do(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        await told(database, turns)
        async with database.read() as tx:
            by_day = len(await said(database, tx, 501))
            assert not any('"silent"' in words for words in await said(database, tx, 501))
        clock = StandingClock()
        clock.stands_at = NOW.replace(hour=22)
        catalogue, speech = library()
        at_night = Turns(database, catalogue, speech, world_facts(speech.languages), clock)
        async with database.read() as tx:
            (hers,) = await people.load_locked(tx, database.vault, [], [501])
        hello = Arrival(None, HelloReceived("P502", PersonId(2), 1), person=hers.person.id)
        await at_night.carry_out([hello, Arrival("tg/1", CommandGiven("help"), telegram_id=501)])
        async with database.read() as tx:
            night = (await said(database, tx, 501))[by_day:]
        assert ["says hello" in words for words in night] == [True, False]
        assert ['"silent"' in words for words in night] == [True, False]

    each_database.run(work)


def test_what_comes_unasked_goes_by_the_quiet_hours_that_she_chose(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        await told(database, turns_on(database))
        clock = StandingClock()
        clock.stands_at = NOW.replace(hour=21)
        catalogue, speech = library()
        turns = Turns(database, catalogue, speech, world_facts(speech.languages), clock)
        async with database.write() as tx:
            (hers,) = await people.load_locked(tx, database.vault, [], [501])
            later = replace(hers.person, quiet_hours="late")
            await people.update_changed(tx, database.vault, [people.Changed(later)], NOW)
        rows = schema.outbox.c
        for hour in (21, 8):  # an hour later in Amsterdam: before eleven in the evening, and before ten in the morning
            clock.stands_at = NOW.replace(hour=hour)
            await turns.carry_out([Arrival(None, HelloReceived("P502", PersonId(2), 1), person=hers.person.id)])
        asked = PromptFellDue("weekly_checkin", f"{NOW:%G-W%V}", clock.stands_at)
        await turns.carry_out([Arrival(None, asked, person=hers.person.id)])
        async with database.read() as tx:
            evening, morning = (one for one in await said(database, tx, 501) if "says hello" in one)
            quiet = (await tx.execute(select(rows.quiet).where(rows.chat_id == 501).order_by(rows.id))).scalars().all()
        assert ('"silent"' in evening, '"silent"' in morning) == (False, True)
        assert "23:00-10:00 Europe/Amsterdam" in quiet

    each_database.run(work)


def test_what_is_submitted_counts_as_arrived_only_when_it_is_on_disk(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        running = asyncio.create_task(turns.run())
        async with asyncio.timeout(20):
            for number in range(5):
                together = [Arrival(f"tg/{number}/{chat}", CommandGiven("help"), telegram_id=chat) for chat in CHATS]
                await asyncio.gather(*(turns.submit([one]) for one in together))
                async with database.read() as tx:
                    kept = await inbox.known(tx, [one.key for one in together if one.key is not None])
                assert kept == {one.key for one in together}
            turns.stop()
            await running

    each_database.run(work)


def test_what_one_told_another_is_carried_out_once_however_often_it_is_handed_in(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        turns = turns_on(database)
        await told(database, turns)
        no_contact_then_hello: list[Event] = [CommandGiven("checkin"), Typed("4", 1), Typed("1", 2), Typed("2", 3)]
        for number, event in enumerate(no_contact_then_hello):
            await turns.carry_out([Arrival(f"tg/{number}", event, telegram_id=501)])
        async with database.read() as tx:
            (row,) = await inbox.pending(tx, database.vault, limit=100)
        hello = Arrival(None, row.event, person=row.person, told=row.id)
        await turns.carry_out([hello])
        await turns.carry_out([hello])
        async with database.read() as tx:
            heard = [words for words in await said(database, tx, 502) if "says hello" in words]
        assert len(heard) == 1

    each_database.run(work)


class Stumbling:
    """A database whose first commits fail."""

    def __init__(self, database: Database, failures: list[Exception]) -> None:
        self._database = database
        self._failures = failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self._database.write() as tx:
            yield tx
            if self._failures:
                raise self._failures.pop()


def _conflict() -> Exception:
    failure = sqlite3.IntegrityError()
    failure.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT_UNIQUE
    return failure


@pytest.mark.parametrize("failure", [OSError(28, "No space left"), _conflict()], ids=["surroundings", "conflict"])
def test_what_may_pass_is_tried_again_and_sets_nothing_aside(each_database: FreshDatabase, failure: Exception) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        await told(database, turns_on(database))
        stumbling: Any = Stumbling(database, [failure] * 3)
        await turns_on(stumbling).carry_out([Arrival("tg/1", CommandGiven("checkin"), telegram_id=501)])
        state = await end_state(database)
        assert (state["failed"], state["keys"].count("tg/1")) == ([], 1)
        assert sum("Contact with P502" in words for words in state["said"][501]) == 1

    each_database.run(work)


class Spoilt:
    """Speech that breaks on what it has to say, and quotes it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(library()[1], name)

    def text(self, *_: object) -> str:
        raise ValueError("Quixotrable")


def test_a_turn_that_breaks_is_logged_by_class_and_place_and_never_by_words(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await populate(database)
        await told(database, turns_on(database))
        catalogue, speech = library()
        broken: Any = Spoilt()
        with structlog.testing.capture_logs() as lines:
            turns = Turns(database, catalogue, broken, world_facts(speech.languages), StandingClock())
            await turns.carry_out([Arrival("tg/1", CommandGiven("help"), telegram_id=501)])
        assert {"turn_failed", "arrival_set_aside"} <= {line["event"] for line in lines}
        assert "ValueError" in str(lines)
        assert "Quixotrable" not in str(lines)

    sqlite_database.run(work)


def test_invitations_open_once_however_often_they_are_used_at_once(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        plan = programmes.Plan("Midwives", ("Freetown", "Utrecht"), ("SL", "NL"))
        invited = await programmes.create(database, plan, NOW)
        token = invited.links[1].token
        turns = turns_on(database)
        await turns.carry_out(
            [
                Arrival(f"tg/{chat}", CommandGiven("start", token), telegram_id=chat, start=token)
                for chat in (601, 602, 603)
            ]
        )
        async with database.read() as tx:
            assert await people.count(tx) == 1
            found = await invitations.lookup(tx, token)
            assert found is not None
            assert found.used_by is not None
            for chat in (602, 603):
                assert any("used already" in words for words in await said(database, tx, chat))

    each_database.run(work)


@pytest.mark.parametrize(("first", "commits"), [("stop", 2), ("help", 1)])
def test_what_others_may_know_changes_only_between_batches(
    each_database: FreshDatabase, first: str, commits: int
) -> None:
    async def work(database: Database) -> tuple[int, list[int]]:
        await populate(database)
        turns = turns_on(database)
        seen: list[Any] = []
        turns._on_commit = seen.append
        await turns.carry_out(
            [
                Arrival("tg/1", CommandGiven(first), telegram_id=502),
                Arrival("tg/2", CommandGiven("help"), telegram_id=501),
            ]
        )
        async with database.read() as tx:
            return len(seen), [len(await said(database, tx, chat)) for chat in (501, 502)]

    assert each_database.run(work) == (commits, [1, 1])


def test_a_flag_goes_up_when_she_is_out_of_reach_and_down_when_she_is_back(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[int]:
        await populate(database)
        turns = turns_on(database)
        seen = []
        for arrival in (
            Arrival("tg/0", ChatBlocked("blocked"), telegram_id=501),
            Arrival("tg/1", ChatReturned(), telegram_id=501),
        ):
            await turns.carry_out([arrival])
            await told(database, turns)
            async with database.read() as tx:
                seen.append(len((await tx.execute(select(schema.flags))).all()))
        return seen

    assert each_database.run(work) == [1, 0]


def test_coordinators_hear_once_that_a_quiet_twin_answered_however_many_answers_come_in_one_batch(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> list[str]:
        await populate(database)
        turns = turns_on(database)
        await told(database, turns)
        async with database.write() as tx:
            (person,) = await people.load_locked(tx, database.vault, [], [501])
            up = flags.Flag(person.person.id, "quiet", person.person.programme, None, NOW)
            await flags.raise_many(tx, [up])
        await turns.carry_out(
            [
                Arrival("tg/1", FlowStarted("all_ok"), telegram_id=501),
                Arrival("tg/2", Typed("1", 7), telegram_id=501),
                Arrival("tg/3", Edited("2", 7), telegram_id=501),
            ]
        )
        async with database.read() as tx:
            assert await flags.of_people(tx, [person.person.id]) == []
            return [type(one.event).__name__ for one in await inbox.pending(tx, database.vault, limit=9)]

    assert each_database.run(work) == ["TwinAnswered"]
