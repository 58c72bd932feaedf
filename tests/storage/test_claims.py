"""Claims: which rows of the outbox are taken, in which order, and by one sender at a time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select, text

from flows.effects import Lane
from storage import claims, outbox
from storage.claims import Claimed
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.outbox import Settled, State
from storage.schema import outbox as table
from tests.databases import FreshDatabase, test_vault
from tests.storage.seeding import DAY, MINUTE, NOW, SECOND, outgoing, seed
from tests.storage.sending import HOLDER, claim, mark_sent, states_in, texts_of

MANY = 3_000
FEW = 300


def test_replies_go_before_prompts_and_prompts_before_broadcasts(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        rows = [
            outgoing(1, "bulk", lane=Lane.BULK),
            outgoing(2, "prompt", lane=Lane.PROMPT),
            outgoing(3, "late reply", not_before=NOW - SECOND),
            outgoing(4, "later prompt", lane=Lane.PROMPT),
            outgoing(5, "early reply", not_before=NOW - MINUTE),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        return texts_of(await claim(tx, vault))

    assert each_database.write(work) == ["early reply", "late reply", "prompt", "later prompt", "bulk"]


def test_the_best_lane_is_taken_first_when_few_may_be_claimed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[str | None]]:
        await outbox.insert(tx, vault, [outgoing(n, f"bulk {n}", lane=Lane.BULK) for n in range(5)], NOW)
        await outbox.insert(tx, vault, [outgoing(9, "reply")], NOW)
        return [texts_of(await claim(tx, vault, limit=2)), texts_of(await claim(tx, vault, lanes=[Lane.REPLY]))]

    assert each_database.write(work) == [["reply", "bulk 0"], []]


def test_in_a_chat_one_is_in_flight_and_the_next_follows_in_order(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        await outbox.insert(tx, vault, [outgoing(1, text) for text in ("first", "second", "third")], NOW)
        seen = []
        for _ in range(4):
            claimed = await claim(tx, vault)
            assert await claim(tx, vault) == [], "a second one of the same chat was claimed"
            seen += texts_of(claimed)
            await mark_sent(tx, claimed)
        return seen

    assert each_database.write(work) == ["first", "second", "third"]


def test_a_row_that_waits_for_a_retry_holds_back_its_lane_but_no_other(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[str | None]]:
        await outbox.insert(tx, vault, [outgoing(1, "first"), outgoing(1, "second")], NOW)
        await outbox.insert(tx, vault, [outgoing(1, "prompt", lane=Lane.PROMPT)], NOW)
        first = await claim(tx, vault)
        retry = [Settled(row.id, State.WAITING, retry_at=NOW + MINUTE, attempts=1, reason="503") for row in first]
        await outbox.settle(tx, retry, HOLDER)
        now = await claim(tx, vault)
        await mark_sent(tx, now)
        later = await claim(tx, vault, now=NOW + MINUTE)
        assert later[0].attempts == 1
        return [texts_of(first), texts_of(now), texts_of(later)]

    assert each_database.write(work) == [["first"], ["prompt"], ["first"]]


def test_chats_that_have_to_rest_are_left_alone(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        await outbox.insert(tx, vault, [outgoing(chat, str(chat)) for chat in (1, 2, 3)], NOW)
        return texts_of(await claim(tx, vault, busy={1, 3}))

    assert each_database.write(work) == ["2"]


def test_nothing_is_claimed_before_its_time(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, int, datetime | None]:
        await outbox.insert(tx, vault, [outgoing(1, not_before=NOW + SECOND)], NOW)
        due = await outbox.next_due(tx)
        return len(await claim(tx, vault)), len(await claim(tx, vault, now=NOW + SECOND)), due

    assert each_database.write(work) == (0, 1, NOW + SECOND)


def test_nothing_due_is_known_as_such(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> datetime | None:
        return await outbox.next_due(tx)

    assert each_database.write(work) is None


def test_what_is_too_late_expires_and_is_never_claimed(each_database: FreshDatabase) -> None:
    async def work(
        tx: Transaction, vault: Vault
    ) -> tuple[int, int, list[str | None], list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, "stale", valid_until=NOW), outgoing(1, "fresh")], NOW)
        before = await claim(tx, vault)
        expired = await outbox.expire(tx, NOW)
        return len(before), len(expired), texts_of(await claim(tx, vault)), await states_in(tx)

    assert each_database.write(work) == (
        0,
        1,
        ["fresh"],
        [("expired", "too late", False), ("claimed", None, True)],
    )


def test_a_lease_that_ran_out_lets_the_row_be_claimed_again(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str | None], list[str | None], int]:
        await outbox.insert(tx, vault, [outgoing(1, "again")], NOW)
        await claim(tx, vault, holder="dead")
        await outbox.release_stale(tx, NOW + MINUTE - SECOND)
        still_held = texts_of(await claim(tx, vault, now=NOW + MINUTE - SECOND))
        await outbox.release_stale(tx, NOW + MINUTE)
        claimed = await claim(tx, vault, holder="heir", now=NOW + MINUTE)
        return still_held, texts_of(claimed), claimed[0].attempts

    assert each_database.write(work) == ([], ["again"], 1)


@pytest.mark.postgres
def test_a_claim_from_thousands_that_nobody_has_counted_reads_a_few_of_them(
    postgres_database: FreshDatabase,
) -> None:
    """All of one hour fall due at once, and PostgreSQL's statistics are of a minute in which nothing waited."""

    async def wait(tx: Transaction, vault: Vault) -> None:
        await outbox.insert(tx, vault, [outgoing(chat, lane=Lane.PROMPT) for chat in range(MANY)], NOW)

    async def count_reads(tx: Transaction, vault: Vault) -> tuple[int, int]:
        claimed = await claim(tx, vault, limit=8)
        await outbox.next_due(tx)
        read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox'"
        return len(claimed), (await tx.execute(text(read))).scalar_one()

    postgres_database.write(wait)
    with psycopg.connect(postgres_database.url, autocommit=True) as connection:
        connection.execute("UPDATE outbox SET state = 'sent'")
        connection.execute("VACUUM ANALYZE outbox")
    postgres_database.write(wait)
    count, read = postgres_database.write(count_reads)
    assert count == 8
    assert read < FEW


def test_who_begins_to_send_takes_over_at_once_what_the_one_before_had_claimed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str | None], list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, "reply"), outgoing(2, lane=Lane.BULK), outgoing(3, "other")], NOW)
        await mark_sent(tx, [row for row in await claim(tx, vault) if row.chat == 3])
        await outbox.take_over(tx)
        return texts_of(await claim(tx, vault, holder="heir")), await states_in(tx)

    left, states = each_database.write(work)
    assert left == ["reply"]
    assert states == [("claimed", None, True), ("unknown", "unanswered", False), ("sent", None, False)]


def test_who_lost_its_claims_changes_nothing_of_another_s_but_that_a_row_was_sent(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[str, str | None, bool]]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2)], NOW)
        first, second = await claim(tx, vault)
        await outbox.take_over(tx)
        await claim(tx, vault, holder="heir")
        await outbox.settle(tx, [Settled(first.id, State.WAITING, reason="not_ours", retry_at=NOW)], HOLDER)
        await mark_sent(tx, [second])
        return await states_in(tx)

    assert each_database.write(work) == [("claimed", None, True), ("sent", None, False)]


def test_claims_of_two_connections_at_once_never_double(each_database: FreshDatabase) -> None:
    """Two processes, as far as the database can tell: two pools, claiming and settling as fast as they can."""
    chats, per_chat = 20, 6

    async def work(tx: Transaction, vault: Vault) -> None:
        lanes = list(Lane)
        rows = [
            outgoing(chat, f"{chat}/{number}", lane=lanes[number % 3])
            for number in range(per_chat)
            for chat in range(chats)
        ]
        await outbox.insert(tx, vault, rows, NOW)

    async def sender(database: Database, holder: str, seen: list[Claimed], flying: set[int]) -> None:
        idle = 0
        while idle < 5:
            async with database.write() as tx:
                claimed = await claim(tx, database.vault, holder=holder, limit=7)
            for row in claimed:
                assert row.chat not in flying, "two in flight in one chat"
                flying.add(row.chat)
            seen += claimed
            await asyncio.sleep(0.001)
            for row in claimed:
                flying.discard(row.chat)
            async with database.write() as tx:
                await mark_sent(tx, claimed)
            idle = 0 if claimed else idle + 1

    async def both() -> list[Claimed]:
        one, two = [await Database.open(each_database.url, test_vault()) for _ in range(2)]
        seen: list[Claimed] = []
        flying: set[int] = set()
        await asyncio.gather(sender(one, "one", seen, flying), sender(two, "two", seen, flying))
        await one.close()
        await two.close()
        return seen

    each_database.write(work)
    seen = asyncio.run(both())
    assert len(seen) == len({row.id for row in seen}) == chats * per_chat
    for chat in range(chats):
        for lane in Lane:
            ids = [row.id for row in seen if row.chat == chat and row.lane is lane]
            assert ids == sorted(ids), "a lane lost its order"


@pytest.mark.postgres
def test_a_claim_passes_over_rows_that_are_just_being_withdrawn(postgres_database: FreshDatabase) -> None:
    async def work(database: Database) -> tuple[list[str | None], list[str]]:
        vault = database.vault
        async with database.write() as tx:
            cast = await seed(tx, vault)
            rows = [
                outgoing(1, "withdrawn", person=cast.bintu, lane=Lane.PROMPT, valid_until=NOW + DAY),
                outgoing(2, "kept", person=cast.doris, lane=Lane.PROMPT),
            ]
            await outbox.insert(tx, vault, rows, NOW)
        async with database.write() as turn:
            await outbox.withdraw_prompts(turn, [cast.bintu])
            async with database.write() as tx:
                claimed = await asyncio.wait_for(claim(tx, vault), 5)
        async with database.read() as tx:
            return texts_of(claimed), [state for state, _, _ in await states_in(tx)]

    assert postgres_database.run(work) == (["kept"], ["withdrawn", "claimed"])


def test_the_database_itself_refuses_two_in_flight_in_one_chat(each_database: FreshDatabase) -> None:
    from sqlalchemy.exc import IntegrityError

    async def work(tx: Transaction, vault: Vault) -> None:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(1)], NOW)
        await tx.execute(table.update().values(state="claimed"))

    with pytest.raises(IntegrityError):
        each_database.write(work)


def test_a_lease_is_as_long_as_it_was_asked_for(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[str | None, datetime | None]:
        await outbox.insert(tx, vault, [outgoing(1)], NOW)
        await claims.claim(tx, vault, holder="h", now=NOW, lease=timedelta(seconds=90), limit=1, busy_chats=())
        found = (await tx.execute(select(table.c.claimed_by, table.c.claimed_until))).one()
        return found[0], found[1]

    assert each_database.write(work) == ("h", NOW + timedelta(seconds=90))
