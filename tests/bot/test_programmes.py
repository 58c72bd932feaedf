"""What an operator may ask for, and what is refused in one sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import programmes
from bot.errors import Refused
from bot.programmes import Plan
from storage import errors
from storage.database import Database
from tests.databases import FreshDatabase

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
GOOD = Plan("Midwives", ("Freetown", "Utrecht"), ("sl", "NL"))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (replace(GOOD, name="  "), "name"),
        (replace(GOOD, name="12"), "no number"),
        (replace(GOOD, name="x" * 81), "80 characters"),
        (replace(GOOD, sides=("Freetown",)), "two sides"),
        (replace(GOOD, sides=("Utrecht", "utrecht ")), "two sides"),
        (replace(GOOD, countries=("NL",)), "--country once for each"),
        (replace(GOOD, countries=("NL", "QQ")), "QQ"),
        (replace(GOOD, kind="social"), "--kind"),
        (replace(GOOD, language="xx"), "--language"),
        (replace(GOOD, count=0), "--count"),
    ],
)
def test_a_plan_that_can_not_be_is_refused_in_one_sentence(
    sqlite_database: FreshDatabase, plan: Plan, said: str
) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(Refused, match=re.escape(said)) as refused:
            await programmes.create(database, plan, NOW)
        assert "\n" not in str(refused.value)
        assert await programmes.overview(database) == []

    sqlite_database.run(work)


def test_names_are_found_whatever_their_case_and_never_given_twice(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await programmes.create(database, GOOD, NOW)
        with pytest.raises(Refused, match="already"):
            await programmes.create(database, replace(GOOD, name=" MIDWIVES "), NOW)
        invited = await programmes.invite(database, "midwives", (" utrecht",), None, 2, NOW)
        assert [(link.side, link.role) for link in invited.links] == [
            ("Utrecht", role) for role in ("coordinator", "coordinator", "twin", "twin")
        ]
        with pytest.raises(Refused, match="no side 'Bo'"):
            await programmes.invite(database, "1", ("Bo",), None, 1, NOW)
        with pytest.raises(Refused, match="known: Midwives"):
            await programmes.members(database, "Nurses")

    each_database.run(work)


@pytest.mark.parametrize("numbers", [(1, 2), (-1, 2), (10**20, 1)])
def test_people_who_are_not_there_are_not_paired(each_database: FreshDatabase, numbers: tuple[int, int]) -> None:
    async def work(database: Database) -> None:
        with pytest.raises((Refused, errors.Refused), match=f"no person {numbers[0]}"):
            await programmes.pair(database, *numbers, NOW)

    each_database.run(work)
