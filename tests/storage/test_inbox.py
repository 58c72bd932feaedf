from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from flows.events import Event
from flows.events.due import PauseEnded
from flows.events.own import Typed
from flows.events.pairs import HelloReceived
from flows.people import PersonId
from storage import inbox, people
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.inbox import Arrived, Failed, Pending, Told
from tests.databases import FreshDatabase, test_vault
from tests.storage.seeding import NOW, SECOND, seed


def _events(rows: Sequence[Pending]) -> list[Event]:
    return [row.event for row in rows]


def test_a_key_that_was_handled_is_known_and_a_repeat_changes_nothing(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[set[str], int]:
        cast = await seed(tx, vault)
        await inbox.add_keys(tx, [Arrived("update/1", cast.bintu), Arrived("update/2")], NOW)
        await inbox.add_keys(tx, [Arrived("update/2", cast.doris), Arrived("update/3")], NOW)
        return await inbox.known(tx, ["update/1", "update/2", "update/3", "update/4"]), await inbox.count_pending(tx)

    assert each_database.write(work) == ({"update/1", "update/2", "update/3"}, 0)


def test_nothing_is_asked_where_there_is_nothing_to_ask(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[object, ...]:
        await inbox.add_keys(tx, [], NOW)
        await inbox.tell(tx, vault, [], NOW)
        await inbox.mark_done(tx, [], NOW)
        return await inbox.known(tx, []), await inbox.still_pending(tx, []), await inbox.pending(tx, vault, 10)

    assert each_database.write(work) == (set(), set(), [])


def test_told_events_wait_in_order_until_they_are_done(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[Event]]:
        cast = await seed(tx, vault)
        told = [Told(cast.bintu, HelloReceived(f"nr {number}", PersonId(2), 1)) for number in range(3)]
        await inbox.tell(tx, vault, told, NOW)
        await inbox.add_keys(tx, [Arrived("update/1", cast.bintu)], NOW)
        first = await inbox.pending(tx, vault, 2)
        await inbox.mark_done(tx, [first[0].id], NOW)
        return [_events(first), _events(await inbox.pending(tx, vault, 10))]

    assert each_database.write(work) == [
        [HelloReceived("nr 0", PersonId(2), 1), HelloReceived("nr 1", PersonId(2), 1)],
        [HelloReceived("nr 1", PersonId(2), 1), HelloReceived("nr 2", PersonId(2), 1)],
    ]


def test_people_can_be_left_out_of_a_page(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Event]:
        cast = await seed(tx, vault)
        await inbox.tell(
            tx, vault, [Told(cast.bintu, PauseEnded()), Told(cast.doris, HelloReceived("Bintu", PersonId(2), 1))], NOW
        )
        return _events(await inbox.pending(tx, vault, 10, not_people=[cast.bintu]))

    assert each_database.write(work) == [HelloReceived("Bintu", PersonId(2), 1)]


def test_telling_the_same_key_again_is_harmless(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Event]:
        cast = await seed(tx, vault)
        await inbox.tell(tx, vault, [Told(cast.bintu, HelloReceived("first", PersonId(2), 1), "hello/1")], NOW)
        await inbox.tell(tx, vault, [Told(cast.bintu, HelloReceived("second", PersonId(2), 1), "hello/1")], NOW)
        return _events(await inbox.pending(tx, vault, 10))

    assert each_database.write(work) == [HelloReceived("first", PersonId(2), 1)]


def test_what_another_process_has_done_is_not_pending_any_more(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        await inbox.tell(tx, vault, [Told(cast.bintu, PauseEnded()), Told(cast.doris, PauseEnded())], NOW)
        one, two = [row.id for row in await inbox.pending(tx, vault, 10)]
        await inbox.mark_done(tx, [one], NOW)
        return await inbox.still_pending(tx, [one, two]) == {two}

    assert each_database.write(work)


def test_keys_are_forgotten_after_two_days_and_told_events_never(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, set[str], int]:
        cast = await seed(tx, vault)
        await inbox.add_keys(tx, [Arrived("old")], NOW)
        await inbox.tell(tx, vault, [Told(cast.bintu, PauseEnded(), "told")], NOW)
        await inbox.add_keys(tx, [Arrived("young")], NOW + SECOND)
        gone = await inbox.purge(tx, NOW + inbox.KEEP_KEYS + SECOND)
        return gone, await inbox.known(tx, ["old", "young", "told"]), await inbox.count_pending(tx)

    assert each_database.write(work) == (1, {"young", "told"}, 1)


def test_what_failed_is_kept_whole_and_can_be_fed_again(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[Failed], list[Failed], set[str]]:
        cast = await seed(tx, vault)
        await inbox.add_keys(tx, [Arrived("update/1", cast.bintu)], NOW)
        failure = Failed("update/1", '{"text": "NUL \\u0000"}', "DataError", cast.bintu, 1002)
        await inbox.fail(tx, vault, [failure], NOW)
        await inbox.fail(tx, vault, [failure], NOW)
        before = await inbox.failed(tx, vault, 10)
        await inbox.take_failed(tx, ["update/1"])
        return before, await inbox.failed(tx, vault, 10), await inbox.known(tx, ["update/1"])

    before, after, known = each_database.write(work)
    assert [(one.key, one.body, one.error, one.telegram_id, one.attempts) for one in before] == [
        ("update/1", '{"text": "NUL \\u0000"}', "DataError", 1002, 2)
    ]
    assert (after, known) == ([], set())


@pytest.mark.postgres
def test_the_same_key_in_two_processes_is_handled_once(postgres_database: FreshDatabase) -> None:
    """The second waits for the lock of the person and then knows the key."""

    async def turn(database: Database, chat: int, order: list[str], name: str) -> None:
        async with database.write() as tx:
            known = await people.load_locked(tx, database.vault, [], [chat])
            if "update/1" in await inbox.known(tx, ["update/1"]):
                order.append(f"{name} knew")
                return
            await asyncio.sleep(0.1)
            await inbox.add_keys(tx, [Arrived("update/1", known[0].person.id)], NOW)
            order.append(f"{name} did")

    async def both() -> list[str]:
        one, two = [await Database.open(postgres_database.url, test_vault()) for _ in range(2)]
        order: list[str] = []
        await asyncio.gather(turn(one, 1002, order, "one"), turn(two, 1002, order, "two"))
        await one.close()
        await two.close()
        return sorted(word.partition(" ")[2] for word in order)

    postgres_database.write(seed)
    assert asyncio.run(both()) == ["did", "knew"]


@pytest.mark.postgres
def test_two_batches_that_tell_each_others_people_do_not_lock_each_other_out(postgres_database: FreshDatabase) -> None:
    """Inserting a row that names a locked person must not wait: the lock leaves foreign keys alone."""

    async def work(database: Database) -> int:
        async with database.write() as tx:
            cast = await seed(tx, database.vault)
        async with database.write() as one, database.write() as two:
            await people.load_locked(one, database.vault, [cast.bintu])
            await people.load_locked(two, database.vault, [cast.doris])
            await asyncio.wait_for(inbox.tell(one, database.vault, [Told(cast.doris, Typed("a", 1))], NOW), 5)
            await asyncio.wait_for(inbox.tell(two, database.vault, [Told(cast.bintu, Typed("b", 1))], NOW), 5)
        async with database.read() as tx:
            return await inbox.count_pending(tx)

    assert postgres_database.run(work) == 2
