"""What one process counts and measures, for Prometheus.

Rules kept here:

* Names as Prometheus wants them: `twinbot_` first, the unit last, `_total` on what only grows.
* A label has few values, all known beforehand: a lane, a result, an HTTP status. Never a person, a chat or a word.
* What all processes share (outbox, failed arrivals) each of them reads from the database when it is asked: take the
  largest of several processes, never their sum. What can not be read is NaN, never an old figure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.telegram.intake import WEBHOOK_ANSWERS
from bot.telegram.outcomes import RESULTS
from bot.telegram.sender import EXPIRED
from bot.turns import BATCH
from flows.effects import Lane
from storage import backlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from bot.turns import Committed
    from storage.database import Database

READ_SECONDS: Final = 2.0
"""How long the database may take to answer a scrape; Prometheus itself waits for ten."""
SIZES: Final = (1, 2, 5, 10, 20, 50, BATCH)
DURATIONS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LATENESSES: Final = (1, 2, 5, 10, 30, 60, 300, 900, 3_600, 6 * 3_600, 24 * 3_600)


class Metrics:
    """Everything that `/metrics` shows. `sent` is the sender's count by result, `answered` the webhook's by status."""

    def __init__(self, sent: Mapping[str, int], answered: Mapping[int, int]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._turns = Counter("twinbot_turns_total", "Arrivals carried out and on disk.", registry=registry)
        self._batch_size = Histogram(
            "twinbot_batch_arrivals", "Arrivals in one transaction.", buckets=SIZES, registry=registry
        )
        self._batch_duration = Histogram(
            "twinbot_batch_duration_seconds",
            "From the first try of a batch until it was on disk.",
            buckets=DURATIONS,
            registry=registry,
        )
        self._set_aside = Counter(
            "twinbot_arrivals_set_aside_total", "Arrivals that this process could not carry out.", registry=registry
        )
        self._lateness = Histogram(
            "twinbot_timer_lateness_seconds",
            "From the moment at which a timer was due until it was carried out.",
            buckets=LATENESSES,
            registry=registry,
        )
        self.stuck = Gauge(
            "twinbot_stuck_conversations", "Conversations that wait for ever: a defect of Twinbot.", registry=registry
        )
        self.lease = Gauge(
            "twinbot_lease_held", "1 where this process is the one that ticks, sends and polls.", registry=registry
        )
        self.poll_age = Gauge(
            "twinbot_poll_age_seconds",
            "Since a poll last succeeded, or polling began; NaN in a process that does not poll.",
            registry=registry,
        )
        self.silence = Gauge(
            "twinbot_webhook_silence_seconds",
            "Since Telegram last got through to the webhook, as it says once a minute; NaN in a process that does not "
            "ask.",
            registry=registry,
        )
        self.waiting_updates = Gauge(
            "twinbot_webhook_waiting_updates",
            "Updates that Telegram keeps for the webhook; NaN in a process that does not ask.",
            registry=registry,
        )
        self.deaf = Gauge(
            "twinbot_deaf",
            "1 while polling has not succeeded for 90 seconds, or Telegram has not got through to the webhook for 300.",
            registry=registry,
        )
        self.contested = Gauge(
            "twinbot_poll_contested", "1 while another process polls with the same token.", registry=registry
        )
        self.ready = Gauge("twinbot_ready", "1 while `/readyz` answers 200.", registry=registry)
        registry.register(_Counts("twinbot_send_results", "What calls for messages came to.", "result", _RESULTS, sent))
        registry.register(
            _Counts("twinbot_webhook_answers", "Answers of the webhook's door.", "status", WEBHOOK_ANSWERS, answered)
        )
        self._waiting = Gauge(
            "twinbot_outbox_messages",
            "Messages that could be sent now, or are tried again.",
            ["lane"],
            registry=registry,
        )
        self._oldest = Gauge(
            "twinbot_outbox_oldest_age_seconds",
            "How long the oldest of these has been waiting; 0 where none is.",
            ["lane"],
            registry=registry,
        )
        self._told = Gauge(
            "twinbot_told_events", "Told events of one person to another, not yet carried out.", registry=registry
        )
        self._own = Gauge(
            "twinbot_waiting_arrivals",
            "Arrivals of people who write faster than they can be answered: kept, carried out when they can be.",
            registry=registry,
        )
        self._failed = Gauge(
            "twinbot_failed_arrivals", "Arrivals that are set aside until they are fed again.", registry=registry
        )
        self._unknown()

    def committed(self, committed: Committed) -> None:
        """A batch is on disk."""
        if committed.set_aside:
            self._set_aside.inc()
            return
        self._turns.inc(committed.arrivals)
        self._batch_size.observe(committed.arrivals)
        self._batch_duration.observe(committed.seconds)

    def fired(self, late: timedelta) -> None:
        """A timer is carried out."""
        self._lateness.observe(max(0.0, late.total_seconds()))

    async def text(self, database: Database, now: datetime) -> bytes:
        """What Prometheus reads. Also while the database is away; what stands in it is NaN then."""
        self._unknown()
        try:
            async with asyncio.timeout(READ_SECONDS), database.read() as tx:
                waits = await backlog.measure(tx, now)
        except Exception:  # noqa: S110 - whoever needs the database says so, once
            pass
        else:
            for lane in Lane:
                count, since = waits.messages.get(lane, (0, now))
                self._waiting.labels(lane).set(count)
                self._oldest.labels(lane).set(max(0.0, (now - since).total_seconds()))
            self._told.set(waits.told)
            self._own.set(waits.own)
            self._failed.set(waits.failed)
        return generate_latest(self.registry)

    def _unknown(self) -> None:
        for lane in Lane:
            self._waiting.labels(lane).set(nan)
            self._oldest.labels(lane).set(nan)
        self._told.set(nan)
        self._own.set(nan)
        self._failed.set(nan)


_RESULTS: Final = (*RESULTS.values(), EXPIRED)


class _Counts(Collector):
    """Counts that a part keeps itself, under one label; 0 for what has not happened."""

    def __init__(
        self, name: str, words: str, label: str, values: Sequence[object], counts: Mapping[str, int] | Mapping[int, int]
    ) -> None:
        self._name, self._words, self._label = name, words, label
        self._values = values
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        family = CounterMetricFamily(self._name, self._words, labels=[self._label])
        for value in self._values:
            family.add_metric([str(value)], self._counts.get(value, 0))  # type: ignore[call-overload]
        yield family
