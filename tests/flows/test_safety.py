"""What somebody reads who felt unsafe: the way to those who are there for it, and whom to call in danger."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from flows.rules import contacting
from flows.rules.situation import Situation
from flows.session import Session
from flows.values import Listed, Text
from tests.cast import FATMATA, facts_of
from tests.flows.playing import NOW, YES_NO, flow_of

NUMBERS = {"SL": "117", "NL": "112"}
FLOW = flow_of(f'goal = "Any."\n[[steps]]\nid = "ask"\nchoose = "Well?"\nsave = "well"\n{YES_NO}\n')


@pytest.mark.parametrize(
    ("numbers", "country", "known"),
    [(NUMBERS, "SL", ("117",)), (NUMBERS, "MA", ()), ({}, "SL", ()), (NUMBERS, None, ())],
)
def test_the_emergency_number_is_that_of_her_own_country_where_one_is_set(
    numbers: Mapping[str, str], country: str | None, known: tuple[str, ...]
) -> None:
    facts = {**facts_of(FATMATA), "settings.emergency": numbers, "person.country": country}
    said = contacting.danger(Situation(FLOW, Session(1, FLOW.id, FLOW.version, NOW), facts, NOW))
    emergency = (Text("contact.emergency", {"number": number}) for number in known)
    assert said == Listed((Text("contact.danger"), *emergency), " ")
