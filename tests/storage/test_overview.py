from __future__ import annotations

from dataclasses import replace

from sqlalchemy import event, update

from flows.effects import RecordCheckIn
from flows.overview import Overview
from flows.people import PairId, PersonId, PersonState, Role
from storage import check_ins, flags, overview, pairs, people, programmes, schema
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.flags import Flag
from storage.pairs import Place
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, Cast, add_person, load, seed


async def checked_in(
    tx: Transaction, cast: Cast, person: PersonId, pair: PairId | None, days: int, contact: str | None
) -> None:
    """A check-in planned so many days from now, answered an hour later when there is a contact to tell of."""
    planned = NOW + days * DAY
    year, week, _ = planned.isocalendar()
    status = "missed" if contact is None else "answered"
    answered = None if contact is None else planned + DAY / 24
    answers = {} if contact is None else {"contact": contact, "reason": "work"}
    recorded = RecordCheckIn(
        f"{year}-W{week:02}", 1, status, planned, planned, answered, answered, late=False, answers=answers
    )
    await check_ins.record(tx, [(Place(person, cast.programme, pair), recorded)])


async def seen(tx: Transaction, vault: Vault, cast: Cast) -> Overview:
    return (await overview.load(tx, vault, [cast.programme]))[cast.programme]


def test_last_contact_is_what_either_twin_told_of_last(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW - 60 * DAY)
        assert (await seen(tx, vault, cast)).pairs[0].contact is None
        await checked_in(tx, cast, cast.bintu, pair, -35, "real")
        await checked_in(tx, cast, cast.doris, pair, -14, "short")
        await checked_in(tx, cast, cast.bintu, pair, -7, "tried")
        await checked_in(tx, cast, cast.doris, pair, -7, None)
        found = await seen(tx, vault, cast)
        (only,) = found.pairs
        assert only.contact == NOW - 14 * DAY + DAY / 24
        assert [one.name for one in only.twins] == ["Bintu", "Doris"]
        assert only.standing is not None
        assert (only.standing.current, only.state, only.since) == (("naming",), "active", NOW - 60 * DAY)
        assert found.waiting == ()
        assert {one.contact for one in found.weeks["2026-W47"]} == {"tried", None}
        return "2026-W42" not in found.weeks  # older than three weeks

    assert each_database.write(work)


def test_who_waits_who_is_flagged_and_a_pair_that_is_not_accepted_are_in_it(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        zoe = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 11, "zoë", "NL")
        ada = await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 12, "Ada", "SL")
        gone = await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 14, "Eva", "SL")
        stopped = replace(await load(tx, vault, gone), state=PersonState.STOPPED)
        await people.update_changed(tx, vault, [Changed(stopped)], NOW)
        await people.insert(
            tx, programme=cast.programme, side=cast.sides[0], role=Role.TWIN, telegram_id=13, language="en", now=NOW
        )
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await flags.raise_many(tx, [Flag(cast.bintu, "help", cast.programme, "work", NOW)])
        await people.update_changed(
            tx, vault, [Changed(replace(await load(tx, vault, zoe), unreachable_since=NOW))], NOW
        )
        found = await seen(tx, vault, cast)
        assert [(one.name, one.reachable) for one in found.waiting] == [("Ada", True), ("zoë", False)]
        assert found.flags == {cast.bintu: ("help",)}
        assert ada in found.names
        for state, pairs_seen in (("proposed", 1), ("ended", 0)):
            await tx.execute(update(schema.pairs).where(schema.pairs.c.id == pair).values(state=state))
            assert len((await seen(tx, vault, cast)).pairs) == pairs_seen
        return True

    assert each_database.write(work)


def test_nothing_of_another_programme_is_in_it(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        other = await programmes.create(
            tx, name="Other", kind="x", language="en", sides=[("A", None), ("B", None)], now=NOW
        )
        one, two = [
            await add_person(tx, vault, other.id, side.id, Role.TWIN, 20 + side.position, f"Far {side.name}", None)
            for side in other.sides
        ]
        far = await pairs.create(tx, vault, one, two, NOW)
        await flags.raise_many(tx, [Flag(one, "quiet", other.id, None, NOW)])
        await checked_in(tx, replace(cast, programme=other.id), one, far, -7, "real")
        alone = await seen(tx, vault, cast)
        both = await overview.load(tx, vault, [cast.programme, other.id])
        assert both[cast.programme] == alone
        assert (alone.pairs, alone.flags, alone.weeks) == ((), {}, {})
        assert set(alone.names.values()) == {"Aminata", "Bintu", "Carla", "Doris"}
        assert [pair.id for pair in both[other.id].pairs] == [far]
        return True

    assert each_database.write(work)


def test_two_hundred_pairs_after_a_year_take_as_many_questions_as_one(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> tuple[int, int]:
        vault = database.vault
        async with database.write() as tx:
            cast = await seed(tx, vault)
            await pairs.create(tx, vault, cast.bintu, cast.doris, NOW - 400 * DAY)
        counts = []
        for grow in (False, True):
            if grow:
                await _grow(database, cast)
            async with database.read() as tx:
                asked: list[str] = []

                def note(*arguments: object, asked: list[str] = asked) -> None:
                    asked.append(str(arguments[2]))

                event.listen(tx.sync_connection, "before_cursor_execute", note)
                found = await seen(tx, vault, cast)
                event.remove(tx.sync_connection, "before_cursor_execute", note)
                counts.append(len(asked))
        assert len(found.pairs) == 200
        assert all(pair.contact is not None for pair in found.pairs if "Twin" in pair.twins[0].name)
        return counts[0], counts[1]

    one, many = each_database.run(work)
    assert one == many <= 12


async def _grow(database: Database, cast: Cast) -> None:
    """To 200 pairs with a year of check-ins each."""
    async with database.write() as tx:
        for number in range(199):
            two = [
                await add_person(
                    tx,
                    database.vault,
                    cast.programme,
                    side,
                    Role.TWIN,
                    10_000 + 2 * number + place,
                    f"Twin {number}",
                    None,
                )
                for place, side in enumerate(cast.sides)
            ]
            joined = [replace(await load(tx, database.vault, one), state=PersonState.ACTIVE) for one in two]
            await people.update_changed(tx, database.vault, [Changed(one) for one in joined], NOW)
            pair = await pairs.create(tx, database.vault, two[0], two[1], NOW - 400 * DAY)
            rows = []
            for week in range(52):
                planned = NOW - (7 * week + 1) * DAY
                year, number_, _ = planned.isocalendar()
                recorded = RecordCheckIn(
                    f"{year}-W{number_:02}", week, "answered", planned, planned, planned, planned, late=False,
                    answers={"contact": "none" if week < 2 else "real"},
                )  # fmt: skip
                rows += [(Place(one, cast.programme, pair), recorded) for one in two]
            await check_ins.record(tx, rows)
