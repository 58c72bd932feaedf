"""What is asked beside the check-in: at the firing, in half a year of it, and on the pages that name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import packaged_catalogue
from flows.conversation import Conversation, respond
from flows.effects import NoteSkip, RecordAsked, Say, SetTimer
from flows.events.due import AskingFellDue, SessionExpired
from flows.events.own import Tapped
from flows.people import Asked, PersonState
from flows.planner import show, waiting
from flows.rules.agenda import Standing, due_items
from flows.rules.cadence import local_time
from flows.session import Status
from flows.talk import Talk
from flows.values import Text
from tests.cast import ANNEKE, FATMATA, facts_of, stands
from tests.cast import standing as cast_standing
from tests.flows.test_due_items import THURSDAY, WEEK, asked


def fire(
    facts: dict[str, object], at: datetime = THURSDAY, period: str = "2026-W49"
) -> tuple[list[object], Conversation]:
    response = respond(Conversation(), AskingFellDue(period, at), packaged_catalogue(), facts, now=at)
    return list(response.effects), response.conversation


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"person.state": PersonState.PAUSED}, "paused"),
        ({"person.state": PersonState.STOPPED}, "stopped"),
        ({"person.unreachable_since": THURSDAY}, "unreachable"),
        ({"programme.ready": False}, "no_coordinator"),
        ({"programme.asks": False}, "programme"),
        ({"flags.up": frozenset({"quiet"})}, "quiet"),
        ({"flags.up": frozenset({"quiet_asked"})}, "quiet"),
    ],
)
def test_whoever_rests_is_asked_nothing_and_the_next_week_is_planned(facts: dict[str, object], reason: str) -> None:
    effects, conversation = fire(facts_of(FATMATA) | facts)
    assert NoteSkip("asking", reason) in effects
    assert conversation.sessions == ()
    assert [one.period for one in effects if isinstance(one, SetTimer)] == ["2026-W50"]


def test_after_a_downtime_of_days_it_is_not_asked_stale() -> None:
    response = respond(
        Conversation(),
        AskingFellDue("2026-W49", THURSDAY),
        packaged_catalogue(),
        facts_of(FATMATA),
        now=THURSDAY + timedelta(hours=49),
    )
    assert NoteSkip("asking", "too_late") in response.effects


def test_on_the_day_of_her_check_in_it_is_tomorrows_turn() -> None:
    monday = datetime(2026, 12, 7, 9, tzinfo=UTC)
    later = facts_of(FATMATA) | {"asked.history": (asked("silence_card", "later", THURSDAY, monday),)}
    effects, _ = fire(later, monday, "2026-W50")
    assert NoteSkip("asking", "asked_today") in effects
    moved = [one for one in effects if isinstance(one, SetTimer)][-1]
    assert (moved.period, moved.due_at) == ("2026-W50", monday + timedelta(days=1))


def test_a_timer_whose_day_was_moved_by_her_is_moved_too() -> None:
    effects, conversation = fire(facts_of(FATMATA) | {"person.check_in_day": 2})
    assert conversation.sessions == ()
    (moved,) = effects
    assert isinstance(moved, SetTimer)
    assert moved.due_at == THURSDAY + timedelta(days=2)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["now", "days_3", "week_1", "skip", "nothing"]), min_size=1, max_size=20))
def test_in_half_a_year_no_two_prompts_fall_on_one_day_and_none_in_a_week_of_another(ways: list[str]) -> None:
    """Whatever she answers to what is offered: one thing a week at most, never on the day of a check-in."""
    catalogue, facts = packaged_catalogue(), facts_of(ANNEKE)
    conversation = Conversation()
    timers = {"2026-W49": THURSDAY - timedelta(hours=1)}
    prompted: list[datetime] = []
    put_off = 0
    for step in range(26):
        period, now = min(timers.items(), key=lambda one: one[1])
        del timers[period]
        response = respond(conversation, AskingFellDue(period, now), catalogue, facts, now=now)
        conversation, effects = response.conversation, list(response.effects)
        prompted += [now] * any(isinstance(one, Say) for one in effects)
        front = conversation.front
        if front is not None:
            way = ways[step % len(ways)]
            put_off += way == "days_3"
            choice = {"now": 1, "days_3": 2, "week_1": 3, "skip": 4, "nothing": 0}[way]
            event = SessionExpired(front.number) if choice == 0 else Tapped(front.number, front.step or "", choice)
            answered = respond(conversation, event, catalogue, facts, now=now + timedelta(minutes=5))
            conversation = answered.conversation
            effects += answered.effects
            for open_ in [one for one in conversation.sessions if one.status is Status.OPEN]:
                over = respond(
                    conversation, SessionExpired(open_.number), catalogue, facts, now=now + timedelta(hours=1)
                )
                conversation = over.conversation
                effects += over.effects
        for effect in effects:
            if isinstance(effect, SetTimer) and effect.kind == "asking":
                timers[effect.period] = effect.due_at
            if isinstance(effect, RecordAsked):
                history = facts["asked.history"]
                assert isinstance(history, tuple)
                others = [one for one in history if (one.item, one.period) != (effect.item, effect.period)]
                noted = Asked(effect.item, effect.period, effect.status, effect.at, effect.again_at)
                facts["asked.history"] = (*others, noted)
        assert timers, "somebody who is asked is always asked again"
    days = [local_time(at, "Europe/Amsterdam").date() for at in prompted]
    assert len(set(days)) == len(days)
    assert all(day.weekday() != 0 for day in days), "her check-ins come on Mondays"
    assert len({day.isocalendar()[:2] for day in days}) >= len(days) - put_off, (
        "only what she put off comes twice a week"
    )


def test_next_names_only_what_agenda_can_begin() -> None:
    done = tuple(asked(one, "done", THURSDAY - WEEK) for one in ("trust", "about_me", "profile", "offers"))
    waits = facts_of(FATMATA) | {"twin.id": None, "pair.id": None, "asked.history": done}
    due_now = due_items(packaged_catalogue().agenda, Standing.of(waits), waits, THURSDAY)
    assert due_now
    assert not any(one.item.by_hand for one in due_now)
    assert waiting(Talk(Conversation(), packaged_catalogue(), waits, THURSDAY)) == ()
    waits["asked.history"] = done[1:]
    assert waiting(Talk(Conversation(), packaged_catalogue(), waits, THURSDAY)) == (
        Text("next.asked", {"what": Text("agenda.trust")}),
    )


def test_agenda_offers_what_is_due_first_and_last_what_she_has_done_once() -> None:
    done = tuple(asked(one, "done", THURSDAY - WEEK) for one in ("silence_card", "expectations"))
    seen = replace(cast_standing("planning"), goals=())
    facts = facts_of(FATMATA) | stands(FATMATA, seen) | {"asked.history": done, "pair.since": THURSDAY - 9 * WEEK}
    talk = Talk(Conversation(), packaged_catalogue(), facts, THURSDAY)
    show(talk)
    offered = [one.partition("=")[0] for one in talk.sessions[1].given["flows"].split()]
    assert offered[:2] == ["trust", "card_day"]
    assert offered.index("first_goal") < offered.index("challenge") < offered.index("visit_debrief"), "no visit is over"
    over = [one for one in offered if one in {"silence_card", "expectations"}]
    assert offered[len(offered) - len(over) :] == over
    assert len(over) < 2, "there is no room for all of it"
