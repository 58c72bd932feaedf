"""What a transcript says of joint goals: those that are given, and what the effects on them do to facts and show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flows.effects import RecordMilestone, WriteGoal
from flows.goals import FIELDS, Goal, GoalRow, Milestone, Wording

Facts = dict[str, object]

USUAL = {
    "theme": "quality",
    "today": "level_2",
    "wanted": "level_4",
    "goal": "every birth is written down",
    "benefit": "less searching",
    "twins_benefit": "a shared form",
    "indicator": "births on the form",
    "start": "10",
    "target": "60",
    "due": "2027-06-30",
    "owner": "both",
}
"""A goal as its first writer sees it, where a transcript says nothing else of it."""


def given(line: str, now: datetime) -> tuple[Goal, ...]:
    """From JSON: one object a goal, with `by` (mine, theirs or both, who wrote or agreed to it), and what differs from
    the usual goal."""
    return tuple(_goal(number, one, now) for number, one in enumerate(json.loads(line), start=1))


def _goal(number: int, said: Mapping[str, Any], now: datetime) -> Goal:
    by, state, version = said.get("by", "both"), said.get("state", "open"), said.get("version", 1)
    wording = Wording(**{**USUAL, **{name: said[name] for name in FIELDS if name in said}})
    agreed = now if by == "both" else None
    row = GoalRow(number, version, wording, now, state, agreed, None if state == "open" else now)
    mine = row if by in {"mine", "both"} else None
    theirs = replace(row, wording=wording.mirrored()) if by in {"theirs", "both"} else None
    told = Milestone(2, said["milestone"], now) if "milestone" in said else None
    return Goal(number, mine, theirs, told)


def follow(effect: WriteGoal | RecordMilestone, facts: Facts, now: datetime) -> str:
    """Lets `facts` follow the effect, as the shell would, and gives the line that shows it."""
    known = facts["together.goals"]
    goals = {one.number: one for one in known if isinstance(one, Goal)} if isinstance(known, tuple) else {}
    match effect:
        case WriteGoal(_, row):
            before = goals.get(row.number, Goal(row.number))
            goals[row.number] = replace(before, mine=row)
            said = " ".join(f"{name}=“{value}”" for name, value in row.wording.said().items())
            marks = "".join(f", {mark}" for mark in _marks(row))
            shown = f"-- goal {row.number}, version {row.version}{marks}: {said}"
        case RecordMilestone(_, _, number, status, blocker, value):
            if number in goals:
                goals[number] = replace(goals[number], milestone=Milestone(1, status, now, blocker, value))
            parts = [status, *(one for one in (blocker, None if value is None else f"“{value}”") if one is not None)]
            shown = f"-- milestone of goal {number}: {' '.join(parts)}"
    facts["together.goals"] = facts["goals.list"] = tuple(goals[number] for number in sorted(goals))
    return shown


def _marks(row: GoalRow) -> list[str]:
    return [mark for mark, holds in (("agreed", row.agreed_at is not None), (row.state, row.state != "open")) if holds]
