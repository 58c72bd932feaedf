from __future__ import annotations

from flows.effects import SaveAnswer
from flows.overview import Endings
from flows.people import PersonId, Role, Unpaired
from storage import answers, endings, facts, pairs, people, programmes
from storage.database import Transaction
from storage.encryption import Vault
from tests.databases import FreshDatabase
from tests.storage.seeding import NOW, add_person, load, seed


async def said(tx: Transaction, vault: Vault, person: PersonId, session: int, reason: str) -> None:
    await answers.save(tx, vault, [(person, SaveAnswer(session, "early_end", "reason", choice=reason))], NOW)


def test_pairs_that_ended_and_reasons_are_counted_by_programme_and_known_to_coordinators_alone(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        assert await endings.counted(tx, [cast.programme]) == {cast.programme: Endings()}
        ended = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await pairs.change(tx, [(ended, {"state": "ended", "ended_at": NOW, "ended_because": "coordinator"})])
        never = await pairs.propose(tx, cast.programme, cast.bintu, cast.doris, cast.aminata, NOW)
        await pairs.change(tx, [(never, {"state": "ended", "ended_at": NOW, "ended_because": "left"})])
        await said(tx, vault, cast.bintu, 1, "workload")
        await said(tx, vault, cast.bintu, 2, "workload")  # of another pair
        await said(tx, vault, cast.doris, 1, "safety")
        other = SaveAnswer(3, "review", "reason", choice="workload")
        await answers.save(tx, vault, [(cast.doris, other)], NOW)
        far = await programmes.create(tx, name="Far", kind="x", language="en", sides=[("A", None)], now=NOW)
        stranger = await add_person(tx, vault, far.id, far.sides[0].id, Role.TWIN, 90, "Stranger", "FR")
        await said(tx, vault, stranger, 1, "life")
        counted = Endings(1, {"safety": 1, "workload": 2})
        assert await endings.counted(tx, [cast.programme, far.id]) == {
            cast.programme: counted,
            far.id: Endings(0, {"life": 1}),
        }
        asking = [await load(tx, vault, one) for one in (cast.aminata, cast.bintu)]
        known = await facts.load(tx, vault, asking, ["endings"])
        assert known[cast.aminata]["endings.counted"] == counted
        assert known[cast.bintu]["endings.counted"] == Endings()
        await people.erase(tx, [cast.doris])
        assert (await endings.counted(tx, [cast.programme]))[cast.programme].reasons == {"workload": 2}

    each_database.write(work)


def test_of_pairs_that_a_coordinator_ended_is_known_whose_they_were_and_whether_both_are_free(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        third = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 95, "Third", "NL")
        by_coordinator = {"state": "ended", "ended_at": NOW, "ended_because": "coordinator"}
        first = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        assert await endings.unpaired(tx, [cast.programme]) == {}
        await pairs.change(tx, [(first, by_coordinator)])
        both = tuple(sorted((cast.bintu, cast.doris)))
        assert await endings.unpaired(tx, [cast.programme]) == {cast.programme: (Unpaired(first, both, free=True),)}
        second = await pairs.create(tx, vault, cast.bintu, third, NOW)
        assert await endings.unpaired(tx, [cast.programme]) == {cast.programme: (Unpaired(first, both, free=False),)}
        await pairs.change(tx, [(second, {**by_coordinator, "ended_because": "left"})])
        assert [one.free for one in (await endings.unpaired(tx, [cast.programme]))[cast.programme]] == [True]
        await people.erase(tx, [cast.doris])
        assert [one.twins for one in (await endings.unpaired(tx, [cast.programme]))[cast.programme]] == [(cast.bintu,)]

    each_database.write(work)


def test_a_pair_goes_on_where_it_ended_unless_somebody_of_it_is_gone(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        pair, both = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW), (cast.bintu, cast.doris)
        for goes_on in (True, False):
            await pairs.change(tx, [(pair, {"state": "ended", "ended_at": NOW, "ended_because": "coordinator"})])
            if not goes_on:
                await people.erase(tx, [cast.doris])
            assert await endings.resume(tx, pair, both) is goes_on
            assert bool(await pairs.open_pairs(tx, vault, both)) is goes_on

    each_database.write(work)
