from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from flows.checklist import ChangeRow
from flows.effects import RecordAsked, RecordCheckIn, RecordMilestone, RecordReflections, SaveAnswer
from flows.events.due import PauseEnded
from flows.goals import GoalRow, Wording
from flows.people import PersonId, PersonState, Role
from flows.session import Session
from storage import (
    answers,
    asked,
    check_ins,
    checklist,
    consents,
    drafts,
    flags,
    goals,
    inbox,
    outbox,
    pair_answers,
    pairs,
    people,
    reflections,
    sessions,
    timers,
)
from storage.consents import Consent
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.flags import Flag
from storage.pair_answers import PairAnswer
from storage.pairs import Place
from storage.people import Changed
from storage.schema import metadata
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, SECOND, Cast, add_person, load, outgoing, seed


def _check_in(session: int = 1, **answered: str) -> RecordCheckIn:
    return RecordCheckIn("2026-W48", session, "completed", NOW, NOW, None, NOW + SECOND, False, answered)


def test_everything_that_changes_of_a_person_is_written(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        changed = replace(
            await load(tx, vault, cast.bintu),
            language="nl",
            state=PersonState.PAUSED,
            name="Bintu S.",
            country="NL",
            zone="Europe/Amsterdam",
            check_in_day=6,
            check_in_minute=1439,
            paused_until=NOW + DAY,
            unreachable_since=NOW,
            sessions_started=7,
            numbers_offered=True,
            away_from=NOW + DAY,
            away_until=NOW + 2 * DAY,
            quiet_hours="ramadan",
            lite=True,
        )
        await people.update_changed(tx, vault, [Changed(changed, "blocked")], NOW)
        return await people.load_locked(tx, vault, [cast.bintu]) == [people.Known(changed, 1002, "blocked")]

    assert each_database.write(work)


def test_the_reason_stays_while_she_is_unreachable_and_goes_when_she_returns(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[str | None]:
        cast = await seed(tx, vault)
        person = await load(tx, vault, cast.bintu)
        away = replace(person, unreachable_since=NOW)
        seen = []
        for change in (Changed(away, "blocked"), Changed(away), Changed(person)):
            await people.update_changed(tx, vault, [change], NOW)
            seen.append((await people.load_locked(tx, vault, [cast.bintu]))[0].unreachable_reason)
        return seen

    assert each_database.write(work) == ["blocked", "blocked", None]


def test_people_are_found_by_id_and_by_chat_in_the_order_of_their_ids(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        found = await people.load_locked(tx, vault, [cast.doris, PersonId(999)], [1001, 1004, 999])
        by_chat = await people.load_locked(tx, vault, [], [1002])
        nobody = await people.load_locked(tx, vault, [], [])
        return (
            [one.person.id for one in found] == [cast.aminata, cast.doris]
            and [one.person.name for one in by_chat] == ["Bintu"]
            and nobody == []
        )

    assert each_database.write(work)


@pytest.mark.postgres
def test_a_locked_person_waits_for_the_other_batch(postgres_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[str]:
        async with database.write() as tx:
            cast = await seed(tx, database.vault)
        order = []

        async def second() -> None:
            async with database.write() as tx:
                await people.load_locked(tx, database.vault, [], [1002])
                order.append("second has her")

        async with database.write() as tx:
            await people.load_locked(tx, database.vault, [cast.bintu])
            task = asyncio.create_task(second())
            await asyncio.sleep(0.3)
            order.append("first lets go")
        await task
        return order

    assert postgres_database.run(work) == ["first lets go", "second has her"]


def test_erasing_takes_everything_of_hers_and_nothing_of_others(each_database: FreshDatabase) -> None:
    async def fill(tx: Transaction, vault: Vault, cast: Cast, person: PersonId) -> None:
        chat = 1000 + person
        await sessions.upsert(tx, vault, [(person, Session(1, "f", "v", NOW), None)], NOW)
        await answers.save(tx, vault, [(person, SaveAnswer(1, "f", "k", "c"))], NOW)
        place = Place(person, cast.programme, None)
        await check_ins.record(tx, [(place, _check_in())])
        await asked.record(tx, [(place, RecordAsked("silence_card", "2026-W48", "done", NOW))])
        await reflections.record(tx, [(place, RecordReflections(1, ("giving",), "skill"))], NOW)
        await consents.add(tx, [Consent(person, "core", "1", "en", True, NOW)])
        await timers.set_many(tx, [timers.Timer(f"k/{person}/1", "k", NOW, person=person)])
        await inbox.add_keys(tx, [inbox.Arrived(f"update/{person}", person)], NOW)
        await inbox.tell(tx, vault, [inbox.Told(person, PauseEnded())], NOW)
        await inbox.fail(tx, vault, [inbox.Failed(f"f/{person}", "{}", "X", person)], NOW)
        await outbox.insert(tx, vault, [outgoing(chat, person=person)], NOW)
        pair = (await pairs.partners(tx, vault, [person]))[person].pair
        await pair_answers.save(tx, vault, [PairAnswer(pair, person, "acceptance", "accept", "Gladly", NOW)])
        await goals.save(tx, vault, [(pair, person, GoalRow(1, 1, Wording(goal="every birth is written down"), NOW))])
        await goals.record(tx, vault, [(person, RecordMilestone(1, pair, 1, "on_track"))], NOW)
        change = ChangeRow(1, "checklist_together.ask_time", 1, "one call a month", NOW, wrote=True)
        await checklist.save(tx, vault, [(cast.programme, person, change)])
        await drafts.keep(tx, vault, [drafts.Draft(person, 1, drafts.SENT, {}, NOW)])
        await flags.raise_many(tx, [Flag(person, "quiet", cast.programme, "work", NOW)])

    async def rows_of(tx: Transaction, person: PersonId) -> dict[str, int]:
        found = {}
        for name, table in metadata.tables.items():
            if "person_id" in table.c:
                query = select(func.count()).select_from(table).where(table.c.person_id == person)
                found[name] = (await tx.execute(query)).scalar_one()
        return found

    async def work(tx: Transaction, vault: Vault) -> tuple[dict[str, int], dict[str, int], int]:
        cast = await seed(tx, vault)
        await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        for person in (cast.bintu, cast.doris):
            await fill(tx, vault, cast, person)
        before = await rows_of(tx, cast.doris)
        assert await rows_of(tx, cast.bintu) == before
        await people.erase(tx, [cast.bintu])
        assert await rows_of(tx, cast.doris) == before
        return before, await rows_of(tx, cast.bintu), await people.count(tx)

    before, after, left = each_database.write(work)
    assert set(before) >= {"sessions", "answers", "check_ins", "reflections", "consents", "timers", "inbox", "outbox"}
    assert min(before.values()) >= 1
    assert set(after.values()) == {0}
    assert left == 3


def test_an_id_is_never_given_twice(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        await people.erase(tx, [cast.doris])
        return await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 5, "Els", None) > cast.doris

    assert each_database.write(work)
