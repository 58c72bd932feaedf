"""A small programme to begin with: two sides, a coordinator and a twin on each, everybody joined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flows.effects import Lane
from flows.people import Person, PersonId, PersonState, ProgrammeId, Role, SideId
from storage import people, programmes
from storage.database import Transaction
from storage.encryption import Vault
from storage.outbox import Message, Outgoing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Aminata and Bintu on the first side, Carla and Doris on the second; Bintu and Doris are twins."""

    programme: ProgrammeId
    sides: tuple[SideId, SideId]
    aminata: PersonId
    bintu: PersonId
    carla: PersonId
    doris: PersonId


async def seed(tx: Transaction, vault: Vault) -> Cast:
    programme = await programmes.create(
        tx, name="Bo and Breda", kind="professional", language="en", sides=[("Bo", "SL"), ("Breda", None)], now=NOW
    )
    first, second = programme.sides
    ids = []
    for number, (name, side, role, country) in enumerate(
        [
            ("Aminata", first.id, Role.COORDINATOR, "SL"),
            ("Bintu", first.id, Role.TWIN, "SL"),
            ("Carla", second.id, Role.COORDINATOR, "NL"),
            ("Doris", second.id, Role.TWIN, "BE"),
        ]
    ):
        ids.append(await add_person(tx, vault, programme.id, side, role, number + 1001, name, country))
    return Cast(programme.id, (first.id, second.id), *ids)


async def add_person(
    tx: Transaction,
    vault: Vault,
    programme: ProgrammeId,
    side: SideId,
    role: Role,
    chat: int,
    name: str,
    country: str | None,
) -> PersonId:
    """Somebody who has joined."""
    person = await people.insert(
        tx, programme=programme, side=side, role=role, telegram_id=chat, language="en", now=NOW
    )
    joining = (await people.load_locked(tx, vault, [person]))[0].person
    joined = replace(joining, name=name, country=country, state=PersonState.ACTIVE, zone="Africa/Freetown")
    await people.update_changed(tx, vault, [people.Changed(joined)], NOW)
    return person


async def load(tx: Transaction, vault: Vault, person: PersonId) -> Person:
    return (await people.load_locked(tx, vault, [person]))[0].person


def outgoing(
    chat: int,
    text: str = "Hello",
    *,
    key: str | None = None,
    lane: Lane = Lane.REPLY,
    person: PersonId | None = None,
    not_before: datetime = NOW,
    valid_until: datetime | None = None,
    anchor: str | None = None,
) -> Outgoing:
    return Outgoing(key, person, chat, lane, Message("send", text), not_before, valid_until=valid_until, anchor=anchor)
