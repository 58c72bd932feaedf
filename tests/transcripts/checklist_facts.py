"""The checklist on the stage of a transcript: how the sides answered, and what coordinators said of changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flows.checklist import FLOWS, Change, ChangeRow, ChangeSaid, Counted, changes_in
from flows.effects import WriteChange
from flows.people import PersonId, SideId
from tests.cast import CAST, FREETOWN, UTRECHT

AROUND = frozenset({"matching", "preparation", "support", "backing", "ending"})

ANSWERS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "few": (("rather", 2),),
    "low": (("rather_not", 2), ("rather", 1)),
    "mixed": (("partly", 2), ("rather", 1)),
    "holds": (("rather", 2), ("partly", 1)),
}
"""What twins of a side tapped, by the word for it."""


def counted(value: str) -> tuple[Counted, ...]:
    """Answers such as `goals:low/holds time:mixed/few`: save name, then the words for Freetown and for Utrecht."""
    found = []
    for one in value.split():
        save, _, words = one.partition(":")
        for side, word in zip((FREETOWN, UTRECHT), words.split("/"), strict=True):
            flow = FLOWS[save in AROUND]
            found += [Counted(flow, save, side, "twin", choice, people) for choice, people in ANSWERS[word]]
    return tuple(found)


def given(value: str, now: datetime) -> tuple[Change, ...]:
    """Changes as JSON: `by` whom, about which `statement` (that of time), `words`, `version`, `agreed` by whom and what
    each side says `came`; `at` a moment that is not now."""
    changes = []
    for number, one in enumerate(json.loads(value), start=1):
        author, at = CAST[one["by"]], datetime.fromisoformat(one["at"]) if "at" in one else now
        words, version = one.get("words", "one call a month without a task"), one.get("version", 1)
        row = ChangeRow(
            number, one.get("statement", "checklist_together.ask_time"), version, words, at, True, came=one.get("came")
        )
        said = [ChangeSaid(author.id, author.side, row)]
        if other := one.get("agreed"):
            said[0] = replace(said[0], row=replace(row, agreed_at=at))
            agreeing = replace(row, wrote=False, agreed_at=at, came=one.get("came_there"))
            said.append(ChangeSaid(CAST[other].id, CAST[other].side, agreeing))
        changes.append(Change(tuple(said)))
    return tuple(changes)


def follow(effect: WriteChange, facts: dict[str, object]) -> str:
    """What storage does with a row, so that it can be read again; what of it the transcript says."""
    row, person, side = effect.row, facts["person.id"], facts["side.id"]
    assert isinstance(person, int)
    assert isinstance(side, int)
    mine = ChangeSaid(PersonId(person), SideId(side), row)
    by_number = {one.number: one.said for one in changes_in(facts["changes.list"])}
    others = tuple(one for one in by_number.get(row.number, ()) if one.person != person)
    by_number[row.number] = tuple(sorted((*others, mine), key=lambda one: one.row.said_at))
    facts["changes.list"] = facts["checklist.changes"] = tuple(Change(said) for said in by_number.values())
    said = {"wrote": row.wrote, "agreed": row.agreed_at is not None, f"came={row.came}": row.came is not None}
    return f"-- change {row.number}.{row.version} " + " ".join(word for word, holds in said.items() if holds)
