"""All of one person's conversations: which session an event belongs to, and what happens between sessions. Pure.

Rules kept here:

* One session is in front, the others lie in a stack. Text and digits go to the front one; a tap names its session
  and brings it to the front; when that ends, the one below asks again.
* A note window takes text only when nothing is in front.
* Nobody is met with silence, and nobody twice: what is open is asked again in the same message as the answer.
* What a turn changes of a person holds for the rest of that turn: whoever has just paused is asked nothing more.
* When prompts come, wait and are skipped stands in `flows.prompting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from flows import prompting
from flows.catalogue import Flow
from flows.effects import (
    AcknowledgeTap,
    Begin,
    CancelTimer,
    ChangePerson,
    Effect,
    LocalTime,
    Say,
    Text,
    Value,
)
from flows.engine import SAME_LINE_WITHIN, advance
from flows.events import (
    BroughtToFront,
    ChatBlocked,
    ChatReturned,
    CommandGiven,
    Edited,
    Event,
    FlowStarted,
    HeldPromptFellDue,
    HelloReceived,
    HelpAsked,
    InvitationOpened,
    PairMade,
    PauseEnded,
    PromptDelivered,
    PromptFellDue,
    ReminderFellDue,
    SentUnreadable,
    SessionExpired,
    Tapped,
    TappedUnknown,
    Typed,
    WaitEnded,
)
from flows.people import PersonState
from flows.rules.pausing import plan_check_in, resume
from flows.rules.situation import Facts
from flows.session import Session, Status

KEPT_AFTER_END = timedelta(days=1)
"""How long an ended session without a late window stays known, so that a tap on it is answered with sense."""

JOIN = "join"


class Flows(Protocol):
    """What a conversation needs of the catalogue."""

    def current(self, flow: str) -> Flow: ...

    def version(self, version: str) -> Flow: ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """The sessions of one person that may still matter, and how many she ever had."""

    sessions: tuple[Session, ...] = ()
    started: int = 0

    @property
    def front(self) -> Session | None:
        """The session to which text and digits go."""
        waiting = [one for one in self.sessions if one.status is Status.OPEN or one.held_words is not None]
        return max(waiting, key=lambda one: (one.raised, one.number), default=None)

    @property
    def listening(self) -> Session | None:
        windows = [one for one in self.sessions if one.status is Status.LISTENING]
        return max(windows, key=lambda one: one.number, default=None)

    def numbered(self, number: int) -> Session | None:
        return next((one for one in self.sessions if one.number == number), None)

    def latest(self, flow: str) -> Session | None:
        return max((one for one in self.sessions if one.flow == flow), key=lambda one: one.number, default=None)


@dataclass(frozen=True, slots=True)
class Response:
    """The conversation as it is now, and what the shell is to do, in order."""

    conversation: Conversation
    effects: tuple[Effect, ...]


def respond(conversation: Conversation, event: Event, flows: Flows, facts: Facts, *, now: datetime) -> Response:
    """Take one event of one person. `facts` holds every fact that a flow may list, for her.

    Raises what `flows.engine.advance` raises: an author's error, never a person's.
    """
    talk = Talk(conversation, flows, facts, now)
    talk.take(event)
    return talk.response()


def kept_until(session: Session, flow: Flow) -> datetime | None:
    """When a session can be forgotten: `None` while it is open, else the end of its late window."""
    if session.status in {Status.OPEN, Status.HELD} or session.held_words is not None:
        return None
    ended = session.ended_at or session.started_at
    expires = flow.definition.expires
    late = (session.sent_at or session.started_at) + expires.late_for if expires is not None else ended
    return max(late, ended + KEPT_AFTER_END)


class Talk:
    """The working table of one `respond`, also used by the commands; nothing of it outlives the call."""

    def __init__(self, conversation: Conversation, flows: Flows, facts: Facts, now: datetime) -> None:
        self.sessions = {one.number: one for one in conversation.sessions}
        self._started = conversation.started
        self.flows = flows
        self.facts = facts
        self.now = now
        self._effects: list[Effect] = []
        self._asked_again = False

    @property
    def conversation(self) -> Conversation:
        return Conversation(tuple(self.sessions.values()), self._started)

    def response(self) -> Response:
        return Response(self.conversation, tuple(self._effects))

    def do(self, *effects: Effect) -> None:
        for effect in effects:
            self._effects.append(effect)
            if isinstance(effect, ChangePerson):
                self.facts = {**self.facts, **{f"person.{name}": value for name, value in effect.changes.items()}}

    # -- speaking ------------------------------------------------------------------------------------------------------

    def say(self, text: str, **values: Value) -> None:
        self.do(Say(Text(text, values)))

    def say_first(self, text: str, **values: Value) -> None:
        """Say something short, and ask the open question again in the same message."""
        said = Text(text, values)
        before = len(self._effects)
        self.ask_front_again()
        for place, effect in enumerate(self._effects[before:], start=before):
            if isinstance(effect, Say):
                both = Text("engine.again", {"hint": said, "question": effect.text})
                self._effects[place] = replace(effect, text=both)
                return
        self._effects.insert(before, Say(said))

    def say_nothing_open(self, text: str) -> None:
        """`text`, or what to do for somebody who stopped before she was in."""
        self.say("talk.joining_left" if self.is_joining else text)

    @property
    def is_joining(self) -> bool:
        return self.facts["person.state"] == PersonState.JOINING

    @property
    def is_paused(self) -> bool:
        return self.facts["person.state"] == PersonState.PAUSED

    # -- the table of events ---------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        match event:
            case Typed():
                self._typed(event)
            case Edited():
                self._edited(event)
            case Tapped():
                self._tapped(event)
            case TappedUnknown():
                self._closed_tap()
            case CommandGiven():
                self._step_command(event)
            case SentUnreadable():
                self.say_first("talk.only_text")
            case InvitationOpened():
                self.begin(JOIN)
            case FlowStarted(flow, given):
                self.begin(flow, given)
            case PromptFellDue():
                prompting.prompt_due(self, event)
            case HeldPromptFellDue():
                prompting.held_prompt_due(self)
            case ReminderFellDue(number):
                prompting.reminder_due(self, number)
            case SessionExpired(number) | WaitEnded(number) | PromptDelivered(number):
                session = self.sessions.get(number)
                if session is not None:
                    self.run(session, event)
                    self._settle()
            case PauseEnded():
                self._pause_ended()
            case PairMade(_, partner):
                self._pair_made(partner)
            case HelloReceived(sender):
                self.say("hello.received", twin=sender)
            case HelpAsked(_, twin, reason):
                if reason is None:
                    self.say("help.asked", twin=twin)
                else:
                    self.say("help.asked_reason", twin=twin, reason=Text(reason))
            case ChatBlocked():
                self.do(ChangePerson({"unreachable_since": self.now}))
            case ChatReturned():
                self.do(ChangePerson({"unreachable_since": None}))
                self.ask_front_again()
            case BroughtToFront():
                self.ask_front_again()

    # -- running a session -------------------------------------------------------------------------------------------

    def run(self, session: Session, event: Event) -> None:
        flow = self.flows.version(session.version)
        turn = advance(flow, session, event, self.facts, now=self.now)
        self.sessions[session.number] = turn.session
        begun: list[Begin] = []
        for effect in turn.effects:
            if isinstance(effect, Begin):
                begun.append(effect)
            else:
                self.do(effect)
        for effect in begun:
            self.begin(effect.flow, effect.given)

    def begin(self, flow: str, given: Mapping[str, str] | None = None) -> None:
        """Begin a flow in front of whatever is open."""
        session = self.new(flow, given)
        self.run(session, FlowStarted(flow))
        self._settle()

    def new(
        self,
        flow: str,
        given: Mapping[str, str] | None = None,
        *,
        period: str | None = None,
        planned_at: datetime | None = None,
    ) -> Session:
        self._started += 1
        session = Session(
            number=self._started,
            flow=flow,
            version=self.flows.current(flow).version,
            started_at=self.now,
            status=Status.HELD,
            given=dict(given or {}),
            raised=self.top + 1,
            period=period,
            planned_at=planned_at,
        )
        self.sessions[session.number] = session
        return session

    @property
    def top(self) -> int:
        return max((one.raised for one in self.sessions.values()), default=0)

    def raise_(self, session: Session) -> Session:
        if session.raised < self.top:
            session = replace(session, raised=self.top + 1)
            self.sessions[session.number] = session
        return session

    def ask_front_again(self) -> None:
        """Ask the front question once more, if there is one."""
        front = self.conversation.front
        if front is not None:
            self.run(front, BroughtToFront())

    def _settle(self) -> None:
        """With nothing open any more, a prompt that waited is let in."""
        held = prompting.first_held(self)
        if held is not None and self.conversation.front is None:
            self.do(CancelTimer("held_prompt", ""))
            prompting.let_in(self, held)

    # -- what a person did -------------------------------------------------------------------------------------------

    def _typed(self, event: Typed) -> None:
        conversation = self.conversation
        session = conversation.front or self._open_window(conversation.listening)
        if session is None:
            session = self._just_said(event)
        if session is None:
            self.say_nothing_open("talk.not_understood")
            return
        self._run_to_end(session, event)

    def _open_window(self, session: Session | None) -> Session | None:
        """The note window, unless its time is over."""
        if session is None or session.ended_at is None:
            return None
        steps = self.flows.version(session.version).definition.steps
        windows = [step.listen.for_ for step in steps if step.listen is not None]
        return session if windows and self.now <= session.ended_at + max(windows) else None

    def _just_said(self, event: Typed) -> Session | None:
        """The session that just ended with this very text: a bad network sent it twice."""
        same = [
            one
            for one in self.sessions.values()
            if one.last_line == event.text.strip()
            and one.last_line_at is not None
            and self.now - one.last_line_at <= SAME_LINE_WITHIN
        ]
        return max(same, key=lambda one: one.number, default=None)

    def _run_to_end(self, session: Session, event: Event) -> None:
        """Run an event in a session; when that ends and another one comes to the front, it asks again."""
        self.run(session, event)
        self._after(session.number)

    def _after(self, number: int) -> None:
        ended = self.sessions[number].status in {Status.ENDED, Status.LISTENING}
        front = self.conversation.front
        if front is None:
            self._settle()
        elif ended and front.number != number and front.asked_at != self.now and not self.is_paused:
            self.ask_front_again()

    def _edited(self, event: Edited) -> None:
        for session in sorted(self.sessions.values(), key=lambda one: -one.number):
            messages = {answered.message for answered in session.path}
            messages |= {session.note_message, session.held_message, session.last_message}
            if event.message in messages:
                if self._still_open(session):
                    self._run_to_end(self.raise_(session), event)
                elif event.text.strip() != session.last_line:
                    self.say_first("talk.closed")
                return

    def _tapped(self, event: Tapped) -> None:
        session = self.sessions.get(event.session)
        if session is not None and self._still_open(session):
            self._run_to_end(self.raise_(session), event)
        elif session is None or not self._said_before(session, event):
            self._closed_tap()

    def _said_before(self, session: Session, event: Tapped) -> bool:
        """Whether a tap, too late to act, says only what holds anyway: a thumb that tapped twice."""
        if session.answer(event.step) is None:
            return False
        turn = advance(self.flows.version(session.version), session, event, self.facts, now=self.now)
        if turn.session != session:
            return False
        self.do(*(effect for effect in turn.effects if isinstance(effect, AcknowledgeTap)))
        return True

    def _still_open(self, session: Session) -> bool:
        """Whether a tap may still act: an open session, or an ended one inside its late window."""
        if session.status is Status.OPEN or session.held_words is not None:
            return True
        if session.status is Status.HELD:
            return False
        expires = self.flows.version(session.version).definition.expires
        late = expires.late_for if expires is not None else timedelta(0)
        return self.now <= (session.sent_at or session.started_at) + late

    def _closed_tap(self) -> None:
        self.do(AcknowledgeTap(Text("talk.closed")))
        if self.conversation.front is not None:
            self.say_first("talk.closed_open")
        else:
            self.say_nothing_open("talk.nothing_open")

    def _step_command(self, event: CommandGiven) -> None:
        front = self.conversation.front
        if front is None:
            self.say_nothing_open("talk.nothing_open")
        else:
            self._run_to_end(front, event)

    # -- what others and the shell told --------------------------------------------------------------------------------

    def _pair_made(self, partner: str) -> None:
        planned = plan_check_in(self.facts, self.now)
        if planned is None or self.facts["person.state"] != PersonState.ACTIVE:
            self.say("pair.made", twin=partner)
        else:
            self.do(planned)
            self.say("pair.made_next", twin=partner, day=LocalTime(planned.due_at, "weekday_time"))
        self.ask_front_again()

    def _pause_ended(self) -> None:
        if not self.is_paused:
            return
        *effects, said = resume(self.facts, self.now)
        self.do(*effects)
        if isinstance(said, Say):
            planned = said.text.values.get("day")
            text = Text("pause.ended_plain") if planned is None else Text("pause.ended", {"day": planned})
            self.do(replace(said, text=text))


