from __future__ import annotations

import asyncio
from dataclasses import replace

from storage import (
    flow_versions,
    leases,
    meta,
)
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.flow_versions import FlowVersion
from tests.databases import FreshDatabase, test_vault
from tests.storage.seeding import MINUTE, NOW, SECOND


def test_a_lease_is_held_by_one_until_it_ends_or_is_released(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> list[str | None]:
        soon = NOW + MINUTE
        seen = [
            await leases.acquire(tx, "sender", "a", NOW, soon, "host:1"),
            await leases.acquire(tx, "sender", "b", NOW + SECOND, soon, "host:2"),
            await leases.acquire(tx, "sender", "a", NOW + SECOND, soon + SECOND, "host:1"),
            await leases.acquire(tx, "sender", "b", soon, soon + MINUTE, "host:2"),
            await leases.acquire(tx, "sender", "b", soon + SECOND, soon + MINUTE, "host:2"),
            await leases.acquire(tx, "sender", "b", soon + SECOND, soon + MINUTE, "host:2"),
        ]
        await leases.release(tx, "sender", "a")
        seen.append(await leases.acquire(tx, "sender", "c", soon + SECOND, soon + MINUTE, "host:3"))
        await leases.release(tx, "sender", "b")
        seen.append(await leases.acquire(tx, "sender", "c", soon + SECOND, soon + MINUTE, "host:3"))
        holder = await leases.who(tx, "sender")
        assert holder is not None
        assert holder.label == "host:3"
        return seen

    assert each_database.write(work) == [None, "host:1", None, "host:1", None, None, "host:2", None]


def test_of_two_who_want_a_lease_at_once_one_gets_it(each_database: FreshDatabase) -> None:
    async def want(holder: str) -> str | None:
        database = await Database.open(each_database.url, test_vault())
        async with database.write() as tx:
            answer = await leases.acquire(tx, "start", holder, NOW, NOW + MINUTE, holder)
        await database.close()
        return answer

    async def both() -> list[str | None]:
        return list(await asyncio.gather(want("a"), want("b")))

    one, two = asyncio.run(both())
    assert (one, two) in ((None, "a"), ("b", None))


def test_a_flow_version_stays_as_it_was_stored(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> bool:
        first, second = FlowVersion("h1", "f", "{}", "{}"), FlowVersion("h2", "f", "{1}", "{1}")
        await flow_versions.store(tx, [first], NOW)
        await flow_versions.store(tx, [second, replace(first, definition="changed")], NOW + SECOND)
        assert await flow_versions.load(tx, {"h2", "h1", "h3"}) == [first, second]
        assert await flow_versions.load(tx, ()) == []
        return await flow_versions.load(tx, {"h1"}) == [first]

    assert each_database.write(work)


def test_single_values_are_kept_by_key(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> list[str | None]:
        seen = [await meta.get(tx, "a")]
        for value in ("1", "2"):
            await meta.put(tx, "a", value)
            seen.append(await meta.get(tx, "a"))
        await meta.forget(tx, "a")
        return [*seen, await meta.get(tx, "a")]

    assert each_database.write(work) == [None, "1", "2", None]
