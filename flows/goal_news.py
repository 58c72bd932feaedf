"""What becomes of the goals of two, told to each of them: proposed, agreed, reported on, closed. Pure.

Rules kept here:

* Everything is looked at anew when it is told: a wording that was changed meanwhile is not shown any more.
* A partner's words are one message of their own under an anchor, so that erasing finds them; they can not be forwarded.
* What comes unbidden stands aside and outside quiet hours. An offer is a prompt, and asked anew of whoever could not be
  reached.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.effects import NoteSkip, Say, WriteGoal
from flows.entries import anchor_of
from flows.events.pairs import GoalAgreed, GoalClosed, GoalProposed, MilestoneTold
from flows.goals import AGREED, NUMBER, OPEN, TO_READ, Goal, find
from flows.rules.dates import in_words
from flows.rules.goal_writing import closed, offered
from flows.rules.goals import title, whole
from flows.rules.milestones import told_text
from flows.rules.proposal import active_pair
from flows.unbidden import ask_beside, by_day, end_open
from flows.values import Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

OFFER, MILESTONE = "goal_offer", "milestone"


def _goal(talk: Talk, event: GoalProposed | GoalAgreed | GoalClosed | MilestoneTold) -> Goal | None:
    """The goal, as long as it is one of her pair."""
    return find(talk.facts["together.goals"], event.goal) if active_pair(talk.facts) == event.pair else None


def proposed(talk: Talk, event: GoalProposed) -> None:
    """Show her what her partner wrote, and ask whether she agrees."""
    if talk.has_stopped:  # told anew when she resumes
        talk.do(NoteSkip(OFFER, "stopped"))
        return
    goal = _goal(talk, event)
    if goal is None or goal.standing != TO_READ:
        return
    end_open(talk, OFFER, given={NUMBER: str(goal.number)})
    twin = str(talk.facts["together.partner_name"])
    head = "goal.offer" if goal.version == 1 else "goal.offer_changed"
    text = Text(head, {"twin": twin, "goal": whole(goal.wording, twin)})
    which = f"{event.pair}.{goal.number}.{goal.version}"
    anchor = anchor_of(talk.facts["together.partner"], "goal", which)
    talk.do(by_day(talk, Say(text, anchor=anchor, protected=True)))
    ask_beside(talk, OFFER, offered(goal))


def agreed(talk: Talk, event: GoalAgreed) -> None:
    """Both agree: note it, and say so."""
    goal = _goal(talk, event)
    if goal is None or goal.mine is None or goal.standing != AGREED:
        return
    end_open(talk, OFFER, given={NUMBER: str(goal.number)})
    talk.do(WriteGoal(event.pair, replace(goal.mine, agreed_at=goal.mine.agreed_at or talk.now)))
    due = goal.wording.due
    values: dict[str, Value] = {"twin": str(talk.facts["together.partner_name"]), "title": title(goal.wording)}
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
    values: dict[str, Value] = {
        "twin": str(talk.facts["together.partner_name"]),
        "title": title(goal.wording),
        "how": Text(f"goal.is_{event.how}"),
    }
    talk.do(by_day(talk, Say(Text("goal.closed_by", values))))


def told(talk: Talk, event: MilestoneTold) -> None:
    """What her partner says of how a goal stands."""
    goal = _goal(talk, event)
    if goal is None or talk.has_stopped:
        return
    anchor = anchor_of(event.author, "milestone", event.session)
    talk.do(by_day(talk, Say(told_text(event, goal.wording), anchor=anchor, protected=True)))
