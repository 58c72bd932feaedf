"""Every way through a flow, walked with the real engine and the facts of the cast: what a rule misses is found here.

Rules kept here:

* A question that somebody took out may be one whose answer a rule reads. No check of the file alone can tell.
* The walk is bounded; a way beyond the bound is not judged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from flows import asking, sample
from flows.catalogue import Flow
from flows.engine import advance
from flows.errors import FlowsError, Problem
from flows.events import Event
from flows.events.due import SessionExpired, WaitEnded
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import FlowStarted
from flows.rules.situation import Facts, Situation
from flows.session import Session, Status
from flows.trials import given_of

NOW: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)
MOST_TURNS: Final = 400
"""Turns of one walk: about a tenth of a second, and more than any flow of the library has places."""
BUTTONS: Final = 9
WORDS: Final = "A word of mine"


def faults(flow: Flow, world: Facts) -> list[Problem]:
    """Where somebody would be left in the middle of `flow`, each step once. `world` holds the facts `world.*`."""
    facts = {**world, **sample.FACTS, "person.language": "en"}
    session = Session(1, flow.id, flow.version, NOW, Status.HELD, given=given_of(flow.definition, {}))
    if flow.definition.record is not None:
        session = replace(session, period="2026-W49", planned_at=NOW)
    waiting: deque[tuple[Session, Event]] = deque([(session, FlowStarted(flow.id))])
    seen: set[tuple[object, ...]] = set()
    found: dict[str, Problem] = {}
    for _ in range(MOST_TURNS):
        if not waiting:
            break
        before, event = waiting.popleft()
        try:
            after = advance(flow, before, event, facts, now=NOW).session
            key = _key(after)
            if key not in seen:
                seen.add(key)
                waiting.extend((after, one) for one in _what_may_come(flow, after, facts))
        except (FlowsError, LookupError, TypeError, ValueError, AttributeError) as error:
            step = before.step or flow.first.id
            found.setdefault(step, Problem(step, "breaks-off", _advice(error)))
    return list(found.values())


def _advice(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"after this question the flow breaks off: a rule needs '{error.args[0]}', which nothing here gives"
    return "after this question the flow breaks off: a rule that follows does not find what it needs"


def _key(session: Session) -> tuple[object, ...]:
    path = tuple((one.step, one.choice) for one in session.path)
    return session.status, session.step, session.picked, session.page, path, tuple(sorted(session.given.items()))


def _what_may_come(flow: Flow, session: Session, facts: Facts) -> Iterator[Event]:
    step = flow.steps.get(session.step or "")
    if session.status is not Status.OPEN or step is None:
        return
    number = session.number
    if step.kind == "wait":
        yield WaitEnded(number)
        return
    for button in asking.buttons(Situation(flow, session, facts, NOW), step)[:BUTTONS]:
        yield Tapped(number, step.id, button.choice)
    if step.kind == "ask":
        yield Typed(WORDS, 10 + len(session.path))
    if step.skip:
        yield CommandGiven("skip")
    yield SessionExpired(number)
