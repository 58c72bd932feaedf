"""For which row a value is sealed, and everything under a new key while others write."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from flows.broadcasts import Audience
from flows.checklist import ChangeRow
from flows.effects import RecordMilestone, SaveAnswer, SaveNote
from flows.events.people import StandingChanged
from flows.goals import GoalRow, Wording
from flows.session import Session
from storage import (
    answers,
    broadcasts,
    checklist,
    drafts,
    goals,
    holdings,
    inbox,
    meta,
    outbox,
    pair_answers,
    pairs,
    reflections,
    schema,
    seals,
    sessions,
)
from storage.database import Database, Transaction
from storage.encryption import Key, Vault
from storage.errors import UnknownKey, Unreadable
from storage.pair_answers import PairAnswer
from storage.pairs import Place
from tests.databases import KEY, FreshDatabase
from tests.storage.seeding import NOW, Cast, outgoing, seed

NEW = Key("k2", bytes(range(1, 33)))
BOTH, ALONE = Vault([NEW, KEY]), Vault([NEW])


async def write_everything(tx: Transaction, vault: Vault) -> Cast:
    """At least one value in every sealed column, each written by what writes it in earnest."""
    cast = await seed(tx, vault)
    pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
    place = Place(cast.bintu, cast.programme, pair)
    await pair_answers.save(tx, vault, [PairAnswer(pair, cast.bintu, "call_me", None, "B.", NOW)])
    await goals.save(tx, vault, [(pair, cast.bintu, GoalRow(1, 1, Wording(goal="one register"), NOW))])
    await goals.record(tx, vault, [(cast.bintu, RecordMilestone(9, pair, 1, "late", value="12.5"))], NOW)
    change = ChangeRow(1, "checklist_together.ask_time", 1, "one call a month", NOW, wrote=True)
    await checklist.save(tx, vault, [(cast.programme, cast.bintu, change)])
    await sessions.upsert(tx, vault, [(cast.bintu, Session(7, "f", "v", NOW), None)], NOW)
    said = [SaveAnswer(7, "f", "words", words="w"), SaveAnswer(7, "f", "voice", voice="v")]
    await answers.save(tx, vault, [(cast.bintu, one) for one in said], NOW)
    await reflections.set_words(tx, vault, [(place, SaveNote(7, "a line")), (place, SaveNote(8, None, "file"))], NOW)
    event = StandingChanged("Bintu", "left")
    await inbox.tell(tx, vault, [inbox.Told(cast.aminata, event), inbox.Told(cast.carla, event, "key/1")], NOW)
    await inbox.fail(tx, vault, [inbox.Failed("update/9", "{}", "ValueError", cast.bintu, 1002, 1)], NOW)
    await broadcasts.decide(
        tx,
        vault,
        programme=cast.programme,
        author=cast.aminata,
        audience=Audience(None, twins_only=False),
        texts={"en": "Hello"},
        sender="Aminata",
        now=NOW,
    )
    await outbox.insert(tx, vault, [outgoing(1002), outgoing(1002, key="k", person=cast.bintu)], NOW)
    await drafts.keep(tx, vault, [drafts.Draft(cast.aminata, 5, drafts.SENT, {"file": "f", "name": "a.toml"}, NOW)])
    return cast


async def opened(tx: Transaction, vault: Vault) -> dict[str, list[str]]:
    """What stands in every sealed column."""
    found: dict[str, list[str]] = {}
    for column in seals.SEALED:
        rows = (await tx.execute(select(column.table).where(column.is_not(None)))).mappings()
        found[str(column)] = sorted(
            vault.open_text(str(column), seals.row_of(column, row), row[column.name]) for row in map(dict, rows)
        )
    return found


def test_every_value_is_sealed_for_the_row_that_the_table_says(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[dict[str, list[str]], Any]:
        cast = await write_everything(tx, vault)
        return await opened(tx, vault), await holdings.of_person(tx, vault, cast.aminata, 1001)

    found, copy = each_database.write(work)
    assert copy["broadcasts"][0]["texts"]["texts"] == {"en": "Hello"}, "and so its author finds it in her copy"
    assert [column for column, values in found.items() if not values] == []


async def _anew(database: Database, vault: Vault, limit: int) -> list[seals.Piece]:
    pieces = []
    for column in seals.SEALED:
        after: Any = None
        while True:
            async with database.write() as tx:
                piece = await seals.seal_anew(tx, vault, column, after, limit)
            pieces.append(piece)
            if piece.last is None:
                break
            after = piece.last
    return pieces


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_everything_comes_under_the_newest_key_and_opens_with_it_alone(
    each_database: FreshDatabase, limit: int
) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            await write_everything(tx, database.vault)
            before = await opened(tx, database.vault)
            values = sum(map(len, before.values()))
            assert await seals.count(tx, Vault.header(KEY.id)) == values
        pieces = await _anew(database, BOTH, limit)
        assert sum(one.sealed for one in pieces) == values
        async with database.read() as tx:
            assert await opened(tx, ALONE) == before
            assert await seals.count(tx, Vault.header(NEW.id)) == values
            assert await seals.count_others(tx, Vault.header(NEW.id)) == 0
        assert sum(one.sealed for one in await _anew(database, BOTH, limit)) == 0, "done once is done"

    each_database.run(work)


def test_a_value_that_no_key_opens_is_counted_and_left_alone(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            cast = await write_everything(tx, database.vault)
            people = schema.people
            spoilt = database.vault.seal_text("people.name", cast.doris, "D")
            await tx.execute(update(people).where(people.c.id == cast.bintu).values(name=spoilt))
        pieces = await _anew(database, BOTH, 100)
        assert sum(one.unreadable for one in pieces) == 1
        async with database.read() as tx:
            assert await seals.count_others(tx, Vault.header(NEW.id)) == 1
            name = (await tx.execute(select(people.c.name).where(people.c.id == cast.bintu))).scalar_one()
        assert bytes(name) == bytes(spoilt)
        with pytest.raises(Unreadable):
            BOTH.open_text("people.name", cast.bintu, name)
        with pytest.raises(UnknownKey):
            ALONE.open_text("people.name", cast.bintu, name)

    each_database.run(work)


def test_what_others_write_meanwhile_is_never_undone(each_database: FreshDatabase) -> None:
    """A turn writes under the old key or the new one; what it wrote last is what stands there in the end."""

    async def work(database: Database) -> None:
        async with database.write() as tx:
            cast = await write_everything(tx, database.vault)
            ids = [cast.aminata, cast.bintu, cast.carla, cast.doris]
            for person in ids:
                rows = [(person, Session(number, "f", "v", NOW), None) for number in range(20, 60)]
                await sessions.upsert(tx, database.vault, rows, NOW)
        other = await Database.open(each_database.url, BOTH)
        ended = asyncio.Event()
        written = 0

        async def turns() -> None:
            nonlocal written
            while not ended.is_set():
                written += 1
                async with other.write() as tx:
                    said = Session(20 + written % 40, "f", f"v{written}", NOW)
                    await sessions.upsert(tx, BOTH, [(one, said, None) for one in reversed(ids)], NOW)
                await asyncio.sleep(0)

        writing = asyncio.create_task(turns())
        while written < 50:
            await _anew(database, BOTH, 5)
            await asyncio.sleep(0.01)
        ended.set()
        await writing
        await _anew(database, BOTH, 50)
        async with database.read() as tx:
            loaded = await sessions.load(tx, ALONE, ids, NOW)
            assert await seals.count_others(tx, Vault.header(NEW.id)) == 0
        await other.close()
        for person in ids:
            found = {one.number: one.version for one in loaded[person]}
            latest = {20 + turn % 40: f"v{turn}" for turn in range(max(1, written - 39), written + 1)}
            assert {number: found[number] for number in latest} == latest

    each_database.run(work)


def test_the_keys_of_a_database_are_known_until_they_are_given_up(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[str]]:
        await meta.check_canary(tx, vault)
        await meta.check_canary(tx, BOTH)
        before = await meta.keys_of(tx)
        await meta.forget_keys(tx, [KEY.id])
        await meta.check_canary(tx, ALONE)
        return [before, await meta.keys_of(tx)]

    assert each_database.write(work) == [["k2", "test"], ["k2"]]
