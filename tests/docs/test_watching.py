"""Alerts, dashboard and the operator's page know the figures that there are, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from bot.reference.metrics import registry, samples
from tests.docs.reading import PAGES, ROOT

OF_PROMETHEUS = {"up"}
"""Prometheus says these itself."""
UNITS = ("seconds", "bytes")
LABELS = {"lane": 3, "result": 7, "status": 5}
"""Every label beside a histogram's own, and how many values it has."""
PARTS = ("**People notice.**", "**Causes.**", "**Do.**")

ALERTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs/operate/alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs/operate/dashboard.json").read_text())


def expressions() -> Iterator[tuple[str, str]]:
    for alert in ALERTS:
        yield alert["alert"], alert["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


def selectors(expression: str) -> list[Any]:
    """Every metric that is asked for, as Prometheus' own grammar finds it. Raises ValueError for what is none."""
    found: list[Any] = []
    promql_parser.walk(promql_parser.parse(expression), found.append)
    return [node for node in found if isinstance(node, promql_parser.VectorSelector)]


def values() -> dict[str, set[str]]:
    """Label to the values that it has somewhere."""
    found: dict[str, set[str]] = {}
    for family in registry().collect():
        for sample in family.samples:
            for label, value in sample.labels.items():
                found.setdefault(label, set()).add(value)
    return found


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_metric_and_label_that_an_alert_or_a_panel_asks_for_exists(where: str, expression: str) -> None:
    asked = selectors(expression)
    assert asked
    for selector in asked:
        assert selector.name in samples() | OF_PROMETHEUS, where
        for matcher in selector.matchers.matchers:
            if matcher.name != "job":
                assert matcher.value in values()[matcher.name], f"{where}: {matcher.name}"


def test_what_is_no_promql_or_no_metric_would_be_found() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        selectors("sum(twinbot_ready")
    (invented,) = selectors("max(twinbot_no_such_thing) > 0")
    assert invented.name not in samples()


def test_every_figure_is_on_the_dashboard() -> None:
    shown = {selector.name for _, expression in expressions() for selector in selectors(expression)}
    families = [family for family in registry().collect() if family.name.startswith("twinbot_")]
    missing = [family.name for family in families if not shown & {sample.name for sample in family.samples}]
    assert missing == []


def test_panels_have_numbers_of_their_own_and_do_not_cover_each_other() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


def sections() -> dict[str, str]:
    """Heading of an alert to what stands below it."""
    _, _, alerts = PAGES["docs/watch.md"].partition("## The alerts\n")
    found = re.split(r"^### (\w+)$", alerts, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_every_alert_is_explained_from_what_people_notice_to_what_to_do_and_none_that_is_not_there() -> None:
    assert list(sections()) == [alert["alert"] for alert in ALERTS]
    for name, text in sections().items():
        places = [text.find(f"\n{part} ") for part in PARTS]
        assert -1 not in places, name
        assert places == sorted(places), name


def test_every_alert_is_reached_from_a_symptom() -> None:
    symptoms = PAGES["docs/watch.md"].partition("## The alerts\n")[0]
    reached = set(re.findall(r"\]\(#(\w+)\)", PAGES["docs/watch.md"]))
    assert {name for name in map(str.lower, sections()) if name not in reached} <= {"twinbotwebhookrefuses"}
    assert len(re.findall(r"\]\(#twinbot", symptoms)) >= 10


def test_every_alert_says_how_bad_it_is_and_what_happened() -> None:
    for alert in ALERTS:
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert len(alert["annotations"]["summary"]) > 15


def test_what_the_log_says_by_the_words_of_the_page_it_does() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    known = samples() | {"credentials_file", "last_error_message", "retry_after"}
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", PAGES["docs/watch.md"])) - known
    assert len(named) >= 6
    assert [word for word in sorted(named) if f'"{word}"' not in code] == []


def test_names_are_as_prometheus_wants_them_and_labels_have_few_values() -> None:
    for family in registry().collect():
        assert re.fullmatch(r"(twinbot|process)(_[a-z]+)+", family.name)
        assert family.documentation
        last = family.name.rpartition("_")[2]
        measured = {"age", "duration", "lateness", "memory"} & set(family.name.split("_"))
        assert not measured or last in UNITS, family.name
        for sample in family.samples:
            if family.type == "counter":
                assert sample.name.endswith("_total")
    assert {label: len(known) for label, known in values().items() if label != "le"} == LABELS
