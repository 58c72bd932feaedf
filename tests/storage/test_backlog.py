from __future__ import annotations

from datetime import datetime

from flows.effects import Lane
from flows.events.own import ChatBlocked, CommandGiven
from storage import backlog, claims, inbox, outbox
from storage.backlog import CHAT_PACE, QUIET_HOURS, Backlog
from storage.database import Transaction
from storage.encryption import Vault
from storage.inbox import Failed, Told
from storage.outbox import Settled, State
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, MINUTE, NOW, SECOND, outgoing, seed


async def _put_back(tx: Transaction, vault: Vault, reason: str, until: datetime, *, now: datetime) -> None:
    """What can be claimed now waits again until then."""
    claimed = await claims.claim(tx, vault, holder="one", now=now, lease=MINUTE, limit=9, busy_chats=())
    assert claimed
    await outbox.settle(tx, [Settled(row.id, State.WAITING, reason=reason, retry_at=until) for row in claimed], "one")


def test_what_waits_is_counted_by_lane_from_the_moment_it_was_due(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        assert await backlog.measure(tx, NOW) == Backlog({}, 0, 0, 0)
        rows = [
            outgoing(1, not_before=NOW - MINUTE),
            outgoing(2),
            outgoing(3, lane=Lane.BULK, not_before=NOW - DAY),
            outgoing(4, lane=Lane.PROMPT, not_before=NOW + SECOND),
        ]
        await outbox.insert(tx, vault, rows, NOW)
        found = await backlog.measure(tx, NOW)
        assert found.messages == {Lane.REPLY: (2, NOW - MINUTE), Lane.BULK: (1, NOW - DAY)}
        assert (await backlog.measure(tx, NOW + SECOND)).messages[Lane.PROMPT] == (1, NOW + SECOND)

    each_database.write(work)


def test_a_new_try_does_not_make_a_message_younger_and_the_night_does_not_make_it_older(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        await outbox.insert(tx, vault, [outgoing(1)], NOW)
        later, morning = NOW + 5 * MINUTE, NOW + DAY / 3
        await _put_back(tx, vault, "not_connected", later + MINUTE, now=NOW)
        assert (await backlog.measure(tx, later)).messages == {Lane.REPLY: (1, NOW)}
        for reason in (QUIET_HOURS, CHAT_PACE):
            await _put_back(tx, vault, reason, morning, now=later + MINUTE)
            assert (await backlog.measure(tx, later + MINUTE)).messages == {}
            await _put_back(tx, vault, QUIET_HOURS, later + MINUTE, now=morning)
        await _put_back(tx, vault, QUIET_HOURS, morning, now=later + MINUTE)
        assert (await backlog.measure(tx, morning + SECOND)).messages == {Lane.REPLY: (1, morning)}

    each_database.write(work)


def test_what_is_sent_told_and_fed_again_waits_no_longer(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        await outbox.insert(tx, vault, [outgoing(1)], NOW)
        own = Told(cast.bintu, CommandGiven("help"), inbox.own_key("tg/2"))
        await inbox.tell(tx, vault, [Told(cast.bintu, ChatBlocked("blocked"), "told/1"), own], NOW)
        await inbox.fail(tx, vault, [Failed("tg/1", "{}", "ValueError")], NOW)
        assert await backlog.measure(tx, NOW) == Backlog({Lane.REPLY: (1, NOW)}, 1, 1, 1)
        (row,) = await claims.claim(tx, vault, holder="one", now=NOW, lease=MINUTE, limit=9, busy_chats=())
        await outbox.settle(tx, [Settled(row.id, State.SENT, sent_at=NOW, attempts=1)], "one")
        await inbox.take_failed(tx, ["tg/1"])
        assert await backlog.measure(tx, NOW) == Backlog({}, 1, 1, 0)

    each_database.write(work)
