"""What she is to know of others and of the bot: somebody stopped, came back or left; somebody wrote to her by /contact;
the bot could not be reached for a while.

Rules kept here:

* A reason is never told, and a name is told to those alone who work with its person.
* What she may have to send again she is told by day, and only while a question of hers is open.
* Words that came by /contact can not be forwarded, and do not stay in the reader's conversation.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.effects import Lane, LocalTime, Receipt, Say, Text, Value
from flows.events import AnswersLost, BotWasDeaf, ContactReceived, StandingChanged
from flows.people import PersonState

if TYPE_CHECKING:
    from flows.talk import Talk

READING = "contact_received"

STILL_OF_USE = timedelta(days=2)
"""How long it makes sense to ask somebody to send again what was lost."""


def standing_changed(talk: Talk, event: StandingChanged) -> None:
    """Say who stopped, is back, or left. Who has lost her partner is asked no more by `prompting`, which looks."""
    talk.say(f"standing.{event.standing}", person=named(event.name))


def was_deaf(talk: Talk, event: BotWasDeaf) -> None:
    """Since when, until when, and what is lost."""
    when = {"since": _moment(talk, event.since), "until": _moment(talk, event.until)}
    if event.lost_until is None:
        talk.say("deaf.late", **when)
    else:
        talk.say("deaf.lost", **when, lost=_moment(talk, event.lost_until))


def answers_lost(talk: Talk, event: AnswersLost) -> None:
    """Ask to send it again, unless she is asked nothing, or nothing is open any more."""
    if talk.facts["person.state"] == PersonState.STOPPED or talk.conversation.front is None:
        return
    words = Text("deaf.send_again", {"since": _moment(talk, event.since), "lost": _moment(talk, event.lost_until)})
    talk.do(Say(words, lane=Lane.PROMPT, valid_until=talk.now + STILL_OF_USE))


def _moment(talk: Talk, at: datetime) -> LocalTime:
    """By the name of its day while that says which day it was."""
    return LocalTime(at, "weekday_time" if talk.now - at < timedelta(days=6) else "date")


def contact_received(talk: Talk, event: ContactReceived) -> None:
    """The words, whole; then, beside whatever is open, whether she takes care of it."""
    sender = named(event.sender_name)
    said = Text("contact.received", {"sender": sender, "side": event.side, "words": event.words})
    talk.do(Say(said, receipt=Receipt(event.sender, event.session), protected=True))
    talk.begin(READING, {"sender_id": str(event.sender), "sender": event.sender_name or "…"})


def named(name: str) -> Value:
    """A name, or who she is while she has told none yet."""
    return name or Text("standing.nameless")
