"""One row of somebody's in every table that may hold one, with words that can be found again."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Table, insert, select, update

from flows.people import PersonId
from storage import schema
from storage.columns import Moment, Sealed
from storage.database import Transaction
from storage.encryption import Vault
from storage.holdings import HELD
from storage.seals import row_of
from tests.storage.seeding import NOW

_JSON = {
    ("goals", "words"),
    ("sessions", "state"),
    ("inbox", "event"),
    ("inbox_failed", "body"),
    ("outbox", "body"),
    ("broadcasts", "texts"),
    ("drafts", "body"),
}
_OWNERS = ("person_id", "used_by", "moved_by", "author_id", "actor_id", "receipt_person_id")


def word(person: PersonId, table: str, column: str) -> str:
    """What stands in a sealed column of hers."""
    return f"Quixot-{person}-{table}-{column}"


async def plant(tx: Transaction, vault: Vault, person: PersonId, pair: int) -> None:
    """Fills every held table but `people`, `pairs` and `pair_members`, where she is already, and her own name."""
    row = (await tx.execute(select(schema.people).where(schema.people.c.id == person))).mappings().one()
    name = vault.seal_text("people.name", person, word(person, "people", "name"))
    await tx.execute(update(schema.people).where(schema.people.c.id == person).values(name=name))
    for held_as, held in HELD.items():
        if held.table.name in {"people", "pairs", "pair_members"}:
            continue
        await tx.execute(insert(held.table).values(_row(vault, held_as, held.table, dict(row), pair)))


def _row(vault: Vault, held_as: str, table: Table, person: dict[str, Any], pair: int) -> dict[str, Any]:
    known = {
        **dict.fromkeys(_OWNERS, person["id"]),
        "programme_id": person["programme_id"],
        "side_id": person["side_id"],
        "pair_id": pair,
        "chat_id": person["telegram_id"],
        "telegram_id": person["telegram_id"],
        "about": f"person/{person['id']}",
    }
    if held_as == "outbox_receipts":  # somebody else's message, of which she is told
        known |= {"person_id": None, "chat_id": 77_000 + person["id"]}
    elif table.name == "outbox":
        known |= {"receipt_person_id": None}
    made = {}
    for column in table.columns:
        if column.name in known:
            made[column.name] = known[column.name]
        elif not isinstance(column.type, Sealed) and not (column.primary_key and column.autoincrement is True):
            made[column.name] = _value(column, person["id"], held_as)
    for column in table.columns:
        if isinstance(column.type, Sealed):
            said = word(person["id"], table.name, column.name)
            text = json.dumps({"words": said}) if (table.name, column.name) in _JSON else said
            made[column.name] = vault.seal_text(str(column), row_of(column, made), text)
    return made


def _value(column: Any, person: int, held_as: str) -> Any:
    kind = type(column.type).__name__
    if isinstance(column.type, Moment):
        return NOW
    match kind:
        case "Boolean":
            return True
        case "LargeBinary":
            return f"{person}".encode()
        case "Text":
            return "sent" if column.name == "state" else f"{held_as}-{column.name}-{person}"
        case _:
            return 1
