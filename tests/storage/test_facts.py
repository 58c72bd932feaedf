from __future__ import annotations

from dataclasses import replace

from flows.people import PersonState, Role
from flows.rules import FACTS as LISTED
from storage import (
    facts,
    pairs,
    people,
    programmes,
)
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.storage.seeding import NOW, add_person, load, seed


def test_every_fact_that_a_flow_may_list_is_loaded(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        known = [one.person for one in await people.of_programme(tx, vault, cast.programme)]
        found = await facts.load(tx, vault, known)
        wanted = {fact for fact in LISTED if not fact.startswith("world.")}
        for person in known:
            assert wanted <= found[person.id].keys()
        assert found[cast.carla].keys() == found[cast.bintu].keys()
        expected = {
            "person.name": "Bintu",
            "twin.name": "Doris",
            "twin.side_name": "Breda",
            "programme.name": "Bo and Breda",
            "programme.countries": ("BE", "NL", "SL"),
            "programme.ready": True,
            "side.name": "Bo",
            "side.coordinators": (cast.aminata,),
        }
        assert {name: found[cast.bintu][name] for name in expected} == expected
        return found[cast.carla]["twin.name"] is None

    assert each_database.write(work)


def test_countries_are_those_declared_and_of_those_who_joined_whoever_asks(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[object]:
        cast = await seed(tx, vault)
        els = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 5, "Els", None)
        joining = replace(await load(tx, vault, els), state=PersonState.JOINING, country="MA")
        await people.update_changed(tx, vault, [Changed(joining)], NOW)
        other = await programmes.create(tx, name="Other", kind="x", language="en", sides=[("A", None)], now=NOW)
        far = await add_person(tx, vault, other.id, other.sides[0].id, Role.TWIN, 6, "Far", "FR")
        known = [await load(tx, vault, person) for person in (cast.bintu, els, far)]
        alone = [(await facts.load(tx, vault, [person]))[person.id] for person in known]
        together = await facts.load(tx, vault, known)
        assert [together[person.id] for person in known] == alone
        return [found["programme.countries"] for found in alone]

    assert each_database.write(work) == [("BE", "NL", "SL"), ("BE", "NL", "SL"), ("FR",)]


def test_a_programme_is_ready_when_every_side_has_a_coordinator_who_joined(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[object]:
        cast = await seed(tx, vault)
        bintu = await load(tx, vault, cast.bintu)
        seen = [(await facts.load(tx, vault, [bintu]))[cast.bintu]["programme.ready"]]
        carla = replace(await load(tx, vault, cast.carla), state=PersonState.JOINING)
        await people.update_changed(tx, vault, [Changed(carla)], NOW)
        seen.append((await facts.load(tx, vault, [bintu]))[cast.bintu]["programme.ready"])
        return seen

    assert each_database.write(work) == [True, False]


def test_the_number_of_questions_does_not_grow_with_the_number_of_people(each_database: FreshDatabase) -> None:
    from sqlalchemy import event

    async def work(database: Database) -> list[int]:
        vault = database.vault
        async with database.write() as tx:
            cast = await seed(tx, vault)
            for number in range(20):
                await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 50 + number, "Somebody", "SL")
        counts = []
        async with database.read() as tx:
            known = [one.person for one in await people.of_programme(tx, vault, cast.programme)]
            for some in (known[:1], known):
                asked: list[str] = []

                def note(*arguments: object, asked: list[str] = asked) -> None:
                    asked.append(str(arguments[2]))

                event.listen(tx.sync_connection, "before_cursor_execute", note)
                await facts.load(tx, vault, some)
                event.remove(tx.sync_connection, "before_cursor_execute", note)
                counts.append(len(asked))
        return counts

    one, many = each_database.run(work)
    assert one == many <= 3 * len(set(facts.FACTS.values()))
