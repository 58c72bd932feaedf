"""`/goals`: the joint goals of the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.goals import NUMBER
from flows.rules.goal_list import DRAFT
from flows.rules.goal_writing import EARLIER, KEPT, SENT, known

if TYPE_CHECKING:
    from flows.conversation import Talk
    from flows.events.own import CommandGiven

LIST, WRITING = "goals", "goal"


def goals(talk: Talk, _: CommandGiven) -> None:
    """The list, with what she has begun to write of a new goal and not sent."""
    before = talk.conversation.front
    talk.begin(LIST, _unsent(talk))
    front = talk.conversation.front
    if before is not None and front is not None and front.number == before.number:
        talk.ask_front_again()


def _unsent(talk: Talk) -> dict[str, str]:
    """What her latest conversation about a new goal has kept, unless that was sent, and where it was said."""
    writing = [one for one in talk.sessions.values() if one.flow == WRITING and one.trial is None]
    new = [one for one in writing if NUMBER not in one.given or SENT in one.given]
    latest = max(new, key=lambda one: one.number, default=None)
    if latest is None or SENT in latest.given:
        return {}
    kept, earlier = latest.given.get(KEPT), latest.given.get(EARLIER)
    numbers = " ".join(filter(None, (earlier, str(latest.number))))
    return {DRAFT: kept, EARLIER: numbers} if kept and known(kept) else {}
