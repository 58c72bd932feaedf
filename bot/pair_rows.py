"""What the turns of one batch leave behind about pairs and between sides, as rows. Programme and pairs are locked by
then (`batch`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flows.standing import COORDINATOR, MADE
from storage import audit, checklist, endings, goals, pair_answers, pair_phases, pairs, people

WHY = "ended_because"

if TYPE_CHECKING:
    from bot.workspace import Workspace
    from storage.database import Transaction
    from storage.encryption import Vault


async def write_pairs(tx: Transaction, vault: Vault, space: Workspace, now: datetime) -> None:
    """New proposals first, then what changes of pairs and where they stand, then what their twins answered and their
    goals. Nobody is proposed to, or paired again with, somebody who was erased a moment ago. What a coordinator did to
    a pair is noted in the audit."""
    for desk, one in space.proposed:
        if len(await people.still_known(tx, [one.one, one.two])) == 2:
            await pairs.propose(tx, desk.person.programme, one.one, one.two, desk.person.id, now)
    await pairs.change(tx, [(one.pair, one.changes) for _, one in space.pair_changes])
    resumed = [(desk, one) for desk, one in space.resumed if await endings.resume(tx, one.pair, (one.one, one.two))]
    moves = [
        pair_phases.Move(one.pair, one.phases, one.why, None if one.why == MADE else desk.person.id, now)
        for desk, one in space.pair_moves
    ]
    await pair_phases.move(tx, moves)
    noted = [
        *((desk, "pair_moved", one.pair) for desk, one in space.pair_moves if one.why == COORDINATOR),
        *((desk, "pair_ended", one.pair) for desk, one in space.pair_changes if one.changes.get(WHY) == COORDINATOR),
        *((desk, "pair_resumed", one.pair) for desk, one in resumed),
    ]
    await audit.note(
        tx,
        [audit.Noted(desk.person.programme, desk.person.id, what, f"pair/{pair}", now) for desk, what, pair in noted],
    )
    await pair_answers.save(
        tx,
        vault,
        [
            pair_answers.PairAnswer(one.pair, person, one.subject, one.choice, one.words, now)
            for person, one in space.pair_answers
        ],
    )
    await goals.save(tx, vault, [(one.pair, person, one.row) for person, one in space.goals])
    await goals.record(tx, vault, [(person, one) for (person, _), one in space.milestones.items()], now)
    changes = [(desk.person.programme, desk.person.id, one.row) for desk, one in space.changes.values()]
    await checklist.save(tx, vault, changes)
