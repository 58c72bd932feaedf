"""Forgetting people so that it lasts: in one transaction, noted beforehand, and done again after a restore.

Rules kept here:

* Before the transaction that forgets somebody is committed, a line in `erasures.log` beside the keys is on disk: her
  number, the moment of her row, and when. No names. A crash between the two is made good at the next start.
* At every start whoever stands in that log and is in the database is forgotten again: that is how a restored copy
  forgets her too. Her partner and coordinators are told then, since that copy has not told them.
* What she shared is taken out of other chats only if she wished so. What others were asked because of it, with her
  words in their conversations, goes in any case.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from flows.effects import ErasePerson, Lane
from flows.events.pairs import PairEnded
from flows.events.people import StandingChanged, WriterGone
from flows.people import PersonId, PersonState, ProgrammeId
from flows.values import Listed, Text, Value
from storage import erasures, holdings, inbox, outbox, people, programmes
from storage.columns import from_microseconds, to_microseconds
from storage.erasures import Erasure
from storage.outbox import PARKED, Message, Outgoing

if TYPE_CHECKING:
    from bot.desks import Desk
    from bot.speech import Speech
    from storage.database import Database, Transaction
    from storage.encryption import Vault

TOLD: Final = (
    *("answers", "check_ins", "reflections", "pair_answers", "goals", "milestones", "checklist_changes"),
    *("sessions", "consents"),
)
"""What is counted for her who is forgotten, in words that mean something to her."""

GOODBYE_WITHIN: Final = timedelta(hours=24)
"""A crash kept her from hearing that it is done. Telegram keeps her last tap as long, so she still waits."""


class ErasuresLog:
    """The file of who was forgotten. One process of a machine writes it at a time; a line is one write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def trouble(self) -> str | None:
        """What would keep a deletion from being noted, and so from being done; `None` when nothing is known."""
        place = next(one for one in (self.path, *self.path.absolute().parents) if one.exists())
        right = os.W_OK if place == self.path else os.W_OK | os.X_OK
        if place.is_dir() is not (place == self.path) and os.access(place, right):
            return None
        return f"{self.path} can not be written, so nobody could be deleted: set ERASURES_LOG to a file of this user."

    def note(self, erased: Sequence[Erasure]) -> None:
        """Returns when the lines are on disk. Raises OSError."""
        if not erased:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            length = os.fstat(descriptor).st_size
            torn = length > 0 and os.pread(descriptor, 1, length - 1) != b"\n"
            os.write(descriptor, ("\n" * torn + "".join(map(_line, erased))).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def read(self) -> list[Erasure]:
        """All that was noted. A line that was torn by a crash was never followed by an erasure: it is passed over."""
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(_erasure(json.loads(line)))
            except (ValueError, KeyError, TypeError):
                structlog.get_logger(__name__).warning("erasure_unreadable", file=str(self.path))
        return found


def _line(one: Erasure) -> str:
    said = {
        "person": one.person,
        "programme": one.programme,
        "created_at": to_microseconds(one.created_at),
        "at": to_microseconds(one.at),
        "take_back": one.take_back,
    }
    return json.dumps(said) + "\n"


def _erasure(said: Mapping[str, Any]) -> Erasure:
    return Erasure(
        PersonId(said["person"]),
        ProgrammeId(said["programme"]),
        from_microseconds(said["created_at"]),
        from_microseconds(said["at"]),
        bool(said["take_back"]),
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody whom a turn has forgotten, and how she is spoken to a last time."""

    person: PersonId
    chat: int | None
    language: str
    zone: str
    wish: ErasePerson


def leaving_of(desks: Iterable[Desk]) -> list[Leaving]:
    """Those of a batch whom a turn has forgotten."""
    return [
        Leaving(desk.person.id, desk.chat, desk.person.language, desk.person.zone, desk.erased)
        for desk in desks
        if desk.erased is not None
    ]


async def erase(
    tx: Transaction,
    vault: Vault,
    speech: Speech,
    log: ErasuresLog | None,
    leaving: Sequence[Leaving],
    now: datetime,
) -> list[Outgoing]:
    """Forgets people whole, noted first; gives what is still to be said and rewritten. `log` `None` notes nothing."""
    if not leaving:
        return []
    said: list[Outgoing] = []
    for one in leaving:
        readers = await erasures.readers_of(tx, one.person)
        await inbox.tell(tx, vault, [inbox.Told(reader, WriterGone(one.person)) for reader in readers], now)
        if one.wish.take_back:
            said += await _taken_back(tx, speech, one.person, now)
        if one.wish.on_request and one.chat is not None:
            counted = await holdings.counts(tx, one.person, one.chat, TOLD)
            words = speech.text(_done(counted), one.language, one.zone)
            said.append(Outgoing(None, None, one.chat, Lane.REPLY, Message("send", words), now))
    ids = [one.person for one in leaving]
    if log is not None:
        log.note(await erasures.to_note(tx, {one.person: one.wish.take_back for one in leaving}, now))
    await erasures.erase(tx, ids, now)
    return said


def _done(counted: Mapping[str, int]) -> Text:
    kinds: tuple[Value, ...] = tuple(Text(f"erased.{kind}", count=count) for kind, count in counted.items())
    return Text("erased.done", {"counts": Listed((Text("erased.account"), *kinds))})


async def _taken_back(tx: Transaction, speech: Speech, person: PersonId, now: datetime) -> list[Outgoing]:
    rows = []
    for one in await erasures.take_back(tx, person):
        words = speech.text(Text("erased.taken_back"), one.language, one.zone)
        rewritten = Message("rewrite", words, target=one.anchor)
        message = rewritten if one.method == "send" else Message("delete", target=one.anchor)
        not_before = now if one.reachable else PARKED
        rows.append(Outgoing(None, one.reader, one.chat, Lane.REPLY, message, not_before))
    return rows


async def erase_again(database: Database, speech: Speech, log: ErasuresLog, now: datetime) -> int:
    """Forgets whoever was forgotten before and is here (again); says how many."""
    noted = log.read()
    if not noted:
        return 0
    async with database.write() as tx:
        back = await erasures.still_there(tx, noted)
        known = {
            one.person.id: one for one in await people.load_locked(tx, database.vault, [one.person for one in back])
        }
        said: list[Outgoing] = []
        for one in back:
            found = known[one.person]
            await _tell_that_she_left(tx, database.vault, found, now)
            fresh = now - one.at <= GOODBYE_WITHIN
            wish = ErasePerson(on_request=fresh, take_back=one.take_back)
            person = found.person
            leaving = Leaving(person.id, found.telegram_id, person.language, person.zone, wish)
            said += await erase(tx, database.vault, speech, None, [leaving], now)
        await outbox.insert(tx, database.vault, said, now)
    return len(back)


async def _tell_that_she_left(tx: Transaction, vault: Vault, known: people.Known, now: datetime) -> None:
    """As `flows/rules/leaving` does in the turn that was lost."""
    person = known.person
    if person.state is PersonState.JOINING:
        return
    leading = await programmes.coordinators(tx, [person.programme])
    own = [one for one in leading.get(person.side, ()) if one != person.id]
    told = own or [one for side in leading.values() for one in side if one != person.id]
    partners = await erasures.partners_of(tx, person.id)
    events = [inbox.Told(one, PairEnded(pair, "parted", "")) for pair, one in partners]
    events += [inbox.Told(one, StandingChanged(person.name, "left")) for one in told]
    await inbox.tell(tx, vault, events, now)
