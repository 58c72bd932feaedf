"""Words go so long after the end of their programme, and counts stay."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from storage import pairs, programmes, retention, schema, timers, unplanned
from storage.columns import Sealed
from storage.database import Transaction
from storage.encryption import Vault
from tests.databases import FreshDatabase
from tests.storage.planting import plant
from tests.storage.seeding import DAY, NOW, seed

KEPT = ("people", "answers", "check_ins", "reflections", "pair_answers", "broadcasts", "consents", "flags", "outbox")


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("ends", "months", "due"),
    [
        ("2030-06-30", 24, "2032-06-30"),
        ("2030-12-31", 2, "2031-02-28"),
        ("2026-02-28", 24, "2028-02-28"),
        ("2030-01-31", 13, "2031-02-28"),
        ("2030-06-30", 0, "2030-06-30"),
    ],
)
def test_so_many_months_after_the_end(ends: str, months: int, due: str) -> None:
    assert retention.due_at(day(ends), months) == day(due)


def test_without_an_end_nothing_is_ever_due() -> None:
    assert retention.due_at(None, 24) is None


def test_no_word_of_the_programme_is_left_and_no_row_is_lost(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        for one in (cast.bintu, cast.doris):
            await plant(tx, vault, one, pair)
        before = {name: await _rows(tx, name) for name in KEPT}
        assert await retention.wipe(tx, cast.programme, NOW + DAY) > 10
        assert await retention.wipe(tx, cast.programme, NOW + DAY) == 0, "nothing is left to be wiped"
        assert {name: await _rows(tx, name) for name in KEPT} == before
        for table in schema.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Sealed):
                    query = select(func.count()).select_from(table).where(column.is_not(None))
                    if table is schema.outbox:  # in truth settled rows have no words; those planted do
                        query = query.where(schema.outbox.c.state == "waiting")
                    assert (await tx.execute(query)).scalar_one() == 0, f"{table.name}.{column.name} holds words"
        (noted,) = [
            row for row in (await tx.execute(select(schema.audit))).mappings() if row["what"] == retention.WIPED
        ]
        assert (noted["actor_id"], noted["at"]) == (None, NOW + DAY)

    each_database.write(work)


def test_nobody_without_a_name_is_asked_any_more(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[set[str], int, list[timers.Timer], int]:
        cast = await seed(tx, vault)
        planned = [
            timers.Timer(f"check_in/{one}/2026-W50", "check_in", NOW, person=one) for one in (cast.bintu, cast.doris)
        ]
        await timers.set_many(tx, planned)
        before = await retention.left(tx, cast.programme)
        await retention.wipe(tx, cast.programme, NOW)
        states = set((await tx.execute(select(schema.people.c.state))).scalars())
        return states, before, await unplanned.missing(tx, NOW), await retention.left(tx, cast.programme)

    states, before, missing, after = each_database.write(work)
    assert states == {"stopped"}
    assert before > 0
    assert (missing, after) == ([], 0)


def test_another_programme_keeps_its_words(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await plant(tx, vault, cast.bintu, pair)
        other = await programmes.create(tx, name="Other", kind="municipal", language="en", sides=[("A", None)], now=NOW)
        assert await retention.wipe(tx, other.id, NOW) == 0

    each_database.write(work)


def test_the_months_are_a_setting_of_the_programme(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[retention.Due]:
        cast = await seed(tx, vault)
        assert [one.at for one in await retention.dues(tx)] == [None]
        await programmes.change_settings(tx, cast.programme, {"retention_months": 1}, day("2030-06-30"))
        return await retention.dues(tx)

    assert [one.at for one in each_database.write(work)] == [day("2030-07-30")]


async def _rows(tx: Transaction, name: str) -> int:
    return int((await tx.execute(select(func.count()).select_from(schema.metadata.tables[name]))).scalar_one())
