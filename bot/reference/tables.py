"""docs/reference/tables.md and the data map of docs/privacy.md, from `storage/schema`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.reference.markdown import code, codes, head, table
from storage.columns import Moment, Sealed
from storage.holdings import HELD, NOT_PERSONAL
from storage.schema import metadata

TYPES = {
    "BigInteger": "whole number",
    "Integer": "whole number",
    "SmallInteger": "whole number",
    "Text": "text",
    "Boolean": "yes or no",
    "LargeBinary": "bytes",
    "Moment": "moment",
    "Sealed": "encrypted bytes",
}
"""What the schema's types are called for a reader."""

HOLDS = {
    "meta": "what is known of the database itself: its kind, the bot's name, a sealed word that shows whether the keys "
    "are the right ones",
    "programmes": "twinning programmes",
    "sides": "the organisations or towns of a programme",
    "people": "who takes part: twins and coordinators",
    "invitations": "links that let one person in; of the token only its SHA-256",
    "consents": "who agreed or refused, in which words and language, when",
    "pairs": "two twins working together",
    "pair_members": "which twins a pair has, and who hears no notes of the other",
    "pair_phases": "in which phases a pair stands and has stood, since when and until when, and who moved it",
    "pair_answers": "what each twin of a pair answered for the two: acceptance, words to the other, agreement",
    "goals": "what each twin of a pair has said of their joint goals: words, dates, whether she agreed",
    "milestones": "how a goal stood, as one of its twins told",
    "checklist_changes": "what each coordinator has said of the changes to which the checklist led: words, whether "
    "both sides agreed, what came of it",
    "sessions": "where a person is in a conversation, with the answers so far",
    "answers": "single answers: the id of a choice, or own words",
    "check_ins": "what a check-in brought, when it was planned, sent, first touched and answered",
    "asked": "what was asked beside the check-ins, and what became of it; no words",
    "reflections": "what was given, received, given back or passed on",
    "flags": "what coordinators are to look at, about whom: quiet, asked for help, a wish for another twin; no words",
    "side_weeks": "weeks in which much of a side did not answer: of how many, how many, and what it counts as",
    "timers": "what is due when",
    "inbox": "numbers of updates that were handled, so that a repeat is known; events that somebody was told; what she "
    "sent and that waits because she sent very much",
    "inbox_failed": "arrivals that could not be carried out, kept whole until they are",
    "broadcasts": "messages of coordinators to many; who got one is its rows in the outbox",
    "audit": "what coordinators and operators did, about whom, by number",
    "outbox": "messages decided and not yet sent; the words are wiped once a message is sent, withdrawn or given up",
    "flow_versions": "every version of every flow that was in use, with its translations",
    "drafts": "files that a facilitator has sent and not published yet; forgotten after a week",
    "overlays": "a programme's own words, flows, agenda and thresholds, as they were published",
    "leases": "which process may send and poll",
}
"""What each table holds, in the order of the page. A new table needs a line here."""


BY_HAND = {"audit": "the row stays, her number goes"}
"""What `storage/erasures` does where no foreign key does it."""


def page() -> str:
    parts = [
        head("Tables", "`storage/schema`"),
        "The same tables on SQLite and PostgreSQL. A moment is a whole number: microseconds since 1970, UTC. "
        "*Sealed* is encrypted with AES-GCM under the secret keys; *clear* is readable to whoever has the file.\n",
    ]
    for name, holds in HOLDS.items():
        one = metadata.tables[name]
        parts += [f"## {name}\n", f"{_sentence(holds)}\n", _columns(one), *_indexes(one)]
    return "\n".join(parts)


def data_map() -> str:
    """Every table and column, sealed or clear."""
    rows = [
        (
            code(name),
            holds,
            codes(column.name for column in one.columns if is_sealed(column)),
            codes(column.name for column in one.columns if not is_sealed(column)),
            _goes_with(one),
            _in_her_copy(name),
        )
        for name, holds in HOLDS.items()
        for one in [metadata.tables[name]]
    ]
    return table(("table", "what it holds", "sealed", "clear", "goes with the person", "in her copy (`/mydata`)"), rows)


def _in_her_copy(name: str) -> str:
    """What of a table a person is given of hers, and why not the rest."""
    if name in NOT_PERSONAL:
        return f"not personal: {NOT_PERSONAL[name]}"
    held_as = [held for held in HELD.values() if held.table.name == name]
    kept_back = {column: why for held in held_as for column, why in held.without.items()}
    if not kept_back:
        return "yes"
    return "yes, but " + "; ".join(f"{code(column)}: {why}" for column, why in kept_back.items())


def is_sealed(column: Any) -> bool:
    return isinstance(column.type, Sealed)


def _goes_with(one: Any) -> str:
    if one.name == "people":
        return "yes"
    to_people = [key for key in one.foreign_keys if key.column.table.name == "people"]
    if not to_people:
        return BY_HAND.get(one.name, "–")
    return "yes" if any(key.ondelete == "CASCADE" for key in to_people) else "the row stays, the reference goes"


def _columns(one: Any) -> str:
    rows = []
    for column in one.columns:
        notes = [
            *(["primary key"] if column.primary_key else []),
            *(f"refers to {code(key.target_fullname)}" for key in column.foreign_keys),
            *(["may be empty"] if column.nullable else []),
        ]
        kind = "Moment" if isinstance(column.type, Moment) else type(column.type).__name__
        rows.append((code(column.name), TYPES[kind], "sealed" if is_sealed(column) else "clear", ", ".join(notes)))
    return table(("column", "type", "at rest", "notes"), rows)


def _indexes(one: Any) -> Iterator[str]:
    # Plain ones only make things quick; unique ones are promises.
    for index in sorted((index for index in one.indexes if index.unique), key=lambda index: str(index.name)):
        where = index.info.get("where")
        limit = "" if where is None else f" where `{where}`"
        yield f"Unique: {codes(column.name for column in index.columns)}{limit}.\n"


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
