from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select, text

from flows.effects import Lane
from storage import claims, outbox
from storage.claims import Claimed
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.outbox import Message, Outgoing, Settled, State
from storage.schema import outbox as table
from tests.databases import FreshDatabase, test_vault
from tests.storage.seeding import DAY, MINUTE, NOW, SECOND, outgoing, seed

HOLDER = "one"
MANY = 3_000
FEW = 300


async def _claim(
    tx: Transaction,
    vault: Vault,
    *,
    holder: str = HOLDER,
    now: datetime = NOW,
    limit: int = 100,
    busy: Collection[int] = (),
    lanes: Collection[Lane] = tuple(Lane),
) -> list[Claimed]:
    return await claims.claim(
        tx, vault, holder=holder, now=now, lease=MINUTE, limit=limit, busy_chats=busy, lanes=lanes
    )


def _texts(rows: Sequence[Claimed]) -> list[str | None]:
    return [row.message.text for row in rows]


async def _sent(tx: Transaction, rows: Sequence[Claimed], at: datetime = NOW) -> None:
    sent = [Settled(row.id, State.SENT, telegram_message=9000 + row.id, sent_at=at, attempts=1) for row in rows]
    await outbox.settle(tx, sent, HOLDER)


async def _states(tx: Transaction) -> list[tuple[str, str | None, bool]]:
    rows = await tx.execute(select(table.c.state, table.c.reason, table.c.body).order_by(table.c.id))
    return [(state, reason, body is not None) for state, reason, body in rows]


def test_a_message_comes_out_as_it_went_in(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Claimed]:
        cast = await seed(tx, vault)
        row = Outgoing(
            key="p1/s3/ask_contact",
            person=cast.bintu,
            chat=1002,
            lane=Lane.PROMPT,
            message=Message(
                "send", "Kushɛ, أهلا \N{WAVING HAND SIGN}", ((("Yes", "s3|a|1"), ("No", "s3|a|2")),), silent=True
            ),
            not_before=NOW,
            valid_until=NOW + DAY,
            quiet="21:00-08:00 Africa/Freetown",
            prompt_session=3,
            anchor="p1/s3/ask_contact",
        )
        await outbox.insert(tx, vault, [row], NOW)
        claimed = await _claim(tx, vault)
        assert [
            Outgoing(
                one.key,
                one.person,
                one.chat,
                one.lane,
                one.message,
                one.not_before,
                one.valid_until,
                one.quiet,
                one.prompt_session,
                one.anchor,
            )
            for one in claimed
        ] == [row]
        return claimed

    assert each_database.write(work)[0].attempts == 0


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
        return _texts(await _claim(tx, vault))

    assert each_database.write(work) == ["early reply", "late reply", "prompt", "later prompt", "bulk"]


def test_the_best_lane_is_taken_first_when_few_may_be_claimed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[str | None]]:
        await outbox.insert(tx, vault, [outgoing(n, f"bulk {n}", lane=Lane.BULK) for n in range(5)], NOW)
        await outbox.insert(tx, vault, [outgoing(9, "reply")], NOW)
        return [_texts(await _claim(tx, vault, limit=2)), _texts(await _claim(tx, vault, lanes=[Lane.REPLY]))]

    assert each_database.write(work) == [["reply", "bulk 0"], []]


def test_in_a_chat_one_is_in_flight_and_the_next_follows_in_order(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        await outbox.insert(tx, vault, [outgoing(1, text) for text in ("first", "second", "third")], NOW)
        seen = []
        for _ in range(4):
            claimed = await _claim(tx, vault)
            assert await _claim(tx, vault) == [], "a second one of the same chat was claimed"
            seen += _texts(claimed)
            await _sent(tx, claimed)
        return seen

    assert each_database.write(work) == ["first", "second", "third"]


def test_a_row_that_waits_for_a_retry_holds_back_its_lane_but_no_other(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[str | None]]:
        await outbox.insert(tx, vault, [outgoing(1, "first"), outgoing(1, "second")], NOW)
        await outbox.insert(tx, vault, [outgoing(1, "prompt", lane=Lane.PROMPT)], NOW)
        first = await _claim(tx, vault)
        retry = [Settled(row.id, State.WAITING, retry_at=NOW + MINUTE, attempts=1, reason="503") for row in first]
        await outbox.settle(tx, retry, HOLDER)
        now = await _claim(tx, vault)
        await _sent(tx, now)
        later = await _claim(tx, vault, now=NOW + MINUTE)
        assert later[0].attempts == 1
        return [_texts(first), _texts(now), _texts(later)]

    assert each_database.write(work) == [["first"], ["prompt"], ["first"]]


def test_chats_that_have_to_rest_are_left_alone(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        await outbox.insert(tx, vault, [outgoing(chat, str(chat)) for chat in (1, 2, 3)], NOW)
        return _texts(await _claim(tx, vault, busy={1, 3}))

    assert each_database.write(work) == ["2"]


def test_nothing_is_claimed_before_its_time(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, int, datetime | None]:
        await outbox.insert(tx, vault, [outgoing(1, not_before=NOW + SECOND)], NOW)
        due = await outbox.next_due(tx)
        return len(await _claim(tx, vault)), len(await _claim(tx, vault, now=NOW + SECOND)), due

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
        before = await _claim(tx, vault)
        expired = await outbox.expire(tx, NOW)
        return len(before), len(expired), _texts(await _claim(tx, vault)), await _states(tx)

    assert each_database.write(work) == (
        0,
        1,
        ["fresh"],
        [("expired", "too late", False), ("claimed", None, True)],
    )


def test_a_lease_that_ran_out_lets_the_row_be_claimed_again(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str | None], list[str | None], int]:
        await outbox.insert(tx, vault, [outgoing(1, "again")], NOW)
        await _claim(tx, vault, holder="dead")
        await outbox.release_stale(tx, NOW + MINUTE - SECOND)
        still_held = _texts(await _claim(tx, vault, now=NOW + MINUTE - SECOND))
        await outbox.release_stale(tx, NOW + MINUTE)
        claimed = await _claim(tx, vault, holder="heir", now=NOW + MINUTE)
        return still_held, _texts(claimed), claimed[0].attempts

    assert each_database.write(work) == ([], ["again"], 1)


@pytest.mark.postgres
def test_a_claim_from_thousands_that_nobody_has_counted_reads_a_few_of_them(
    postgres_database: FreshDatabase,
) -> None:
    """All of one hour fall due at once, and PostgreSQL's statistics are of a minute in which nothing waited."""

    async def wait(tx: Transaction, vault: Vault) -> None:
        await outbox.insert(tx, vault, [outgoing(chat, lane=Lane.PROMPT) for chat in range(MANY)], NOW)

    async def claim(tx: Transaction, vault: Vault) -> tuple[int, int]:
        claimed = await _claim(tx, vault, limit=8)
        await outbox.next_due(tx)
        read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox'"
        return len(claimed), (await tx.execute(text(read))).scalar_one()

    postgres_database.write(wait)
    with psycopg.connect(postgres_database.url, autocommit=True) as connection:
        connection.execute("UPDATE outbox SET state = 'sent'")
        connection.execute("VACUUM ANALYZE outbox")
    postgres_database.write(wait)
    count, read = postgres_database.write(claim)
    assert count == 8
    assert read < FEW


def test_who_begins_to_send_takes_over_at_once_what_the_one_before_had_claimed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str | None], list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, "reply"), outgoing(2, lane=Lane.BULK), outgoing(3, "other")], NOW)
        await _sent(tx, [row for row in await _claim(tx, vault) if row.chat == 3])
        await outbox.take_over(tx)
        return _texts(await _claim(tx, vault, holder="heir")), await _states(tx)

    left, states = each_database.write(work)
    assert left == ["reply"]
    assert states == [("claimed", None, True), ("unknown", "unanswered", False), ("sent", None, False)]


def test_who_lost_its_claims_changes_nothing_of_another_s_but_that_a_row_was_sent(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[str, str | None, bool]]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2)], NOW)
        first, second = await _claim(tx, vault)
        await outbox.take_over(tx)
        await _claim(tx, vault, holder="heir")
        await outbox.settle(tx, [Settled(first.id, State.WAITING, reason="not_ours", retry_at=NOW)], HOLDER)
        await _sent(tx, [second])
        return await _states(tx)

    assert each_database.write(work) == [("claimed", None, True), ("sent", None, False)]


def test_a_broadcast_whose_lease_ran_out_becomes_unknown_instead(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, lane=Lane.BULK)], NOW)
        await _claim(tx, vault)
        await outbox.release_stale(tx, NOW + MINUTE)
        return len(await _claim(tx, vault, now=NOW + MINUTE)), await _states(tx)

    assert each_database.write(work) == (0, [("unknown", "unanswered", False)])


def test_a_late_answer_that_it_was_sent_is_believed(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2, lane=Lane.BULK), outgoing(3)], NOW)
        claimed = await _claim(tx, vault)
        await outbox.release_stale(tx, NOW + MINUTE)
        await _sent(tx, [row for row in claimed if row.chat == 1])
        # but that it failed is not: it may be under way in other hands by now
        last = [Settled(row.id, State.FAILED, reason="no") for row in claimed if row.chat == 3]
        await outbox.settle(tx, last, HOLDER)
        await _sent(tx, [row for row in claimed if row.chat == 2])
        return [state for state, _, _ in await _states(tx)]

    assert each_database.write(work) == ["sent", "sent", "waiting"]


def test_the_words_of_what_is_settled_are_wiped_and_its_times_stay(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[object, ...]:
        await outbox.insert(tx, vault, [outgoing(1)], NOW)
        await _sent(tx, await _claim(tx, vault), at=NOW + SECOND)
        row = (await tx.execute(select(table.c.body, table.c.sent_at, table.c.created_at, table.c.claimed_by))).one()
        return tuple(row)

    assert each_database.write(work) == (None, NOW + SECOND, NOW, None)


def test_withdrawing_takes_back_prompts_and_only_hers_and_only_unsent_ones(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str]:
        cast = await seed(tx, vault)
        await outbox.insert(tx, vault, [outgoing(1, person=cast.bintu, lane=Lane.PROMPT, valid_until=NOW + DAY)], NOW)
        await _claim(tx, vault)
        rows = [
            outgoing(1, person=cast.bintu, lane=Lane.PROMPT, valid_until=NOW + DAY),
            outgoing(1, person=cast.bintu),
            outgoing(1, "words of her twin, held back by the night", person=cast.bintu, lane=Lane.PROMPT),
            outgoing(2, person=cast.doris, lane=Lane.PROMPT, valid_until=NOW + DAY),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        await outbox.withdraw_prompts(tx, [cast.bintu])
        return [state for state, _, _ in await _states(tx)]

    assert each_database.write(work) == ["claimed", "withdrawn", "waiting", "waiting", "waiting"]


def test_the_same_key_is_one_row(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        await outbox.insert(tx, vault, [outgoing(1, "one", key="k"), outgoing(2, "no key"), outgoing(3, "no key")], NOW)
        await outbox.insert(tx, vault, [outgoing(1, "other", key="k")], NOW)
        return _texts(await _claim(tx, vault))

    assert each_database.write(work) == ["one", "no key", "no key"]


def test_an_anchor_finds_the_latest_message_sent(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        await outbox.insert(
            tx, vault, [outgoing(7, "question", anchor="p1/s1/a"), outgoing(7, "again", anchor="p1/s1/a")], NOW
        )
        first = await _claim(tx, vault)
        assert await outbox.message_of(tx, ["p1/s1/a"]) == {}
        await _sent(tx, first)
        second = await _claim(tx, vault)
        await _sent(tx, second, NOW + SECOND)
        found = await outbox.message_of(tx, ["p1/s1/a", "p1/s1/never"])
        return found == {"p1/s1/a": (7, 9000 + second[0].id)}

    assert each_database.write(work)


def test_a_body_that_can_not_be_read_fails_alone(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str | None], list[tuple[str, str | None, bool]]]:
        await outbox.insert(tx, vault, [outgoing(1, "good"), outgoing(2, "bad")], NOW)
        swapped = vault.seal_text("outbox.body", "somewhere else", "{}")
        await tx.execute(table.update().where(table.c.chat_id == 2).values(body=swapped))
        return _texts(await _claim(tx, vault)), await _states(tx)

    assert each_database.write(work) == (
        ["good"],
        [("claimed", None, True), ("failed", "Unreadable", False)],
    )


def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, list[str]]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2, not_before=NOW + DAY)], NOW)
        await _sent(tx, await _claim(tx, vault))
        return await outbox.purge(tx, NOW + SECOND), [state for state, _, _ in await _states(tx)]

    assert each_database.write(work) == (1, ["waiting"])


def test_what_waits_for_somebody_who_is_out_of_reach_is_kept_for_her_but_no_broadcast(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[tuple[str, str | None, bool]]]:
        cast = await seed(tx, vault)
        hers = replace(outgoing(1), person=cast.bintu)
        rows = [
            replace(hers, receipt=(cast.doris, 7)),
            hers,
            replace(hers, lane=Lane.BULK),
            outgoing(1),
            outgoing(2),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        assert [one.receipt for one in await outbox.shut(tx, 1, "blocked")] == [(cast.doris, 7)]
        assert await outbox.shut(tx, 1, "blocked") == [], "told once"
        shut = await _states(tx)
        await outbox.insert(
            tx,
            vault,
            [replace(hers, lane=Lane.PROMPT, anchor="p1/s1/ask", valid_until=NOW + DAY, not_before=outbox.PARKED)],
            NOW,
        )
        await outbox.bring_back(tx, [cast.bintu], NOW)
        return [shut, await _states(tx)]

    given_up = ("failed", "blocked", False)
    shut = [("waiting", None, True)] * 2 + [given_up] * 2 + [("waiting", None, True)]
    assert each_database.write(work) == [shut, [*shut, ("withdrawn", "asked anew", False)]]


def test_a_pause_told_by_the_platform_survives_a_restart(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[int, datetime]]:
        await outbox.insert(tx, vault, [outgoing(1), outgoing(2)], NOW)
        claimed = await _claim(tx, vault)
        reasons = ("flooded", "other")
        results = [
            Settled(row.id, State.WAITING, retry_at=NOW + MINUTE, reason=reason)
            for row, reason in zip(claimed, reasons, strict=True)
        ]
        await outbox.settle(tx, results, HOLDER)
        assert await outbox.resting(tx, "flooded", NOW + MINUTE) == []
        return await outbox.resting(tx, "flooded", NOW)

    assert each_database.write(work) == [(1, NOW + MINUTE)]


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
                claimed = await _claim(tx, database.vault, holder=holder, limit=7)
            for row in claimed:
                assert row.chat not in flying, "two in flight in one chat"
                flying.add(row.chat)
            seen += claimed
            await asyncio.sleep(0.001)
            for row in claimed:
                flying.discard(row.chat)
            async with database.write() as tx:
                await _sent(tx, claimed)
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
                claimed = await asyncio.wait_for(_claim(tx, vault), 5)
        async with database.read() as tx:
            return _texts(claimed), [state for state, _, _ in await _states(tx)]

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
