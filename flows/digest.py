"""The Monday digest of a coordinator: when it comes, and when it is passed over.

Rules kept here:

* One timer a coordinator, at nine on Mondays by her own clock (a holiday of her country moves it), computed anew at its
  firing; whatever becomes of it the next one is planned first.
* It keeps her quiet hours, and is worth nothing after a day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flows.effects import Lane, NoteSkip, Say
from flows.events.due import DigestFellDue
from flows.people import PersonState
from flows.rules.holidays import days_off
from flows.rules.mondays import DIGEST_VALID_FOR, at_its_time, due_in, plan_digest
from flows.rules.overview import digest, overview_of
from flows.rules.quiet import quiet_of

if TYPE_CHECKING:
    from flows.talk import Talk

EARLY = timedelta(minutes=1)
"""A digest that would come earlier than this is moved: its coordinator lives in another zone now."""


def digest_due(talk: Talk, event: DigestFellDue) -> None:
    """The moment planned for the digest has come."""
    quiet, off = quiet_of(talk.facts), days_off(talk.facts)
    if due_in(quiet, event.period, off) > talk.now + EARLY:
        talk.do(at_its_time(quiet, event.period, off))
        return
    talk.do(plan_digest(quiet, talk.now, event.period, off))
    if talk.facts["person.state"] != PersonState.ACTIVE:
        talk.do(NoteSkip("digest", "paused"))
    elif talk.facts["person.unreachable_since"] is not None:
        talk.do(NoteSkip("digest", "unreachable"))
    elif talk.now > event.planned_at + DIGEST_VALID_FOR:
        talk.do(NoteSkip("digest", "too_late"))
    else:
        text = digest(overview_of(talk.facts), talk.now, quiet.zone)
        talk.do(Say(text, lane=Lane.PROMPT, valid_until=event.planned_at + DIGEST_VALID_FOR))
