"""What becomes of the goals of two, told to each of them: proposed, agreed, reported on, closed, due soon. Pure.

Rules kept here:

* Everything is looked at anew when it is told: a wording that was changed meanwhile is not shown any more.
* A partner's words are one message of their own under an anchor, so that erasing finds them; they can not be forwarded.
* What comes unbidden stands aside and outside quiet hours. An offer and a reminder are prompts: nothing is asked in a
  pause, nor of somebody who can not be reached, nor before every side has a coordinator.
* A reminder never comes on the day of a check-in; who can not be asked is looked at again a week later, as long as the
  goal is not due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.effects import CancelTimer, NoteSkip, Say, SetTimer, WriteGoal
from flows.events.due import GoalFellDue
from flows.events.pairs import GoalAgreed, GoalClosed, GoalProposed, MilestoneTold
from flows.goals import AGREED, BOTH, ME, OPEN, TO_READ, Goal, find
from flows.rules.cadence import local_time
from flows.rules.dates import in_words
from flows.rules.goal_list import milestone_given
from flows.rules.goal_writing import NUMBER, closed, offered
from flows.rules.goals import active_pair, is_taken, period, remind_at, reminder, title, whole
from flows.rules.milestones import told_text
from flows.rules.pausing import PROMPT_VALID_FOR, why_not_asked
from flows.unbidden import ask_beside, by_day, end_open
from flows.values import Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

OFFER, MILESTONE = "goal_offer", "milestone"

LOOK_AGAIN = timedelta(days=7)
"""When somebody who could not be reminded is looked at again."""

EARLY = timedelta(minutes=1)
"""A reminder that would come earlier than this is moved: her rhythm, or the goal's date, is another one now."""


def _goal(talk: Talk, event: GoalProposed | GoalAgreed | GoalClosed | MilestoneTold | GoalFellDue) -> Goal | None:
    """The goal, as long as it is one of her pair."""
    return find(talk.facts["ours.goals"], event.goal) if active_pair(talk.facts) == event.pair else None


def proposed(talk: Talk, event: GoalProposed) -> None:
    """Show her what her partner wrote, and ask whether she agrees."""
    if talk.has_stopped:  # it stands in /goals
        talk.do(NoteSkip(OFFER, "stopped"))
        return
    goal = _goal(talk, event)
    if goal is None or goal.standing != TO_READ:
        return
    end_open(talk, OFFER, given={NUMBER: str(goal.number)})
    twin = str(talk.facts["ours.partner_name"])
    head = "goal.offer" if goal.version == 1 else "goal.offer_changed"
    text = Text(head, {"twin": twin, "goal": whole(goal.wording, twin)})
    anchor = f"shared/{talk.facts['ours.partner']}/goal/{event.pair}.{goal.number}.{goal.version}"
    talk.do(by_day(talk, Say(text, anchor=anchor, protected=True)))
    ask_beside(talk, OFFER, offered(goal))


def agreed(talk: Talk, event: GoalAgreed) -> None:
    """Both agree: note it, say so, and plan the reminder of its owners."""
    goal = _goal(talk, event)
    if goal is None or goal.mine is None or goal.standing != AGREED:
        return
    end_open(talk, OFFER, given={NUMBER: str(goal.number)})
    talk.do(WriteGoal(event.pair, replace(goal.mine, agreed_at=goal.mine.agreed_at or talk.now)))
    talk.do(CancelTimer("goal", period(event.pair, goal.number)), *reminder(talk.facts, event.pair, goal, talk.now))
    due = goal.wording.due
    values: dict[str, Value] = {"twin": str(talk.facts["ours.partner_name"]), "title": title(goal.wording)}
    if due is None:
        talk.do(by_day(talk, Say(Text("goal.agreed", values))))
    else:
        talk.do(by_day(talk, Say(Text("goal.agreed_due", {**values, "day": in_words(due)}))))


def closed_by_partner(talk: Talk, event: GoalClosed) -> None:
    """It is closed for her too."""
    goal = _goal(talk, event)
    if goal is None:
        return
    for flow in (OFFER, MILESTONE):
        end_open(talk, flow, given={NUMBER: str(goal.number)})
    if goal.mine is None or goal.mine.state == OPEN:
        talk.do(WriteGoal(event.pair, closed(goal, event.how, talk.now)))
    talk.do(CancelTimer("goal", period(event.pair, goal.number)))
    values: dict[str, Value] = {
        "twin": str(talk.facts["ours.partner_name"]),
        "title": title(goal.wording),
        "how": Text(f"goal.is_{event.how}"),
    }
    talk.do(by_day(talk, Say(Text("goal.closed_by", values))))


def told(talk: Talk, event: MilestoneTold) -> None:
    """What her partner says of how a goal stands."""
    goal = _goal(talk, event)
    if goal is None or talk.has_stopped:
        return
    anchor = f"shared/{event.author}/milestone/{event.session}"
    talk.do(by_day(talk, Say(told_text(event, goal.wording), anchor=anchor, protected=True)))


def due(talk: Talk, event: GoalFellDue) -> None:
    """Two weeks before a goal is due: ask one of its owners how it stands."""
    goal = _goal(talk, event)
    if goal is None or goal.standing != AGREED or goal.wording.owner not in {ME, BOTH} or goal.wording.due is None:
        return
    planned = reminder(talk.facts, event.pair, goal, talk.now + EARLY)
    if planned:
        talk.do(*planned)
        return
    today = local_time(talk.now, str(talk.facts["person.zone"])).date()
    reason = "day_taken" if is_taken(talk.facts, today) else why_not_asked(talk.facts)
    if reason is not None:
        talk.do(NoteSkip("goal", reason), *_later(talk, event, goal, reason))
        return
    end_open(talk, MILESTONE, given={NUMBER: str(goal.number)})
    ask_beside(talk, MILESTONE, milestone_given(goal, event.pair))


def _later(talk: Talk, event: GoalFellDue, goal: Goal, reason: str) -> tuple[SetTimer, ...]:
    """Tomorrow after a day that is taken, else in a week; not once the goal is due by then, or she has stopped."""
    wait = timedelta(days=1) if reason == "day_taken" else LOOK_AGAIN
    day = local_time(talk.now, str(talk.facts["person.zone"])).date() + wait
    at = remind_at(talk.facts, day)
    if talk.has_stopped or goal.wording.due is None or day >= date.fromisoformat(goal.wording.due):
        return ()
    return (SetTimer("goal", period(event.pair, goal.number), at, at + PROMPT_VALID_FOR),)
