"""What others tell a person: notes of her partner, what became of her own, who is quiet, out of reach, or back. Pure.

Rules kept here:

* A note comes beside whatever is open and with its writer's name.
* Whoever asked to hear no notes hears none, and no hello either; its sender learns only that it could not be passed on.
* A note or a hello of somebody who is not her partner any more is not brought.
"""

from __future__ import annotations

from dataclasses import replace

from flows import unbidden
from flows.effects import ChangePerson, ClearFlag, MarkChosen, RaiseFlag, Receipt, Say, Tell
from flows.events.due import SessionExpired
from flows.events.own import ChatBlocked
from flows.events.pairs import HelloReceived, NoteReceived, NoteReported, NoteThanked, TwinAsked
from flows.events.people import CareTaken, HelpAsked, PersonBack, PersonOutOfReach, TwinAnswered, TwinQuiet
from flows.events.shell import ReceiptCame
from flows.pairing import NOTE
from flows.people import PersonId, PersonState
from flows.rules.coordinating import HELP
from flows.rules.silence import CHECK_IN, channel
from flows.session import Status
from flows.talk import Talk
from flows.values import LocalTime, Text

NOTE_RECEIVED, HELP_ASKED = "note_received", "help_asked"

OUT_OF_REACH = "unreachable"
"""The flag of somebody whose chat can not be written to."""

DELIVERED = "delivered"
RECEIPTS = frozenset({DELIVERED, "waiting", "failed"})
REASONS = frozenset({"blocked", "deactivated"})
"""The platform's reasons that have words of their own."""


def hello_received(talk: Talk, hello: HelloReceived) -> None:
    """Pass on a hello; its sender hears of it when it waits or was not brought."""
    if not _hears(talk, hello.sender):
        talk.do(Tell(hello.sender, ReceiptCame(hello.session, "failed")))
        return
    receipt = Receipt(hello.sender, hello.session)
    talk.do(Say(Text("hello.received", {"twin": hello.sender_name}), receipt=receipt))


def _hears(talk: Talk, sender: PersonId) -> bool:
    """Whether she is to hear of `sender`: her partner, whom she did not mute, while she takes part."""
    if talk.facts["twin.id"] != sender or talk.facts["twin.muted"]:
        return False
    return talk.facts["person.state"] != PersonState.STOPPED


def note_received(talk: Talk, note: NoteReceived) -> None:
    """Show a note of her partner, with what can be done about it."""
    if not _hears(talk, note.sender):
        talk.do(Tell(note.sender, ReceiptCame(note.session, "failed")))
        return
    given = {
        "sender": note.sender_name,
        "sender_id": str(note.sender),
        "note": note.words or VOICE,
        "at": talk.now.isoformat(),
        "zone": str(talk.facts["twin.zone"]),
    }
    if note.words is not None:
        given["words"] = note.words
    if note.voice is not None:
        given["voice"] = note.voice
    receipt = Receipt(note.sender, note.session)
    talk.begin(NOTE_RECEIVED, given, receipt=receipt, voice=note.voice, protected=True)


def twin_asked(talk: Talk, asked: TwinAsked) -> None:
    """Begin what her partner's conversation asks of her. Asked anew, it takes the place of what is unanswered."""
    if not _hears(talk, asked.sender):
        talk.do(Tell(asked.sender, ReceiptCame(asked.session, "failed")))
        return
    given = {"sender": asked.sender_name, "sender_id": str(asked.sender), "entry": str(asked.session)}
    for one in tuple(talk.sessions.values()):
        if one.flow == asked.flow and one.status is Status.OPEN and given.items() <= one.given.items():
            talk.do(*(MarkChosen(one.number, step, ()) for step in one.asked))
            talk.run(one, SessionExpired(one.number))
    receipt = Receipt(asked.sender, asked.session)
    talk.begin(asked.flow, {**asked.given, **given}, receipt=receipt, protected=True)


VOICE = "🎙"
"""Stands for the words of a voice note."""


def note_thanked(talk: Talk, thanked: NoteThanked) -> None:
    talk.say("notes.thanked", twin=thanked.reader_name)


def note_reported(talk: Talk, reported: NoteReported) -> None:
    """Show somebody who cares for safety what was reported; it can not be forwarded."""
    values = {"reporter": reported.reporter_name, "sender": reported.sender_name, "note": reported.words or VOICE}
    talk.do(Say(Text("notes.reported", values), voice=reported.voice, protected=True))


def receipt_came(talk: Talk, receipt: ReceiptCame) -> None:
    """Tell what became of something that she sent to somebody else. What has several readers is delivered once."""
    session = talk.sessions.get(receipt.session)
    twin = talk.facts["twin.name"]
    if receipt.outcome not in RECEIPTS:
        return
    if session is not None and session.flow == NOTE and isinstance(twin, str):
        talk.do(Say(Text(f"notes.{receipt.outcome}", {"twin": twin}), silent=True))
        return
    if session is not None and session.flow == CHECK_IN:
        if receipt.outcome != DELIVERED and isinstance(twin, str):  # that a hello arrived goes without saying
            talk.do(Say(Text(f"hello.{receipt.outcome}", {"twin": twin}), silent=True))
        return
    if session is not None and receipt.outcome == DELIVERED:
        if DELIVERED in session.given:
            return
        talk.sessions[session.number] = replace(session, given={**session.given, DELIVERED: "yes"})
    talk.do(Say(Text(f"receipt.{receipt.outcome}"), silent=True))


# -- to coordinators ---------------------------------------------------------------------------------------------------


def help_asked(talk: Talk, asked: HelpAsked) -> None:
    given = {"twin": asked.twin_name, "twin_id": str(asked.twin)}
    if asked.reason is not None:
        given["reason"] = asked.reason
    talk.begin(HELP_ASKED, given)


def care_taken(talk: Talk, taken: CareTaken) -> None:
    """A coordinator takes care: nothing is left to look at."""
    talk.do(ClearFlag(HELP))
    talk.say("care.taken", coordinator=taken.coordinator_name)


def twin_quiet(talk: Talk, quiet: TwinQuiet) -> None:
    way = Text(channel(None if quiet.reason is None else quiet.reason.rpartition(".")[2]))
    day = LocalTime(quiet.since, "day")
    if quiet.reason is None:
        talk.say("silence.told_plain", twin=quiet.twin_name, day=day, channel=way)
    else:
        talk.say("silence.told", twin=quiet.twin_name, day=day, reason=Text(quiet.reason), channel=way)


def twin_answered(talk: Talk, answered: TwinAnswered) -> None:
    talk.say("silence.answered", twin=answered.twin_name)


def out_of_reach(talk: Talk, lost: PersonOutOfReach) -> None:
    talk.say(f"unreachable.{lost.reason if lost.reason in REASONS else 'other'}", name=lost.name)


def back_in_reach(talk: Talk, back: PersonBack) -> None:
    talk.say("unreachable.back", name=back.name)


# -- herself -----------------------------------------------------------------------------------------------------------


def chat_blocked(talk: Talk, blocked: ChatBlocked) -> None:
    """From the first time on she counts as out of reach, and the other coordinators of her side are told."""
    if talk.facts["person.unreachable_since"] is not None:
        return
    talk.do(ChangePerson({"unreachable_since": talk.now}))
    if talk.is_joining:
        return
    talk.do(RaiseFlag(OUT_OF_REACH, blocked.reason))
    _tell_side(talk, PersonOutOfReach(str(talk.facts["person.name"]), blocked.reason))


def came_back(talk: Talk) -> None:
    """She can be reached again: whoever was told hears that too, and what others caused is asked anew."""
    unbidden.ask_again(talk)
    up = talk.facts["flags.up"]
    if isinstance(up, frozenset) and OUT_OF_REACH in up:
        talk.do(ClearFlag(OUT_OF_REACH))
        _tell_side(talk, PersonBack(str(talk.facts["person.name"])))


def _tell_side(talk: Talk, event: PersonOutOfReach | PersonBack) -> None:
    coordinators = talk.facts["side.coordinators"]
    for one in coordinators if isinstance(coordinators, tuple) else ():
        if one != talk.facts["person.id"]:
            talk.do(Tell(PersonId(one), event))
