"""Looking whether much of a side did not answer, before anything that is due is carried out.

Rules kept here:

* What was decided and who is told of it are one transaction, and told by a key: whoever looks second, after a crash or
  in another process, changes nothing.
* Coordinators of every side are told the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flows.events.people import SideMissed
from flows.rules.side_weeks import EVENT, judged
from storage import inbox, programmes, side_weeks

if TYPE_CHECKING:
    from storage.database import Database


async def look(database: Database, now: datetime) -> bool:
    """Decides what is to be decided; whether anybody is told."""
    async with database.read() as tx:
        found = await side_weeks.suspected(tx, database.vault, now)
        known = await side_weeks.of_sides(tx, {week.side for week in found})
    decided = []
    for week in found:  # the earlier week first: what the later one is depends on it
        of_side = known.setdefault(week.side, {})
        if week.period not in of_side and (state := judged(week.due, week.missed, week.period, of_side)) is not None:
            of_side[week.period] = state
            decided.append((week, state))
    if not decided:
        return False
    async with database.write() as tx:
        await side_weeks.decide(tx, decided, now)
        leading = await programmes.coordinators(tx, sorted({week.programme for week, _ in decided}))
        sides = await programmes.load(tx, sorted({week.programme for week, _ in decided}))
        told = [
            inbox.Told(
                coordinator,
                SideMissed(week.side, week.side_name, week.period, week.due, week.missed),
                f"side_week/{week.side}/{week.period}/{coordinator}",
            )
            for week, state in decided
            if state == EVENT
            for side in sides[week.programme].sides
            for coordinator in leading.get(side.id, ())
        ]
        await inbox.tell(tx, database.vault, told, now)
    return bool(told)
