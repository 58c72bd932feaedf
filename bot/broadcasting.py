"""Broadcasts on their way: writes the ledger of those that were decided, and tells authors of those that are over.

Rules kept here:

* Everything is read from the database at every look, so a restart goes on where the last process stood.
* A piece is one transaction of some ten milliseconds; between two of them others write.
* The words of a person's row are made in the language that she has when it is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flows.broadcasts import Audience
from flows.effects import Lane, SendBroadcast, SendUnknownAgain, StopBroadcast
from flows.events.shell import FlowStarted
from flows.people import Person, PersonId
from flows.rules.broadcasting import message
from flows.rules.quiet import quiet_hours
from flows.values import Text
from storage import audit, broadcasts, inbox, outbox
from storage.messages import Message
from storage.outbox import Outgoing

if TYPE_CHECKING:
    from bot.speech import Speech
    from storage.broadcasts import Broadcast, Recipient
    from storage.database import Database, Transaction
    from storage.encryption import Vault

PIECE: Final = 250
"""Rows in one transaction: about 15 ms on SQLite."""

BROADCAST_VALID_FOR: Final = timedelta(hours=48)
"""What could not be sent by then is not sent any more, and is counted."""

RESULT: Final = "broadcast_result"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a coordinator wants done with a broadcast of her programme."""

    person: Person
    chat: int | None
    effect: SendBroadcast | StopBroadcast | SendUnknownAgain


async def carry_on(database: Database, speech: Speech, now: datetime) -> tuple[bool, bool]:
    """Writes one piece of each ledger that is not whole, and ends what is finished. Gives whether there is something
    new to send, and whether somebody was told something."""
    async with database.read() as tx:
        under_way = await broadcasts.under_way(tx, database.vault)
    written = False
    for one in under_way:
        while one.state == broadcasts.PREPARING and await _write_piece(database, speech, one, now):
            written = True
    if not under_way:
        return False, False
    async with database.read() as tx:
        if not await broadcasts.any_finished(tx):
            return written, False
    async with database.write() as tx:
        ended = await broadcasts.end_finished(tx, now)
        await inbox.tell(tx, database.vault, [_over(which, author, now) for which, author in ended if author], now)
    return written, bool(ended)


def _over(broadcast: int, author: PersonId, now: datetime) -> inbox.Told:
    told = FlowStarted(RESULT, {"broadcast": str(broadcast)})
    return inbox.Told(author, told, f"broadcast/{broadcast}/over/{int(now.timestamp())}")


async def _write_piece(database: Database, speech: Speech, one: Broadcast, now: datetime) -> bool:
    """The next rows of the ledger, or, when there are none left, its end; whether there were any."""
    async with database.write() as tx:
        state, has_words = await broadcasts.lock_state(tx, one.id)
        if state != broadcasts.PREPARING:
            return False  # stopped meanwhile, or another process was quicker
        piece = await broadcasts.next_piece(tx, one, PIECE) if has_words else []
        rows = [_row(speech, one, recipient, now) for recipient in piece]
        await outbox.insert(tx, database.vault, rows, now)
        if len(piece) < PIECE:
            await broadcasts.close_ledger(tx, one.id)
        return bool(piece)


def _row(speech: Speech, one: Broadcast, recipient: Recipient, now: datetime) -> Outgoing:
    return Outgoing(
        key=broadcasts.key_of(one.id, recipient.person),
        person=recipient.person,
        chat=recipient.chat,
        lane=Lane.BULK,
        message=_message(speech, one, recipient),
        not_before=now,
        valid_until=one.created_at + BROADCAST_VALID_FOR,
        quiet=str(quiet_hours(recipient.quiet_hours, recipient.zone)),
        broadcast=one.id,
        lasting=True,
    )


def _message(speech: Speech, one: Broadcast, recipient: Recipient) -> Message:
    """Who has changed her language in the seconds since it was decided reads the text that most read."""
    written = one.texts.get(recipient.language) or next(iter(one.texts.values()))
    text: Text = message(written, one.sender, one.programme_name)
    return Message("send", speech.text(text, recipient.language, recipient.zone))


async def _send_unknown_again(tx: Transaction, vault: Vault, speech: Speech, one: Broadcast, now: datetime) -> None:
    """Those of whom nobody knows get it once more."""
    messages = [(recipient, _message(speech, one, recipient)) for recipient in await broadcasts.unknown(tx, one.id)]
    await broadcasts.send_again(tx, vault, one.id, messages, now, now + BROADCAST_VALID_FOR)


async def decide(
    tx: Transaction, vault: Vault, speech: Speech, wanted: Sequence[Wanted], now: datetime
) -> list[Outgoing]:
    """Carries out what coordinators want, each in her own programme; gives what is to be said to those who came too
    late for it."""
    said = []
    for one in wanted:
        person = one.person
        match one.effect:
            case SendBroadcast(audience, texts):
                done: object = await broadcasts.decide(
                    tx,
                    vault,
                    programme=person.programme,
                    author=person.id,
                    audience=Audience.parse(audience),
                    texts=texts,
                    sender=person.name,
                    now=now,
                )
                what, about, refusal = "broadcast.sent", done, "broadcast.busy"
            case StopBroadcast(broadcast):
                done = await broadcasts.stop(tx, person.programme, broadcast)
                what, about, refusal = "broadcast.stopped", broadcast, "broadcast.over"
            case SendUnknownAgain(broadcast):
                opened = await broadcasts.reopen(tx, vault, person.programme, broadcast)
                if opened is not None:
                    await _send_unknown_again(tx, vault, speech, opened, now)
                done, what, about, refusal = opened, "broadcast.sent_again", broadcast, "broadcast.not_again"
        if done:
            await audit.note(tx, [audit.Noted(person.programme, person.id, what, f"broadcast/{about}", now)])
        elif one.chat is not None:
            words = speech.text(Text(refusal), person.language, person.zone)
            said.append(Outgoing(None, person.id, one.chat, Lane.REPLY, Message("send", words), now))
    return said
