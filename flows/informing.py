"""What others did that she is to know: somebody stopped, came back or left; somebody wrote to her by /contact.

Rules kept here:

* A reason is never told, and a name is told to those alone who work with its person.
* Words that came by /contact can not be forwarded, and do not stay in the reader's conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.effects import Receipt, Say, Text, Value
from flows.events import ContactReceived, StandingChanged

if TYPE_CHECKING:
    from flows.talk import Talk

READING = "contact_received"


def standing_changed(talk: Talk, event: StandingChanged) -> None:
    """Say who stopped, is back, or left. Who has lost her partner is asked no more by `prompting`, which looks."""
    talk.say(f"standing.{event.standing}", person=named(event.name))


def contact_received(talk: Talk, event: ContactReceived) -> None:
    """The words, whole; then, beside whatever is open, whether she takes care of it."""
    sender = named(event.sender_name)
    said = Text("contact.received", {"sender": sender, "side": event.side, "words": event.words})
    talk.do(Say(said, receipt=Receipt(event.sender, event.session), protected=True))
    about = f"{event.sender}/{event.session}"
    talk.begin(READING, {"sender_id": str(event.sender), "sender": event.sender_name or "…", "about": about})


def named(name: str) -> Value:
    """A name, or who she is while she has told none yet."""
    return name or Text("standing.nameless")
