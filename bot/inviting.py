"""What an invitation that somebody opens may do, and why it does not."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeGuard

from flows.people import PersonState
from storage.invitations import Invitation

if TYPE_CHECKING:
    from flows.people import Person

Refusal = Literal["unknown", "used", "expired", "yours", "foreign"]
"""The end of a text id, `invitation.…`."""


def is_open(found: Invitation | None, now: datetime) -> TypeGuard[Invitation]:
    """Whether somebody can still join by it."""
    return found is not None and found.used_by is None and (found.expires_at is None or found.expires_at > now)


def is_another(found: Invitation | None, person: Person, now: datetime) -> TypeGuard[Invitation]:
    """Whether it lets somebody who is still joining in elsewhere than the one she has: to the right side perhaps."""
    here = (person.programme, person.side, person.role)
    joining = person.state is PersonState.JOINING
    return joining and is_open(found, now) and (found.programme, found.side, found.role) != here


def refusal_to_stranger(found: Invitation | None) -> Refusal:
    """Why one that is not open lets nobody in."""
    if found is None:
        return "unknown"
    return "expired" if found.used_by is None else "used"


def refusal_to_member(found: Invitation | None, person: Person, now: datetime) -> Refusal | None:
    """Why it does nothing for somebody who is known; `None`: she only needs to go on where she is."""
    if found is not None and found.used_by == person.id:
        return None
    if found is None or person.state is PersonState.JOINING:
        return None if is_open(found, now) else refusal_to_stranger(found)
    return "yours" if found.programme == person.programme else "foreign"
