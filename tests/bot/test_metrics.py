"""What `/metrics` shows is what has happened."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import Metrics
from bot.turns import Committed
from flows.effects import Lane
from storage import outbox
from storage.database import Database
from tests.databases import FreshDatabase
from tests.storage.seeding import MINUTE, NOW, outgoing

Shown = dict[tuple[str, str], float]
"""(metric, value of its label) to the figure."""


def read(text: bytes) -> Shown:
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_figures_are_read_as_prometheus_reads_them(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        async with database.write() as tx:
            await outbox.insert(tx, database.vault, [outgoing(1, not_before=NOW - MINUTE)], NOW)
        metrics = Metrics(Counter({"sent": 3}), Counter({403: 2}))
        metrics.committed(Committed(arrivals=1, seconds=0.02))
        metrics.committed(Committed(arrivals=40, seconds=0.2))
        metrics.committed(Committed(set_aside=True))
        metrics.fired(timedelta(minutes=2))
        metrics.fired(timedelta(seconds=-1))
        shown = read(await metrics.text(database, NOW))
        assert shown["twinbot_turns_total", ""] == 41
        assert shown["twinbot_arrivals_set_aside_total", ""] == 1
        assert [shown["twinbot_batch_arrivals_bucket", le] for le in ("1.0", "20.0", "50.0")] == [1, 1, 2]
        assert shown["twinbot_batch_duration_seconds_sum", ""] == 0.22
        assert [shown["twinbot_timer_lateness_seconds_bucket", le] for le in ("1.0", "60.0", "300.0")] == [1, 1, 2]
        assert shown["twinbot_send_results_total", "sent"] == 3
        assert shown["twinbot_send_results_total", "refused"] == 0
        assert shown["twinbot_webhook_answers_total", "403"] == 2
        assert [shown["twinbot_outbox_messages", lane] for lane in Lane] == [1, 0, 0]
        assert [shown["twinbot_outbox_oldest_age_seconds", lane] for lane in Lane] == [60, 0, 0]
        assert (shown["twinbot_told_events", ""], shown["twinbot_failed_arrivals", ""]) == (0, 0)

    each_database.run(work)


class Silent:
    """A database that does not answer."""

    def read(self) -> Silent:
        return self

    async def __aenter__(self) -> None:
        await asyncio.sleep(60)

    async def __aexit__(self, *_: object) -> None: ...


def test_a_database_that_does_not_answer_holds_up_no_scrape_and_what_stands_in_it_is_unknown(
    sqlite_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        metrics = Metrics({}, {})
        metrics.committed(Committed(arrivals=5))
        assert read(await metrics.text(database, NOW))["twinbot_failed_arrivals", ""] == 0
        async with asyncio.timeout(10):
            shown = read(await metrics.text(Silent(), NOW))  # type: ignore[arg-type]
        assert math.isnan(shown["twinbot_failed_arrivals", ""])
        assert math.isnan(shown["twinbot_outbox_oldest_age_seconds", "reply"])
        assert shown["twinbot_turns_total", ""] == 5

    sqlite_database.run(work)
