"""The checklist: what a side's word says and what it can not, when its time is, and that the flows are all of it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement, product
from pathlib import Path

import pytest

from bot.commands import answer
from flows.checklist import AGREEMENT, FLOWS, Change, ChangeRow, ChangeSaid, Counted
from flows.conversation import Conversation
from flows.definition import FlowDefinition
from flows.effects import Say
from flows.events.own import CommandGiven
from flows.overview import Overview, PairSeen
from flows.people import PairId, PersonId, SideId
from flows.rules.checklist import (
    FEW,
    HIGH_CHOICES,
    HOLDS,
    LOW,
    LOW_CHOICES,
    MIXED,
    TWINS_AT_LEAST,
    standing,
    statements_of,
)
from flows.rules.checklist_times import HALF_WAY, INVITED_FOR, TIMES, is_time, time_of
from flows.standing import Spell, Standing
from tests.cast import ISATU, MARIEKE, facts_of
from tests.turns import library

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)
SIDE = SideId(1)


def _counted(twins: tuple[str, ...], coordinators: tuple[str, ...] = ()) -> list[Counted]:
    said = [("twin", one) for one in twins] + [("coordinator", one) for one in coordinators]
    return [Counted("checklist_together", "time", SIDE, role, choice, 1) for role, choice in said]


# -- the word ----------------------------------------------------------------------------------------------------------


def test_nothing_is_shown_before_three_twins_have_answered_whatever_coordinators_did() -> None:
    for twins in range(TWINS_AT_LEAST):
        assert standing(_counted(("not_at_all",) * twins, ("not_at_all",) * 4)) == FEW
    assert standing(_counted(("not_at_all",) * TWINS_AT_LEAST)) == LOW


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (("not_at_all", "rather_not", "fully"), LOW),
        (("rather_not", "rather_not", "fully", "fully"), LOW),
        (("rather_not", "partly", "fully"), MIXED),
        (("partly", "partly", "partly"), MIXED),
        (("rather_not", "rather", "fully"), HOLDS),
    ],
)
def test_most_answers_decide_the_word(said: tuple[str, ...], word: str) -> None:
    assert standing(_counted(said)) == word


@pytest.mark.parametrize("leaders", [0, 1, 2])
def test_from_a_word_nobody_reads_anybody_s_answer_also_not_a_coordinator_who_knows_her_own(leaders: int) -> None:
    """For every word and every answer of the one who reads, each of the others could have said low or not, high or
    not: nobody is known to have said either."""
    for twins in (TWINS_AT_LEAST, TWINS_AT_LEAST + 1):
        possible: dict[tuple[str, str | None], list[set[str]]] = {}
        for others in product(AGREEMENT, repeat=twins):
            for leading in product(AGREEMENT, repeat=leaders):
                word = standing(_counted(others, leading))
                known = leading[0] if leading else None
                unknown = (*others, *leading[1:])
                seen = possible.setdefault((word, known), [set() for _ in unknown])
                for place, said in enumerate(unknown):
                    seen[place].add(said)
        assert len({word for word, _ in possible}) == 3
        for (word, known), each in possible.items():
            assert not [one for one in each if one <= LOW_CHOICES or one <= HIGH_CHOICES or len(one) < 2], (word, known)


def test_only_one_more_answer_of_many_does_not_show_which_one_it_was() -> None:
    """A word that changes with one more answer tells a group of answers at most."""
    for twins in combinations_with_replacement(AGREEMENT, TWINS_AT_LEAST):
        before = standing(_counted(twins))
        after: dict[str, set[str]] = {}
        for one in AGREEMENT:
            after.setdefault(standing(_counted((*twins, one))), set()).add(one)
        changed = [said for word, said in after.items() if word != before]
        assert all(len(said) > 1 for said in changed), twins


# -- when --------------------------------------------------------------------------------------------------------------


def _overview(*spells: Spell) -> Overview:
    return Overview("Midwives", (PairSeen(PairId(1), (), Standing(PairId(1), spells), "active", NOW),))


def test_it_is_time_at_planning_half_way_and_closing_for_four_weeks_each() -> None:
    planning, exchange = NOW, NOW + timedelta(weeks=20)
    half_way, closing = exchange + HALF_WAY, exchange + timedelta(weeks=100)
    seen = _overview(
        Spell("naming", NOW - timedelta(weeks=8), planning),
        Spell("planning", planning, exchange),
        Spell("exchange", exchange, closing),
        Spell("closing", closing),
    )
    assert time_of(seen, planning) == planning
    assert time_of(seen, half_way - timedelta(days=1)) == planning
    assert time_of(seen, half_way) == half_way
    assert time_of(seen, closing + timedelta(weeks=30)) == closing
    assert not is_time(seen, planning - timedelta(days=1))
    for moment in (planning, half_way, closing):
        assert is_time(seen, moment)
        assert not is_time(seen, moment + INVITED_FOR)


def test_a_pair_that_left_the_exchange_early_was_never_half_way() -> None:
    seen = _overview(Spell("planning", NOW, NOW + timedelta(weeks=4)), Spell("exchange", NOW, NOW + timedelta(weeks=9)))
    assert time_of(seen, NOW + timedelta(weeks=90)) == NOW
    assert time_of(Overview("Midwives"), NOW) is None


def test_twins_and_coordinators_are_asked_at_the_same_times() -> None:
    catalogue, _ = library()
    of_twins = {
        (phase, item.after) for item in catalogue.agenda if item.flow in FLOWS for phase in item.phases
    }  # of each flow alike
    assert of_twins == set(TIMES)
    for flow in FLOWS:
        assert sum(item.flow == flow for item in catalogue.agenda) == len(TIMES)


# -- the flows are the checklist ---------------------------------------------------------------------------------------


def test_ten_statements_each_without_a_word_beside_it() -> None:
    catalogue, _ = library()
    statements = [one for flow in FLOWS for one in statements_of(catalogue.current(flow))]
    assert len(statements) == 10
    assert len({one.save for one in statements}) == 10
    for one in statements:
        text = catalogue.current(one.flow).texts[one.id]
        assert not set("{}“”\n") & set(text), "the text of the question is what /checklist shows"


OF_THEIR_OWN = """
goal = "The statements of one programme."
title = "Our own"
[[steps]]
id = "ask_water"
choose = "There is clean water in every ward."
save = "water"
choices = [
  { id = "not_at_all", text = "1" }, { id = "rather_not", text = "2" }, { id = "partly", text = "3" },
  { id = "rather", text = "4" }, { id = "fully", text = "5" },
]
[[steps]]
id = "ask_more"
choose = "More?"
save = "more"
choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No" }]
"""


def test_the_flow_of_a_programme_takes_the_place_of_the_statements() -> None:

    catalogue, _ = library()
    flow = catalogue.current("checklist_together")
    own = replace(flow, definition=FlowDefinition.model_validate(tomllib.loads(OF_THEIR_OWN)))
    assert [(one.id, one.save) for one in statements_of(own)] == [("checklist_together.ask_water", "water")]


def test_a_command_reads_the_statements_from_the_flows() -> None:
    catalogue, _ = library()
    response = answer(Conversation(), CommandGiven("checklist"), catalogue, facts_of(ISATU), now=NOW)
    [session] = response.conversation.sessions
    asked = [one.partition("=")[0] for one in session.given["statements"].split()]
    assert asked == [one.id for flow in FLOWS for one in statements_of(catalogue.current(flow))]


def test_the_longest_list_is_one_message_in_every_language() -> None:
    catalogue, speech = library()
    said = [
        Counted(one.flow, one.save, SideId(side), "twin", "partly", 3)
        for flow in FLOWS
        for one in statements_of(catalogue.current(flow))
        for side in (1, 2)
    ]
    changes = tuple(
        Change(
            (
                ChangeSaid(MARIEKE.id, MARIEKE.side, ChangeRow(n, one.id, 1, "w" * 500, NOW, True, NOW, "partly")),
                ChangeSaid(ISATU.id, ISATU.side, ChangeRow(n, one.id, 1, "w" * 500, NOW, False, NOW, "partly")),
            )
        )
        for n, one in enumerate((one for flow in FLOWS for one in statements_of(catalogue.current(flow))), start=1)
    )
    facts = {**facts_of(ISATU), "checklist.answers": tuple(said), "checklist.changes": changes}
    response = answer(Conversation(), CommandGiven("checklist"), catalogue, facts, now=NOW)
    [page] = [one for one in response.effects if isinstance(one, Say)]
    for language in ("en", "nl", "fr", "es", "ar"):
        assert len(speech.text(page.text, language, "UTC")) <= 4096


# -- changes -----------------------------------------------------------------------------------------------------------


def _said(person: int, side: int, version: int, *, wrote: bool = False, agreed: bool = False) -> ChangeSaid:
    row = ChangeRow(1, "checklist_together.ask_time", version, f"words {version}", NOW, wrote, NOW if agreed else None)
    return ChangeSaid(PersonId(person), SideId(side), row)


def test_the_newest_wording_stands_and_only_another_side_may_agree_to_it() -> None:
    change = Change((_said(1, 1, 1, wrote=True), _said(2, 2, 2, wrote=True)))
    assert (change.words, change.standing(1), change.standing(2)) == ("words 2", "to_read", "waits")


def test_what_was_agreed_on_outlives_the_one_who_wrote_it() -> None:
    change = Change((_said(2, 2, 1, agreed=True),))
    assert change.standing(1) == change.standing(2) == "agreed"
    assert change.words == "words 1"


def test_who_wrote_is_told_from_who_agreed_in_the_same_moment() -> None:
    change = Change((_said(1, 1, 1), _said(2, 2, 1, wrote=True)))
    assert change.newest[0].person == 2


def test_no_text_of_the_checklist_calls_it_by_the_name_of_the_study() -> None:
    for path in (Path(__file__).parents[2] / "flows" / "library").rglob("*.toml"):
        assert "delphi" not in path.read_text(encoding="utf-8").casefold()
