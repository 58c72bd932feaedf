"""Every flow can be gone through with numbers alone, and words where words are asked for: no button need be tapped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.library import packaged_catalogue
from flows import asking
from flows.events.own import Typed
from flows.events.shell import FlowStarted
from flows.rules.situation import Situation
from flows.session import Session, Status
from flows.trials import given_of
from tests.flows.test_model import NOW, WORDS, State, facts, step_from

STATES = 150
"""Places of one flow that are looked at, one way to its end first."""

TYPED = ("12 December 2027", "Amsterdam", WORDS)
"""What is written where words are asked for: the first that is understood."""


@pytest.mark.parametrize("name", sorted(packaged_catalogue().flows))
def test_every_button_has_a_number_that_does_what_it_does_and_numbers_lead_to_the_end(name: str) -> None:
    flow = packaged_catalogue().current(name)
    given = given_of(flow.definition, {"pair": "1"})
    new = Session(1, name, flow.version, NOW - timedelta(minutes=1), Status.HELD, given=given)
    if flow.definition.record is not None:
        new = replace(new, period="2026-W49", planned_at=NOW)
    first, _ = step_from(flow, State(new, frozenset()), FlowStarted(name))
    waiting, seen, ended = [first], {first.key}, False
    while waiting:
        state = waiting.pop()
        session = state.session
        step = flow.steps.get(session.step or "")
        if session.status is not Status.OPEN or step is None or step.kind not in {"ask", "choose"}:
            ended = ended or session.status is not Status.OPEN
            continue
        buttons = asking.buttons(Situation(flow, session, facts(), NOW), step)
        message = 10 + 100 * len(session.path) + len(session.picked) + session.page
        after = []
        for button in buttons if step.kind == "choose" else ():
            typed, effects = step_from(flow, state, Typed(str(button.choice), message))
            assert effects, f"{step.id}: {button.choice} does nothing"
            assert typed.session.misses == 0, f"{step.id}: {button.choice} is not understood"
            after.append(typed)
        if step.kind == "ask" and step.skip and session.held_words is None:
            typed, _ = step_from(flow, state, Typed("0", message))
            kept = typed.session.answer(step.id)
            assert kept is not None
            assert kept.is_skipped is not (step.reads == "plan.number"), f"{step.id}: a zero does not skip"
        if step.kind == "ask":
            ways = [step_from(flow, state, Typed(words, message))[0] for words in TYPED]
            after += [one for one in ways if one.session.misses == 0 and one.key != state.key][:1]
            assert after, f"{step.id}: nothing that is written is understood"
        for one in after:
            if one.key not in seen and len(seen) < STATES:
                seen.add(one.key)
                waiting.append(one)
    assert ended, "numbers do not lead to its end"
