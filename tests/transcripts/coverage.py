"""What the transcripts have to show, and what they showed.

Rules kept here:

* What is required is computed from the definitions: a new step or choice without a transcript fails the test.
* What was seen is read from the sessions before and after an event, not from what a transcript says of itself.
* A case is one readable line: `weekly_checkin ask_contact: choice real`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.commands import COMMANDS
from flows import digits
from flows.catalogue import Catalogue, Flow
from flows.conversation import Conversation
from flows.definition import GUARD, ChoicesByRule, StepDefinition
from flows.effects import Effect, NoteSkip, SaveAnswer, SaveNote, Say
from flows.events import Event
from flows.events.due import ReminderFellDue, SessionExpired
from flows.events.own import CommandGiven, Edited, SentUnreadable, SentVoice, Tapped, Typed
from flows.paths import reached_from
from flows.session import Answered, Outcome, Session, Status

STATES = ("joining", "active", "paused", "stopped", "unpaired", "coordinator", "safeguarding")
"""Where a person can stand when she gives a command."""

STEP_COMMANDS = {"back": "back", "skip": "skip", "leave": "stop"}


def required(catalogue: Catalogue) -> set[str]:
    """Every case that has to appear in some transcript."""
    return {case for flow in catalogue.flows.values() for case in _of_flow(flow)} | {
        f"/{command} while {state}" for command in COMMANDS for state in STATES
    }


def _of_flow(flow: Flow) -> Iterator[str]:
    definition = flow.definition
    for step in definition.steps:
        for case in _of_step(flow, step):
            yield f"{flow.id} {step.id}: {case}"
    if definition.reminder is not None:
        yield f"{flow.id}: reminder"
    if definition.expires is not None:
        several = sum(step.kind in {"ask", "choose"} for step in definition.steps) > 1
        parts = ("partial", "missed") if several else ("missed",)
        outcomes = parts if definition.expires.keep == "partial" else ("left",)
        yield from (f"{flow.id}: expiry, {outcome}" for outcome in outcomes)


def _of_step(flow: Flow, step: StepDefinition) -> Iterator[str]:
    if step.listen is not None:
        yield "note"
        yield from ("guard edit", "guard keep", "guard discard", "guard silence") if step.listen.guard else ()
    if step.kind not in {"ask", "choose"}:
        return
    yield from (f"choice {choice.id}" for choice in flow.choices(step.id))
    if step.kind == "choose" and step.id in _beside(flow):
        yield from ("stale", "repeated tap")
        return
    yield from ("wrong", "rest" if not step.skip else "passed over", "edited", "stop", "back", "unreadable")
    if step.kind == "choose":
        yield from ("digits", "stale", "picked out again" if step.many else "repeated tap")
        yield from ("choice by rule",) if isinstance(step.choices, ChoicesByRule) else ()
        expires = flow.definition.expires
        yield from ("late",) if expires is not None and expires.late_for > timedelta(0) else ()
    if step.kind == "ask" or step.reads is not None:
        yield "words"
    yield "skip" if step.skip else "skip refused"
    if step.voice:
        yield "voice"
    if step.guard:
        yield from ("guard edit", "guard keep", "guard discard", "guard silence")


def _beside(flow: Flow) -> frozenset[str]:
    """The questions of a flow that stands aside that are met first: a tap reaches and answers them at once, or (with
    nothing in front) a number."""
    if not flow.definition.aside:
        return frozenset()
    asking = {step.id for step in flow.definition.steps if step.kind in {"ask", "choose"}}
    first = flow.first.id
    return frozenset(({first} | reached_from(flow, first, without=asking | {first})) & asking)


@dataclass(slots=True)
class Coverage:
    """What was seen so far, over any number of transcripts."""

    seen: set[str] = field(default_factory=set)

    def note(
        self,
        before: Conversation,
        event: Event,
        after: Conversation,
        effects: Sequence[Effect],
        flows: Mapping[int, Flow],
        facts: Mapping[str, object],
    ) -> None:
        """One event of one person, with her sessions before and after it; `flows` has the flow of each she ever had."""
        if isinstance(event, CommandGiven):
            self.seen.add(f"/{event.name} while {_state(facts)}")
        if isinstance(event, Tapped) and before.numbered(event.session) is None and event.session in flows:
            self.seen.add(f"{flows[event.session].id} {event.step}: stale")
        for session in before.sessions:
            now = after.numbered(session.number)
            if now is not None:
                flow = flows[session.number]
                self.seen.update(f"{flow.id}{case}" for case in _cases(flow, session, event, now, before, effects))


def _state(facts: Mapping[str, object]) -> str:
    if facts["person.state"] == "joining":
        return "joining"
    if facts["person.role"] != "twin":
        return str(facts["person.role"])
    if facts["person.state"] in {"paused", "stopped"}:
        return str(facts["person.state"])
    return "active" if facts["twin.id"] is not None else "unpaired"


def _cases(
    flow: Flow, session: Session, event: Event, now: Session, before: Conversation, effects: Sequence[Effect]
) -> Iterator[str]:
    is_front = before.front is not None and before.front.number == session.number
    here = f" {session.step}: "
    match event:
        case Tapped(number, step, choice) if number == session.number:
            if step == GUARD:
                yield from _decided(flow, session, choice)
            elif now.step == step and (again := _asked_again(flow, session, step, effects)):
                yield f" {step}: choice {again}"
            else:
                yield from (f" {step}: {case}" for case in _tapped(session, now, step))
        case Typed(text, message):
            for answered in now.path:
                if answered.message == message and answered not in session.path:
                    yield from (f" {answered.step}: {case}" for case in _typed(flow, answered, text))
            if is_front and session.held_words is not None and now.held_words is None:
                yield from _decided(flow, session, _number(text))
            elif is_front and session.step == now.step:
                yield from _missed(session, now, here)
            elif is_front and session.misses and _passed_over(now, session.step):
                yield here + "passed over"
            if session.status is Status.LISTENING and any(isinstance(one, SaveNote) for one in effects):
                yield f" {_listening_step(flow)}: note"
        case Edited(_, message):
            earlier = next((one for one in session.path if one.message == message), None)
            place = session.step if earlier is None else earlier.step
            if place is not None and now.path != session.path:
                yield f" {place}: edited"
        case CommandGiven(name) if is_front and name in STEP_COMMANDS and session.step is not None:
            case = STEP_COMMANDS[name]
            yield here + ("skip refused" if case == "skip" and now.path == session.path else case)
        case SentUnreadable() if is_front and session.step is not None:
            yield here + "unreadable"
        case SentVoice() if is_front and session.step is not None:
            yield here + ("unreadable" if now.path == session.path else "voice")
        case ReminderFellDue(number) if number == session.number and any(isinstance(one, Say) for one in effects):
            yield ": reminder"
        case SessionExpired(number) if number == session.number and session.held_words is not None:
            yield f" {_held_step(flow, session)}: guard silence"
        case _:
            pass
    by_hand = isinstance(event, Tapped | Typed | Edited | CommandGiven)
    expired = session.status is Status.OPEN and now.status is Status.ENDED and not by_hand
    if expired and now.outcome is not Outcome.COMPLETED and not any(isinstance(one, NoteSkip) for one in effects):
        yield f": expiry, {now.outcome}"


def _asked_again(flow: Flow, session: Session, step: str, effects: Sequence[Effect]) -> str | None:
    """What was chosen at a question that a loop came back to at once: it stands on the path no more."""
    for effect in effects:
        if isinstance(effect, SaveAnswer) and effect.session == session.number and step == session.step:
            return effect.choice if flow.step(step).save == effect.key else None
    return None


def _tapped(session: Session, now: Session, step: str) -> Iterator[str]:
    was, answered = session.answer(step), now.answer(step)
    is_late = session.status is Status.ENDED and session.outcome is not Outcome.COMPLETED
    if now.picked != session.picked and now.step == session.step:
        yield from ("picked out again",) if len(now.picked) < len(session.picked) else ()
        yield from ("late",) if is_late else ()
        return
    if (now.path, now.status) == (session.path, session.status):
        yield "repeated tap" if was is not None else "stale"
        return
    if answered is not None and answered.choice is not None:
        yield from (f"choice {one}" for one in answered.choice.split(","))
        yield "choice by rule"
    elif answered is not None:
        yield "skip"
    if is_late:
        yield "late"


def _typed(flow: Flow, answered: Answered, text: str) -> Iterator[str]:
    if flow.step(answered.step).kind == "choose" and digits.read_numbers(text) is not None:
        yield "digits"
    else:
        yield "words"
    if answered.choice is not None:
        yield from (f"choice {one}" for one in answered.choice.split(","))
        yield "choice by rule"


def _missed(session: Session, now: Session, here: str) -> Iterator[str]:
    if now.misses > session.misses:
        yield here + "wrong"
    elif session.misses and not now.misses and now.path == session.path:
        yield here + "rest"


def _passed_over(now: Session, step: str | None) -> bool:
    answered = None if step is None else now.answer(step)
    return answered is not None and answered.choice is None and answered.words is None


def _decided(flow: Flow, session: Session, number: int | None) -> Iterator[str]:
    if session.held_words is not None and number in {1, 2, 3}:
        yield f" {_held_step(flow, session)}: guard {('edit', 'keep', 'discard')[number - 1]}"


def _held_step(flow: Flow, session: Session) -> str:
    return session.step or _listening_step(flow)


def _listening_step(flow: Flow) -> str:
    return next(step.id for step in flow.definition.steps if step.listen is not None)


def _number(text: str) -> int | None:
    tokens = digits.read_numbers(text)
    return digits.take(tokens, 3)[0] if tokens else None
