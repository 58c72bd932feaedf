"""What was asked beside the check-ins, her latest answers, and who lacks a weekly timer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flows.effects import RecordAsked, SaveAnswer
from flows.people import Asked, PairId, PersonState, Said
from storage import answers, asked, facts, pairs, people, timers, unplanned
from storage.database import Transaction
from storage.encryption import Vault
from storage.pairs import Place
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, load, seed


def test_what_was_asked_is_told_earliest_first_and_a_change_replaces_it(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[tuple[Asked, ...], PairId, int]:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        place = Place(cast.bintu, cast.programme, pair)
        other = Place(cast.doris, cast.programme, pair)
        await asked.record(tx, [(place, RecordAsked("card", "2026-W48", "offered", NOW))])
        await asked.record(tx, [(other, RecordAsked("card", "2026-W48", "offered", NOW))])
        await asked.record(tx, [(place, RecordAsked("hopes", "2026-W49", "done", NOW + 7 * DAY))])
        await asked.record(tx, [(place, RecordAsked("card", "2026-W48", "later", NOW + DAY, NOW + 4 * DAY))])
        found = await asked.of_people(tx, [cast.bintu, cast.carla])
        assert cast.carla not in found
        return found[cast.bintu], pair, len(found)

    rows, pair, people_found = each_database.write(work)
    assert rows == (
        Asked("card", "2026-W48", "later", NOW + DAY, NOW + 4 * DAY, pair),
        Asked("hopes", "2026-W49", "done", NOW + 7 * DAY, None, pair),
    )
    assert people_found == 1


def test_of_several_answers_to_a_question_the_latest_is_the_one_that_she_said(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> object:
        cast = await seed(tx, vault)
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(1, "review", "closeness", "4"))], NOW)
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(9, "review", "closeness", "6"))], NOW + DAY)
        await answers.save(tx, vault, [(cast.bintu, SaveAnswer(9, "review", "why", None, "More calls"))], NOW + DAY)
        await answers.save(tx, vault, [(cast.doris, SaveAnswer(1, "review", "closeness", "1"))], NOW + 2 * DAY)
        loaded = await facts.load(tx, vault, [await load(tx, vault, cast.bintu)], ["said"])
        return loaded[cast.bintu]["said.latest"]

    assert each_database.write(work) == {
        ("review", "closeness"): Said("6", None, NOW + DAY),
        ("review", "why"): Said(None, "More calls", NOW + DAY),
    }


def test_whoever_lacks_a_weekly_timer_gets_it_and_whoever_rests_does_not(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> tuple[list[str], list[str], timedelta]:
        cast = await seed(tx, vault)
        chosen = replace(await load(tx, vault, cast.bintu), check_in_day=0, check_in_minute=540)
        rests = replace(
            await load(tx, vault, cast.doris), check_in_day=0, check_in_minute=540, state=PersonState.PAUSED
        )
        await people.update_changed(tx, vault, [Changed(chosen), Changed(rests)], NOW)
        missing = [one for one in await unplanned.missing(tx, NOW) if one.kind == "asking"]
        await timers.set_many(tx, missing)
        again = [one for one in await unplanned.missing(tx, NOW) if one.kind == "asking"]
        return [f"{one.person}" for one in missing], [f"{one.person}" for one in again], missing[0].due_at - NOW

    planned, again, ahead = each_database.write(work)
    assert len(planned) == 1
    assert again == []
    assert timedelta(days=1) < ahead < timedelta(days=9)
