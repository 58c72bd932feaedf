"""The reference flow of the design, kept word for word in `reference.toml`, and the check-in that is shipped.

Numbers are known by heart and ids are permanent, so the shipped one may say things better but never move them. Where
the two differ otherwise, `DIFFERENCES` names it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flows.catalogue import Flow, load
from flows.definition import FlowDefinition

REFERENCE = Path(__file__).with_name("reference.toml")
LIBRARY = Path(__file__).parents[2] / "flows" / "library"
SHIPPED = "exchange/weekly_checkin.toml"

DIFFERENCES: dict[str, str] = {"title": "what coordinators call it when they try it"}
"""Place in the file (`thanks.listen`, `reminder`) to the reason why the shipped check-in says something else there."""

FILES = {path.relative_to(LIBRARY).as_posix(): path.read_text() for path in LIBRARY.rglob("*.toml")}


def reference() -> Flow:
    return load({**FILES, SHIPPED: REFERENCE.read_text()}).current("weekly_checkin")


def shipped() -> Flow:
    return load(FILES).current("weekly_checkin")


def without_texts(flow: Flow) -> dict[str, object]:
    """What a flow does, place by place; the wording is free."""
    found: dict[str, object] = {}
    for name, value in flow.definition.model_dump(exclude_unset=True).items():
        if name == "steps":
            continue
        found[name] = {key: part for key, part in value.items() if key != "text"} if isinstance(value, dict) else value
    for step in flow.definition.steps:
        found[f"{step.id}.kind"] = step.kind
        for name, value in step.model_dump(exclude_unset=True).items():
            if name not in {"id", "say", "ask", "choose", "choices"}:
                found[f"{step.id}.{name}"] = value
        for choice in flow.choices(step.id):
            found[f"{step.id}.{choice.id}"] = (choice.number, choice.text, choice.next, choice.record)
    found.pop("goal")
    return found


def test_the_reference_is_a_flow() -> None:
    assert FlowDefinition.model_validate(tomllib.loads(REFERENCE.read_text())).record == "check_in"


def test_the_reference_has_the_steps_of_the_design_in_their_order() -> None:
    assert [f"{step.kind} {step.id}" for step in reference().definition.steps] == [
        "choose ask_contact",
        "choose ask_direction",
        "choose ask_kind",
        "choose ask_feeling",
        "choose ask_reason",
        "choose ask_help",
        "do offer_help",
        "say thanks",
    ]


def test_a_choice_of_the_reference_has_the_text_id_that_translations_hang_on() -> None:
    assert [choice.text for choice in reference().choices("ask_contact")] == [
        "weekly_checkin.ask_contact.real",
        "weekly_checkin.ask_contact.short",
        "weekly_checkin.ask_contact.tried",
        "weekly_checkin.ask_contact.none",
    ]


@pytest.mark.parametrize(
    ("step", "ids"),
    [
        ("ask_kind", "knowledge skill inspiration time_help contacts personal_support"),
        ("ask_feeling", "very_bad bad neutral good very_good"),
        ("ask_reason", "work no_network language waiting no_topic away prefer_coordinator"),
        ("ask_help", "topic hello coordinator pause_2 pause_4 nothing"),
    ],
)
def test_a_shared_list_offers_what_the_method_asks_for(step: str, ids: str) -> None:
    assert [choice.id for choice in reference().choices(step)] == ids.split()


def test_the_shipped_check_in_keeps_steps_choices_order_and_ids_of_the_reference() -> None:
    planned, there = without_texts(reference()), without_texts(shipped())
    differing = {place for place in planned.keys() | there.keys() if planned.get(place) != there.get(place)}
    assert differing == set(DIFFERENCES)
    order = [place for place in planned if place not in DIFFERENCES]
    assert [place for place in there if place not in DIFFERENCES] == order
