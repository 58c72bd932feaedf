"""What a programme has set: kept, shown, and refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import doctor, programme_settings, programmes
from bot.errors import Refused
from bot.programme_settings import Change
from bot.programmes import Plan
from flows.people import Role
from storage import inbox, retention
from storage import programmes as stored
from storage.database import Database
from tests.databases import FreshDatabase

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PLAN = Plan("Midwives", ("Freetown", "Utrecht"), ("SL", "NL"))


def test_what_is_set_stays_until_it_is_set_anew(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[programme_settings.Shown]:
        await programmes.create(database, replace(PLAN, controller="  The   Association, Utrecht "), NOW)
        first = await programme_settings.show(database, None)
        await programme_settings.change(database, "midwives", Change(ends="2030-06-30", retention_months=12), NOW)
        last = await programme_settings.change(database, "1", Change(contact_email="privacy@example.org"), NOW)
        return [first, last]

    first, last = each_database.run(work)
    assert (first.controller, first.ends, first.retention_months) == ("The Association, Utrecht", None, 24)
    assert first.words_until is None
    assert last == replace(
        first,
        contact_email="privacy@example.org",
        ends="2030-06-30",
        retention_months=12,
        words_until="2031-06-30",
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Change(controller="  "), "--controller"),
        (Change(controller="x" * 201), "200 characters"),
        (Change(contact_email="nobody"), "--contact-email"),
        (Change(retention_months=-1), "--retention-months"),
        (Change(retention_months=121), "120"),
        (Change(ends="30-06-2030"), "2030-06-30"),
        (Change(emergency="SL=117,NL"), "SL=117"),
        (Change(emergency="Sierra Leone=117"), "SL=117"),
        (Change(emergency="SL=call me"), "SL=117"),
        (Change(ends="2020-06-30"), "wiped for ever"),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence(sqlite_database: FreshDatabase, wanted: Change, said: str) -> None:
    async def work(database: Database) -> None:
        await programmes.create(database, PLAN, NOW)
        with pytest.raises(Refused, match=said):
            await programme_settings.change(database, "Midwives", wanted, NOW)

    sqlite_database.run(work)


def test_emergency_numbers_are_those_that_were_set_and_can_be_taken_back(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[object]:
        await programmes.create(database, PLAN, NOW)
        none = await programme_settings.show(database, None)
        some = await programme_settings.change(database, "1", Change(emergency=" SL=117, NL = 112 "), NOW)
        kept = await programme_settings.change(database, "1", Change(retention_months=12), NOW)
        gone = await programme_settings.change(database, "1", Change(emergency=""), NOW)
        return [one.emergency for one in (none, some, kept, gone)]

    set_ = {"SL": "117", "NL": "112"}
    assert each_database.run(work) == [{}, set_, set_, {}]


def test_words_are_due_at_once_only_for_who_says_so(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[str | None]:
        await programmes.create(database, PLAN, NOW)
        past = Change(ends="2025-11-23", retention_months=12)
        with pytest.raises(Refused, match="--wipe-now"):
            await programme_settings.change(database, "Midwives", past, NOW)
        kept = await programme_settings.show(database, "Midwives")
        meant = await programme_settings.change(database, "Midwives", replace(past, wipe_now=True), NOW)
        later = await programme_settings.change(database, "Midwives", Change(controller="The Association"), NOW)
        return [kept.ends, meant.words_until, later.controller]

    assert sqlite_database.run(work) == [None, "2026-11-23", "The Association"]


def test_a_focal_point_is_invited_on_the_sides_that_are_named(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[tuple[str, str]]:
        made = await programmes.create(database, replace(PLAN, safeguarding=("Utrecht",)), NOW)
        more = await programmes.invite(database, "Midwives", ("Freetown",), Role.SAFEGUARDING, 1, NOW)
        return [(link.side, link.role) for link in (*made.links, *more.links)]

    sides = [side for side, role in sqlite_database.run(work) if role == "safeguarding"]
    assert sides == ["Utrecht", "Freetown"]


def test_a_focal_point_of_no_side_is_refused(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(Refused, match="--safeguarding names a side"):
            await programmes.create(database, replace(PLAN, safeguarding=("Rotterdam",)), NOW)

    sqlite_database.run(work)


def test_the_doctor_says_what_is_missing_and_what_is_due(sqlite_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[str]:
        await programmes.create(database, PLAN, NOW)
        found = [await doctor._contents(database, None)]
        await programme_settings.change(
            database, "Midwives", Change(controller="The Association", ends="2040-06-30"), NOW
        )
        found.append(await doctor._contents(database, None))
        return [one.finding for some in found for one in some if one.what in {"controller", "retention", "logs"}]

    missing, for_ever, logs, named, due, _ = sqlite_database.run(work)
    assert "`twinbot programme set --controller`" in missing
    assert "kept for ever" in for_ever
    assert "30 days" in logs
    assert named == "The Association"
    assert due == "the words of Midwives are wiped on 2042-06-30"


def test_the_doctor_says_when_what_was_due_is_not_forgotten(sqlite_database: FreshDatabase) -> None:
    from tests.storage.seeding import seed

    async def looks(database: Database) -> dict[str, tuple[bool, str]]:
        found = await doctor._contents(database, None)
        return {one.what: (one.well, one.finding) for one in found if one.what in {"retention", "updates"}}

    async def work(database: Database) -> list[dict[str, tuple[bool, str]]]:
        long_ago = datetime.now(UTC) - timedelta(hours=60)
        async with database.write() as tx:
            cast = await seed(tx, database.vault)
            await stored.change_settings(tx, cast.programme, {}, datetime(2020, 6, 30, tzinfo=UTC))
            await inbox.add_keys(tx, [inbox.Arrived("update/1")], long_ago)
        before = await looks(database)
        async with database.write() as tx:
            await retention.wipe(tx, cast.programme, NOW)
            await inbox.purge(tx, datetime.now(UTC))
        return [before, await looks(database)]

    before, after = sqlite_database.run(work)
    assert not before["retention"][0]
    assert "hold words that were due on 2022-06-30" in before["retention"][1]
    assert before["updates"] == (
        False,
        "handled updates are known for 48 hours, but the oldest is of 60 hours ago: "
        "is `twinbot start` (or `worker`) running?",
    )
    assert after["retention"][0]
    assert "are wiped; they were due on 2022-06-30" in after["retention"][1]
    assert after["updates"] == (True, "handled updates are known for 48 hours, the oldest since 0")


def test_a_tick_wipes_what_is_due_and_leaves_the_rest(sqlite_database: FreshDatabase) -> None:
    from storage import people
    from tests.storage.seeding import seed
    from tests.turns import StandingClock, turns_on

    async def work(database: Database) -> list[str]:
        from bot.ticks import Ticks

        async with database.write() as tx:
            first = await seed(tx, database.vault)
        await programmes.create(database, PLAN, NOW)
        async with database.write() as tx:
            (_, other) = await stored.list_all(tx)
            ends = datetime(2024, 11, 1, tzinfo=UTC)
            await stored.change_settings(tx, first.programme, {}, ends)
            await stored.change_settings(tx, other.id, {}, datetime(2024, 12, 1, tzinfo=UTC))
            assert [one.at for one in await retention.dues(tx)] == [
                datetime(2026, 11, 1, tzinfo=UTC),
                datetime(2026, 12, 1, tzinfo=UTC),
            ]
        ticks = Ticks(database, database.vault, turns_on(database), StandingClock())
        await ticks._purge()
        async with database.read() as tx:
            return list((await people.names(tx, database.vault, [first.bintu, first.doris])).values())

    assert sqlite_database.run(work) == ["", ""]
