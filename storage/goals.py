"""Joint goals, one row a twin of the pair, and the milestones that each told.

Rules kept here:

* A row is its person's alone, worded as she sees it; what the two make of it is decided under a lock of the pair's row.
* Choices, dates and moments are in the clear; own words and values are sealed. Who is erased takes her rows along; what
  her partner agreed to is her partner's too.
* A goal is known by its number in its pair, which is never given twice as long as either row is there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from flows.effects import RecordMilestone
from flows.goals import FIELDS, WORDS, Goal, GoalRow, Milestone, Wording
from flows.people import PairId, PersonId
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import goals, milestones
from storage.statements import among, upsert

CLEAR = tuple(name for name in FIELDS if name not in WORDS)
"""Fields of a wording with a column of their own."""

_row, _told = goals.c, milestones.c

_UPSERT = upsert(goals, ("version", *CLEAR, "words", "state", "said_at", "agreed_at", "closed_at"))
_RECORD = upsert(milestones, ("pair_id", "goal", "status", "blocker", "value", "at"))


async def save(tx: Transaction, vault: Vault, rows: Sequence[tuple[PairId, PersonId, GoalRow]]) -> None:
    """Writes what each twin said of goals, in the place of what she said of them before."""
    await _UPSERT.run(
        tx,
        [
            {
                "pair_id": pair,
                "number": row.number,
                "person_id": person,
                "version": row.version,
                **{name: getattr(row.wording, name) for name in CLEAR},
                "words": vault.seal_text("goals.words", f"{pair}/{row.number}/{person}", _words(row.wording)),
                "state": row.state,
                "said_at": row.said_at,
                "agreed_at": row.agreed_at,
                "closed_at": row.closed_at,
            }
            for pair, person, row in rows
        ],
    )


def _words(wording: Wording) -> str:
    said = wording.said()
    return json.dumps({name: said[name] for name in WORDS if name in said}, ensure_ascii=False)


async def record(
    tx: Transaction, vault: Vault, rows: Sequence[tuple[PersonId, RecordMilestone]], now: datetime
) -> None:
    """Writes milestones, each in the place of what the same session told before."""
    await _RECORD.run(
        tx,
        [
            {
                "person_id": person,
                "session": one.session,
                "pair_id": one.pair,
                "goal": one.goal,
                "status": one.status,
                "blocker": one.blocker,
                "value": None
                if one.value is None
                else vault.seal_text("milestones.value", f"{person}/{one.session}", one.value),
                "at": now,
            }
            for person, one in rows
        ],
    )


_OF_PAIRS = select(goals).where(among(_row.pair_id, "pairs")).order_by(_row.pair_id, _row.number, _row.person_id)
_TOLD = (
    select(milestones)
    .where(among(_told.pair_id, "pairs"))
    .order_by(_told.pair_id, _told.goal, _told.at, _told.person_id, _told.session)
)


async def of_pairs(tx: Transaction, vault: Vault, pairs: Mapping[PersonId, PairId]) -> dict[PersonId, tuple[Goal, ...]]:
    """The goals of the pair of each person as she sees them, by number."""
    if not pairs:
        return {}
    wanted = {"pairs": sorted(set(pairs.values()))}
    said: dict[PairId, dict[int, dict[PersonId, GoalRow]]] = {}
    for found in (await tx.execute(_OF_PAIRS, wanted)).mappings():
        one = said.setdefault(found["pair_id"], {}).setdefault(found["number"], {})
        one[found["person_id"]] = _opened(vault, found)
    latest: dict[tuple[PairId, int], Milestone] = {}
    for found in (await tx.execute(_TOLD, wanted)).mappings() if said else ():
        value = found["value"]
        if value is not None:
            value = vault.open_text("milestones.value", f"{found['person_id']}/{found['session']}", value)
        told = Milestone(found["person_id"], found["status"], found["at"], found["blocker"], value)
        latest[found["pair_id"], found["goal"]] = told
    return {
        person: tuple(
            Goal(
                number,
                rows.get(person),
                next((row for who, row in rows.items() if who != person), None),
                latest.get((pair, number)),
            )
            for number, rows in said.get(pair, {}).items()
        )
        for person, pair in pairs.items()
    }


def _opened(vault: Vault, found: Mapping[Any, Any]) -> GoalRow:
    sealed = found["words"]
    context = f"{found['pair_id']}/{found['number']}/{found['person_id']}"
    words = {} if sealed is None else json.loads(vault.open_text("goals.words", context, sealed))
    return GoalRow(
        found["number"],
        found["version"],
        Wording(**{name: found[name] for name in CLEAR}, **words),
        found["said_at"],
        found["state"],
        found["agreed_at"],
        found["closed_at"],
    )


_COUNTED = (
    select(_row.pair_id, _row.number, _row.version, _row.due, _row.state, _row.agreed_at, _row.closed_at)
    .where(among(_row.pair_id, "pairs"))
    .order_by(_row.pair_id, _row.number, _row.version)
)


async def counted(tx: Transaction, pairs: Collection[PairId]) -> dict[PairId, list[Any]]:
    """What coordinators see of the goals of `pairs`: the rows without any word, by pair."""
    found: dict[PairId, list[Any]] = {}
    if pairs:
        for row in await tx.execute(_COUNTED, {"pairs": sorted(pairs)}):
            found.setdefault(row.pair_id, []).append(row)
    return found
