"""The planner: what a person is asked beside the check-in, and when. One place decides, so that nobody is overloaded.

Rules kept here:

* A timer of her own looks once a week; what is asked is decided at its firing (`flows.rules.agenda`), never before.
* Nothing is asked while a check-in waits without an answer: it comes first, and a line of numbers means it.
* Never two prompts on one day: where her check-in or anything else was asked today, it is tomorrow's turn. Nor any on
  a holiday of her country: what falls on one comes on the next day that is none.
* What is short is asked at once, anything else is offered: what it brings, how long it takes, now or later or not.
* What is put off fires at the moment she chose, in the week of that moment: still one thing a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.agenda import Item, phrase_of
from flows.effects import CancelTimer, NoteSkip, RecordAsked
from flows.events.due import AskingFellDue
from flows.flags import ASKED, QUIET
from flows.people import Role
from flows.prompting import CHECK_IN, MOVED_IF_OFF_BY, WAY_BACK, ask_when_free
from flows.rules.agenda import Standing, asking_rule, coming, due_items, postponed
from flows.rules.asking_days import ASKED_VALID_FOR, asking_at, plan_asking
from flows.rules.cadence import due_at, local_time, own_hour_after, period_of
from flows.rules.heard import flags
from flows.rules.holidays import days_off
from flows.rules.pausing import is_check_in_day, why_not_asked
from flows.session import Status
from flows.values import Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

OFFER = "offer"
"""The flow in which something is offered."""

PAGE = "agenda_page"
"""The flow of /agenda."""

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
    item = postponed(talk.flows.agenda, standing, talk.now + MOVED_IF_OFF_BY)
    off = days_off(talk.facts)
    due = due_at(rule, event.period, off)
    if item is None and due > talk.now + MOVED_IF_OFF_BY:
        talk.do(asking_at(rule, event.period, due))
        return
    if item is not None and off(local_time(talk.now, rule.zone).date()):
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
    item = item or next(iter(due_items(talk.flows.agenda, standing, talk.facts, talk.now)), None)
    if item is None:
        talk.do(NoteSkip("asking", "nothing_due"))
        return
    _ask(talk, item, event)


def _ask(talk: Talk, item: Item, event: AskingFellDue) -> None:
    given = {"item": item.id, "asked_in": event.period}
    talk.do(RecordAsked(item.id, event.period, "offered", talk.now))
    if not item.direct:
        given |= {"flow": item.flow, "minutes": str(item.minutes)}
    flow = item.flow if item.direct else OFFER
    ask_when_free(talk, talk.new(flow, given, period=event.period, planned_at=event.planned_at))


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
    return "check_in_open" if _check_in_is_open(talk) else None


def _check_in_is_open(talk: Talk) -> bool:
    """Whether a check-in, or what comes in its place after long, waits without an answer: a line of numbers has to find
    it in front."""
    latest = (talk.conversation.latest(flow) for flow in (CHECK_IN, WAY_BACK))
    return any(one is not None and one.status in {Status.OPEN, Status.HELD} and not one.path for one in latest)


def _was_asked_today(talk: Talk) -> bool:
    """Whether anything came unbidden today, or her check-in does."""
    zone = str(talk.facts["person.zone"])
    today = local_time(talk.now, zone).date()
    if talk.facts["twin.id"] is not None and is_check_in_day(talk.facts, today):
        return True
    moments = [
        moment
        for one in talk.sessions.values()
        if one.period is not None and one.status is not Status.HELD
        for moment in (one.planned_at, one.sent_at)
        if moment is not None
    ]
    return any(local_time(moment, zone).date() == today for moment in moments)


# -- what waits and what comes -----------------------------------------------------------------------------------------


def waiting(talk: Talk) -> tuple[Value, ...]:
    """What is due and she can begin herself (/agenda), a line each with what it brings."""
    if talk.facts["person.role"] != Role.TWIN or not talk.facts["programme.asks"]:
        return ()
    standing = Standing.of(talk.facts)
    items = [item for item in due_items(talk.flows.agenda, standing, talk.facts, talk.now) if item.by_hand]
    return tuple(Text("next.asked", {"what": Text(phrase_of(item))}) for item in items[:2])


def show(talk: Talk) -> None:
    """/agenda: what comes in the next weeks, and what she can begin now."""
    rule = asking_rule(talk.facts)
    standing, agenda = Standing.of(talk.facts), talk.flows.agenda
    ahead: Sequence[tuple[datetime, Item]] = ()
    if rule is not None and talk.facts["programme.asks"] and not talk.rests:
        ahead = coming(agenda, standing, talk.facts, rule, talk.now, WEEKS_SHOWN)
    begun = [item for item in agenda if item.by_hand and set(item.phases) & set(standing.phases)][:BY_HAND_SHOWN]
    talk.begin(
        PAGE,
        {
            "coming": " ".join(f"{at.isoformat()}={item.id}" for at, item in ahead),
            "flows": " ".join(f"{item.id}={item.flow}" for item in begun),
        },
    )
