"""Who takes part.

Rules kept here:

* People are locked by id, in one statement, before anything of theirs is read in a write transaction.
* A name is sealed for its person; it is sorted and searched in memory.
* Erasing a person takes every row of hers along (`ON DELETE CASCADE`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Text, bindparam, case, delete, exists, func, null, or_, select, update
from sqlalchemy import insert as sql_insert

from flows.people import Person, PersonId, PersonState, ProgrammeId, Role, SideId
from storage.columns import Moment, Sealed
from storage.database import Transaction
from storage.encryption import Vault
from storage.schema import broadcasts, invitations, people
from storage.statements import ManyStatement, Query, among

_row = people.c
_others = people.alias("others")


@dataclass(frozen=True, slots=True)
class Known:
    """A person and the address of her private chat."""

    person: Person
    telegram_id: int | None
    unreachable_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A person as she is to be written. The reason is the platform's, as a word."""

    person: Person
    unreachable_reason: str | None = None


_ROWS = select(
    _row.id,
    _row.programme_id,
    _row.side_id,
    _row.role,
    _row.language,
    _row.state,
    _row.name,
    _row.country,
    _row.zone,
    _row.check_in_day,
    _row.check_in_minute,
    _row.paused_until,
    _row.unreachable_since,
    _row.sessions_started,
    _row.numbers_offered,
    _row.away_from,
    _row.away_until,
    _row.quiet_hours,
    _row.lite,
    _row.telegram_id,
    _row.unreachable_reason,
).order_by(_row.id)

# FOR NO KEY UPDATE: a row that names her (an event told to her, a message) is inserted by others without waiting.
# With FOR UPDATE two batches that tell each other's people something would be a deadlock.
_BY_ID = among(_row.id, "ids")
_BY_CHAT = among(_row.telegram_id, "chats")
_LOCK_BY_ID = Query(_ROWS.where(_BY_ID).with_for_update(key_share=True))
_LOCK_BY_CHAT = Query(_ROWS.where(_BY_CHAT).with_for_update(key_share=True))
_LOCK_BY_EITHER = Query(_ROWS.where(or_(_BY_ID, _BY_CHAT)).with_for_update(key_share=True))


async def load_locked(
    tx: Transaction, vault: Vault, ids: Collection[PersonId], telegram_ids: Collection[int] = ()
) -> list[Known]:
    """The people named by id or chat, ordered by id, locked until the end of the transaction.

    In one statement, so that two batches lock in the same order. Who is not known is missing.
    """
    if ids and telegram_ids:
        found = await _LOCK_BY_EITHER.rows(tx, ids=list(ids), chats=list(telegram_ids))
    elif ids:
        found = await _LOCK_BY_ID.rows(tx, ids=list(ids))
    elif telegram_ids:
        found = await _LOCK_BY_CHAT.rows(tx, chats=list(telegram_ids))
    else:
        return []
    return [_known(vault, row) for row in found]


_OF_PROGRAMME = _ROWS.where(_row.programme_id == bindparam("programme"))


async def of_programme(tx: Transaction, vault: Vault, programme: ProgrammeId) -> list[Known]:
    """Everybody in it, by id."""
    return [_known(vault, row) for row in await tx.execute(_OF_PROGRAMME, {"programme": programme})]


_INSERT = sql_insert(people).returning(_row.id)


async def insert(
    tx: Transaction,
    *,
    programme: ProgrammeId,
    side: SideId,
    role: Role,
    telegram_id: int | None,
    language: str,
    now: datetime,
) -> PersonId:
    """Somebody who begins to join. A chat that is known already is a unique violation (`Trouble.CONFLICT`)."""
    found = await tx.execute(
        _INSERT,
        {
            "programme_id": programme,
            "side_id": side,
            "role": role.value,
            "telegram_id": telegram_id,
            "language": language,
            "zone": "UTC",
            "state": PersonState.JOINING.value,
            "sessions_started": 0,
            "numbers_offered": False,
            "created_at": now,
        },
    )
    return PersonId(found.scalar_one())


_UPDATE = ManyStatement(
    update(people)
    .where(_row.id == bindparam("person"))
    .values(
        language=bindparam("new_language"),
        state=bindparam("new_state"),
        name=bindparam("new_name", type_=Sealed),
        country=bindparam("new_country"),
        zone=bindparam("new_zone"),
        check_in_day=bindparam("new_check_in_day"),
        check_in_minute=bindparam("new_check_in_minute"),
        paused_until=bindparam("new_paused_until", type_=Moment),
        unreachable_since=bindparam("new_unreachable_since", type_=Moment),
        unreachable_reason=case(
            (
                bindparam("unreachable", type_=Boolean),
                func.coalesce(bindparam("new_unreachable_reason", type_=Text), _row.unreachable_reason),
            ),
            else_=null(),
        ),
        sessions_started=bindparam("new_sessions_started"),
        numbers_offered=bindparam("new_numbers_offered"),
        away_from=bindparam("new_away_from", type_=Moment),
        away_until=bindparam("new_away_until", type_=Moment),
        quiet_hours=bindparam("new_quiet_hours"),
        lite=bindparam("new_lite"),
        joined_at=func.coalesce(_row.joined_at, bindparam("new_joined_at", type_=Moment)),
    )
)


async def update_changed(tx: Transaction, vault: Vault, changed: Sequence[Changed], now: datetime) -> None:
    """Writes all that may change of them. Who is not joining any more has joined `now`, the first time it is written.
    A reason that is not given stays as it was, as long as she is unreachable."""
    await _UPDATE.run(tx, [_changes(vault, row.person, row.unreachable_reason, now) for row in changed])


def _changes(vault: Vault, person: Person, reason: str | None, now: datetime) -> dict[str, Any]:
    return {
        "person": person.id,
        "new_language": person.language,
        "new_state": person.state.value,
        "new_name": vault.seal_text("people.name", person.id, person.name) if person.name else None,
        "new_country": person.country,
        "new_zone": person.zone,
        "new_check_in_day": person.check_in_day,
        "new_check_in_minute": person.check_in_minute,
        "new_paused_until": person.paused_until,
        "new_unreachable_since": person.unreachable_since,
        "unreachable": person.unreachable_since is not None,
        "new_unreachable_reason": reason,
        "new_sessions_started": person.sessions_started,
        "new_numbers_offered": person.numbers_offered,
        "new_away_from": person.away_from,
        "new_away_until": person.away_until,
        "new_quiet_hours": person.quiet_hours,
        "new_lite": person.lite,
        "new_joined_at": None if person.state is PersonState.JOINING else now,
    }


_MOVE_CHAT = ManyStatement(
    update(people)
    .where(
        _row.telegram_id == bindparam("old"),
        ~exists(select(_others.c.id).where(_others.c.telegram_id == bindparam("new"))),
    )
    .values(telegram_id=bindparam("new"))
)


async def move_chats(tx: Transaction, moves: Sequence[tuple[int, int]]) -> None:
    """Whoever was known by the first number of each pair is known by the second from now on; nobody is where that is
    somebody else's."""
    await _MOVE_CHAT.run(tx, [{"old": old, "new": new} for old, new in moves])


_WHO_IS_KNOWN = select(_row.id).where(_BY_ID)


async def still_known(tx: Transaction, ids: Collection[PersonId]) -> set[PersonId]:
    """Those of `ids` who are here (still). Locks nobody."""
    return set((await tx.execute(_WHO_IS_KNOWN, {"ids": list(ids)})).scalars()) if ids else set()


_NAMES = select(_row.id, _row.name).where(_BY_ID).order_by(_row.id)


async def names(tx: Transaction, vault: Vault, ids: Collection[PersonId]) -> dict[PersonId, str]:
    """What these people are called, by id; who has told no name yet is called nothing."""
    if not ids:
        return {}
    rows = await tx.execute(_NAMES, {"ids": list(ids)})
    return {person: "" if name is None else vault.open_text("people.name", person, name) for person, name in rows}


_PROGRAMMES = select(_row.id, _row.programme_id).where(among(_row.id, "ids"))


async def programmes_of(tx: Transaction, ids: Collection[PersonId]) -> dict[PersonId, ProgrammeId]:
    """In which programme each takes part."""
    rows = await tx.execute(_PROGRAMMES, {"ids": list(ids)}) if ids else ()
    return {PersonId(person): ProgrammeId(programme) for person, programme in rows}


_FREE_INVITATIONS = update(invitations).where(among(invitations.c.used_by, "ids")).values(used_by=None, used_at=None)
_WIPE_BROADCASTS = update(broadcasts).where(among(broadcasts.c.author_id, "ids")).values(texts=null())
_ERASE = delete(people).where(among(_row.id, "ids"))


async def erase(tx: Transaction, ids: Collection[PersonId]) -> None:
    """Forgets people whole, with all that is theirs. Their invitations can be used again. Of broadcasts that they wrote
    the words go; what is written down already for others is theirs to get."""
    if ids:
        await tx.execute(_WIPE_BROADCASTS, {"ids": list(ids)})
        await tx.execute(_FREE_INVITATIONS, {"ids": list(ids)})
        await tx.execute(_ERASE, {"ids": list(ids)})


_COUNT = select(func.count()).select_from(people)


async def count(tx: Transaction) -> int:
    return int((await tx.execute(_COUNT)).scalar_one())


def _known(vault: Vault, row: Any) -> Known:
    # unpacked, since a row's attributes are looked up by name one by one; the columns of `_ROWS` stand in the order
    # of the fields of `Person`
    person, programme, side, role, language, state, name, *others, telegram_id, unreachable_reason = row
    return Known(
        Person(
            person,
            programme,
            side,
            _ROLES[role],
            language,
            _STATES[state],
            "" if name is None else vault.open_text("people.name", person, name),
            *others,
        ),
        telegram_id,
        unreachable_reason,
    )


_ROLES = {role.value: role for role in Role}
_STATES = {state.value: state for state in PersonState}


# -- those with a list of commands of their own ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Addressed:
    """Somebody who can be written to."""

    id: PersonId
    chat: int
    role: Role
    language: str


_JOINED = (
    select(_row.id, _row.telegram_id, _row.role, _row.language)
    .where(
        _row.state != PersonState.JOINING.value,
        _row.telegram_id.is_not(None),
        _row.unreachable_since.is_(None),
    )
    .order_by(_row.id)
)


async def with_own_menu(tx: Transaction, letters: int) -> list[Addressed]:
    """Coordinators and focal points of every programme, and twins whose language has not so many letters, who have
    joined and can be reached."""
    wanted = _JOINED.where(or_(_row.role != Role.TWIN.value, func.length(_row.language) != letters))
    return [Addressed(PersonId(one[0]), one[1], Role(one[2]), one[3]) for one in await tx.execute(wanted)]
