from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from storage import timers
from storage.database import Transaction
from storage.encryption import Vault
from storage.timers import Cancelled, Timer, key_of
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, MINUTE, NOW, SECOND, Cast, seed


def _timer(cast: Cast, kind: str, period: str, due_at: datetime, *, version: str = "1") -> Timer:
    return Timer(
        key_of(kind, cast.bintu, period),
        kind,
        due_at,
        person=cast.bintu,
        programme=cast.programme,
        valid_until=due_at + DAY,
        rule_version=version,
    )


def test_a_timer_comes_out_as_it_went_in(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        timer = _timer(await seed(tx, vault), "check_in", "2026-W48", NOW)
        await timers.set_many(tx, [timer])
        return await timers.due(tx, NOW, 10) == [timer] and timer.period == "2026-W48"

    assert each_database.write(work)


def test_due_ones_come_earliest_first_and_by_the_page(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str], list[str], datetime | None]:
        cast = await seed(tx, vault)
        moments = {"c": NOW, "a": NOW - DAY, "later": NOW + SECOND, "b": NOW - MINUTE}
        await timers.set_many(tx, [_timer(cast, "k", period, due_at) for period, due_at in moments.items()])
        everything = [timer.period for timer in await timers.due(tx, NOW, 10)]
        return everything, [timer.period for timer in await timers.due(tx, NOW, 2)], await timers.next_due(tx)

    assert each_database.write(work) == (["a", "b", "c"], ["a", "b"], NOW - DAY)


def test_an_edited_rule_moves_a_timer_and_adds_none(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[tuple[datetime, datetime | None, str]]:
        cast = await seed(tx, vault)
        await timers.set_many(tx, [_timer(cast, "check_in", "2026-W48", NOW)])
        await timers.set_many(tx, [_timer(cast, "check_in", "2026-W48", NOW + DAY, version="2")])
        return [(one.due_at, one.valid_until, one.rule_version) for one in await timers.of_people(tx, [cast.bintu])]

    assert each_database.write(work) == [(NOW + DAY, NOW + 2 * DAY, "2")]


def test_what_was_handled_or_moved_meanwhile_is_seen(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        one, two = _timer(cast, "k", "one", NOW), _timer(cast, "k", "two", NOW)
        await timers.set_many(tx, [one, two])
        await timers.delete_many(tx, [one.key])
        await timers.set_many(tx, [_timer(cast, "k", "two", NOW + DAY)])
        return await timers.still_there(tx, [one.key, two.key]) == {two.key: NOW + DAY}

    assert each_database.write(work)


def test_one_period_or_all_of_a_kind_are_cancelled_and_nobody_elses(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str]:
        cast = await seed(tx, vault)
        hers = [_timer(cast, kind, period, NOW) for kind in ("a", "b") for period in ("1", "2", "3")]
        other = Timer(key_of("a", cast.doris, "1"), "a", NOW, person=cast.doris)
        await timers.set_many(tx, [*hers, other])
        await timers.cancel(tx, [Cancelled(cast.bintu, "a"), Cancelled(cast.bintu, "b", "2")])
        left = await timers.of_people(tx, [cast.bintu, cast.doris])
        return sorted(f"{one.kind}/{one.period}{'' if one.person == cast.bintu else ' of another'}" for one in left)

    assert each_database.write(work) == ["a/1 of another", "b/1", "b/3"]


def test_no_timers_is_nothing_due(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> tuple[object, ...]:
        await timers.cancel(tx, [])
        await timers.delete_many(tx, [])
        return await timers.next_due(tx), await timers.due(tx, NOW, 10), await timers.still_there(tx, [])

    assert each_database.write(work) == (None, [], {})


def test_the_two_moments_that_a_clock_shows_alike_stay_an_hour_apart(each_database: FreshDatabase) -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
    second = first.replace(fold=1)
    assert first == second, "to Python they are one, so whoever remembers by equality mixes them up"

    async def work(tx: Transaction, vault: Vault) -> list[datetime]:
        both = [Timer("check_in/1/first", "check_in", first), Timer("check_in/1/second", "check_in", second)]
        await timers.set_many(tx, both)
        return [timer.due_at for timer in await timers.due(tx, second.astimezone(UTC) + timedelta(days=1), 10)]

    earlier, later = each_database.write(work)
    assert later - earlier == timedelta(hours=1)
