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
from flows.events.pairs import ContactMissed, HelloReceived, NoteReceived, NoteReported, NoteThanked, TwinAsked
from flows.events.people import (
    CareTaken,
    CoordinatorHelps,
    HelpAsked,
    OtherHelps,
    PersonBack,
    PersonOutOfReach,
    SideMissed,
    TwinAnswered,
    TwinQuiet,
    TwinQuietLong,
    TwinsApart,
    WeekCounted,
    WishSettled,
    WishTold,
)
from flows.events.shell import ReceiptCame
from flows.pairing import NOTE
from flows.people import CHECK_IN, PersonId, PersonState
from flows.rules import country_events, out_of_touch, topics, wishing
from flows.rules.coordinating import HELP
from flows.rules.silence import channel
from flows.session import Status
from flows.talk import Talk
from flows.values import LocalTime, Text, Value

NOTE_RECEIVED, HELP_ASKED, LONG_QUIET = "note_received", "help_asked", "long_quiet"
SIDE_MISSED = "side_missed"

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


def contact_missed(talk: Talk, missed: ContactMissed) -> None:
    """Her partner does not reach her: by day."""
    for effect in out_of_touch.missed_by_partner(talk.facts, missed, talk.now):
        talk.do(unbidden.by_day(talk, effect) if isinstance(effect, Say) else effect)


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


def wish_told(talk: Talk, told: WishTold) -> None:
    names: dict[str, Value] = {"twin": told.twin_name, "partner": told.partner_name}
    unbidden.say_unbidden(talk, f"wish.told_{told.wish}", **names)


def wish_settled(talk: Talk, settled: WishSettled) -> None:
    """A coordinator says that the two go on: nothing is left to look at, unless she took it back herself."""
    taken_down, twin = wishing.taken_down(talk.facts), talk.facts["twin.name"]
    if taken_down and isinstance(twin, str):
        talk.do(*taken_down)
        names: dict[str, Value] = {"coordinator": settled.coordinator_name, "twin": twin}
        unbidden.say_unbidden(talk, "wish.settled", **names)


def twin_quiet(talk: Talk, quiet: TwinQuiet) -> None:
    way = Text(channel(None if quiet.reason is None else quiet.reason.rpartition(".")[2]))
    day = LocalTime(quiet.since, "day")
    if quiet.reason is None:
        talk.say("silence.told_plain", twin=quiet.twin_name, day=day, channel=way)
    else:
        talk.say("silence.told", twin=quiet.twin_name, day=day, reason=Text(quiet.reason), channel=way)


def twin_quiet_long(talk: Talk, quiet: TwinQuietLong) -> None:
    """Ask what could help, beside whatever is open."""
    given = {"twin": quiet.twin_name, "twin_id": str(quiet.twin), "partner_id": str(quiet.partner)}
    talk.begin(LONG_QUIET, {**given, "since": quiet.since.isoformat()})


def other_helps(talk: Talk, helps: OtherHelps) -> None:
    """Another coordinator sees to her: say who, and do not ask any more."""
    about = {"twin_id": str(helps.twin)}
    asked = [one for one in talk.sessions.values() if one.flow == LONG_QUIET and about.items() <= one.given.items()]
    if asked and asked[-1].status is Status.OPEN:
        unbidden.end_open(talk, LONG_QUIET, given=about)
        said = Text("silence.long_other", {"coordinator": helps.coordinator_name, "twin": asked[-1].given["twin"]})
        talk.do(Say(said, silent=True))


def side_missed(talk: Talk, missed: SideMissed) -> None:
    """Say that much of a side did not answer, and ask whether that has another reason, beside whatever is open."""
    given = {"side_id": str(missed.side), "side": missed.side_name, "period": missed.period}
    talk.begin(SIDE_MISSED, {**given, "due": str(missed.due), "missed": str(missed.missed)})


def week_counted(talk: Talk, counted: WeekCounted) -> None:
    """Another coordinator knows what it was: say who, and do not ask any more."""
    unbidden.end_open(talk, SIDE_MISSED, given={"side_id": str(counted.side), "period": counted.period})
    day = country_events.day_of(counted.period, str(talk.facts["person.zone"]))
    names: dict[str, Value] = {"coordinator": counted.coordinator_name, "side": counted.side_name}
    talk.do(Say(Text("side_missed.counted_by_other", {**names, "day": day}), silent=True))


def coordinator_helps(talk: Talk, helps: CoordinatorHelps) -> None:
    """A hello of a coordinator to both, or a topic: by day, and only to somebody who takes part and has a twin."""
    facts = talk.facts
    if facts["twin.id"] is None or facts["person.state"] == PersonState.STOPPED:
        return
    if helps.what == "topic":
        unbidden.say_unbidden(talk, "topics.for_both", card=topics.card(None, facts, talk.now))
    else:
        names: dict[str, Value] = {"coordinator": helps.coordinator_name, "twin": str(facts["twin.name"])}
        unbidden.say_unbidden(talk, "silence.hello", **names)


def twins_apart(talk: Talk, apart: TwinsApart) -> None:
    names: dict[str, Value] = {"twin": apart.twin_name, "partner": apart.partner_name}
    way = Text(channel(None if apart.reason is None else apart.reason.rpartition(".")[2]))
    day = LocalTime(apart.since, "day")
    if apart.reason is None:
        talk.say("silence.apart_plain", day=day, channel=way, **names)
    else:
        talk.say("silence.apart", day=day, channel=way, reason=Text(apart.reason), **names)


def twin_answered(talk: Talk, answered: TwinAnswered) -> None:
    if answered.twin is not None:
        unbidden.end_open(talk, LONG_QUIET, given={"twin_id": str(answered.twin)})
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
