"""Joint goals in words, and when their owners are asked how they stand. domain.md P3.

Rules kept here:

* A goal is read whole, from the reader's side: "for you" is her own benefit, whoever wrote it.
* As long as two twins in planning have written none, the planner offers it; a goal that waits for the other one's yes
  is written.
* Its owners are asked once how it stands, about two weeks before it is due: the planner says on which day
  (`flows.rules.agenda`). A goal that is due sooner needs no asking: its pair has just spoken of it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flows.agenda import Subject
from flows.goals import AGREED, BOTH, ME, NUMBER, OPEN, Goal, Wording, open_goals
from flows.rules.amounts import shown
from flows.rules.cadence import local_time
from flows.rules.dates import in_words
from flows.rules.situation import Facts
from flows.standing import Standing
from flows.values import Listed, Text, Value

OPEN_AT_MOST = 3
"""Open goals of a pair (domain.md P3): more of them are a work plan, and nobody's goals."""

TITLE = 40
"""Characters of a goal by which a list names it."""

ASKED_BEFORE = timedelta(days=14)
"""So long before a goal is due its owners are asked how it stands."""

SLACK = timedelta(days=3)
"""They are asked on one day a week: the one that is nearest."""

LISTS = {
    "theme": "choices.goal_themes",
    "today": "choices.levels_5",
    "wanted": "choices.levels_5",
    "need": "choices.goal_needs",
    "risk": "choices.goal_risks",
}
"""Fields of a goal that are chosen, to the shared list of their choices."""


# -- in words ----------------------------------------------------------------------------------------------------------


def title(wording: Wording) -> str:
    """The first words of a goal, by which it is known."""
    return first_words(wording.goal, TITLE)


def first_words(words: str | None, length: int) -> str:
    """As many words as fit."""
    line = " ".join((words or "…").split())
    if len(line) <= length:
        return line
    cut = line[:length]
    return f"{cut.rpartition(' ')[0] or cut} …"


def whole(wording: Wording, twin: str) -> Value:
    """The goal with all that was said of it, one line each."""
    lines: list[Value] = [Text("goal.line_goal", {"words": wording.goal or "…"})]
    if wording.theme is not None:
        lines.append(Text("goal.line_theme", {"words": value_of("theme", wording.theme, twin)}))
    if wording.today is not None and wording.wanted is not None:
        lines.append(Text("goal.line_gap", {"gap": gap(wording.today, wording.wanted)}))
    for name in ("benefit", "twins_benefit", "indicator", "start", "target", "due", "owner", "need", "risk"):
        value = getattr(wording, name)
        if value is not None:
            lines.append(Text(f"goal.line_{name}", {"words": value_of(name, value, twin), "twin": twin}))
    return Listed(tuple(lines), "\n")


def value_of(name: str, value: str, twin: str) -> Value:
    """One thing said of a goal, in words for whoever reads it."""
    if name == "owner":
        return Text(f"goal.owner_{value}", {"twin": twin})
    if name in LISTS:
        return Text(f"{LISTS[name]}.{value}")
    if name == "due":
        return in_words(value)
    return shown(value) if name in {"start", "target"} else value


def gap(today: str, wanted: str) -> Value:
    """Where it stands, where it shall stand, and how far that is."""
    stands, shall = level(today), level(wanted)
    steps, values = shall - stands, {"today": stands, "wanted": shall}
    return Text("goal.gap", values, count=steps) if steps > 0 else Text("goal.no_gap", values)


def level(choice: str) -> int:
    """How far something is, 1 to 5, from the id of a choice."""
    return int(choice.removeprefix("level_"))


def standing(goal: Goal, twin: str) -> Value:
    """What is up with it: to be read, waiting, closed, or how it stood at last."""
    if goal.standing == AGREED and goal.milestone is not None:
        return Text(f"goal.is_{goal.milestone.status}")
    return Text(f"goal.is_{goal.standing}", {"twin": twin})


def line(goal: Goal, twin: str) -> Value:
    """One line of a list: what, until when, how it stands, and whose it is."""
    wording = goal.wording
    parts: list[Value] = [title(wording), standing(goal, twin)]
    if goal.state == OPEN and wording.due is not None:
        parts.insert(1, in_words(wording.due))
    if goal.state == OPEN and wording.owner is not None:
        parts.append(value_of("owner", wording.owner, twin))
    return Listed(tuple(parts), " · ")


def is_full(goals: object, number: str | None = None) -> bool:
    """Whether the two have as many open goals as they may, beside the one of this `number`."""
    return len([one for one in open_goals(goals) if str(one.number) != number]) >= OPEN_AT_MOST


# -- what the planner asks ---------------------------------------------------------------------------------------------


def is_missing(facts: Facts, _: datetime) -> bool:
    """Whether the two have written no goal yet, not even one that waits."""
    standing = facts["phase.standing"]
    return isinstance(standing, Standing) and standing.goals == ()


def due_soon(facts: Facts, now: datetime) -> tuple[Subject, ...]:
    """The goals that one of their owners is to be asked about, those that are due first before the others."""
    today = local_time(now, str(facts["person.zone"])).date()
    dated = [(one.wording.due, one.number, one) for one in open_goals(facts["goals.list"]) if _is_due_soon(one, today)]
    return tuple(Subject(str(number), milestone_given(goal, facts["pair.id"])) for _, number, goal in sorted(dated))


def _is_due_soon(goal: Goal, today: date) -> bool:
    wording = goal.wording
    if goal.mine is None or goal.standing != AGREED or wording.owner not in {ME, BOTH} or wording.due is None:
        return False
    due = date.fromisoformat(wording.due)
    agreed = (goal.mine.agreed_at or goal.mine.said_at).date()
    return agreed < due - ASKED_BEFORE and due - ASKED_BEFORE - SLACK <= today < due


def milestone_given(goal: Goal, pair: object) -> dict[str, str]:
    """What the flow `milestone` is given at its start."""
    return {NUMBER: str(goal.number), "pair": str(pair)}
