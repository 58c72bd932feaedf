"""What the turns of one batch leave behind about pairs, as rows. Programme and pairs are locked by then (`batch`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from storage import goals, pair_answers, pairs, people

if TYPE_CHECKING:
    from bot.workspace import Workspace
    from storage.database import Transaction
    from storage.encryption import Vault


async def write_pairs(tx: Transaction, vault: Vault, space: Workspace, now: datetime) -> None:
    """New proposals first, then what changes of pairs, then what their twins answered, and their goals. A proposal to
    somebody who was erased a moment ago is none."""
    for desk, one in space.proposed:
        if len(await people.still_known(tx, [one.one, one.two])) == 2:
            await pairs.propose(tx, desk.person.programme, one.one, one.two, desk.person.id, now)
    await pairs.change(tx, [(one.pair, one.changes) for one in space.pair_changes])
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
