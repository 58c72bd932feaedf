"""The batch is an optimisation, not a meaning: however arrivals are split, the end is the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bot.arrivals import Arrival
from flows.events import Event
from flows.events.own import ChatBlocked, ChatReturned, CommandGiven, Edited, Tapped, Typed
from storage import schema
from storage.database import Database
from tests.databases import FreshDatabase
from tests.turns import CHATS, end_state, populate, said, told, turns_on

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
