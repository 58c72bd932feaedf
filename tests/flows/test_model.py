"""A model check of every flow: all that a person can do at every question, step by step, as far as it goes.

Rules kept here:

* What is explored is the real engine with the real rules and the facts of the cast; a state is a session without its
  moments, so that two ways to the same place are one.
* At every state everything is tried: each button, each number, words, wrong words three times over, an edited message,
  a button of an earlier question, one that never was, a photo, a voice note, the commands, a doubled tap, and time.
* The search is bounded; what lies beyond the bound counts as unknown, and the bound is told when it is reached.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.library import packaged_catalogue
from flows import asking
from flows.catalogue import Flow
from flows.definition import GUARD
from flows.effects import CancelTimer, Effect, Say, SetTimer
from flows.engine import advance
from flows.events import Event
from flows.events.due import ReminderFellDue, SessionExpired, WaitEnded
from flows.events.own import CommandGiven, Edited, SentVoice, Tapped, Typed
from flows.events.shell import FlowStarted, PromptDelivered
from flows.passage import REASKS
from flows.rules.situation import Situation
from flows.sample import FACTS
from flows.session import Session, Status
from flows.trials import given_of
from flows.values import Listed, Text
from flows.wire import session_from_text, session_to_text
from tests.cast import FATMATA, facts_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
STATES = 400
"""States of one flow that are looked at: most have fewer, the longest are cut here."""

STATES_PARTED = 120
"""And at which two part: a minute less, and every question among them."""

MESSAGES_A_TURN = 4
"""The most that one thing she does may bring her: an answer, a word on what follows, a question, what was begun."""

TIMERS = ("expiry", "reminder", "wait", "discard")
"""Those that belong to a session."""

WRONG = "qqq zzz"
WORDS = "A word of mine"
NAMING = "Ask Sister Agnes Kamara in Bo on 12 March"
"""What the guard holds back."""


@dataclass(frozen=True)
class State:
    """A session, and which of its timers are set."""

    session: Session
    timers: frozenset[str]

    @property
    def key(self) -> tuple[object, ...]:
        one = self.session
        said = tuple((it.step, it.choice, it.is_skipped) for it in one.path)
        place = (one.status, one.step, one.outcome, one.misses, one.picked, one.page, one.held_words is not None)
        return (*place, said, len(one.notes), tuple(sorted(one.given.items())), self.timers)


@dataclass
class Model:
    """What was explored of one flow: states by key, and where each event leads."""

    flow: Flow
    states: dict[tuple[object, ...], State] = field(default_factory=dict)
    leads: dict[tuple[object, ...], list[tuple[str, tuple[object, ...]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    unexplored: set[tuple[object, ...]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def facts() -> Mapping[str, object]:
    return {**facts_of(FATMATA), **FACTS, "person.language": "en"}


def parted() -> Mapping[str, object]:
    """The facts of somebody whose pair has ended meanwhile, as `storage/facts` loads them."""
    gone = {name: None for name in FACTS if name.partition(".")[0] in {"twin", "pair", "agreement", "together"}}
    phase: Mapping[str, object] = {"phase.standing": None, "phase.current": (), "phase.since": {}, "phase.history": ()}
    return {**facts(), **gone, **phase, "together.goals": (), "goals.list": (), "balance.reports": ()}


def step_from(flow: Flow, state: State, event: Event, what: str = "") -> tuple[State, tuple[Effect | object, ...]]:
    turn = advance(flow, state.session, event, facts(), now=NOW)
    timers = set(state.timers)
    for effect in turn.effects:
        if isinstance(effect, SetTimer) and effect.kind in TIMERS:
            timers.add(effect.kind)
        elif isinstance(effect, CancelTimer) and effect.kind in TIMERS:
            timers.discard(effect.kind)
    held = state.session.held_words is not None and what != "expires"
    expiry = "discard" if held else "expiry"
    fired = {SessionExpired: expiry, WaitEnded: "wait", ReminderFellDue: "reminder"}.get(type(event))
    if fired is not None and fired not in {e.kind for e in turn.effects if isinstance(e, SetTimer)}:
        timers.discard(fired)
    return State(session_from_text(session_to_text(turn.session)), frozenset(timers)), turn.effects


def all_that_can_happen(flow: Flow, state: State) -> Iterator[tuple[str, Event]]:
    """Everything that a person or the clock can do at a state, with its class."""
    session, number = state.session, state.session.number
    step = flow.steps.get(session.step or "")
    message = 10 + len(session.path) * 5 + session.misses
    if session.held_words is not None:
        yield from ((f"guard {choice}", Tapped(number, GUARD, choice)) for choice in (1, 2, 3))
        yield "silence", SessionExpired(number)
    if step is not None and step.kind in {"ask", "choose"} and session.status is Status.OPEN:
        situation = Situation(flow, session, facts(), NOW)
        buttons = asking.buttons(situation, step)
        for button in buttons[:9]:
            yield f"tap {button.choice}", Tapped(number, step.id, button.choice)
        for button in buttons[:3]:
            yield f"digit {button.choice}", Typed(str(button.choice), message)
        yield "wrong", Typed(WRONG, message + 1)
        yield "words", Typed(WORDS, message + 2)
        if step.guard:
            yield "naming", Typed(NAMING, message + 3)
        yield "never was", Tapped(number, step.id, 88)
        yield "voice", SentVoice("file", 3, message)
        yield from ((name, CommandGiven(name)) for name in ("back", "skip", "leave"))
    if session.status is Status.OPEN and step is not None and step.kind == "wait":
        yield "wait ends", WaitEnded(number)
    if session.status is Status.LISTENING:
        yield "note", Typed(WORDS, message)
        yield "note naming", Typed(NAMING, message)
    for answered in session.path[-2:]:
        yield f"earlier {answered.step}", Tapped(number, answered.step, 1)
        if answered.message is not None:
            yield f"edited {answered.step}", Edited("2", answered.message)
    yield "no such step", Tapped(number, "no_such_step", 1)
    if "expiry" in state.timers:
        yield "expires", SessionExpired(number)
    if "reminder" in state.timers:
        yield "reminder", ReminderFellDue(number)


def unbegun(flow: Flow) -> Session:
    given = given_of(flow.definition, {})
    new = Session(1, flow.id, flow.version, NOW - timedelta(minutes=1), Status.HELD, given=given)
    return new if flow.definition.record is None else replace(new, period="2026-W49", planned_at=NOW)


def explored(name: str) -> Model:
    flow = packaged_catalogue().current(name)
    model = Model(flow)
    new = unbegun(flow)
    first, _ = step_from(flow, State(new, frozenset()), FlowStarted(name))
    if new.period is not None:
        first, _ = step_from(flow, first, PromptDelivered(1, NOW))
    waiting = deque([first])
    model.states[first.key] = first
    while waiting:
        state = waiting.popleft()
        for what, event in all_that_can_happen(flow, state):
            after, effects = step_from(flow, state, event, what)
            model.leads[state.key].append((what, after.key))
            said = [effect for effect in effects if isinstance(effect, Say)]
            if len(said) > MESSAGES_A_TURN:
                model.problems.append(f"{state.session.step}: {what} brings {len(said)} messages")
            if after.key not in model.states:
                model.states[after.key] = after
                if len(model.states) < STATES:
                    waiting.append(after)
                else:
                    model.unexplored.add(after.key)
    return model


FLOWS = sorted(packaged_catalogue().flows)


@pytest.fixture(scope="module", params=FLOWS)
def model(request: pytest.FixtureRequest) -> Model:
    """Of one flow after the other: a model is large, and takes a while to explore."""
    return explored(str(request.param))


def test_nothing_that_a_person_does_brings_a_flood(model: Model) -> None:
    assert model.problems == []


def test_from_everywhere_there_is_a_way_to_the_end(model: Model) -> None:
    back: dict[tuple[object, ...], set[tuple[object, ...]]] = defaultdict(set)
    for key, ways in model.leads.items():
        for _, to in ways:
            back[to].add(key)
    good = {key for key, state in model.states.items() if state.session.status is Status.ENDED} | model.unexplored
    assert good, "the flow never ends"
    waiting = deque(good)
    while waiting:
        for key in back[waiting.popleft()] - good:
            good.add(key)
            waiting.append(key)
    dead = [model.states[key].session.step for key in model.states.keys() - good]
    assert dead == []


def test_whoever_waits_has_a_timer_or_is_open_ended_by_design(model: Model) -> None:
    expires = model.flow.definition.expires
    by_design = expires is None or expires.after == "next_prompt"
    for state in model.states.values():
        session = state.session
        if session.held_words is not None:
            assert "discard" in state.timers, f"{session.step}: held words without a timer"
        elif session.status is Status.OPEN:
            step = model.flow.steps[session.step or ""]
            timers = {"wait"} if step.kind == "wait" else {"expiry"}
            assert by_design or timers & state.timers, f"{session.step}: waits for ever"
        elif session.status is Status.ENDED:
            assert not state.timers & {"expiry", "reminder", "wait"}, f"a timer of an ended session: {state.timers}"


def test_wrong_words_are_asked_again_twice_at_most(model: Model) -> None:
    for state in list(model.states.values()):
        step = model.flow.steps.get(state.session.step or "")
        if step is None or step.kind != "choose" or state.session.status is not Status.OPEN or state.session.misses:
            continue
        if state.session.held_words is not None or step.reads is not None:
            continue
        asked, now = 0, state
        for turn in range(REASKS + 1):
            now, effects = step_from(model.flow, now, Typed(f"{WRONG} {turn}", 90 + turn))
            asked += any(isinstance(one, Say) and one.step == step.id for one in effects)
        assert asked <= REASKS, f"{step.id} is asked {asked} times more"


def test_a_thumb_that_taps_twice_changes_nothing(model: Model) -> None:
    for state in list(model.states.values())[:60]:
        step = model.flow.steps.get(state.session.step or "")
        if step is None or step.kind != "choose" or step.many or state.session.status is not Status.OPEN:
            continue
        tap = Tapped(1, step.id, 1)
        once, _ = step_from(model.flow, state, tap)
        if once.session.answer(step.id) is None or once.session.step == step.id:
            continue  # a loop asks the same anew
        twice, effects = step_from(model.flow, once, tap)
        assert twice.session.path == once.session.path
        assert not any(isinstance(one, Say) for one in effects)


@pytest.mark.parametrize("name", FLOWS)
def test_two_who_part_in_the_middle_leave_nobody_with_an_error(name: str) -> None:
    model, alone = explored(name), parted()
    tried: list[tuple[Session, Event]] = [(unbegun(model.flow), FlowStarted(name))]
    for state in list(model.states.values())[:STATES_PARTED]:
        tried += [(state.session, event) for _, event in all_that_can_happen(model.flow, state)]
    for session, event in tried:
        for effect in advance(model.flow, session, event, alone, now=NOW).effects:
            assert not isinstance(effect, Say) or "None" not in set(words_in(effect.text)), "nobody is called so"


def words_in(value: object) -> Iterator[str]:
    """Every word that fills a text."""
    match value:
        case str():
            yield value
        case Text(values=values):
            for one in values.values():
                yield from words_in(one)
        case Listed(items):
            for one in items:
                yield from words_in(one)


def test_a_flow_with_a_dead_end_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search itself is tried on a state that leads nowhere."""
    model = explored("pause")
    cut = next(key for key, state in model.states.items() if state.session.status is Status.OPEN)
    monkeypatch.setitem(model.leads, cut, [("nothing", cut)])
    with pytest.raises(AssertionError):
        test_from_everywhere_there_is_a_way_to_the_end(model)
