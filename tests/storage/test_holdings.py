"""Whatever is held about somebody is in her copy; whatever is not says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot import copies
from flows.values import Text
from storage import holdings, pairs, programmes, schema
from storage.columns import Sealed
from storage.database import Transaction
from storage.encryption import Vault
from storage.holdings import HELD, NOT_PERSONAL
from tests.databases import FreshDatabase
from tests.speaking import the_speech
from tests.storage.planting import plant, word
from tests.storage.seeding import NOW, load, seed

Copy = dict[str, list[dict[str, Any]]]


def test_every_table_and_column_is_given_out_or_says_why_it_is_nobodys() -> None:
    given_out = {(held.table.name, column) for held in HELD.values() for column in held.columns}
    nobodys = {(held.table.name, column) for held in HELD.values() for column in held.without}
    for table in schema.metadata.sorted_tables:
        if table.name in NOT_PERSONAL:
            assert not any(isinstance(column.type, Sealed) for column in table.columns), f"{table.name} holds words"
            assert not any(held.table is table for held in HELD.values())
            continue
        for column in table.columns:
            assert (table.name, column.name) in given_out | nobodys, (
                f"{table.name}.{column.name} is in nobody's copy: put it into storage/holdings, or say there why not"
            )


def test_whatever_is_kept_back_gives_its_reason() -> None:
    reasons = [*NOT_PERSONAL.values(), *(why for held in HELD.values() for why in held.without.values())]
    assert all(len(why.split()) > 3 for why in reasons)
    assert not [
        (name, column) for name, held in HELD.items() for column in held.without if column not in held.table.columns
    ]


def test_a_copy_has_every_word_of_hers_and_none_of_anybody_else(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[int, int, Copy]:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        for one in (cast.bintu, cast.doris):
            await plant(tx, vault, one, pair)
        return cast.bintu, cast.doris, await holdings.of_person(tx, vault, cast.bintu, 1002)

    bintu, doris, copy = each_database.write(work)
    assert list(copy) == list(HELD)
    assert [name for name, rows in copy.items() if not rows] == []
    told = json.dumps(copy, default=str)
    for table in schema.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed) and table.name != "flow_versions":
                assert word(bintu, table.name, column.name) in told, f"{table.name}.{column.name} is missing"  # type: ignore[arg-type]
    assert f"Quixot-{doris}-" not in told, "her partner's words"
    assert str(77_000 + bintu) not in told, "the chat of somebody to whom she wrote"
    for name, rows in copy.items():
        assert all(set(row) == set(HELD[name].columns) for row in rows)


def test_a_value_that_does_not_open_is_an_error_and_no_gap(each_database: FreshDatabase) -> None:
    from sqlalchemy import update

    from storage.errors import Unreadable

    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await plant(tx, vault, cast.bintu, pair)
        other = vault.seal_text("answers.words", "somebody else", "words")
        await tx.execute(update(schema.answers).values(words=other))
        with pytest.raises(Unreadable):
            await holdings.of_person(tx, vault, cast.bintu, 1002)

    each_database.write(work)


@pytest.mark.parametrize("language", the_speech().languages)
def test_the_readable_copy_has_a_heading_and_a_label_for_everything(language: str) -> None:
    speech = the_speech()
    for name, held in HELD.items():
        assert speech.text(Text(f"mydata_kinds.{name}"), language, "UTC")
        for column in held.columns:
            assert speech.text(Text(f"mydata_fields.{column}"), language, "UTC")


def test_the_readable_copy_speaks_her_language_and_shows_her_own_time(sqlite_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> str:
        from dataclasses import replace

        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await plant(tx, vault, cast.bintu, pair)
        person = replace(await load(tx, vault, cast.bintu), language="nl", zone="Europe/Amsterdam")
        held = await holdings.of_person(tx, vault, cast.bintu, 1002)
        programme = (await programmes.load(tx, [cast.programme]))[cast.programme]
        return copies.readable(the_speech(), {}, person, programme, held, NOW)

    text = sqlite_database.write(work)
    assert text.startswith("Wat Twinbot over je bewaart\nBo and Breda (Bo), gemaakt op maandag 23 november")
    assert "== Losse antwoorden ==" in text
    assert "woorden: Quixot-" in text
    assert "beantwoord: 2026-11-23 10:00" in text
