"""Whoever is forgotten is nowhere any more, and nobody else loses anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from flows.effects import Lane
from flows.entries import anchor_of
from flows.people import PersonId
from storage import erasures, outbox, pairs, schema
from storage.database import Transaction
from storage.encryption import Vault
from storage.erasures import Erasure
from storage.outbox import Message, Outgoing
from tests.databases import FreshDatabase
from tests.storage.planting import plant
from tests.storage.seeding import DAY, NOW, SECOND, Cast, seed

NAMES_HER = ("person_id", "used_by", "author_id", "actor_id", "proposed_by", "receipt_person_id", "moved_by")


async def _both_planted(tx: Transaction, vault: Vault) -> Cast:
    cast = await seed(tx, vault)
    pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
    for one in (cast.bintu, cast.doris):
        await plant(tx, vault, one, pair)
    return cast


async def _counts(tx: Transaction, person: int, chat: int) -> dict[str, int]:
    """How often each column names somebody, by any number of hers."""
    found = {}
    for table in schema.metadata.sorted_tables:
        for column in table.columns:
            wanted: Any = None
            if column.name in NAMES_HER or (table is schema.people and column.name == "id"):
                wanted = person
            elif column.name in {"chat_id", "telegram_id"}:
                wanted = chat
            elif column.name == "about":
                wanted = f"person/{person}"
            if wanted is not None:
                query = select(func.count()).select_from(table).where(column == wanted)
                found[f"{table.name}.{column.name}"] = int((await tx.execute(query)).scalar_one())
    return found


def test_whoever_is_erased_is_named_nowhere_and_her_partner_keeps_everything(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[dict[str, int]]:
        cast = await _both_planted(tx, vault)
        before = [await _counts(tx, cast.bintu, 1002), await _counts(tx, cast.doris, 1004)]
        await erasures.erase(tx, [cast.bintu], NOW + DAY)
        return [*before, await _counts(tx, cast.bintu, 1002), await _counts(tx, cast.doris, 1004)]

    hers, partners, hers_after, partners_after = each_database.write(work)
    assert sum(hers.values()) >= 20, "something was planted"
    assert [where for where, count in hers_after.items() if count] == []
    assert partners_after == partners


def test_her_pair_has_ended_and_her_partner_has_nobody(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[Any, Any]:
        cast = await _both_planted(tx, vault)
        await erasures.erase(tx, [cast.bintu], NOW + DAY)
        row = (await tx.execute(select(schema.pairs))).mappings().one()
        return row, await pairs.partners(tx, vault, [cast.doris])

    row, partners = each_database.write(work)
    assert (row["state"], row["ended_because"], row["ended_at"]) == ("ended", "left", NOW + DAY)
    assert partners == {}


def test_somebody_else_under_the_same_number_is_not_taken_for_her(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Erasure]:
        cast = await seed(tx, vault)
        (noted,) = await erasures.to_note(tx, {cast.bintu: True}, NOW + DAY)
        assert noted == Erasure(cast.bintu, cast.programme, NOW, NOW + DAY, take_back=True)
        stranger = Erasure(cast.doris, cast.programme, NOW + SECOND, NOW + DAY)
        gone = Erasure(PersonId(999), cast.programme, NOW, NOW + DAY)
        return await erasures.still_there(tx, [noted, noted, stranger, gone])

    (found,) = each_database.write(work)
    assert found.take_back


def test_taking_back_finds_what_was_sent_and_withdraws_what_was_not(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str], list[tuple[str, str]]]:
        cast = await seed(tx, vault)
        for number, author in [(1, cast.bintu), (2, cast.bintu), (3, PersonId(cast.bintu * 10))]:
            anchor = anchor_of(author, f"reflection/{number}")
            message = Message("send", "Words")
            row = Outgoing(None, cast.doris, 1004, Lane.REPLY, message, NOW, anchor=anchor, lasting=True)
            await outbox.insert(tx, vault, [row], NOW)
        first = select(func.min(schema.outbox.c.id)).scalar_subquery()
        sent = schema.outbox.update().where(schema.outbox.c.id == first).values(state="sent", telegram_message=5)
        await tx.execute(sent)
        found = await erasures.take_back(tx, cast.bintu)
        rows = await tx.execute(select(schema.outbox.c.anchor, schema.outbox.c.state).order_by(schema.outbox.c.id))
        return [f"{one.anchor} {one.reader == cast.doris} {one.chat}" for one in found], [tuple(row) for row in rows]

    found, states = each_database.write(work)
    assert found == ["shared/2/reflection/1 True 1004"]
    assert [state for _, state in states] == ["sent", "withdrawn", "waiting"]
