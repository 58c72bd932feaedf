"""What she is to know of others and of the bot: somebody stopped, came back or left; somebody wrote to her by /contact,
and somebody else takes care of it; the bot could not be reached for a while. Pure.

Rules kept here:

* A reason is never told, and a name is told to those alone who work with its person.
* What she may have to send again she is told by day, and only while a question of hers is open.
* Words that came by /contact can not be forwarded, and do not stay in the reader's conversation.
* Nobody is asked for what somebody else does already, nor about somebody who is erased: of her nothing stays here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.effects import Lane, MarkChosen, Receipt, Say
from flows.events.due import SessionExpired
from flows.events.people import ContactReceived, OtherTakesCare, StandingChanged, WriterGone
from flows.events.shell import AnswersLost, BotWasDeaf
from flows.hearing import HELP_ASKED, NOTE_RECEIVED
from flows.people import PersonState
from flows.rules import challenges
from flows.rules.contacting import named
from flows.session import Session, Status
from flows.showing import SHARED
from flows.values import LocalTime, Text

if TYPE_CHECKING:
    from flows.people import PersonId
    from flows.talk import Talk

READING = "contact_received"

ABOUT = {
    READING: "sender_id",
    HELP_ASKED: "twin_id",
    NOTE_RECEIVED: "sender_id",
    SHARED: "author_id",
    challenges.ANSWER: "sender_id",
    challenges.TRY: "sender_id",
}
"""Flows that ask something because of what somebody else did, and the value that says who."""
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
    others = (str(one) for one in event.readers if one != talk.facts["person.id"])
    given = {
        "sender_id": str(event.sender),
        "sender": event.sender_name,
        "letter": str(event.session),
        "others": ",".join(others),
    }
    talk.begin(READING, given)


def other_takes_care(talk: Talk, event: OtherTakesCare) -> None:
    """Somebody else who was asked takes care: say who, and do not ask any more."""
    letter = None if event.letter is None else str(event.letter)
    flow = HELP_ASKED if letter is None else READING
    asked = [one for one in _about(talk, event.person) if one.flow == flow and one.given.get("letter") == letter]
    if not asked:
        return
    _end(talk, asked)
    name = named(asked[-1].given["twin" if letter is None else "sender"])
    if letter is None:
        said = Text("care.taken_by_other", {"coordinator": event.reader_name, "twin": name})
    else:
        said = Text("contact.taken_by_other", {"reader": event.reader_name, "sender": name})
    talk.do(Say(said, silent=True))


def writer_gone(talk: Talk, event: WriterGone) -> None:
    """What was asked because of her who is erased ends, and is forgotten with her words in it."""
    asked = _about(talk, event.person)
    _end(talk, asked)
    for session in asked:
        del talk.sessions[session.number]


def _about(talk: Talk, person: PersonId) -> list[Session]:
    """What she was asked because of `person`, as long as it is known."""
    every = talk.sessions.values()
    return [one for one in every if one.trial is None and one.given.get(ABOUT.get(one.flow, "")) == str(person)]


def _end(talk: Talk, asked: list[Session]) -> None:
    """What waits still ends, and its buttons go."""
    front = talk.conversation.front
    for session in asked:
        if session.status is Status.OPEN:
            talk.do(*(MarkChosen(session.number, step, ()) for step in session.asked))
            talk.run(session, SessionExpired(session.number))
    if front is not None and talk.conversation.front is not front:
        talk.ask_front_again()
        talk.settle()
