from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, select, text

from flows.effects import RecordAsked, RecordCheckIn
from flows.people import NAMED, PairId, PersonId, Role
from flows.standing import AGREED, COORDINATOR, MADE, Spell, Standing
from storage import asked, check_ins, erasures, facts, migrations, pair_answers, pair_phases, pairs, people, schema
from storage.columns import to_microseconds
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.pair_phases import Move
from storage.pairs import Place
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, Cast, add_person, seed


async def paired(tx: Transaction, vault: Vault) -> tuple[Cast, PairId]:
    cast = await seed(tx, vault)
    return cast, await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)


async def moved(tx: Transaction, pair: PairId, *phases: str, days: int, by: PersonId | None = None) -> None:
    why = AGREED if by is None else COORDINATOR
    await pair_phases.move(tx, [Move(pair, phases, why, by, NOW + days * DAY)])


async def stands(tx: Transaction, vault: Vault, pair: PairId) -> Standing:
    return (await pair_phases.of_pairs(tx, vault, [pair]))[pair]


def test_a_pair_stands_in_the_first_phase_since_it_was_made(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> Standing:
        cast, pair = await paired(tx, vault)
        ada = await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 21, "Ada", None)
        els = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 22, "Els", None)
        proposed = await pairs.propose(tx, cast.programme, ada, els, cast.aminata, NOW)
        found = await pair_phases.of_pairs(tx, vault, [pair, proposed])
        assert list(found) == [pair], "a proposal stands nowhere"
        return found[pair]

    assert each_database.write(work) == Standing(PairId(1), (Spell("naming", NOW, why=MADE),), goals=())


def test_a_pair_goes_on_stands_in_two_goes_back_and_its_way_is_kept(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> Standing:
        cast, pair = await paired(tx, vault)
        await moved(tx, pair, "naming", "planning", days=1)
        await moved(tx, pair, "naming", "planning", days=2)  # stands there already: nothing changes
        await moved(tx, pair, "planning", days=3, by=cast.aminata)
        await moved(tx, pair, "naming", days=4, by=cast.bintu)
        found = await stands(tx, vault, pair)
        assert found.current == ("naming",)
        assert found.since("naming") == NOW + 4 * DAY
        assert found.since("planning") is None
        assert found.moved_at == NOW + 4 * DAY
        return found

    assert each_database.write(work).spells == (
        Spell("naming", NOW, NOW + 3 * DAY, why=MADE),
        Spell("planning", NOW + DAY, NOW + 4 * DAY),
        Spell("naming", NOW + 4 * DAY, None, "Bintu", COORDINATOR),
    )


def test_a_pair_that_comes_back_in_the_same_moment_stands_somewhere(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[str, ...]:
        _, pair = await paired(tx, vault)
        await moved(tx, pair, "planning", days=0)
        await moved(tx, pair, "naming", days=0)
        return (await stands(tx, vault, pair)).current

    assert each_database.write(work) == ("naming",)


async def _told(tx: Transaction, cast: Cast, pair: PairId, person: PersonId, week: int, contact: str | None) -> None:
    answers = {} if contact is None else {"contact": contact}
    row = RecordCheckIn(f"2026-W{week}", week, "answered", NOW, NOW, NOW, NOW, late=False, answers=answers)
    await check_ins.record(tx, [(Place(person, cast.programme, pair), row)])


def test_contacts_both_ways_are_weeks_with_a_real_exchange_or_with_word_of_both(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[int]:
        cast, pair = await paired(tx, vault)
        counts = []
        for week, one, other in (
            (41, "short", None), (42, "short", "tried"), (43, "short", "short"),
            (44, "real", "none"), (45, "real", "real"),
        ):  # fmt: skip
            await _told(tx, cast, pair, cast.bintu, week, one)
            await _told(tx, cast, pair, cast.doris, week, other)
            counts.append((await stands(tx, vault, pair)).contacts)
        await moved(tx, pair, "planning", days=1)
        counts.append((await stands(tx, vault, pair)).contacts)  # nobody asks for them any more
        return counts

    assert each_database.write(work) == [0, 0, 1, 2, 3, 0]


def test_names_count_by_twin_and_an_agreement_by_what_holds(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[int, bool]]:
        cast, pair = await paired(tx, vault)
        found = [await stands(tx, vault, pair)]
        for one in (cast.bintu, cast.bintu, cast.doris):
            await pair_answers.save(tx, vault, [pair_answers.PairAnswer(pair, one, NAMED, None, "B", NOW)])
            found.append(await stands(tx, vault, pair))
        await pairs.change(tx, [(pair, {"cadence": "weekly", "quiet_days": 21})])
        found.append(await stands(tx, vault, pair))
        return [(one.named, one.agreed) for one in found]

    assert each_database.write(work) == [(0, False), (1, False), (1, False), (2, False), (2, True)]


def test_who_moved_a_pair_and_was_erased_is_named_no_more(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> Standing:
        cast, pair = await paired(tx, vault)
        await moved(tx, pair, "planning", days=1, by=cast.aminata)
        assert (await stands(tx, vault, pair)).spells[-1].by == "Aminata"
        await erasures.erase(tx, [cast.aminata], NOW + 2 * DAY)
        return await stands(tx, vault, pair)

    assert each_database.write(work).spells[-1] == Spell("planning", NOW + DAY, None, None, COORDINATOR)


def test_facts_show_twins_their_own_pair_and_coordinators_those_of_their_programme(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await paired(tx, vault)
        await moved(tx, pair, "naming", "planning", days=1)
        far = await seed_another(tx, vault)
        known = [one.person for one in await people.of_programme(tx, vault, cast.programme)]
        known += [one.person for one in await people.of_programme(tx, vault, far.programme)]
        found = await facts.load(tx, vault, known, ["phase", "moving"])
        for twin in (cast.bintu, cast.doris):
            assert found[twin]["phase.current"] == ("naming", "planning")
            assert found[twin]["phase.since"] == {"naming": NOW, "planning": NOW + DAY}
            assert found[twin]["moving.pairs"] == {}
        for coordinator in (cast.aminata, cast.carla):
            assert found[coordinator]["phase.standing"] is None
            assert list(_of(found[coordinator]["moving.pairs"])) == [pair]
        assert pair not in _of(found[far.aminata]["moving.pairs"])
        assert found[far.bintu]["phase.history"] == ()

    each_database.write(work)


def _of(value: object) -> dict[PairId, Standing]:
    assert isinstance(value, dict)
    return value


async def seed_another(tx: Transaction, vault: Vault) -> Cast:
    """A second programme of the same shape, without a pair; its phones have other numbers."""
    await tx.execute(schema.people.update().values(telegram_id=schema.people.c.telegram_id + 50_000))
    return await seed(tx, vault)


# -- the migration -----------------------------------------------------------------------------------------------------

_PROGRAMME = text(
    "INSERT INTO programmes (id, name, kind, language, state, created_at, settings)"
    " VALUES (1, 'Midwives', 'professional', 'en', 'active', :at, '{}')"
)
_PAIR = text(
    "INSERT INTO pairs (id, programme_id, phase, state, created_at, accepted_at)"
    " VALUES (:id, 1, :phase, :state, :at, :accepted)"
)
ROWS: tuple[tuple[int, str, str, int | None], ...] = (
    (1, "naming", "active", 5),
    (2, "naming", "active", None),  # made before it was noted when
    (3, "naming", "ended", 7),
    (4, "naming", "ended", None),  # somebody left before it was made
    (5, "naming", "proposed", None),
    (6, "naming", "declined", None),
)


def test_the_migration_carries_every_pair_that_was_made_and_leaves_no_column(empty_database: FreshDatabase) -> None:
    def older(connection: Connection) -> None:
        configuration = migrations._configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0003_reflecting")
        connection.execute(_PROGRAMME, {"at": to_microseconds(NOW)})
        for number, phase, state, accepted in ROWS:
            accepted_at = None if accepted is None else to_microseconds(NOW + accepted * DAY)
            row = {"id": number, "phase": phase, "state": state, "at": to_microseconds(NOW), "accepted": accepted_at}
            connection.execute(_PAIR, row)
        migrations.upgrade(connection)

    async def work(database: Database) -> tuple[list[Any], bool]:
        async with database.write() as tx:
            await tx.run_sync(older)
        async with database.read() as tx:
            rows = (await tx.execute(select(schema.pair_phases).order_by(schema.pair_phases.c.pair_id))).all()
            columns = await tx.run_sync(lambda one: [column["name"] for column in inspect(one).get_columns("pairs")])
            return [tuple(row) for row in rows], "phase" in columns

    rows, has_column = empty_database.run(work)
    assert rows == [
        (1, "naming", NOW + 5 * DAY, None, None, MADE),
        (2, "naming", NOW, None, None, MADE),
        (3, "naming", NOW + 7 * DAY, None, None, MADE),
    ]
    assert not has_column


def test_a_review_counts_who_of_the_two_did_what_since_it_began(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[Mapping[str, int]]:
        cast, pair = await paired(tx, vault)
        found = []

        async def did(person: PersonId, item: str, week: int, status: str, days: int) -> None:
            row = RecordAsked(item, f"2026-W{week}", status, NOW + days * DAY)
            await asked.record(tx, [(Place(person, cast.programme, pair), row)])
            found.append((await stands(tx, vault, pair)).did)

        await did(cast.bintu, "review", 29, "done", 0)
        await moved(tx, pair, "review", days=92)
        await did(cast.bintu, "review", 42, "partial", 93)
        await did(cast.bintu, "review", 43, "done", 94)
        await did(cast.bintu, "review", 44, "done", 95)
        await did(cast.doris, "review", 44, "done", 95)
        await did(cast.doris, "one_change", 45, "done", 96)
        await did(cast.doris, "review_pair", 46, "done", 97)
        await moved(tx, pair, "closing", days=98)
        found.append((await stands(tx, vault, pair)).did)
        return found

    both = {"review": 2}
    # the first was done more than a quarter before
    assert each_database.write(work) == [
        *({}, {}, {"review": 1}, {"review": 1}),
        *(both, {**both, "one_change": 1}, {**both, "one_change": 1}, {}),
    ]


@pytest.mark.parametrize(("days", "counts"), [(91, {"review": 1}), (92, {})])
def test_a_look_back_of_the_half_year_counts_for_a_review_that_begins_soon_after(
    each_database: FreshDatabase, days: int, counts: dict[str, int]
) -> None:
    async def work(tx: Transaction, vault: Vault) -> Mapping[str, int]:
        cast, pair = await paired(tx, vault)
        for item in ("half_year", "half_year_pair", "one_change"):
            row = RecordAsked(item, "2026-W29", "done", NOW)
            await asked.record(tx, [(Place(cast.bintu, cast.programme, pair), row)])
        await moved(tx, pair, "review", days=days)
        return (await stands(tx, vault, pair)).did

    assert each_database.write(work) == counts
