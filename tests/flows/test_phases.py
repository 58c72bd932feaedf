"""Where a pair stands and where it could go: what is done, what is suggested, what is offered, whose wish counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flows.people import PairAnswered
from flows.rules.moving import COUNTS_FOR, wish
from flows.rules.phases import BEFORE_THE_END, EXIT, Count, is_done, move_label, moves, read, suggested, written
from flows.standing import PHASES, GoalSeen, Spell, Standing
from tests.cast import PAIR, PAIRED_SINCE, standing

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)


PROPOSED, AGREED, CLOSED = GoalSeen(False, False), GoalSeen(True, False), GoalSeen(True, True)


def found(where: Standing, phase: str, now: datetime = NOW) -> dict[str, bool | None]:
    """What is done of a phase, by criterion."""
    return {id_: is_done(check(where, now)) for id_, check in EXIT[phase].items()}


def test_every_phase_says_what_leads_out_of_it() -> None:
    assert tuple(EXIT) == PHASES


@pytest.mark.parametrize(
    ("contacts", "named", "agreed", "done"),
    [(3, 2, True, True), (4, 2, True, True), (2, 2, True, False), (3, 1, True, False), (3, 2, False, False)],
)
def test_naming_is_done_with_three_contacts_both_names_and_an_agreement(
    contacts: int, named: int, agreed: bool, done: bool
) -> None:
    where = standing(contacts=contacts, named=named, agreed=agreed)
    assert all(found(where, "naming").values()) is done
    assert suggested(where, NOW) == (("planning",) if done else None)
    assert EXIT["naming"]["contacts"](where, NOW) == Count(min(contacts, 3), 3)


@pytest.mark.parametrize(
    ("goals", "planned", "acted"),
    [
        (None, None, None),
        ((), False, False),
        ((PROPOSED,), False, False),
        ((AGREED, CLOSED), True, False),
        ((CLOSED,), True, True),
    ],
)
def test_goals_lead_out_of_planning_and_of_exchange(
    goals: tuple[GoalSeen, ...] | None, planned: bool | None, acted: bool | None
) -> None:
    where = replace(standing("planning"), goals=goals)
    assert found(where, "planning") == {"goal": planned}
    assert found(where, "exchange") == {"acted": acted}


def test_exchange_is_done_four_months_before_the_end_whatever_became_of_the_goals() -> None:
    where = replace(standing("exchange"), ends_at=NOW + BEFORE_THE_END)
    assert suggested(where, NOW - DAY) is None
    assert suggested(where, NOW) == ("review",)


@pytest.mark.parametrize(
    ("did", "done"),
    [
        ({}, (False, False)),
        ({"review": 1, "one_change": 2}, (False, True)),
        ({"review": 2}, (True, False)),
        ({"review": 2, "one_change": 1}, (True, True)),
    ],
)
def test_a_review_is_done_when_both_looked_back_and_a_change_is_put(
    did: dict[str, int], done: tuple[bool, bool]
) -> None:
    where = replace(standing("review"), did=did)
    assert tuple(found(where, "review").values()) == done
    assert suggested(where, NOW) == (("closing",) if all(done) else None)


def test_what_nothing_tells_is_unknown_and_suggests_nothing() -> None:
    where = replace(standing("planning"), goals=None)
    assert found(where, "planning") == {"goal": None}
    assert suggested(where, NOW) is None


@pytest.mark.parametrize(
    ("now", "months"),
    [
        (PAIRED_SINCE, 0),
        (datetime(2027, 12, 15, tzinfo=UTC), 12),
        (datetime(2027, 12, 16, tzinfo=UTC), 13),
        (datetime(2031, 1, 1, tzinfo=UTC), 24),
    ],
)
def test_months_of_alumni_are_those_of_the_calendar(now: datetime, months: int) -> None:
    assert EXIT["alumni"]["months"](standing("alumni"), now) == Count(months, 24)
    assert suggested(standing("alumni"), now) is None, "nothing comes after it"


def test_of_two_phases_the_one_that_is_done_is_left() -> None:
    both = standing("naming", "planning", contacts=3, agreed=True)
    assert suggested(both, NOW) == ("planning",)
    assert suggested(replace(both, agreed=False, goals=(AGREED,)), NOW) == ("naming",)


@pytest.mark.parametrize("phase", PHASES)
def test_what_is_offered_has_at_most_two_phases_each_once_and_staying_last(phase: str) -> None:
    for current in [(phase,), *(pair for pair in moves((phase,)) if len(pair) == 2)]:
        offered = moves(current)
        assert offered[-1] == current
        assert len(set(offered)) == len(offered)
        assert all(1 <= len(set(one)) == len(one) <= 2 for one in offered)
        assert [read(written(one)) for one in offered] == list(offered)


@pytest.mark.parametrize(
    ("current", "target", "how"),
    [
        (("planning",), ("exchange",), "on"),
        (("planning",), ("naming",), "back"),
        (("planning",), ("closing",), "on"),
        (("planning",), ("planning", "exchange"), "both"),
        (("planning", "exchange"), ("exchange",), "only"),
        (("planning", "exchange"), ("exchange", "planning"), "stay"),
        (("review",), ("review",), "stay"),
    ],
)
def test_a_move_has_its_own_words(current: tuple[str, ...], target: tuple[str, ...], how: str) -> None:
    assert move_label(current, target).id == f"phase.to_{how}"


def test_a_forged_line_names_no_phase() -> None:
    assert read("naming+match+../etc") == ("naming",)


def wished(line: str, at: datetime) -> dict[str, PairAnswered]:
    return {"phase": PairAnswered(line, None, at)}


def test_a_wish_counts_until_the_pair_is_moved_and_for_four_weeks() -> None:
    where = Standing(PAIR, (Spell("naming", NOW - 100 * DAY),))
    assert wish({}, where, NOW) is None
    assert wish(wished("planning", NOW), where, NOW) == ("planning",)
    assert wish(wished("planning", NOW - COUNTS_FOR), where, NOW) == ("planning",)
    assert wish(wished("planning", NOW - COUNTS_FOR), where, NOW + DAY / 24) is None
    assert wish(wished("naming", NOW), where, NOW) is None, "to stay is no wish to move"
    spells = (Spell("naming", PAIRED_SINCE, NOW - DAY), Spell("planning", NOW - DAY))
    moved = Standing(PAIR, spells)
    assert wish(wished("naming", NOW - 2 * DAY), moved, NOW) is None, "said before the two were moved"
    assert wish(wished("naming", NOW), moved, NOW) == ("naming",)
