"""The conversation engine: a pure function from one event to what is to be done.

Rules kept here (those of walking, wording and words of their own stand in `passage`, `asking`, `confiding`):

* `advance` reads no clock, keeps no state and knows no language: everything arrives as an argument.
* A tap on an earlier step, or an edited message, is a correction: what followed from it is asked again.
* Digits are read along the path actually taken: what fits is kept, the first that does not is asked, extra ones are
  named, and what was understood is said in words with a way to change it.
* The same answer twice changes nothing, so an update that Telegram delivers twice, or a thumb that taps twice, is
  harmless even when it arrives under another number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flows import asking, confiding, digits
from flows.catalogue import Flow
from flows.definition import GUARD, StepDefinition
from flows.effects import AcknowledgeTap, Begin, Effect, Lane, SetTimer, Text, Value
from flows.errors import FlowMisled
from flows.events import (
    BroughtToFront,
    CommandGiven,
    Edited,
    Event,
    FlowStarted,
    HeldPromptFellDue,
    PromptDelivered,
    PromptFellDue,
    ReminderFellDue,
    SessionExpired,
    Tapped,
    Typed,
    WaitEnded,
)
from flows.passage import CHANGE, PROMPT_SENT_WITHIN, Passage
from flows.rules import READERS
from flows.rules.cadence import CheckInRule, own_hour_after
from flows.rules.situation import Facts, NotUnderstood, OneOf, Situation, Understood
from flows.session import Outcome, Session, Status

SAME_LINE_WITHIN = timedelta(minutes=10)
"""A line that comes again within this time was sent twice by a bad network, not meant twice."""


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
            _typed(passage, text, message)
        case Edited(text, message):
            _edited(passage, text, message)
        case Tapped(_, step, choice):
            _tapped(passage, step, choice)
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
    skipping = number == asking.SKIP and step.skip
    if not skipping and not 1 <= number <= len(ids):
        _stale_tap(passage)
        return
    choice = None if skipping else ids[number - 1]
    label: Value = Text("engine.skip") if choice is None else asking.label(passage.situation, step, choice)
    passage.do(AcknowledgeTap(label))
    if answered is not None and session.step != step_id and not unfinished:
        if answered.choice == choice and answered.words is None:
            return
        passage.return_to(step_id)
    if unfinished:
        late = session.late or session.outcome is not Outcome.LEFT
        passage.change(status=Status.OPEN, outcome=None, ended_at=None, late=late)
    passage.accept(step, choice=choice)


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


# -- what was typed ----------------------------------------------------------------------------------------------------


def _typed(passage: Passage, text: str, message: int) -> None:
    if not _sent_twice(passage, text):
        _take(passage, text, message)


def _take(passage: Passage, text: str, message: int) -> None:
    passage.change(last_line=text.strip(), last_line_at=passage.now, last_message=message)
    step = passage.current
    if passage.session.held_words is not None and (step is None or step.kind == "ask"):
        confiding.typed_while_held(passage, text, message)
        return
    if passage.session.status is Status.LISTENING:
        if not _answered_anew(passage, text, message):
            confiding.take_note(passage, text, message)
        return
    if step is None or step.kind == "wait":
        passage.plain(Text("talk.not_understood"))
        return
    tokens = digits.read_numbers(text)
    if step.kind == "choose" and tokens is not None:
        _typed_numbers(passage, step, tokens, message)
    elif step.reads is not None:
        _read(passage, step, text, message)
    elif step.kind == "ask":
        confiding.take_words(passage, step, text, message)
    else:
        passage.wrong(Text("engine.tap_or_number"))


def _answered_anew(passage: Passage, text: str, message: int) -> bool:
    """After the end, a line that answers the whole once more is a correction; any other one is a note."""
    tokens = digits.read_numbers(text)
    if tokens is None or not passage.flow.definition.one_line or not passage.session.path or not digits.is_line(text):
        return False
    trial = Passage(passage.flow, passage.session, passage.facts, passage.now)
    first = trial.session.path[0].step
    trial.change(status=Status.OPEN, step=first)
    _typed_numbers(trial, trial.flow.step(first), tokens, message)
    if trial.session.status is Status.OPEN or trial.unread:
        return False
    passage.take_over(trial)
    return True


def _sent_twice(passage: Passage, text: str) -> bool:
    session = passage.session
    at = session.last_line_at
    same = session.last_line == text.strip() and at is not None and passage.now - at <= SAME_LINE_WITHIN
    return same and (digits.is_line(text) or session.status is not Status.OPEN)


def _typed_numbers(passage: Passage, step: StepDefinition, tokens: tuple[digits.Token, ...], message: int) -> None:
    one_line = passage.flow.definition.one_line
    passage.line = one_line and digits.is_line(digits.written(tokens))
    rest = tokens
    here: StepDefinition | None = step
    while rest and here is not None and here.kind == "choose" and passage.session.status is Status.OPEN:
        if here.skip and rest[0] == digits.Token(str(asking.SKIP)):
            passage.accept(here, message=message)
            rest = rest[1:]
        else:
            ids = asking.choice_ids(passage.situation, here)
            number, left = digits.take(rest, len(ids))
            if number is None:
                break
            if left and not one_line:
                break
            passage.unread = rest = left  # a closing line names what it did not need
            passage.accept(here, choice=ids[number - 1], message=message)
        here = passage.current
    passage.unread = rest
    if rest and passage.session.status is Status.OPEN and not passage.understood:
        if len(tokens) > 1 and not one_line:
            passage.unread = ()
            passage.wrong(Text("engine.tap_or_number"))
        else:
            passage.wrong()


def _read(passage: Passage, step: StepDefinition, text: str, message: int) -> None:
    match READERS[step.reads or ""].run(text, passage.situation):
        case Understood(value):
            if step.kind == "choose":
                passage.accept(step, choice=value, message=message)
            else:
                passage.accept(step, words=value, message=message)
        case OneOf(values):
            # What was offered keeps its numbers, so that the buttons of an earlier message mean what stands on them.
            offered = passage.session.offered
            passage.change(offered=(*offered, *(value for value in values if value not in offered)))
            passage.hint = Text("engine.which_one")
            passage.to_ask = step.id
        case NotUnderstood(hint):
            passage.wrong(Text(hint))


def _edited(passage: Passage, text: str, message: int) -> None:
    session = passage.session
    if message == session.held_message and session.held_words is not None:
        confiding.typed_while_held(passage, text, message)
        return
    if message == session.note_message:
        confiding.take_note(passage, text, message)
        return
    earlier = next((answered for answered in session.path if answered.message == message), None)
    if message == session.last_message and text.strip() == session.last_line:
        return
    if earlier is not None:
        passage.return_to(earlier.step)
        _take(passage, text, message)
    elif message == session.last_message and session.status is Status.OPEN:
        _take(passage, text, message)  # it was not understood before


# -- what time and the shell report ------------------------------------------------------------------------------------


def _wait_ended(passage: Passage) -> None:
    step = passage.current
    if step is not None and step.kind == "wait":
        passage.enter(passage.flow.following(step))


def _delivered(passage: Passage, at: datetime) -> None:
    reminder = passage.flow.definition.reminder
    if passage.session.sent_at is None:
        passage.change(sent_at=at)
        if passage.session.status in {Status.ENDED, Status.LISTENING} and passage.session.outcome is not None:
            passage.record()  # she was quicker than the report
    if reminder is None or passage.session.status is not Status.OPEN or passage.session.path:
        return
    due = at + reminder.after
    if reminder.at == "own_hour":
        due = own_hour_after(_own_rule(passage.situation), at, reminder.after)
    passage.do(SetTimer("reminder", str(passage.session.number), due, due + PROMPT_SENT_WITHIN))


def _own_rule(situation: Situation) -> CheckInRule:
    day, minute = situation.number("person.check_in_day"), situation.number("person.check_in_minute")
    return CheckInRule(day or 0, minute if minute is not None else 9 * 60, situation.text("person.zone"))


def _remind(passage: Passage) -> None:
    reminder = passage.flow.definition.reminder
    step = passage.current
    if reminder is None or step is None or passage.session.status is not Status.OPEN:
        return
    passage.lane = Lane.PROMPT
    if passage.session.path:
        passage.to_ask = step.id  # begun: the question that is open says more than the reminder
        return
    text = asking.reminder_of(passage.situation, reminder.text)
    passage.send(text, step.id, asking.buttons(passage.situation, step))


def _expire(passage: Passage) -> None:
    session = passage.session
    if session.held_words is not None:
        confiding.discard(passage)
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
    passage.plain(Text("engine.left" if session.path else "engine.left_empty"))
    if _is_changing(session):
        passage.change(status=Status.ENDED, step=None)
    else:
        _stop(passage, Outcome.LEFT)
    passage.to_ask = None
