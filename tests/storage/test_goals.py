"""Joint goals: one row a twin, each worded as she sees it, and what coordinators see of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from flows.effects import RecordMilestone
from flows.goals import AGREED, REACHED, TO_READ, WAITS, Goal, GoalRow, Wording
from flows.overview import GoalSeen
from flows.people import PairId
from storage import erasures, facts, goals, holdings, overview, pair_phases, pairs, retention, schema
from storage.database import Transaction
from storage.encryption import Vault
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, Cast, load, seed

WORDING = Wording(
    theme="quality",
    today="level_2",
    wanted="level_4",
    goal="every birth is written down",
    benefit="less searching",
    twins_benefit="a shared form",
    due="2027-06-30",
    owner="me",
)
HERS = GoalRow(1, 1, WORDING, NOW)


async def _pair(tx: Transaction, vault: Vault) -> tuple[Cast, PairId]:
    cast = await seed(tx, vault)
    return cast, await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)


async def _seen(tx: Transaction, vault: Vault, cast: Cast) -> tuple[Goal, Goal]:
    """The first goal as Bintu and as Doris see it."""
    people = [await load(tx, vault, person) for person in (cast.bintu, cast.doris)]
    found = await facts.load(tx, vault, people, ["goals", "together"])
    for person in people:
        assert found[person.id]["goals.list"] == found[person.id]["together.goals"]
    one, other = (found[person.id]["goals.list"] for person in people)
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return one[0], other[0]


def test_each_twin_sees_a_goal_from_her_own_side(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await _pair(tx, vault)
        await goals.save(tx, vault, [(pair, cast.bintu, HERS)])
        mine, theirs = await _seen(tx, vault, cast)
        assert (mine.standing, theirs.standing) == (WAITS, TO_READ)
        assert mine.wording == WORDING
        assert (theirs.wording.benefit, theirs.wording.twins_benefit) == ("a shared form", "less searching")
        assert theirs.wording.owner == "twin"
        agreed = replace(HERS, wording=theirs.wording, agreed_at=NOW)
        await goals.save(tx, vault, [(pair, cast.doris, agreed)])
        mine, theirs = await _seen(tx, vault, cast)
        assert (mine.standing, theirs.standing) == (AGREED, AGREED)
        assert mine.wording == theirs.wording.mirrored()

    each_database.write(work)


def test_a_change_waits_for_the_other_one_and_takes_the_place_of_what_she_said(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await _pair(tx, vault)
        other = replace(HERS, wording=WORDING.mirrored(), agreed_at=NOW)
        await goals.save(tx, vault, [(pair, cast.bintu, HERS), (pair, cast.doris, other)])
        changed = GoalRow(1, 2, replace(WORDING, due="2027-12-31", goal="every birth, every day"), NOW)
        await goals.save(tx, vault, [(pair, cast.bintu, changed)])
        mine, theirs = await _seen(tx, vault, cast)
        assert (mine.standing, theirs.standing) == (WAITS, TO_READ)
        assert theirs.wording.goal == "every birth, every day"
        seen = (await overview.load(tx, vault, [cast.programme]))[cast.programme].pairs[0].goals
        assert seen == (GoalSeen(agreed=True, due="2027-06-30", state="open"),), "what was agreed last counts"

    each_database.write(work)


def test_the_latest_milestone_of_either_is_seen_by_both_and_a_session_tells_one(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await _pair(tx, vault)
        await goals.save(tx, vault, [(pair, cast.bintu, HERS)])
        first = RecordMilestone(5, pair, 1, "late", "network", "12.5")
        await goals.record(tx, vault, [(cast.bintu, first)], NOW)
        await goals.record(tx, vault, [(cast.bintu, replace(first, status="stuck"))], NOW)
        for one in await _seen(tx, vault, cast):
            assert one.milestone is not None
            assert (one.milestone.status, one.milestone.value) == ("stuck", "12.5")
        await goals.record(tx, vault, [(cast.doris, RecordMilestone(5, pair, 1, "on_track"))], NOW + DAY)
        for one in await _seen(tx, vault, cast):
            assert one.milestone is not None
            assert (one.milestone.status, one.milestone.author) == ("on_track", cast.doris)
        assert len((await tx.execute(select(schema.milestones))).all()) == 2

    each_database.write(work)


def test_closed_by_one_it_is_closed_for_both_and_coordinators_see_a_count_and_no_word(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await _pair(tx, vault)
        closed = replace(HERS, state=REACHED, closed_at=NOW, agreed_at=NOW)
        await goals.save(tx, vault, [(pair, cast.bintu, closed), (pair, cast.doris, HERS)])
        assert [one.state for one in await _seen(tx, vault, cast)] == [REACHED, REACHED]
        found = (await overview.load(tx, vault, [cast.programme]))[cast.programme]
        assert found.pairs[0].goals == (GoalSeen(agreed=True, due="2027-06-30", state=REACHED, closed_at=NOW),)
        assert "birth" not in repr(found)

    each_database.write(work)


def test_who_is_erased_takes_her_rows_along_and_what_the_other_agreed_to_is_the_other_ones(
    each_database: FreshDatabase,
) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await _pair(tx, vault)
        other = replace(HERS, wording=WORDING.mirrored(), agreed_at=NOW)
        only_hers = GoalRow(2, 1, replace(WORDING, goal="not agreed to"), NOW)
        await goals.save(
            tx, vault, [(pair, cast.bintu, HERS), (pair, cast.doris, other), (pair, cast.bintu, only_hers)]
        )
        await goals.record(tx, vault, [(cast.bintu, RecordMilestone(5, pair, 1, "late", value="12"))], NOW)
        await erasures.erase(tx, [cast.bintu], NOW)
        copy = await holdings.of_person(tx, vault, cast.doris, 1004)
        assert [row["words"]["goal"] for row in copy["goals"]] == ["every birth is written down"]
        assert len((await tx.execute(select(schema.goals))).all()) == 1, "what was only proposed has gone with her"
        assert (await tx.execute(select(schema.milestones))).all() == []

    each_database.write(work)


def test_words_go_at_the_end_of_retention_and_the_count_stays(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> None:
        cast, pair = await _pair(tx, vault)
        await goals.save(tx, vault, [(pair, cast.bintu, HERS)])
        await goals.record(tx, vault, [(cast.bintu, RecordMilestone(5, pair, 1, "late", value="12"))], NOW)
        await retention.wipe(tx, cast.programme, NOW)
        mine, _ = await _seen(tx, vault, cast)
        assert mine.wording == Wording(theme="quality", today="level_2", wanted="level_4", due="2027-06-30", owner="me")
        assert mine.milestone is not None
        assert (mine.milestone.status, mine.milestone.value) == ("late", None)

    each_database.write(work)


def test_the_phases_of_a_pair_know_which_goals_both_agreed_to_and_which_are_over(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[bool, bool]]:
        cast, pair = await _pair(tx, vault)
        mirrored = replace(HERS, wording=WORDING.mirrored(), agreed_at=NOW)
        await goals.save(tx, vault, [(pair, cast.bintu, HERS), (pair, cast.doris, mirrored)])
        over = [replace(one, number=2, state=REACHED, closed_at=NOW) for one in (HERS, mirrored)]
        await goals.save(tx, vault, [(pair, cast.bintu, over[0]), (pair, cast.doris, over[1])])
        await goals.save(tx, vault, [(pair, cast.bintu, replace(HERS, number=3))])
        standing = (await pair_phases.of_pairs(tx, vault, [pair]))[pair]
        assert standing.goals is not None
        return [(one.is_whole, one.is_closed) for one in standing.goals]

    assert each_database.write(work) == [(True, False), (True, True), (False, False)]
