"""`/goals`: the joint goals of the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.rules.goal_list import DRAFT
from flows.rules.goal_writing import KEPT, NUMBER, known
from flows.session import Outcome

if TYPE_CHECKING:
    from flows.conversation import Talk
    from flows.events.own import CommandGiven

LIST, WRITING = "goals", "goal"


def goals(talk: Talk, _: CommandGiven) -> None:
    """The list, with what she has begun to write of a new goal and not sent."""
    before = talk.conversation.front
    talk.begin(LIST, {DRAFT: _unsent(talk)})
    front = talk.conversation.front
    if before is not None and front is not None and front.number == before.number:
        talk.ask_front_again()


def _unsent(talk: Talk) -> str:
    """What her latest conversation about a new goal has kept, unless it came to its end."""
    writing = [one for one in talk.sessions.values() if one.flow == WRITING and one.trial is None]
    latest = max((one for one in writing if not one.given.get(NUMBER)), key=lambda one: one.number, default=None)
    if latest is None or latest.outcome is Outcome.COMPLETED:
        return ""
    kept = latest.given.get(KEPT)
    return kept if kept and known(kept) else ""
