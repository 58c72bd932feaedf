"""docs/reference/metrics.md: every figure that `/metrics` shows."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from bot.metrics import Metrics
from bot.reference.markdown import code, codes, head, table

UNITS = {"seconds": "seconds", "bytes": "bytes"}
"""Last part of a name to the unit that it names."""


def page() -> str:
    return "\n".join(
        [
            head("Metrics", "`bot/metrics.py`"),
            "What `/metrics` answers to Prometheus. [Watch](../watch.md) says what to do with them.\n",
            "A histogram has its parts `_bucket`, `_sum` and `_count`. What all processes share is read from the "
            "database when Prometheus asks; of several processes take the largest, never the sum. NaN: not known "
            "now.\n",
            table(("metric", "kind", "unit", "label", "values", "what it says"), _rows()),
            "Beside these stand `process_resident_memory_bytes`, `process_cpu_seconds_total`, "
            "`process_start_time_seconds` and the others that every Prometheus client has. No label holds a person, a "
            "chat or a word.\n",
        ]
    )


def registry() -> CollectorRegistry:
    """The figures of a process in which nothing has happened yet."""
    return Metrics({}, {}).registry


def samples() -> set[str]:
    """Every name under which Prometheus knows something of ours."""
    return {sample.name for family in registry().collect() for sample in family.samples}


def _rows() -> Iterator[tuple[str, ...]]:
    for family in registry().collect():
        if not family.name.startswith("twinbot_"):
            continue
        labels = {name: None for one in family.samples for name in one.labels if name != "le"}
        values = {value: None for one in family.samples for name, value in one.labels.items() if name != "le"}
        name = family.name + ("_total" if family.type == "counter" else "")
        unit = UNITS.get(family.name.rpartition("_")[2], "")
        yield code(name), family.type, unit, codes(labels), codes(values), family.documentation
