"""What coordinators read of giving and receiving in a pair: late, in words, and of nobody in particular."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.rules.pair_balance import in_words
from flows.rules.reciprocity import PILOT, Felt, History, Report
from flows.values import Listed, Text, Value
from tests.flows.test_reciprocity import ANNEKE, EVEN, FATMATA, LEANING, ONE_WAY, TODAY, history, reported

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
BOTH = (reported(FATMATA, "giving", 1, 10, 20), reported(ANNEKE, "receiving", 1, 10, 20))
RETURNED = (*BOTH, reported(ANNEKE, "giving", 2, 11, 21), reported(FATMATA, "receiving", 2, 11, 21))


def said(reports: tuple[tuple[Report, ...], ...], since: datetime = LONG_AGO) -> list[str]:
    return ids(in_words(history(*reports), since, NOW, PILOT))


def ids(found: Value | None) -> list[str]:
    texts = found.items if isinstance(found, Listed) else () if found is None else (found,)
    return [one.id.removeprefix("pair_balance.") for one in texts if isinstance(one, Text)]


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ((), ["too_early"]),
        (RETURNED, ["both_ways", "answered"]),
        ((*RETURNED, reported(ANNEKE, "passing_on", 3)), ["both_ways", "answered", "passed_on"]),
        (EVEN, ["both_ways", "unnoticed"]),
        (LEANING, ["leaning", "unnoticed"]),
        (BOTH, ["leaning"]),
        (ONE_WAY, ["one_way", "unnoticed"]),
    ],
)
def test_words_return_recognition_and_passing_on_are_told(
    reports: tuple[tuple[Report, ...], ...], expected: list[str]
) -> None:
    assert said(reports) == expected


def test_nothing_is_told_before_two_windows() -> None:
    two = PILOT.window + PILOT.earlier
    assert said(RETURNED, NOW - two + timedelta(days=1)) == []
    assert said(RETURNED, NOW - two) != []


def test_nothing_is_told_where_only_one_of_the_two_answers() -> None:
    found = history(*RETURNED)
    alone = replace(found, answered=tuple(one for one in found.answered if one[0] == FATMATA))
    assert ids(in_words(alone, LONG_AGO, NOW, PILOT)) == ["too_early"]


@pytest.mark.parametrize("felt", [-3, 0, 3])
def test_what_they_feel_moves_nothing(felt: int) -> None:
    found = history(*RETURNED, felt={one: Felt(felt, TODAY) for one in (FATMATA, ANNEKE)})
    assert ids(in_words(found, LONG_AGO, NOW, PILOT)) == said(RETURNED)


def test_it_says_nothing_of_who_is_who() -> None:
    found = history(*ONE_WAY)
    turned = History(found.other, found.one, found.reports, found.answered)
    assert in_words(found, LONG_AGO, NOW, PILOT) == in_words(turned, LONG_AGO, NOW, PILOT)
