"""The crowd of the large benchmark lives in today's tables, and each of it has her own hour."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from benchmarks import crowd
from benchmarks.continent import MONDAY, rhythms
from storage.database import Database
from storage.schema import check_ins, pair_phases, pairs, timers
from tests.databases import FreshDatabase

PEOPLE = 60


def test_a_crowd_of_pairs_is_planned_and_has_four_weeks_behind_it(postgres_database: FreshDatabase) -> None:
    async def work(opened: Database) -> None:
        await crowd.fill(opened, postgres_database.url, rhythms(PEOPLE), MONDAY + timedelta(hours=17))
        async with opened.read() as tx:
            (made,) = (await tx.execute(select(func.count()).select_from(pairs))).one()
            (standing,) = (await tx.execute(select(func.count()).select_from(pair_phases))).one()
            asked = (await tx.execute(select(timers.c.person_id).where(timers.c.kind == "check_in"))).scalars().all()
            lived = (await tx.execute(select(func.count(func.distinct(check_ins.c.person_id))))).scalar_one()
        assert made == standing == PEOPLE // 2 + 3, "and the three models with their partners"
        assert len(set(asked)) == len(asked) >= PEOPLE
        assert lived >= PEOPLE

    postgres_database.run(work)
