"""What is held about one person: every table and column, exported or not, and why not.

Rules kept here:

* Complete by test: a table is in `HELD` or in `NOT_PERSONAL`, and a column of a held table is exported unless its
  `without` says why it is nobody's.
* Of others nothing is given out but numbers and what the bot has said to her anyway: not their words, not their chats.
* What is sealed is opened; what is JSON inside is given as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, func, or_, select

from flows.people import PersonId
from storage import schema
from storage.columns import Sealed
from storage.database import Transaction
from storage.encryption import Vault
from storage.seals import row_of

Row = Mapping[str, Any]
Whose = Callable[[PersonId, int | None], ColumnElement[bool]]
"""The condition of her rows, from her number and that of her chat."""


@dataclass(frozen=True, slots=True)
class Held:
    """Where something of hers lies. `only` restricts it to some columns; `without` names the columns that are nobody's,
    with the reason."""

    table: Table
    whose: Whose
    only: tuple[str, ...] = ()
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that are exported."""
        wanted = self.only or tuple(column.name for column in self.table.columns)
        return tuple(name for name in wanted if name not in self.without)


def _person(table: Table) -> Whose:
    return lambda person, _: table.c.person_id == person


_members = schema.pair_members.c
_OF_HER_PAIRS: Whose = lambda person, _: or_(  # noqa: E731 - one of a table of conditions
    schema.pairs.c.id.in_(select(_members.pair_id).where(_members.person_id == person)),
    schema.pairs.c.proposed_by == person,
)
_OF_HER_PHASES: Whose = lambda person, _: or_(  # noqa: E731 - as above
    schema.pair_phases.c.pair_id.in_(select(_members.pair_id).where(_members.person_id == person)),
    schema.pair_phases.c.moved_by == person,
)
_LOCK = "which process was sending the message, and until when"

HELD: Mapping[str, Held] = {
    "people": Held(schema.people, lambda person, _: schema.people.c.id == person),
    "consents": Held(schema.consents, _person(schema.consents)),
    "pairs": Held(schema.pairs, _OF_HER_PAIRS),
    "pair_phases": Held(schema.pair_phases, _OF_HER_PHASES),
    "pair_members": Held(schema.pair_members, _person(schema.pair_members)),
    "pair_answers": Held(schema.pair_answers, _person(schema.pair_answers)),
    "goals": Held(schema.goals, _person(schema.goals)),
    "milestones": Held(schema.milestones, _person(schema.milestones)),
    "checklist_changes": Held(schema.checklist_changes, _person(schema.checklist_changes)),
    "check_ins": Held(schema.check_ins, _person(schema.check_ins)),
    "reflections": Held(schema.reflections, _person(schema.reflections)),
    "answers": Held(schema.answers, _person(schema.answers)),
    "sessions": Held(schema.sessions, _person(schema.sessions)),
    "asked": Held(schema.asked, _person(schema.asked)),
    "flags": Held(schema.flags, _person(schema.flags)),
    "timers": Held(schema.timers, _person(schema.timers)),
    "broadcasts": Held(schema.broadcasts, lambda person, _: schema.broadcasts.c.author_id == person),
    "audit": Held(
        schema.audit,
        lambda person, _: or_(schema.audit.c.actor_id == person, schema.audit.c.about == f"person/{person}"),
    ),
    "invitations": Held(
        schema.invitations,
        lambda person, _: schema.invitations.c.used_by == person,
        without={"token_hash": "a checksum of the link, which opens nothing and says nothing of anybody"},
    ),
    "drafts": Held(schema.drafts, _person(schema.drafts)),
    "inbox": Held(schema.inbox, _person(schema.inbox)),
    "inbox_failed": Held(
        schema.inbox_failed,
        lambda person, chat: or_(schema.inbox_failed.c.person_id == person, schema.inbox_failed.c.telegram_id == chat),
    ),
    "outbox": Held(
        schema.outbox,
        lambda person, chat: or_(schema.outbox.c.person_id == person, schema.outbox.c.chat_id == chat),
        without={"claimed_by": _LOCK, "claimed_until": _LOCK},
    ),
    "outbox_receipts": Held(
        schema.outbox,
        lambda person, _: schema.outbox.c.receipt_person_id == person,
        only=("id", "receipt_person_id", "receipt_session", "state", "sent_at", "created_at"),
    ),
}
"""What is hers, by the name under which it is given out, in the order of the readable copy. `outbox_receipts` are
messages to others of whose delivery she is told: of those only that."""

NOT_PERSONAL: Mapping[str, str] = {
    "meta": "says something of the database, not of a person",
    "programmes": "says something of the programme; its name and its controller stand at the head of the copy",
    "side_weeks": "says how many of a side did not answer in a week, and of nobody",
    "sides": "says something of an organisation; its name stands at the head of the copy",
    "flow_versions": "holds the texts of the bot, the same for everybody",
    "overlays": "holds what a programme has the bot say, the same for everybody in it",
    "leases": "says which process may work",
}
"""Tables that hold nothing of anybody, and why."""

_INSIDE_JSON = frozenset(
    {
        ("goals", "words"),
        ("sessions", "state"),
        ("inbox", "event"),
        ("inbox_failed", "body"),
        ("outbox", "body"),
        ("broadcasts", "texts"),
    }
)


async def of_person(
    tx: Transaction, vault: Vault, person: PersonId, chat: int | None
) -> dict[str, list[dict[str, Any]]]:
    """Every row that is hers, by the names of `HELD`, opened. Moments are aware datetimes. Raises what the vault raises
    for a value that was sealed for another row."""
    return {name: await _rows(tx, vault, held, person, chat) for name, held in HELD.items()}


async def _rows(tx: Transaction, vault: Vault, held: Held, person: PersonId, chat: int | None) -> list[dict[str, Any]]:
    order = list(held.table.primary_key.columns)
    found = await tx.execute(select(held.table).where(held.whose(person, chat)).order_by(*order))
    return [{name: _opened(vault, held, row, name) for name in held.columns} for row in map(dict, found.mappings())]


def _opened(vault: Vault, held: Held, row: Row, name: str) -> Any:
    value = row[name]
    if value is None or not isinstance(held.table.c[name].type, Sealed):
        return value
    text = vault.open_text(f"{held.table.name}.{name}", row_of(held.table.c[name], row), value)
    return json.loads(text) if (held.table.name, name) in _INSIDE_JSON else text


async def counts(tx: Transaction, person: PersonId, chat: int | None, names: Sequence[str]) -> dict[str, int]:
    """How many rows of each of `names` are hers; those without any are left out."""
    found = {}
    for name in names:
        held = HELD[name]
        query = select(func.count()).select_from(held.table).where(held.whose(person, chat))
        if number := int((await tx.execute(query)).scalar_one()):
            found[name] = number
    return found
