"""`/goals`: the goals of the two, each read whole, and what can be done with it.

Rules kept here:

* What can be done follows from where a goal stands: one that waits for her can be agreed to, one that both agreed to
  has milestones, one that is closed can only be read.
* What she began to write and has not sent is hers alone; the list offers to go on with it.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, Keep, Say
from flows.goals import AGREED, NUMBER, OPEN, TO_READ, WAITS, Goal, find
from flows.rules.goal_writing import EARLIER, KEPT, SHOWN
from flows.rules.goals import is_full, line, milestone_given, standing, title, whole
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.values import Listed, Text, Value

CLOSED_SHOWN = 5
"""Closed goals at the end of the list, the latest of them: more is history."""

NEW, DRAFT = "new", "draft"

ACTIONS = {
    TO_READ: ("agree", "change", "close", "back", "nothing"),
    WAITS: ("change", "close", "back", "nothing"),
    AGREED: ("milestone", "change", "close", "back", "nothing"),
}
"""What can be done with an open goal, by where it stands."""

OF_A_CLOSED_ONE = ("back", "nothing")
EVERY_ACTION = ("agree", "milestone", "change", "close", "back", "nothing")


def _listed(situation: Situation) -> tuple[Goal, ...]:
    """Open ones in the order in which they were written, then the latest closed ones."""
    goals = situation.facts["goals.list"]
    known_ = [one for one in goals if isinstance(one, Goal)] if isinstance(goals, tuple) else []
    closed = [one for one in known_ if one.state != OPEN]
    return (*(one for one in known_ if one.state == OPEN), *reversed(closed[-CLOSED_SHOWN:]))


def any_goal(situation: Situation) -> str:
    if situation.facts["twin.id"] is None:
        return "no_twin"
    return "some" if _listed(situation) or situation.session.given.get(DRAFT) else "none"


def lines(situation: Situation) -> Value:
    """The list, each goal with its number."""
    twin = situation.name("twin.name")
    found: list[Value] = [
        Text("goal.line", {"number": number, "goal": line(goal, twin)})
        for number, goal in enumerate(_listed(situation), start=1)
    ]
    return Listed(tuple(found) or (Text("goal.none"),), "\n")


def offers(situation: Situation) -> tuple[Offer, ...]:
    """Every goal of the list, what she has not sent yet, and a new one as long as there is room."""
    ids = [str(goal.number) for goal in _listed(situation)]
    ids += [DRAFT] if situation.session.given.get(DRAFT) else []
    ids += [] if is_full(situation.facts["goals.list"]) else [NEW]
    return tuple(Offer(one, offer_label(one, situation)) for one in ids)


def offer_label(choice: str, situation: Situation) -> Value:
    if choice == NEW:
        return Text("goal.write_new")
    if choice == DRAFT:
        return Text("goal.go_on")
    goal = find(situation.facts["goals.list"], choice)
    return "…" if goal is None else title(goal.wording)


def picked(situation: Situation) -> str:
    choice = situation.answers.get("entry", "")
    if choice in {NEW, DRAFT}:
        return choice
    return "gone" if find(situation.facts["goals.list"], choice) is None else "goal"


def take_up(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Go on with what she had begun to write."""
    given = situation.session.given
    return (Begin("goal", {KEPT: given.get(DRAFT, ""), EARLIER: given.get(EARLIER, "")}),)


def open_goal(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Remember which goal is read, and which version of it is shown."""
    goal = find(situation.facts["goals.list"], situation.answers.get("entry"))
    return () if goal is None else (Keep({NUMBER: str(goal.number), SHOWN: str(goal.version)}),)


def _opened(situation: Situation) -> Goal:
    return find(situation.facts["goals.list"], situation.session.given.get(NUMBER)) or Goal(0)


def read_whole(situation: Situation) -> Value:
    """The goal that was picked, and where it stands."""
    goal, twin = _opened(situation), situation.name("twin.name")
    parts: list[Value] = [whole(goal.wording, twin), Text("goal.stands", {"standing": standing(goal, twin)})]
    return Listed(tuple(parts), "\n\n")


def actions(situation: Situation) -> tuple[Offer, ...]:
    possible = ACTIONS.get(_opened(situation).standing, OF_A_CLOSED_ONE)
    return tuple(Offer(one, action_label(one, situation)) for one in possible)


def action_label(action: str, _: Situation) -> Value:
    return Text(f"goal.do_{action}")


def action(situation: Situation) -> str:
    return situation.answers.get("action", "nothing")


def report(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Ask how the goal stands."""
    goal = _opened(situation)
    return (Begin("milestone", milestone_given(goal, situation.facts["pair.id"])),)


def say_gone(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    return (Say(Text("goal.over"), session=situation.session.number),)


_LIST = ("goals.list", "twin.id", "twin.name")

RULES = Rules(
    effects={
        "goals.take_up": EffectRule(take_up),
        "goals.open": EffectRule(open_goal, needs=("goals.list",)),
        "goals.report": EffectRule(report, needs=("goals.list", "pair.id")),
        "goals.say_gone": EffectRule(say_gone),
    },
    decisions={
        "goals.any": DecisionRule(any_goal, ("some", "none", "no_twin"), needs=_LIST),
        "goals.picked": DecisionRule(picked, ("goal", "new", "draft", "gone"), needs=("goals.list",)),
        "goals.action": DecisionRule(action, EVERY_ACTION),
    },
    choices={
        "goals.entries": ChoicesRule(offers, offer_label, needs=_LIST),
        "goals.actions": ChoicesRule(actions, action_label, needs=_LIST),
    },
    values={
        "goals.lines": ValueRule(lines, needs=_LIST),
        "goals.whole": ValueRule(read_whole, needs=_LIST),
    },
)
