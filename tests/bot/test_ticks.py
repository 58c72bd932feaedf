"""What a tick brings first, on real databases."""

from __future__ import annotations

from collections.abc import Sequence

from bot.arrivals import Arrival
from bot.library import packaged_catalogue
from bot.ticks import Ticks
from bot.turns import Turns
from flows.events.shell import PromptDelivered
from flows.people import PersonId
from storage import inbox, timers
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.timers import Timer
from tests.bot.test_leases import Clock
from tests.databases import FreshDatabase
from tests.speaking import the_speech
from tests.storage.seeding import NOW, seed

DELIVERIES = 20


class Deliveries(Turns):
    """Whoever is told of a delivery is told of the next one meanwhile, as at a busy hour. Notes what came, in order."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, packaged_catalogue(), the_speech(), {}, Clock())
        self.came: list[str] = []

    async def submit(self, arrivals: Sequence[Arrival]) -> None:
        for one in arrivals:
            self.came.append("told" if one.timer is None else "due")
            async with self.database.write() as tx:
                if one.timer is not None:
                    await timers.delete_many(tx, [one.timer])
                elif one.told is not None:
                    await inbox.mark_done(tx, [one.told], NOW)
                    if self.came.count("told") < DELIVERIES and one.person is not None:
                        await inbox.tell(tx, self.database.vault, [delivery(one.person)], NOW)


def delivery(person: PersonId) -> inbox.Told:
    return inbox.Told(person, PromptDelivered(1, NOW))


def test_what_is_due_does_not_wait_until_nobody_is_told_anything(each_database: FreshDatabase) -> None:
    async def prepared(tx: Transaction, vault: Vault) -> None:
        cast = await seed(tx, vault)
        await inbox.tell(tx, vault, [delivery(cast.bintu)], NOW)
        await timers.set_many(tx, [Timer(f"check_in/{cast.doris}/2026-W48", "check_in", NOW, cast.doris)])

    async def work(database: Database) -> None:
        turns = Deliveries(database)
        ticks = Ticks(database, database.vault, turns, Clock())
        await ticks._look()
        assert turns.came[:2] == ["told", "due"]
        assert turns.came.count("told") == DELIVERIES

    each_database.write(prepared)
    each_database.run(work)
