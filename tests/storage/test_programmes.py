from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from flows.people import PersonId, Role
from storage import (
    invitations,
    pairs,
    people,
    programmes,
)
from storage.database import Transaction
from storage.encryption import Vault
from storage.errors import Refused
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, add_person, seed


def test_a_programme_is_found_by_number_and_by_name_unless_two_have_it(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        cast = await seed(tx, vault)
        found = [await programmes.find(tx, wanted) for wanted in (str(cast.programme), " bo AND breda", "nothing")]
        await programmes.create(tx, name="Bo and Breda", kind="municipal", language="nl", sides=[("A", None)], now=NOW)
        found.append(await programmes.find(tx, "Bo and Breda"))
        assert [len(one.sides) for one in await programmes.list_all(tx)] == [2, 1]
        return [None if one is None else f"{one.name}: {', '.join(side.name for side in one.sides)}" for one in found]

    assert each_database.write(work) == ["Bo and Breda: Bo, Breda", "Bo and Breda: Bo, Breda", None, None]


def test_a_pair_is_two_partners_who_know_each_other(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.doris, cast.bintu, NOW)
        found = await pairs.partners(tx, vault, [cast.bintu, cast.doris, cast.carla])
        assert {person: (one.pair, one.id, one.name, one.side_name) for person, one in found.items()} == {
            cast.bintu: (pair, cast.doris, "Doris", "Breda"),
            cast.doris: (pair, cast.bintu, "Bintu", "Bo"),
        }
        return found[cast.bintu].reachable

    assert each_database.write(work)


def test_who_can_not_be_paired_is_told_why(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str]:
        cast = await seed(tx, vault)
        els = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 5, "Els", None)
        fatu = await people.insert(
            tx, programme=cast.programme, side=cast.sides[0], role=Role.TWIN, telegram_id=6, language="en", now=NOW
        )
        await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        told = []
        for one, two in [
            (cast.bintu, els), (cast.doris, els), (fatu, els), (cast.aminata, els), (els, els), (els, PersonId(999)),
        ]:  # fmt: skip
            with pytest.raises(Refused) as raised:
                await pairs.create(tx, vault, one, two, NOW)
            told.append(str(raised.value).partition(" ")[2].partition(" ")[2])
        return told

    assert each_database.write(work) == [
        "has a partner already.",
        "and 5 are on the same side.",
        "has not finished joining.",
        "is a coordinator, and only twins are paired.",
        "her own twin: name two people.",
        "no person 999.",
    ]


def test_an_invitation_is_found_by_its_token_only_and_free_again_when_its_person_is_erased(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        token = await invitations.create(
            tx, programme=cast.programme, side=cast.sides[1], role=Role.TWIN, now=NOW, expires_at=NOW + DAY
        )
        stored = (await tx.execute(text("SELECT * FROM invitations"))).one()
        assert token not in str(tuple(stored))
        assert token.encode() not in [value for value in stored if isinstance(value, bytes)]
        found = await invitations.lookup(tx, token)
        assert found is not None
        assert (found.side, found.role, found.language, found.used_by) == (cast.sides[1], Role.TWIN, "en", None)
        assert await invitations.lookup(tx, token + "x") is None
        assert await invitations.lookup(tx, "\udce9") is None
        await invitations.use(tx, found.id, cast.doris, NOW)
        used = await invitations.lookup(tx, token)
        assert used is not None
        assert (used.used_by, used.used_at) == (cast.doris, NOW)
        await people.erase(tx, [cast.doris])
        return await invitations.lookup(tx, token) == found

    assert each_database.write(work)


def test_tokens_fit_into_a_link(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> str:
        cast = await seed(tx, vault)
        return await invitations.create(tx, programme=cast.programme, side=cast.sides[0], role=Role.TWIN, now=NOW)

    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", each_database.write(work))
