"""Forgetting people whole.

Rules kept here:

* Everything goes in one transaction: what is hers by `ON DELETE CASCADE`, and by hand what only names her: receipts,
  the audit, proposals, messages to her chat.
* A pair that lost somebody has ended. Her partner's own rows stay her partner's.
* A person is known by her number and the moment of her row: after a restore a number may be given to somebody else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, null, or_, select, update

from flows.entries import anchor_of
from flows.people import PairId, PersonId, ProgrammeId, Role
from storage import people as people_
from storage.columns import Moment
from storage.database import Transaction
from storage.schema import audit, goals, inbox_failed, outbox, pair_members, pairs, people
from storage.statements import among

ENDED, BECAUSE_LEFT = "ended", "left"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person who was, or is to be, forgotten. `created_at` is the moment of her row."""

    person: PersonId
    programme: ProgrammeId
    created_at: datetime
    at: datetime
    take_back: bool = False


_own, _other = pair_members.alias("own"), pair_members.alias("other")

_KNOWN = select(people.c.id, people.c.programme_id, people.c.created_at).where(among(people.c.id, "ids"))


async def to_note(tx: Transaction, wanted: dict[PersonId, bool], now: datetime) -> list[Erasure]:
    """What is to be noted of people before they are forgotten; `wanted` says whether what each shared goes too."""
    rows = await tx.execute(_KNOWN.order_by(people.c.id), {"ids": list(wanted)})
    return [Erasure(one, programme, created_at, now, wanted[one]) for one, programme, created_at in rows]


async def still_there(tx: Transaction, noted: Sequence[Erasure]) -> list[Erasure]:
    """Those of `noted` who are (again) in this database: same number, same moment."""
    rows = await tx.execute(_KNOWN, {"ids": sorted({one.person for one in noted})})
    here = {(person, created_at) for person, _, created_at in rows}
    return list({(one.person, one.created_at): one for one in noted if (one.person, one.created_at) in here}.values())


_PAIRS_OF = select(pair_members.c.pair_id).where(among(pair_members.c.person_id, "ids"))
_END_PAIRS = (
    update(pairs)
    .where(pairs.c.id.in_(_PAIRS_OF), pairs.c.state.in_(["proposed", "active"]))
    .values(state=ENDED, ended_at=bindparam("now", type_=Moment), ended_because=BECAUSE_LEFT)
)
_FORGET_PROPOSER = update(pairs).where(among(pairs.c.proposed_by, "ids")).values(proposed_by=null())
_FORGET_RECEIPTS = (
    update(outbox)
    .where(among(outbox.c.receipt_person_id, "ids"))
    .values(receipt_person_id=null(), receipt_session=null())
)
_FORGET_ACTOR = update(audit).where(among(audit.c.actor_id, "ids")).values(actor_id=null())
_FORGET_ABOUT = update(audit).where(among(audit.c.about, "abouts")).values(about=null())
_CHATS = select(people.c.telegram_id).where(among(people.c.id, "ids"), people.c.telegram_id.is_not(None))
_FORGET_CHAT = delete(outbox).where(among(outbox.c.chat_id, "chats"))
_FORGET_FAILED = delete(inbox_failed).where(among(inbox_failed.c.telegram_id, "chats"))


async def erase(tx: Transaction, ids: Collection[PersonId], now: datetime) -> None:
    """Forgets people whole, with all that is theirs and all that names them. Their invitations can be used again."""
    if not ids:
        return
    who = {"ids": list(ids)}
    chats = {"chats": list((await tx.execute(_CHATS, who)).scalars())}
    await tx.execute(_END_PAIRS, {**who, "now": now})
    await tx.execute(_FORGET_PROPOSER, who)
    await tx.execute(_FORGET_RECEIPTS, who)
    await tx.execute(_FORGET_ACTOR, who)
    await tx.execute(_FORGET_ABOUT, {"abouts": [f"person/{one}" for one in ids]})
    if chats["chats"]:
        await tx.execute(_FORGET_CHAT, chats)
        await tx.execute(_FORGET_FAILED, chats)
    await people_.erase(tx, ids)


@dataclass(frozen=True, slots=True)
class Shared:
    """A message with words of hers in somebody else's chat, or a voice note (`method`), and how its reader is spoken
    to."""

    anchor: str
    method: str
    reader: PersonId
    chat: int
    language: str
    zone: str
    reachable: bool


_IS_SHARED = func.substr(outbox.c.anchor, 1, bindparam("length")) == bindparam("prefix")
_IS_HERS = or_(
    _IS_SHARED,
    # a note that she passed on: she is told what becomes of it. A word by /contact has no anchor: it stays.
    outbox.c.receipt_person_id == bindparam("author"),
)
_WITHDRAW = (
    update(outbox)
    .where(outbox.c.anchor.is_not(None), _IS_HERS, outbox.c.state == "waiting")
    .values(state="withdrawn", body=null(), reason="taken back")
)
_SENT = (
    select(
        outbox.c.anchor,
        outbox.c.method,
        people.c.id,
        people.c.telegram_id,
        people.c.language,
        people.c.zone,
        people.c.unreachable_since.is_(None),
    )
    .join_from(outbox, people, people.c.id == outbox.c.person_id)
    .where(
        outbox.c.anchor.is_not(None),
        _IS_HERS,
        outbox.c.state.in_(["sent", "claimed"]),
        # one that she passed on as a note shares its name with what is asked below it
        or_(outbox.c.method == "send", and_(outbox.c.method == "voice", _IS_SHARED)),
        people.c.telegram_id.is_not(None),
    )
    .distinct()
    .order_by(outbox.c.anchor)
)


_EMPTY_GOALS = (
    update(goals)
    .where(
        goals.c.pair_id.in_(select(pair_members.c.pair_id).where(pair_members.c.person_id == bindparam("author"))),
        goals.c.person_id != bindparam("author"),
    )
    .values(words=null())
)


async def take_back(tx: Transaction, person: PersonId) -> list[Shared]:
    """Withdraws what others were to read of hers and has not been sent, and empties the goals that others hold together
    with her; gives what they have in their chats: what she shared, and the notes of the last weeks whose rows are still
    there."""
    prefix = anchor_of(person, "")
    which = {"prefix": prefix, "length": len(prefix), "author": person}
    await tx.execute(_WITHDRAW, which)
    await tx.execute(_EMPTY_GOALS, {"author": person})
    return [Shared(*row) for row in await tx.execute(_SENT, which)]


_author = people.alias("author")
_READERS = (
    select(outbox.c.person_id)
    .where(_IS_HERS, outbox.c.person_id.is_not(None), outbox.c.person_id != bindparam("author"))
    .union(
        select(people.c.id)
        .join_from(_author, people, people.c.programme_id == _author.c.programme_id)
        .where(
            _author.c.id == bindparam("author"),
            people.c.id != _author.c.id,
            people.c.role == Role.COORDINATOR.value,
        )
    )
    .order_by("person_id")
)


async def readers_of(tx: Transaction, person: PersonId) -> list[PersonId]:
    """Who may have been asked something because of her: those to whom words of hers went in the last weeks, and the
    coordinators of her programme, from whom she may have wished for a word."""
    prefix = anchor_of(person, "")
    which = {"prefix": prefix, "length": len(prefix), "author": person}
    return [PersonId(one) for (one,) in await tx.execute(_READERS, which)]


_COMPANY = (
    select(_other.c.pair_id, _other.c.person_id)
    .join_from(_own, pairs, pairs.c.id == _own.c.pair_id)
    .join(_other, (_other.c.pair_id == _own.c.pair_id) & (_other.c.person_id != _own.c.person_id))
    .where(_own.c.person_id == bindparam("person"), pairs.c.state == "active")
)


async def partners_of(tx: Transaction, person: PersonId) -> list[tuple[PairId, PersonId]]:
    """Her pair and her partner in it, as long as it has not ended."""
    return [(PairId(pair), PersonId(one)) for pair, one in await tx.execute(_COMPANY, {"person": person})]
