"""The planner: what a person is asked beside the check-in, and when. One place decides, so that nobody is overloaded.

Rules kept here:

* A timer of her own looks once a week; what is asked is decided at its firing (`flows.rules.agenda`), never before.
* Nothing is asked while a check-in waits without an answer: it comes first, and a line of numbers means it.
* Never two prompts on one day: where her check-in or anything else was asked today, also by her partner, it is
  tomorrow's turn. Nor any on a holiday of her country: what falls on one comes on the next day that is none.
* What her partner has asked and she has left is put to her once more, before anything of the agenda.
* Everything that the bot asks a twin by itself comes this way. Beside it come only the check-in, what people ask of
  each other, and one reminder of either while it waits: nothing else is asked meanwhile.
* What is short is asked at once, anything else is offered: what it brings, how long it takes, now or later or not.
* What is put off fires at the moment she chose, in the week of that moment: still one thing a week.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from flows.agenda import Due, phrase_of
from flows.effects import CancelTimer, NoteSkip, RecordAsked
from flows.events.due import AskingFellDue
from flows.flags import ASKED, QUIET
from flows.passage import reminded_at
from flows.people import Role
from flows.prompting import CHECK_IN, MOVED_IF_OFF_BY, WAY_BACK, ask_when_free
from flows.rules.agenda import Standing, asking_rule, coming, due_items, offered, postponed
from flows.rules.asking_days import ASKED_VALID_FOR, asking_at, plan_asking
from flows.rules.cadence import due_at, local_time, own_hour_after, period_of
from flows.rules.heard import flags
from flows.rules.holidays import days_off
from flows.rules.naming import LEFT_OPEN
from flows.rules.pausing import is_check_in_day, why_not_asked
from flows.session import Session, Status
from flows.unbidden import CAUSED, ask_beside, end_open
from flows.values import Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

OFFER = "offer"
"""The flow in which something is offered."""

PAGE = "agenda_page"
"""The flow of /agenda."""

FIRST = {CHECK_IN: "check_in_open", WAY_BACK: "check_in_open", "proposal": "proposal_open"}
"""What comes before anything else, with the word for the log: a line of numbers has to find it in front, and it is
reminded of."""

ONCE_MORE = CAUSED - {"proposal", "naming", "agreement_offer", "proposed"}
"""What is put to her once more: a proposal has a reminder, naming and agreement are on the agenda."""

HALF_A_DAY = timedelta(hours=12)
"""The first own hour after it is tomorrow's."""

WEEKS_SHOWN = 6
"""How far /agenda looks ahead: to the end of next month, where plans still hold."""

BY_HAND_SHOWN = 12
"""Things to begin on the page of /agenda: with its closing button as many as the costs of a flow are counted with
(`flows.paths.MADE_BUTTONS`)."""


def asking_due(talk: Talk, event: AskingFellDue) -> None:
    """The moment has come to look what to ask her."""
    rule = asking_rule(talk.facts)
    if rule is None or talk.facts["person.role"] != Role.TWIN:
        talk.do(NoteSkip("asking", "no_rule"))
        return
    standing = Standing.of(talk.facts)
    put_off = postponed(talk.flows.agenda, standing, talk.facts, talk.now + MOVED_IF_OFF_BY)
    off = days_off(talk.facts)
    due = due_at(rule, event.period, off)
    if put_off is None and due > talk.now + MOVED_IF_OFF_BY:
        talk.do(asking_at(rule, event.period, due))
        return
    if put_off is not None and off(local_time(talk.now, rule.zone).date()):
        talk.do(asking_at(rule, event.period, own_hour_after(rule, talk.now, HALF_A_DAY, off)))
        return
    this_week = period_of(rule, talk.now)
    if this_week > event.period:  # moved over the end of its week: it is what is asked in this one
        talk.do(CancelTimer("asking"))
    talk.do(plan_asking(rule, talk.now, max(this_week, event.period), off))
    if (reason := _why_not_now(talk, event)) is not None:
        talk.do(NoteSkip("asking", reason))
        return
    if _was_asked_today(talk):
        tomorrow = own_hour_after(rule, talk.now, HALF_A_DAY, off)
        talk.do(asking_at(rule, event.period, tomorrow))
        talk.do(NoteSkip("asking", "asked_today"))
        return
    left = None if put_off is not None else _left_open(talk)
    if left is not None:
        end_open(talk, left.flow, given=left.given)
        ask_beside(talk, left.flow, {**left.given, "asked_in": event.period})
        return
    asked = put_off or next(iter(due_items(talk.flows.agenda, standing, talk.facts, talk.now)), None)
    if asked is None:
        talk.do(NoteSkip("asking", "nothing_due"))
        return
    _ask(talk, asked, event)


def _left_open(talk: Talk) -> Session | None:
    """What her partner has asked and she has left untouched for days; once for each."""
    left = [
        one
        for one in talk.sessions.values()
        if one.flow in ONCE_MORE and one.status is Status.OPEN and not one.path and "asked_in" not in one.given
        if talk.now - (one.asked_at or one.started_at) >= LEFT_OPEN
    ]
    return min(left, key=lambda one: one.number, default=None)


def _ask(talk: Talk, due: Due, event: AskingFellDue) -> None:
    given = {"item": due.id, "asked_in": event.period, **due.subject.given}
    talk.do(RecordAsked(due.id, event.period, "offered", talk.now))
    flow = due.item.flow if due.item.direct else OFFER
    end_open(talk, flow)
    known = given if due.item.direct else offered(due, given)
    ask_when_free(talk, talk.new(flow, known, period=event.period, planned_at=event.planned_at))


def _why_not_now(talk: Talk, event: AskingFellDue) -> str | None:
    facts = talk.facts
    if (reason := why_not_asked(facts)) is not None:
        return reason
    if not facts["programme.asks"]:
        return "programme"
    if talk.now > event.planned_at + ASKED_VALID_FOR:
        return "too_late"
    if flags(facts) & {ASKED, QUIET}:
        return "quiet"
    return next((reason for flow, reason in FIRST.items() if _waits(talk, flow)), None)


def _waits(talk: Talk, flow: str) -> bool:
    """Whether `flow` waits without an answer, and so without its reminder perhaps."""
    one = talk.conversation.latest(flow)
    return one is not None and one.status in {Status.OPEN, Status.HELD} and not one.path


def _was_asked_today(talk: Talk) -> bool:
    """Whether anything came unbidden today, or her check-in does."""
    zone = str(talk.facts["person.zone"])
    today = local_time(talk.now, zone).date()
    if talk.facts["twin.id"] is not None and (is_check_in_day(talk.facts, today) or _is_reminded_on(talk, today)):
        return True
    moments = (moment for one in talk.sessions.values() for moment in _came_at(one))
    return any(local_time(moment, zone).date() == today for moment in moments)


def _is_reminded_on(talk: Talk, today: date) -> bool:
    """Whether the reminder of her check-in comes today: also of one that she has begun, or has ended since it came."""
    one, zone = talk.conversation.latest(CHECK_IN), str(talk.facts["person.zone"])
    if one is None or one.sent_at is None:
        return False
    if one.ended_at is not None and local_time(one.ended_at, zone).date() != today:
        return False
    at = reminded_at(talk.flows.version(one.version), talk.facts, one.sent_at)
    return at is not None and local_time(at, zone).date() == today


def _came_at(session: Session) -> Iterator[datetime]:
    """The moments of a session that came unbidden; none of any other."""
    if session.period is not None and session.status is not Status.HELD:
        yield from (moment for moment in (session.planned_at, session.sent_at) if moment is not None)
    elif session.flow in CAUSED:
        yield session.started_at


# -- what waits and what comes -----------------------------------------------------------------------------------------


def waiting(talk: Talk) -> tuple[Value, ...]:
    """What is due and she can begin herself (/agenda), a line each with what it brings."""
    if talk.facts["person.role"] != Role.TWIN or not talk.facts["programme.asks"]:
        return ()
    standing = Standing.of(talk.facts)
    due = [one for one in due_items(talk.flows.agenda, standing, talk.facts, talk.now) if one.item.by_hand]
    return tuple(Text("next.asked", {"what": Text(phrase_of(one.item))}) for one in due[:2])


def show(talk: Talk) -> None:
    """/agenda: what comes in the next weeks, and what she can begin now."""
    rule = asking_rule(talk.facts)
    standing, agenda = Standing.of(talk.facts), talk.flows.agenda
    ahead: Sequence[tuple[datetime, Due]] = ()
    if rule is not None and talk.facts["programme.asks"] and not talk.rests:
        ahead = coming(agenda, standing, talk.facts, rule, talk.now, WEEKS_SHOWN)
    by_hand = [item for item in agenda if item.by_hand and set(item.phases) & set(standing.phases)]
    due = {one.item.id for one in due_items(agenda, standing, talk.facts, talk.now)}
    # what /next names first; what waits for something that is not there after the rest; last what she has done once
    order = sorted(by_hand, key=lambda one: (standing.is_over(one), one.id not in due, one.when is not None))
    begun = order[:BY_HAND_SHOWN]
    talk.begin(
        PAGE,
        {
            "coming": " ".join(f"{at.isoformat()}={due.item.id}" for at, due in ahead),
            "flows": " ".join(f"{item.id}={item.flow}" for item in begun),
        },
    )
