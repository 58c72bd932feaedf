"""What somebody else shared with her: shown, changed and taken back in her own chat. Pure.

Rules kept here:

* The words are one message of their own under an anchor, so that a change or a taking back finds them; they can not be
  forwarded, and are not repeated when the question beside them is asked again.
* At night it makes no sound.
* What she says back, and the voice note, are a session that stands aside: nobody has to answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.effects import CancelTimer, MarkChosen, NoteSkip, Rewrite, Say, Text
from flows.events import ReflectionShared, SharedAnswered, SharingWithdrawn
from flows.people import PersonId, Role
from flows.rules.cadence import QuietHours, quiet_until
from flows.rules.reflecting import day_of, shared_text
from flows.session import Outcome, Status

if TYPE_CHECKING:
    from flows.talk import Talk

SHARED = "shared_reflection"
"""The flow by which something can be said back."""

QUESTION = "ask_back"


def shared(talk: Talk, event: ReflectionShared) -> None:
    """Show it, or put the new words in the place of the old ones."""
    text = shared_text(event, event.author_name)
    if event.changed:
        talk.do(Rewrite(_anchor(talk, event.author, event.entry), text))
        _give_again(talk, event)
        return
    if talk.facts["person.role"] == Role.TWIN and talk.facts["twin.id"] != event.author:
        talk.do(NoteSkip("shared", "no_pair"))
        return
    silent = quiet_until(QuietHours.default(str(talk.facts["person.zone"])), talk.now) is not None
    talk.do(Say(text, silent=silent, anchor=_anchor(talk, event.author, event.entry), protected=True))
    given = {
        "author": event.author_name,
        "author_id": str(event.author),
        "entry": str(event.entry),
        "day": event.day,
        "voice": event.voice or "",
    }
    talk.begin(SHARED, given)


def withdrawn(talk: Talk, event: SharingWithdrawn) -> None:
    """Put in its place that it was taken back; nothing can be said to it, or heard, any more."""
    text = Text("shared.taken_back", {"twin": event.author_name})
    talk.do(Rewrite(_anchor(talk, event.author, event.entry), text, withdraw=True))
    front = talk.conversation.front
    for number in _sessions(talk, event.author, event.entry):
        session = talk.sessions[number]
        if session.status is Status.OPEN:
            ended = replace(session, status=Status.ENDED, outcome=Outcome.LEFT, step=None, ended_at=talk.now)
            talk.sessions[number] = replace(ended, given={**session.given, "voice": ""})
            talk.do(MarkChosen(number, QUESTION, ()), CancelTimer("expiry", str(number)))
    if front is not None and talk.sessions[front.number].status is Status.ENDED:
        talk.ask_front_again()
        talk.settle()


def answered(talk: Talk, event: SharedAnswered) -> None:
    """To the author: what was said back."""
    answer = Text(f"shared.{event.answer}")
    talk.say("shared.answered", reader=event.reader_name, day=day_of(event.day), answer=answer)


def _give_again(talk: Talk, event: ReflectionShared) -> None:
    """A question that is still open gives the voice note that holds now."""
    for number in _sessions(talk, event.author, event.entry):
        session = talk.sessions[number]
        talk.sessions[number] = replace(session, given={**session.given, "voice": event.voice or ""})


def _sessions(talk: Talk, author: PersonId, entry: int) -> list[int]:
    meant = (str(author), str(entry))
    return [
        one.number
        for one in talk.sessions.values()
        if one.flow == SHARED and (one.given.get("author_id"), one.given.get("entry")) == meant
    ]


def _anchor(talk: Talk, author: PersonId, entry: int) -> str:
    """Hers alone: what is shared with several is a message in each chat."""
    return f"shared/{author}/{entry}/{talk.facts['person.id']}"
