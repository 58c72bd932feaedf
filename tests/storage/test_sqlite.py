"""What is put off on SQLite is in its place when it is looked for, and gone when its transaction is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from flows.people import PersonId
from storage import inbox, meta, timers
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.errors import Trouble, kind_of
from storage.statements import Query
from storage.timers import Timer
from tests.databases import FreshDatabase
from tests.storage.seeding import NOW

NOBODY = PersonId(4711)


def _timer(key: str, hours: int, person: PersonId | None = None) -> Timer:
    return Timer(f"check_in/1/{key}", "check_in", NOW + timedelta(hours=hours), person=person)


async def _keys(tx: Transaction) -> list[str]:
    return [timer.period for timer in await timers.due(tx, NOW + timedelta(days=1), 100)]


def test_rows_are_written_in_their_order_and_seen_by_the_next_statement(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[str]]:
        await timers.set_many(tx, [_timer("a", 2), _timer("b", 1)])
        await timers.set_many(tx, [_timer("a", 0)])
        seen = [await _keys(tx)]
        await timers.set_many(tx, [_timer("c", 3)])
        await timers.delete_many(tx, ["check_in/1/b"])
        return [*seen, await _keys(tx)]

    assert each_database.write(work) == [["a", "b"], ["a", "c"]]


@pytest.mark.parametrize("many", [1, 7, 8, 9, 63, 64, 65, 137, 200])
def test_rows_of_any_number_are_written_once_each_and_the_last_of_two_holds(
    each_database: FreshDatabase, many: int
) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[str, int]]:
        rows = [_timer(str(number), -number) for number in range(many)]
        await timers.set_many(tx, rows)
        await timers.set_many(tx, [*rows, _timer("0", -1)])  # twice in one call
        await inbox.add_keys(tx, [inbox.Arrived(f"tg/{number % 90}") for number in range(many)], NOW)
        known = await inbox.known(tx, [f"tg/{number}" for number in range(many)])
        assert known == {f"tg/{number % 90}" for number in range(many)}
        due = await timers.due(tx, NOW + timedelta(days=1), 1_000)
        return [(timer.period, round((NOW - timer.due_at) / timedelta(hours=1))) for timer in due]

    told = sorted(each_database.write(work))
    assert told == sorted((str(number), max(1, number)) for number in range(many))


def test_rows_are_written_when_nothing_follows_them(each_database: FreshDatabase) -> None:
    each_database.write(lambda tx, _: timers.set_many(tx, [_timer("a", 1)]))

    assert each_database.write(lambda tx, _: _keys(tx)) == ["a"]


def test_rows_that_can_not_be_written_take_their_transaction_with_them(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> tuple[Trouble, list[str]]:
        with pytest.raises(DBAPIError) as raised:
            async with database.write() as tx:
                await timers.set_many(tx, [_timer("a", 1)])
                await timers.set_many(tx, [_timer("b", 1, NOBODY)])
        async with database.write() as tx:
            await timers.set_many(tx, [_timer("c", 1)])
        async with database.read() as tx:
            return kind_of(raised.value), await _keys(tx)

    assert each_database.run(work) == (Trouble.DATA, ["c"])


def test_what_was_put_off_ends_with_a_transaction_that_is_given_up(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[str]:
        with pytest.raises(ZeroDivisionError):
            async with database.write() as tx:
                await timers.set_many(tx, [_timer("a", 1)])
                raise ZeroDivisionError
        async with database.write() as tx:
            await timers.set_many(tx, [_timer("b", 1)])
        async with database.read() as tx:
            return await _keys(tx)

    assert each_database.run(work) == ["b"]


def test_a_query_for_later_sees_what_was_written_before_it(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[set[str], set[str]]:
        await inbox.add_keys(tx, [inbox.Arrived("tg/1")], NOW)
        alone = await inbox.known(tx, ["tg/1", "tg/2"])  # nothing else is waited for
        later = inbox.known(tx, ["tg/1", "tg/2"])
        await _keys(tx)
        return alone, await later

    assert each_database.write(work) == ({"tg/1"}, {"tg/1"})


def test_a_query_for_later_crosses_with_what_is_waited_for_next(sqlite_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> set[str]:
        later = inbox.known(tx, ["tg/1"])
        await _keys(tx)
        await inbox.add_keys(tx, [inbox.Arrived("tg/1")], NOW)
        await _keys(tx)
        return await later

    assert sqlite_database.write(work) == set(), "it was asked before the key was there"


def test_an_error_of_a_query_for_later_is_told_to_whoever_waits_first(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> Trouble:
        with pytest.raises(DBAPIError) as raised:
            async with database.write() as tx:
                later = Query(text("SELECT nothing FROM nowhere")).later(tx, len)
                await later
        async with database.write() as tx:  # the connection is as good as before
            assert await meta.get(tx, "a") is None
        return kind_of(raised.value)

    assert each_database.run(work) is Trouble.SURROUNDINGS


def test_a_list_of_any_length_finds_its_rows_and_no_others(each_database: FreshDatabase) -> None:
    keys = [f"check_in/1/{number}" for number in range(9)]

    async def work(tx: Transaction, vault: Vault) -> list[int]:
        await timers.set_many(tx, [_timer(str(number), number) for number in range(9)])
        return [len(await timers.still_there(tx, keys[:length])) for length in range(10)]

    assert each_database.write(work) == list(range(10))


def test_an_error_of_a_query_is_told_as_any_other(each_database: FreshDatabase) -> None:
    with pytest.raises(DBAPIError) as raised:
        each_database.write(lambda tx, _: Query(text("SELECT nothing FROM nowhere")).rows(tx))

    assert kind_of(raised.value) is Trouble.SURROUNDINGS
