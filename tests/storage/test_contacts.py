from __future__ import annotations

from datetime import datetime

from flows.effects import RecordCheckIn
from flows.people import CheckedIn, PairId, PersonId
from storage import check_ins, contacts, facts, pairs
from storage.database import Transaction
from storage.encryption import Vault
from storage.pairs import Place
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, Cast, load, seed

WEEK = 7 * DAY


async def _answer(tx: Transaction, cast: Cast, person: PersonId, pair: PairId | None, week: int, contact: str) -> None:
    at = NOW + week * WEEK
    answers = {"contact": contact, "feeling": "good"} if contact else {}
    row = RecordCheckIn(f"2026-W{30 + week}", week, "answered", at, at, at, at, False, answers)
    await check_ins.record(tx, [(Place(person, cast.programme, pair), row)])


def test_the_latest_check_ins_with_an_answer_come_newest_first(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, _vault: Vault) -> object:
        cast = await seed(tx, _vault)
        for week, contact in enumerate(("real", "short", "none", "tried", "")):
            await _answer(tx, cast, cast.bintu, None, week, contact)
        found = await contacts.answered(tx, [cast.bintu, cast.doris])
        assert found.keys() == {cast.bintu}
        return [one.contact for one in found[cast.bintu]], found[cast.bintu][0]

    newest = CheckedIn("2026-W33", "tried", "good")
    assert each_database.write(work) == (["tried", "none", "short"], newest)


def test_contact_that_either_tells_of_counts_for_both_and_only_in_their_pair(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[datetime | None]:
        cast = await seed(tx, vault)
        pair = await pairs.create(tx, vault, cast.bintu, cast.doris, NOW)
        await _answer(tx, cast, cast.bintu, None, 3, "real")  # before this pair
        await _answer(tx, cast, cast.doris, pair, 1, "short")
        await _answer(tx, cast, cast.doris, pair, 2, "tried")
        people = [await load(tx, vault, one) for one in (cast.bintu, cast.doris, cast.aminata)]
        found = await facts.load(tx, vault, people, ["contact"])
        return [found[one.id]["contact.latest"] for one in people]  # type: ignore[misc]

    assert each_database.write(work) == [NOW + WEEK, NOW + WEEK, None]
