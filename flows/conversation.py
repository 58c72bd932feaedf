"""All of one person's conversations: which session an event belongs to, and what happens between sessions. Pure.

Rules kept here:

* One session is in front, the others lie in a stack. Text and digits go to the front one; a tap names its session
  and brings it to the front; when that ends, the one below asks again.
* A note window takes text only when nothing is in front.
* A prompt that falls due while something is open waits until that ends, or until two hours pass without an answer.
* A prompt ends the earlier check-in: partial with some answer, missed with none. Its buttons reopen it, marked
  late, until the flow's `late_for` after it was sent.
* A timer is only a wish: at its firing the moment is computed again from rule and zone, and a prompt that lies
  more than a minute ahead is moved, one that is too old is skipped with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from flows.catalogue import Flow
from flows.effects import (
    AcknowledgeTap,
    Begin,
    CancelTimer,
    ChangePerson,
    Effect,
    LocalTime,
    NoteSkip,
    Say,
    SetTimer,
    Text,
)
from flows.engine import advance
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
from flows.rules.cadence import due_at, period_of, rule_version
from flows.rules.pausing import PROMPT_VALID_FOR, plan_check_in, resume, rule_of
from flows.rules.situation import Facts
from flows.session import Outcome, Session, Status

HOLD_FOR = timedelta(hours=2)
"""How long an open conversation without an answer keeps a prompt waiting; design.md section 5."""

MOVED_IF_OFF_BY = timedelta(minutes=1)
"""A due moment further ahead than this is moved, not sent; design.md section 4."""

KEPT_AFTER_END = timedelta(days=1)
"""How long an ended session without a late window stays known, so that a tap on it is answered with sense."""

CHECK_IN = "weekly_checkin"
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
        self._sessions = {one.number: one for one in conversation.sessions}
        self._started = conversation.started
        self.flows = flows
        self.facts = facts
        self.now = now
        self._effects: list[Effect] = []
        self._asked_again = False

    @property
    def conversation(self) -> Conversation:
        return Conversation(tuple(self._sessions.values()), self._started)

    def response(self) -> Response:
        return Response(self.conversation, tuple(self._effects))

    def do(self, *effects: Effect) -> None:
        self._effects.extend(effects)

    def say(self, text: str, **values: object) -> None:
        self.do(Say(Text(text, values)))  # type: ignore[arg-type]

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
                self.say("talk.only_text")
                self.ask_front_again()
            case InvitationOpened():
                self.begin(JOIN)
            case FlowStarted(flow, given):
                self.begin(flow, given)
            case PromptFellDue():
                self._prompt(event)
            case HeldPromptFellDue():
                self._held_prompt()
            case ReminderFellDue(number) | SessionExpired(number) | WaitEnded(number) | PromptDelivered(number):
                session = self._sessions.get(number)
                if session is not None:
                    self._run(session, event)
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

    def _run(self, session: Session, event: Event) -> None:
        flow = self.flows.version(session.version)
        turn = advance(flow, session, event, self.facts, now=self.now)
        self._sessions[session.number] = turn.session
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
        session = self._new(flow, given)
        self._run(session, FlowStarted(flow))
        self._settle()

    def _new(
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
            raised=self._top + 1,
            period=period,
            planned_at=planned_at,
        )
        self._sessions[session.number] = session
        return session

    @property
    def _top(self) -> int:
        return max((one.raised for one in self._sessions.values()), default=0)

    def _raise(self, session: Session) -> Session:
        if session.raised < self._top:
            session = replace(session, raised=self._top + 1)
            self._sessions[session.number] = session
        return session

    def ask_front_again(self) -> None:
        """Ask the front question once more, if there is one."""
        front = self.conversation.front
        if front is not None and front.held_words is None:
            self._run(front, BroughtToFront())

    def _settle(self) -> None:
        """After a session ended: the one below asks again; with nothing open, a prompt that waited is let in."""
        if self._sessions and self.conversation.front is None:
            held = min(self._held(), key=lambda one: one.number, default=None)
            if held is not None:
                self.do(CancelTimer("held_prompt", ""))
                self._let_in(held)

    def _held(self) -> Iterable[Session]:
        return [one for one in self._sessions.values() if one.status is Status.HELD and one.period is not None]

    # -- what a person did -------------------------------------------------------------------------------------------

    def _typed(self, event: Typed) -> None:
        conversation = self.conversation
        session = conversation.front or self._open_window(conversation.listening)
        if session is None:
            session = self._just_said(event)
        if session is None:
            self.say("talk.not_understood")
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
        same = [one for one in self._sessions.values() if one.last_line == event.text.strip()]
        return max(same, key=lambda one: one.number, default=None)

    def _run_to_end(self, session: Session, event: Event) -> None:
        """Run an event in a session; when that ends and another one comes to the front, it asks again."""
        self._run(session, event)
        self._after(session.number)

    def _after(self, number: int) -> None:
        ended = self._sessions[number].status in {Status.ENDED, Status.LISTENING}
        front = self.conversation.front
        if front is None:
            self._settle()
        elif ended and front.number != number and front.asked_at != self.now:
            self.ask_front_again()

    def _edited(self, event: Edited) -> None:
        for session in sorted(self._sessions.values(), key=lambda one: -one.number):
            messages = {answered.message for answered in session.path} | {session.note_message, session.held_message}
            if event.message in messages and self._still_open(session):
                self._run_to_end(self._raise(session), event)
                return

    def _tapped(self, event: Tapped) -> None:
        session = self._sessions.get(event.session)
        if session is None or not self._still_open(session):
            self._closed_tap()
            return
        self._run_to_end(self._raise(session), event)

    def _still_open(self, session: Session) -> bool:
        """Whether a tap may still act: an open session, or an ended one inside its late window."""
        if session.status is not Status.ENDED:
            return session.status is not Status.HELD
        expires = self.flows.version(session.version).definition.expires
        late = expires.late_for if expires is not None else timedelta(0)
        return self.now <= (session.sent_at or session.started_at) + late

    def _closed_tap(self) -> None:
        self.do(AcknowledgeTap(Text("talk.closed")))
        if self.conversation.front is not None:
            self.say("talk.what_is_open")
            self.ask_front_again()
        else:
            self.say("talk.nothing_open")

    def _step_command(self, event: CommandGiven) -> None:
        front = self.conversation.front
        if front is None:
            self.say("talk.nothing_open")
        else:
            self._run_to_end(front, event)

    # -- prompts -----------------------------------------------------------------------------------------------------

    def _prompt(self, event: PromptFellDue) -> None:
        rule = rule_of(self.facts)
        if rule is None or self.facts["twin.id"] is None:
            self.do(NoteSkip(event.flow, "no_twin"))
            return
        due = due_at(rule, event.period)
        if due > self.now + MOVED_IF_OFF_BY:
            self.do(SetTimer("check_in", event.period, due, due + PROMPT_VALID_FOR, rule_version(rule)))
            return
        planned = plan_check_in(self.facts, self.now, event.period)
        if planned is not None:
            self.do(planned)
        reason = self._why_not_now(event)
        if reason is not None:
            self.do(NoteSkip(event.flow, reason))
            return
        self._end_earlier(event.flow)
        session = self._new(event.flow, period=event.period, planned_at=event.planned_at)
        front = self.conversation.front
        if front is None or self._is_left_alone(front):
            self._let_in(session)
        else:
            self.do(SetTimer("held_prompt", "", self._alone_at(front)))

    def _why_not_now(self, event: PromptFellDue) -> str | None:
        if self.facts["person.state"] != PersonState.ACTIVE:
            return "paused"
        if not self.facts["programme.ready"]:
            return "no_coordinator"
        if self.now > event.planned_at + PROMPT_VALID_FOR:
            return "too_late"
        if any(one.period == event.period and one.flow == event.flow for one in self._sessions.values()):
            return "answered_early"
        return None

    def _end_earlier(self, flow: str) -> None:
        for session in list(self._sessions.values()):
            if session.flow == flow and session.status is not Status.ENDED:
                self._run(session, SessionExpired(session.number))

    def _alone_at(self, front: Session) -> datetime:
        return max(front.asked_at or front.started_at, front.touched_at or front.started_at) + HOLD_FOR

    def _is_left_alone(self, front: Session) -> bool:
        return self._alone_at(front) <= self.now

    def _held_prompt(self) -> None:
        front = self.conversation.front
        if front is not None and not self._is_left_alone(front):
            self.do(SetTimer("held_prompt", "", self._alone_at(front)))
            return
        for session in self._held():
            self._let_in(session)
            return

    def _let_in(self, session: Session) -> None:
        """Ask a prompt that was due: now, or after it had to wait."""
        if self.facts["person.state"] != PersonState.ACTIVE:
            self._sessions[session.number] = replace(session, status=Status.ENDED, outcome=Outcome.LEFT)
            self.do(NoteSkip(session.flow, "paused"))
            return
        self._run(replace(session, raised=self._top + 1), HeldPromptFellDue())

    def answer_now(self) -> None:
        """`/checkin`: the check-in of this week, whether it was sent already or comes later this week."""
        rule = rule_of(self.facts)
        if rule is None or self.facts["twin.id"] is None:
            self.say("check_in.no_twin")
            self.ask_front_again()
            return
        latest = self.conversation.latest(CHECK_IN)
        if latest is not None and latest.status is Status.OPEN:
            self._raise(latest)
            self.ask_front_again()
            return
        period = period_of(rule, self.now)
        if latest is not None and latest.status is Status.HELD:
            self._let_in(latest)
        elif latest is not None and latest.period == period and latest.outcome is Outcome.COMPLETED:
            planned = plan_check_in(self.facts, self.now, period)
            day = LocalTime(planned.due_at if planned is not None else self.now, "weekday_time")
            self.say("check_in.already", day=day)
        else:
            session = self._new(CHECK_IN, period=period, planned_at=due_at(rule, period))
            self._run(session, FlowStarted(CHECK_IN))

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
        if self.facts["person.state"] != PersonState.PAUSED:
            return
        *effects, said = resume(self.facts, self.now)
        self.do(*effects)
        if isinstance(said, Say):
            planned = said.text.values.get("day")
            text = Text("pause.ended_plain") if planned is None else Text("pause.ended", {"day": planned})
            self.do(replace(said, text=text))


