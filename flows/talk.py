"""The sessions of one person in one turn: which is in front, what is begun, and what is said between them.

Rules kept here:

* One session is in front, the others lie in a stack; when the front one ends, the one below asks again.
* What she opened to look at (`PAGES`) is not asked again once something above it has ended or she gives another
  command: it steps aside, where its buttons go on working.
* Nobody is asked twice: what is open is asked again in the same message as a short answer, and a conversation that she
  begins anew takes the place of its earlier, unfinished beginning.
* Whoever a turn has forgotten is asked nothing more.
* Of whoever took back her consent nothing new is kept, whatever she taps or types: she is asked for it first. What is
  hers by right goes on.
* Whoever is erased leaves her pair first, so that those who stay are told.
* What a turn changes of a person holds for the rest of that turn: whoever has just paused is asked nothing more.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from flows import prompting, replaced, trials
from flows.agenda import Agenda
from flows.catalogue import Flow
from flows.effects import AcknowledgeTap, Begin, CancelTimer, ChangePerson, Effect, ErasePerson, Say
from flows.engine import advance
from flows.entries import OfEntry
from flows.events import Event
from flows.events.due import BroughtToFront, SessionExpired
from flows.events.own import CommandGiven
from flows.events.shell import FlowStarted
from flows.people import PersonState
from flows.rules.proposal import part
from flows.rules.reflecting import Changed
from flows.rules.situation import Facts
from flows.session import Session, Status
from flows.values import In, Text, Value

ASIDE = -1
"""`raised` of a session that stands beside the conversation until it is tapped."""

PAGES: Mapping[str, str] = {"agenda_page": "ask_what", "checklist": "ask_what"}
"""Flows that show a long page at this step: whoever wants it again opens it, and reads it as it is by then."""

AGREE_AGAIN = "agree_again"
ANYTIME = "anytime"
"""The phase of flows that belong to everybody's rights."""
HERS_BY_RIGHT = frozenset({"reflections"})
"""And of other phases those in which she sees, corrects and deletes what is kept of her."""

KEPT_AFTER_END = timedelta(days=1)
"""How long an ended session without a late window stays known, so that a tap on it is answered with sense."""


class Flows(Protocol):
    """What a conversation needs of the catalogue."""

    @property
    def flows(self) -> Mapping[str, Flow]: ...

    def current(self, flow: str) -> Flow: ...

    def version(self, version: str) -> Flow: ...

    @property
    def agenda(self) -> Agenda: ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """The sessions of one person that may still matter, and how many she ever had."""

    sessions: tuple[Session, ...] = ()
    started: int = 0

    @property
    def front(self) -> Session | None:
        """The session to which text and digits go. What stands aside comes here only when it is tapped."""
        front: Session | None = None
        for one in self.sessions:
            waits = one.raised > ASIDE and (one.status is Status.OPEN or one.held_words is not None)
            if waits and (front is None or (one.raised, one.number) > (front.raised, front.number)):
                front = one
        return front

    @property
    def aside(self) -> Session | None:
        """What was asked beside the conversation last, and still waits."""
        waiting = [one for one in self.sessions if one.status is Status.OPEN and one.raised == ASIDE]
        return max(waiting, key=lambda one: (one.asked_at or one.started_at, one.number), default=None)

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


def kept_until(session: Session, flow: Flow) -> datetime | None:
    """When a session can be forgotten: `None` while it is open, else the end of its late window; a trial soon."""
    if session.trial is not None:
        return (session.touched_at or session.started_at) + trials.TRIAL_LASTS
    if session.status in {Status.OPEN, Status.HELD} or session.held_words is not None:
        return None
    ended = session.ended_at or session.started_at
    expires = flow.definition.expires
    late = (session.sent_at or session.started_at) + expires.late_for if expires is not None else ended
    return max(late, ended + KEPT_AFTER_END)


def is_page(session: Session) -> bool:
    """Whether it shows something to look at, and asks nothing that waits for her."""
    return session.step is not None and PAGES.get(session.flow) == session.step and session.trial is None


class Talk:
    """The working table of one `respond` and of the commands; nothing of it outlives the call."""

    def __init__(self, conversation: Conversation, flows: Flows, facts: Facts, now: datetime) -> None:
        self.sessions = {one.number: one for one in conversation.sessions}
        self._started = conversation.started
        self.flows = flows
        self.facts = facts
        self.now = now
        self._effects: list[Effect] = []
        self._erased = False

    @property
    def conversation(self) -> Conversation:
        return Conversation(tuple(self.sessions.values()), self._started)

    def response(self) -> Response:
        over = [one for one in self.sessions.values() if one.trial is not None and one.status is Status.ENDED]
        for session in over:
            del self.sessions[session.number]
        return Response(self.conversation, tuple(self._effects))

    def do(self, *effects: Effect) -> None:
        for effect in effects:
            if isinstance(effect, ErasePerson):
                self._effects.extend(part(self.facts, self.now))
            self._effects.append(effect)
            self._erased |= isinstance(effect, ErasePerson)
            if isinstance(effect, ChangePerson):
                changes = {f"person.{name}": value for name, value in effect.changes.items()}
                self.facts = ChainMap(changes, self.facts)  # type: ignore[arg-type]
            elif isinstance(effect, OfEntry):
                self.facts = ChainMap(Changed(self.facts, effect, self.now), self.facts)  # type: ignore[arg-type]

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

    @property
    def has_stopped(self) -> bool:
        return self.facts["person.state"] == PersonState.STOPPED

    @property
    def has_withdrawn(self) -> bool:
        """Whether she took back her consent to taking part."""
        return self.has_stopped and self.facts["consents.core"] is False

    @property
    def rests(self) -> bool:
        """Whether nothing is to be asked of her just now."""
        return self.is_paused or self.has_stopped

    def run(self, session: Session, event: Event) -> None:
        flow, trial = self.flows.version(session.version), session.trial
        facts = self.facts if trial is None else trials.facts_of(self.facts, trial)
        turn = advance(flow, session, event, facts, now=self.now)
        if session.told_of_change is False:
            turn = replaced.told(turn, self.flows)
        self.sessions[session.number] = turn.session
        begun: list[Begin] = []
        for effect in turn.effects:
            if isinstance(effect, Begin):
                begun.append(effect)
            else:
                self.do(*((effect,) if trial is None else trials.spoken(effect, trial, flow)))
        for effect in begun:
            answers = (effect.period, effect.planned_at)
            self.begin(effect.flow, effect.given, trial=effect.trial or trial, version=effect.version, of=answers)
        front = self.conversation.front
        if begun and front is not None and front.number == session.number:  # what was begun has ended, or stands aside
            self.ask_front_again()
        if trial is not None and turn.session.status is not session.status:
            self._say_trial_is_over()

    def begin(
        self,
        flow: str,
        given: Mapping[str, str] | None = None,
        *,
        trial: str | None = None,
        version: str | None = None,
        of: tuple[str | None, datetime | None] = (None, None),
        **saying: Any,
    ) -> None:
        """Begin a flow in front of whatever is open, or beside it; with `trial`, only to be tried in that language, and
        then perhaps in a `version` of its own. `of` is the period that it answers, and the moment planned for that;
        `saying` are fields of the first message."""
        period, planned_at = of if trial is None else (None, None)
        session = self.new(flow, given, period=period, planned_at=planned_at, trial=trial, version=version)
        self._end_earlier(session)
        before = len(self._effects)
        self.run(session, FlowStarted(flow))
        for place, effect in enumerate(self._effects[before:], start=before):
            if saying and isinstance(effect, Say):
                self._effects[place] = replace(effect, **saying)
                break
        self.settle()

    def _end_earlier(self, begun: Session) -> None:
        """What is begun anew takes the place of what she had begun of it before; words that wait for her word do not
        go with it."""
        if begun.raised == ASIDE or begun.trial is not None:
            return
        for one in tuple(self.sessions.values()):
            same = one.flow == begun.flow and one.number != begun.number and one.trial is None
            if same and one.status is Status.OPEN and one.held_words is None:
                self.run(one, SessionExpired(one.number))

    def _say_trial_is_over(self) -> None:
        """Or that it still takes one line."""
        left = {one.status for one in self.sessions.values() if one.trial is not None} - {Status.ENDED}
        if left <= {Status.LISTENING}:
            self.say("trial.note" if left else "trial.over")

    def let_a_day_pass(self, session: Session) -> None:
        """In a trial: what happens by itself on the next day, or that nothing does."""
        language, flow = session.trial or "", self.flows.version(session.version)
        waited, event, days = trials.a_day_later(flow, session)
        self.do(AcknowledgeTap(Text("trial.day")))
        self.sessions[session.number] = waited
        zone = str(self.facts["person.zone"])
        said = Text("trial.days_later" if event is not None else "trial.nothing_happens", count=days)
        self.do(Say(Text("trial.marked", {"text": In(said, language, zone)})))
        if event is not None:
            self.run_to_end(waited, event)
        else:
            self.ask_front_again()

    def leave_trial(self) -> bool:
        """End the trials of which nothing is open any more; whether there was one."""
        tried = [one for one in self.sessions.values() if one.trial is not None and one.status is Status.LISTENING]
        for session in tried:
            self.sessions[session.number] = replace(session, status=Status.ENDED)
        if tried:
            self._say_trial_is_over()
        return bool(tried)

    def new(
        self,
        flow: str,
        given: Mapping[str, str] | None = None,
        *,
        period: str | None = None,
        planned_at: datetime | None = None,
        trial: str | None = None,
        version: str | None = None,
    ) -> Session:
        self._started += 1
        current = self.flows.current(flow) if version is None else self.flows.version(version)
        if trial is not None:
            given = trials.given_of(current.definition, given or {})
        session = Session(
            number=self._started,
            flow=flow,
            version=current.version,
            started_at=self.now,
            status=Status.HELD,
            given=dict(given or {}),
            raised=ASIDE if current.definition.aside else self.top + 1,
            period=period,
            planned_at=planned_at,
            trial=trial,
        )
        self.sessions[session.number] = session
        return session

    @property
    def top(self) -> int:
        return max((one.raised for one in self.sessions.values()), default=0)

    def raise_(self, session: Session) -> Session:
        if session.raised < self.top or session.raised == ASIDE:
            session = replace(session, raised=self.top + 1)
            self.sessions[session.number] = session
        return session

    def lay_page_aside(self) -> None:
        """Of a page that is in front: it is read, and not asked again."""
        front = self.conversation.front
        if front is not None and is_page(front):
            self.sessions[front.number] = replace(front, raised=ASIDE)

    def ask_front_again(self) -> None:
        """Ask the front question once more, if there is one. Whoever was forgotten is asked nothing."""
        front = self.conversation.front
        if front is not None and not self._erased:
            self.run(front, BroughtToFront())

    def settle(self) -> None:
        """With nothing open any more, a prompt that waited is let in."""
        held = prompting.first_held(self)
        if held is not None and not self._erased and self.conversation.front is None:
            self.do(CancelTimer("held_prompt", ""))
            prompting.let_in(self, held)

    def run_to_end(self, session: Session, event: Event) -> None:
        """Run an event in a session; when that ends and another one comes to the front, it asks again."""
        if self.has_withdrawn and not isinstance(event, CommandGiven) and not self._is_hers_by_right(session):
            self.ask_consent()
            return
        self.run(session, event)
        self._after(session.number)

    def _is_hers_by_right(self, session: Session) -> bool:
        by_right = session.flow in HERS_BY_RIGHT or self.flows.version(session.version).phase == ANYTIME
        return by_right or session.trial is not None

    def ask_consent(self) -> None:
        """Ask whether she agrees to taking part again; what she was about to do waits below."""
        asked = self.conversation.latest(AGREE_AGAIN)
        if asked is None or asked.status is not Status.OPEN:
            self.begin(AGREE_AGAIN)
        else:
            self.raise_(asked)
            self.ask_front_again()

    def _after(self, number: int) -> None:
        ended = self.sessions[number].status in {Status.ENDED, Status.LISTENING}
        front = self.conversation.front
        if front is None:
            self.settle()
        elif ended and front.number != number and front.asked_at != self.now and not self.rests:
            if is_page(front):
                self.lay_page_aside()
                self._after(number)
            else:
                self.ask_front_again()
