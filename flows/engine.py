"""The conversation engine: a pure function from one event to what is to be done.

Rules kept here (those of walking, of wording, of what is typed, of words of their own stand in
`passage`, `asking`, `reading`, `confiding`):

* `advance` reads no clock, keeps no state and knows no language: everything arrives as an argument.
* A tap on an earlier step is a correction: what followed from it is asked again.
* The same answer twice changes nothing, so an update that Telegram delivers twice, or a thumb that taps twice, is
  harmless even when it arrives under another number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows import asking, confiding, reading
from flows.catalogue import Flow
from flows.definition import GUARD, StepDefinition
from flows.effects import AcknowledgeTap, Begin, Effect, Lane
from flows.errors import FlowMisled
from flows.events import Event
from flows.events.due import (
    BroughtToFront,
    HeldPromptFellDue,
    PromptFellDue,
    ReminderFellDue,
    SessionExpired,
    WaitEnded,
)
from flows.events.own import CommandGiven, Edited, SentVoice, Tapped, Typed
from flows.events.shell import FlowStarted, PromptDelivered
from flows.passage import CHANGE, Passage
from flows.rules.situation import Facts
from flows.session import Outcome, Session, Status
from flows.values import Text, Value


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one event: the session as it is now, and what the shell is to do."""

    session: Session
    effects: tuple[Effect | Begin, ...]


def advance(flow: Flow, session: Session, event: Event, facts: Facts, *, now: datetime) -> Turn:
    """Take one event in one session of `flow`. `now` is aware, in UTC.

    Raises FlowMisled, KeyError or TypeError for an author's error that the checks did not catch; never for what a
    person sent.
    """
    passage = Passage(flow, session, facts, now)
    match event:
        case FlowStarted() | PromptFellDue() | HeldPromptFellDue():
            passage.begin(as_prompt=not isinstance(event, FlowStarted))
        case Typed(text, message):
            reading.typed(passage, text, message)
        case Edited(text, message):
            reading.edited(passage, text, message)
        case Tapped(_, step, choice):
            _tapped(passage, step, choice)
        case SentVoice(file, _, message):
            reading.spoken(passage, file, message)
        case BroughtToFront():
            _ask_again(passage)
        case WaitEnded():
            _wait_ended(passage)
        case ReminderFellDue():
            _remind(passage)
        case SessionExpired():
            _expire(passage)
        case PromptDelivered(_, at):
            _delivered(passage, at)
        case CommandGiven("back"):
            _back(passage)
        case CommandGiven("skip"):
            _skip(passage)
        case CommandGiven("leave"):
            _leave(passage)
        case _:
            raise FlowMisled(f"{type(event).__name__} is not an event of a session")
    passage.close()
    return Turn(passage.session, tuple(passage.effects))


def _ask_again(passage: Passage) -> None:
    if passage.session.held_words is not None:
        confiding.ask(passage)
    else:
        passage.to_ask = passage.session.step


# -- taps --------------------------------------------------------------------------------------------------------------


def _tapped(passage: Passage, step_id: str, number: int) -> None:
    session = passage.session
    if step_id == GUARD:
        if not confiding.decide(passage, number):
            _stale_tap(passage)
        return
    step = passage.flow.steps.get(step_id)
    answered = session.answer(step_id)
    if step is not None and step.kind == "say" and session.path:
        _change_all(passage, number)
        return
    unfinished = session.status is Status.ENDED and session.outcome is not Outcome.COMPLETED
    if step is None or (answered is None and session.step != step_id):
        _stale_tap(passage)
        return
    ids = asking.choice_ids(passage.situation, step)
    if number == asking.MORE and session.step == step_id and asking.has_pages(step, ids):
        passage.do(AcknowledgeTap(None))
        passage.turn_page(step)
        return
    picking = step.many and (number != asking.SKIP or bool(session.picked))
    skipping = number == asking.SKIP and (step.skip or picking)
    if not skipping and not 1 <= number <= len(ids):
        _stale_tap(passage)
        return
    if session.held_words is not None:
        confiding.let_go(passage)
        session = passage.session
    if picking:
        if unfinished:
            _reopen(passage)
        _picked(passage, step, ids, number)
        return
    choice = None if skipping else ids[number - 1]
    label: Value = Text("engine.skip") if choice is None else asking.label(passage.situation, step, choice)
    passage.do(AcknowledgeTap(label))
    if answered is not None and session.step != step_id and not unfinished:
        if answered.choice == choice and answered.words is None and answered.voice is None:
            return
        passage.return_to(step_id)
    if unfinished:
        _reopen(passage)
    passage.accept(step, choice=choice)


def _reopen(passage: Passage) -> None:
    """A tap takes up again what was not finished."""
    late = passage.session.late or passage.session.outcome is not Outcome.LEFT
    passage.change(status=Status.OPEN, outcome=None, ended_at=None, late=late)
    passage.live_on()


def _picked(passage: Passage, step: StepDefinition, ids: tuple[str, ...], number: int) -> None:
    """A tap under a question that takes many choices: one more, one less, or done."""
    if number == asking.SKIP:
        passage.do(AcknowledgeTap(Text("engine.done")))
        passage.accept(step, choice=",".join(passage.session.picked))
    else:
        passage.do(AcknowledgeTap(asking.label(passage.situation, step, ids[number - 1])))
        passage.pick(step, ids[number - 1])


def _stale_tap(passage: Passage) -> None:
    passage.do(AcknowledgeTap(Text("engine.not_open")))
    passage.to_ask = passage.session.step


def _change_all(passage: Passage, number: int) -> None:
    first = passage.session.path[0].step
    if number != CHANGE:
        _stale_tap(passage)
        return
    passage.do(AcknowledgeTap(Text("engine.change")))
    if _is_changing(passage.session):
        return
    # The answers hold until the first new one: whoever only looks and goes away has changed nothing.
    passage.change(status=Status.OPEN, step=first)
    passage.to_ask = first


def _is_changing(session: Session) -> bool:
    """Whether she looks at what she answered, and has changed nothing yet."""
    return session.status is Status.OPEN and session.outcome is Outcome.COMPLETED


# -- what time and the shell report ------------------------------------------------------------------------------------


def _wait_ended(passage: Passage) -> None:
    step = passage.current
    if step is not None and step.kind == "wait":
        passage.enter(passage.flow.following(step))


def _delivered(passage: Passage, at: datetime) -> None:
    if passage.session.sent_at is None:
        passage.change(sent_at=at)
        if passage.session.status in {Status.ENDED, Status.LISTENING} and passage.session.outcome is not None:
            passage.record()  # she was quicker than the report
    passage.plan_reminder(at)


def _remind(passage: Passage) -> None:
    reminder = passage.flow.definition.reminder
    step = passage.current
    if reminder is None or step is None or passage.session.status is not Status.OPEN:
        return
    passage.lane = Lane.PROMPT
    if passage.session.path:
        passage.hint = Text("engine.still_open")  # begun: the question that is open says more than the reminder
        passage.to_ask = step.id
        return
    text = asking.reminder_of(passage.situation, reminder.text)
    passage.send(text, step.id, asking.buttons(passage.situation, step))


def _expire(passage: Passage) -> None:
    session = passage.session
    if session.held_words is not None:
        confiding.discard(passage)
        if passage.session.status is Status.OPEN:
            passage.live_on()  # the moment may have been that of the session, whose end is still to come
    elif session.status is Status.LISTENING:
        passage.change(status=Status.ENDED)
    elif _is_changing(session):
        passage.change(status=Status.ENDED, step=None)
    elif session.status is Status.ENDED:
        if session.outcome is Outcome.LEFT:  # left by herself; from now on a tap is late
            passage.change(outcome=_unfinished(session))
    else:
        _stop(passage, _unfinished(session))


def _unfinished(session: Session) -> Outcome:
    return Outcome.PARTIAL if session.path else Outcome.MISSED


def _stop(passage: Passage, outcome: Outcome) -> None:
    """End before the end. What keeps a part can be taken up again by a tap."""
    expires = passage.flow.definition.expires
    if expires is not None and expires.keep == "partial":
        passage.finish(outcome)
    else:
        passage.finish(Outcome.LEFT)
        passage.change(step=None)


# -- going back, passing over, leaving ---------------------------------------------------------------------------------


def _back(passage: Passage) -> None:
    if passage.session.held_words is not None:
        confiding.discard(passage)
    elif passage.session.path:
        passage.return_to(passage.session.path[-1].step)
        passage.to_ask = passage.session.step
    else:
        passage.to_ask = passage.session.step


def _skip(passage: Passage) -> None:
    step = passage.current
    if passage.session.held_words is not None:
        confiding.discard(passage)
    elif step is not None and step.skip:
        passage.accept(step)
    else:
        passage.hint = Text("engine.cannot_skip")
        passage.to_ask = passage.session.step


def _leave(passage: Passage) -> None:
    session = passage.session
    if session.held_words is not None:
        confiding.discard(passage)
        if passage.session.status is not Status.OPEN:
            return
    expires = passage.flow.definition.expires
    keeps = expires is not None and expires.keep == "partial" and session.path
    passage.plain(Text("engine.left" if keeps else "engine.left_empty"))
    if _is_changing(session):
        passage.change(status=Status.ENDED, step=None)
    else:
        passage.touch()  # who leaves a check-in has been heard of
        _stop(passage, Outcome.LEFT)
    passage.to_ask = None
