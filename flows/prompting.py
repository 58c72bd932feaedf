"""Prompts: when a check-in is asked, when it waits, and when it is passed over.

Rules kept here:

* A prompt that falls due while something is open waits until that ends, or until two hours pass without an answer.
  A reminder waits in the same way, and comes to the front with its question. A page that is only looked at makes
  neither wait.
* A prompt ends the earlier check-in: partial with some answer, missed with none. Its buttons reopen it, marked
  late, until the flow's `late_for` after it was sent.
* A timer is only a wish: at its firing the moment is computed again from rule, zone and holidays, and a prompt that
  lies more than a minute ahead is moved, one that is too old is skipped with its reason.
* Whatever becomes of a prompt, the next one is planned first, as long as she has a twin. Of alumni it is passed over,
  so that whoever is moved back goes on without further ado.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.effects import CancelTimer, ClearFlag, NoteSkip, RaiseFlag, SetTimer
from flows.events.due import BroughtToFront, HeldPromptFellDue, PromptFellDue, ReminderFellDue, SessionExpired
from flows.events.shell import FlowStarted
from flows.flags import ASKED, BACK, LONG, MET, QUIET
from flows.people import CHECK_IN, PersonState, Role
from flows.rules import silence
from flows.rules.alumni import ALUMNI, is_alumna
from flows.rules.cadence import WEEK, due_at, period_of, rule_version
from flows.rules.country_events import passed_over
from flows.rules.heard import flags, heard
from flows.rules.holidays import days_off
from flows.rules.pausing import PROMPT_VALID_FOR, plan_check_in, rule_of, why_not_asked
from flows.rules.silence import ALL_OK, WAY_BACK
from flows.session import Outcome, Session, Status
from flows.values import LocalTime

if TYPE_CHECKING:
    from flows.talk import Talk

__all__ = ["ALL_OK", "CHECK_IN", "WAY_BACK"]

HOLD_FOR = timedelta(hours=2)
"""How long an open conversation without an answer keeps a prompt waiting; design.md section 5."""

MOVED_IF_OFF_BY = timedelta(minutes=1)
"""A due moment further ahead than this is moved, not sent; design.md section 4."""


def prompt_due(talk: Talk, event: PromptFellDue) -> None:
    """The moment planned for a check-in has come."""
    rule = rule_of(talk.facts)
    if rule is None or talk.facts["twin.id"] is None:
        talk.do(NoteSkip(event.flow, "no_twin"))
        return
    due = due_at(rule, event.period, days_off(talk.facts))
    if due > talk.now + MOVED_IF_OFF_BY:
        talk.do(SetTimer("check_in", event.period, due, due + PROMPT_VALID_FOR, rule_version(rule)))
        return
    planned = plan_check_in(talk.facts, talk.now, event.period, last_due=event.planned_at)
    if planned is not None:
        talk.do(planned)
    if is_alumna(talk.facts):
        talk.do(NoteSkip(event.flow, ALUMNI))
        return
    reason = _why_not_now(talk, event)
    if reason is not None:
        talk.do(NoteSkip(event.flow, reason))
        return
    flow = _which(talk)
    if flow is None:
        talk.do(NoteSkip(event.flow, "quiet"))
        return
    _end_earlier(talk)
    ask_when_free(talk, talk.new(flow, period=event.period, planned_at=event.planned_at))


def ask_when_free(talk: Talk, session: Session) -> None:
    """Ask a new prompt now, or when what is open has ended or was left alone for long enough."""
    talk.lay_page_aside()
    front = talk.conversation.front
    if front is None or _is_left_alone(talk, front):
        let_in(talk, session)
    else:
        talk.do(SetTimer("held_prompt", "", _alone_at(front)))


def _why_not_now(talk: Talk, event: PromptFellDue) -> str | None:
    if (reason := why_not_asked(talk.facts)) is not None:
        return reason
    if talk.now > event.planned_at + PROMPT_VALID_FOR:
        return "too_late"
    if any((one.period or "") >= event.period for one in _prompts(talk)):
        return "answered_early"
    return None


def _prompts(talk: Talk) -> list[Session]:
    return [
        one for one in talk.sessions.values() if one.flow in {CHECK_IN, ALL_OK, WAY_BACK} and one.period is not None
    ]


def _which(talk: Talk) -> str | None:
    """The flow that is the prompt now, as long as she has been quiet; `None` passes over it. Her coordinators are told
    when the limit is reached."""
    missed, since, passed = _quiet(talk)
    up = flags(talk.facts)
    if missed + passed < silence.MISSED_BEFORE_ALL_OK:
        talk.do(*heard(talk.facts))  # by something else than a check-in
    if BACK in up:
        talk.do(ClearFlag(BACK), RaiseFlag(MET))
        return WAY_BACK
    if missed + passed < silence.MISSED_BEFORE_ALL_OK and LONG in up:
        return WAY_BACK
    last = max((one.planned_at for one in _prompts(talk) if one.planned_at is not None), default=None)
    flow = silence.prompt_in_place(talk.facts, missed, last, talk.now)
    if flow == ALL_OK and since is not None:
        talk.do(RaiseFlag(ASKED), silence.limit_reached(talk.facts, since, talk.now))
    else:
        _tell_of_quiet(talk, missed, since)
    return flow


def _quiet(talk: Talk) -> tuple[int, datetime | None, int]:
    """How many prompts in a row she left without a sign, and when the first of them was planned: those on record, and
    the one that is open still. Of weeks in which much of her side did not answer only how many they are."""
    asked = _prompts(talk)
    signs = [talk.facts["silence.heard"], *(one.touched_at for one in asked)]
    heard_at = max((one for one in signs if isinstance(one, datetime)), default=None)
    missed, since, passed = (talk.facts[f"silence.{one}"] for one in ("missed", "since", "passed"))
    if not isinstance(missed, int) or not isinstance(since, datetime) or (heard_at is not None and since <= heard_at):
        missed, since = 0, None
    passed = passed if isinstance(passed, int) else 0
    latest = next((one for one in reversed(asked) if one.status is Status.OPEN and one.flow == CHECK_IN), None)
    if latest is None or latest.sent_at is None or latest.planned_at is None:
        return missed, since, passed
    if heard_at is not None and latest.planned_at <= heard_at:
        return missed, since, 0
    if latest.period in passed_over(talk.facts):
        return missed, None if since is None else since + WEEK, passed + 1
    return missed + 1, since or latest.planned_at, passed


def _tell_of_quiet(talk: Talk, missed: int, since: datetime | None) -> None:
    if since is not None and silence.is_to_be_told(talk.facts, missed, since, talk.now):
        talk.do(CancelTimer("quiet"), *silence.tell_coordinators(talk.facts, since, talk.now))


def quiet_due(talk: Talk, rung: str) -> None:
    """The next rung of the ladder is reached, unless she was heard of since, or could not be asked."""
    facts = talk.facts
    is_asked = facts["person.state"] == PersonState.ACTIVE and facts["person.unreachable_since"] is None
    if is_asked and facts["programme.ready"] and facts["twin.id"] is not None and not is_alumna(facts):
        missed, since, passed = _quiet(talk)
        if not rung:
            _tell_of_quiet(talk, missed, since)
        elif missed + passed == 0:
            talk.do(*heard(talk.facts))
        elif (later := silence.not_yet(talk.facts, rung, since or talk.now, talk.now)) is not None:
            talk.do(later)
        elif since is not None:
            talk.do(*silence.climb(talk.facts, rung, since))


def _end_earlier(talk: Talk) -> None:
    for session in _prompts(talk):
        if session.status is not Status.ENDED or session.outcome is Outcome.LEFT:
            talk.run(session, SessionExpired(session.number))


# -- waiting ---------------------------------------------------------------------------------------------------------


def _alone_at(front: Session) -> datetime:
    return max(front.asked_at or front.started_at, front.touched_at or front.started_at) + HOLD_FOR


def _is_left_alone(talk: Talk, front: Session) -> bool:
    return _alone_at(front) <= talk.now


def first_held(talk: Talk) -> Session | None:
    """The prompt that has waited longest."""
    held = [one for one in talk.sessions.values() if one.status is Status.HELD and one.period is not None]
    return min(held, key=lambda one: one.number, default=None)


def end_held(talk: Talk) -> None:
    """Nothing is asked any more: prompts that waited behind something open are passed over."""
    while (held := first_held(talk)) is not None:
        let_in(talk, held)


def held_prompt_due(talk: Talk) -> None:
    """A prompt waited behind something open: it waits on, or is let in."""
    talk.lay_page_aside()
    front, held = talk.conversation.front, first_held(talk)
    if front is not None and not _is_left_alone(talk, front):
        talk.do(SetTimer("held_prompt", "", _alone_at(front)))
    elif held is not None:
        let_in(talk, held)


def let_in(talk: Talk, session: Session) -> None:
    """Ask a prompt that was due: now, or after it had to wait."""
    unreachable = talk.facts["person.unreachable_since"] is not None
    if unreachable or talk.facts["person.state"] != PersonState.ACTIVE:
        talk.sessions[session.number] = replace(session, status=Status.ENDED, outcome=Outcome.LEFT)
        talk.do(NoteSkip(session.flow, "unreachable" if unreachable else str(talk.facts["person.state"])))
        return
    talk.run(replace(session, raised=talk.top + 1), HeldPromptFellDue())


def reminder_due(talk: Talk, number: int) -> None:
    """Remind of session `number`, unless another one is being talked about: then later."""
    session = talk.sessions.get(number)
    if session is None or session.status is not Status.OPEN:
        return
    reason = _why_not_reminded(talk, session)
    if reason is not None:
        talk.do(NoteSkip("reminder", reason))
        return
    talk.lay_page_aside()
    front = talk.conversation.front
    if front is not None and front.number != number and not _is_left_alone(talk, front):
        later = _alone_at(front)
        talk.do(SetTimer("reminder", str(number), later, later + HOLD_FOR))
        return
    stands_aside = talk.flows.version(session.version).definition.aside and front is not session
    talk.run(session if stands_aside else talk.raise_(session), ReminderFellDue(number))


def _why_not_reminded(talk: Talk, session: Session) -> str | None:
    if session.period is not None and talk.facts["twin.id"] is None:
        return "no_twin"
    if talk.facts["person.unreachable_since"] is not None:
        return "unreachable"
    if session.period is not None and QUIET in flags(talk.facts):
        return "quiet"
    if talk.has_stopped:  # also of what she began herself since
        return "stopped"
    if session.period is None and talk.is_paused:  # of a check-in a pause has cancelled it
        return "paused"
    if talk.facts["person.role"] != Role.TWIN:  # what others wrote to her waits whether or not check-ins rest
        return None
    return None if talk.facts["programme.ready"] else "no_coordinator"


# -- on demand ---------------------------------------------------------------------------------------------------------


def answer_now(talk: Talk) -> None:
    """`/checkin`: the check-in of this week, whether it was sent already or comes later this week."""
    rule = rule_of(talk.facts)
    if rule is None or talk.facts["twin.id"] is None:
        talk.say_first("check_in.no_twin")
        return
    easier = talk.conversation.latest(WAY_BACK)
    if easier is not None and easier.status is Status.OPEN:  # she has chosen, though by herself
        talk.run(easier, SessionExpired(easier.number))
    latest = talk.conversation.latest(CHECK_IN)
    if latest is not None and latest.status is Status.OPEN:
        talk.raise_(latest)
        talk.ask_front_again()
        return
    period = period_of(rule, talk.now)
    if latest is not None and latest.status is Status.HELD:
        talk.run(replace(latest, raised=talk.top + 1), FlowStarted(CHECK_IN))
    elif latest is not None and latest.period == period and latest.outcome is Outcome.LEFT:
        _take_up(talk, latest)
    elif latest is not None and latest.period == period and latest.outcome is Outcome.COMPLETED:
        planned = plan_check_in(talk.facts, talk.now, period)
        if talk.rests or planned is None:
            talk.say_first("check_in.already_paused")
        else:
            talk.say_first("check_in.already", day=LocalTime(planned.due_at, "weekday_time"))
    else:
        session = talk.new(CHECK_IN, period=period, planned_at=due_at(rule, period))
        talk.run(session, FlowStarted(CHECK_IN))


def _take_up(talk: Talk, left: Session) -> None:
    """Go on where she left this week's check-in."""
    opened = replace(left, status=Status.OPEN, outcome=None, ended_at=None, raised=talk.top + 1)
    talk.run(opened, FlowStarted(CHECK_IN) if left.step is None else BroughtToFront())
