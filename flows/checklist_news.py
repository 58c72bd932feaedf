"""What becomes of a change of the checklist, told to the coordinators of every side. Pure.

Rules kept here:

* It is looked at anew when it is told: a wording that was changed meanwhile is not shown any more.
* The words are one message of their own under an anchor, so that erasing finds them; they can not be forwarded.
* Only the coordinators of other sides than its author's are asked; those of her own side read it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.checklist import AGREED, TO_READ, Change, find_change
from flows.effects import NoteSkip, Say, WriteChange
from flows.events.people import ChangeAgreed, ChangeProposed
from flows.rules.checklist import NUMBER, SHOWN, STATEMENT
from flows.rules.sharing import anchor
from flows.unbidden import ask_beside, by_day, end_open
from flows.values import Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

OFFER = "change_offer"


def _values(change: Change) -> dict[str, Value]:
    return {"statement": Text(change.statement), "words": change.words or "…"}


def proposed(talk: Talk, event: ChangeProposed) -> None:
    """Show her what is proposed, and ask her whether her side agrees, unless it is her own side that proposes it."""
    if talk.has_stopped:  # it stands in /checklist
        talk.do(NoteSkip(OFFER, "stopped"))
        return
    change, side = find_change(talk.facts["changes.list"], event.number), talk.facts["side.id"]
    if change is None or change.agreed_at is not None or change.newest[0].person != event.author:
        return
    end_open(talk, OFFER, given={NUMBER: str(change.number)})
    asked = change.standing(side if isinstance(side, int) else 0) == TO_READ
    text = Text("checklist.offer" if asked else "checklist.own_side", {"author": event.author_name, **_values(change)})
    talk.do(
        by_day(
            talk,
            Say(
                text,
                anchor=anchor(event.author, f"change/{change.number}.{change.version}", talk.facts["person.id"]),
                protected=True,
            ),
        )
    )
    if asked:
        given = {STATEMENT: change.statement, NUMBER: str(change.number), SHOWN: str(change.version)}
        ask_beside(talk, OFFER, given)


def agreed(talk: Talk, event: ChangeAgreed) -> None:
    """Both sides agree: say so to everybody, and note it in what she has said of it herself."""
    change, own = find_change(talk.facts["changes.list"], event.number), talk.facts["person.id"]
    if change is None or change.standing(0) != AGREED:
        return
    end_open(talk, OFFER, given={NUMBER: str(change.number)})
    row = change.row_of(own if isinstance(own, int) else 0)
    if row is not None and row.version == change.version and row.agreed_at is None:
        talk.do(WriteChange(replace(row, agreed_at=change.agreed_at)))
    if talk.has_stopped:
        talk.do(NoteSkip("change", "stopped"))
        return
    author, what = change.newest[0].person, f"change/{change.number}.{change.version}/agreed"
    text = Text("checklist.agreed", {"side": event.side, **_values(change)})
    talk.do(by_day(talk, Say(text, anchor=anchor(author, what, own), protected=True)))
