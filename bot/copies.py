"""/mydata: everything that is held about one person, as a file to read and one for machines.

Rules kept here:

* What is in them is decided in `storage/holdings`, complete by test; here it is only written down.
* They are made inside the transaction that writes the messages, after all else of its batch: what she sees is what is
  held. The messages that bring them are not in them, and their content is wiped once they are sent.
* The readable one speaks her language, shows her own local time, and has the words of a choice, not its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from flows.prompting import CHECK_IN
from flows.rules.quiet import in_words
from flows.values import LocalTime, Text, Value
from storage import holdings, programmes
from storage.messages import Document

if TYPE_CHECKING:
    from bot.desks import Desk
    from bot.overlays import Overlays
    from bot.speech import Speech
    from flows.catalogue import Catalogue
    from flows.people import Person
    from storage.database import Transaction
    from storage.encryption import Vault
    from storage.outbox import Outgoing
    from storage.programmes import Programme

READABLE: Final = "readable"
MACHINE: Final = "machine"
CAPTIONS: Final = {READABLE: "mydata.to_read", MACHINE: "mydata.for_machines"}
"""Kind of file, as the message to come names it, and what stands below it."""
NAMES: Final = {READABLE: "twinbot-your-data.txt", MACHINE: "twinbot-your-data.json"}

Holdings = Mapping[str, Sequence[Mapping[str, Any]]]


Labels = Mapping[tuple[str, str, str], str]
"""Flow, save name and choice to the id of the words on its button."""

ANSWERS_TO: Final = {"check_ins": CHECK_IN, "reflections": CHECK_IN}
"""The flow whose choices stand in the columns of a table, each under its save name."""


def labels_of(catalogue: Catalogue) -> Labels:
    """The words of every choice that is written in the library. Those that a rule makes are shown by their ids."""
    return {
        (flow.id, step.save, choice.id): choice.text
        for flow in catalogue.flows.values()
        for step in flow.definition.steps
        if step.save is not None
        for choice in flow.choices(step.id)
    }


async def filled_in(
    tx: Transaction,
    vault: Vault,
    overlays: Overlays,
    rows: Sequence[Outgoing],
    desks: Sequence[Desk],
    now: datetime,
) -> list[Outgoing]:
    """The rows with their files made, where a row is to bring one."""
    by_id = {desk.person.id: desk for desk in desks}
    made: dict[int, dict[str, Document]] = {}
    filled = []
    for row in rows:
        if row.message.file not in CAPTIONS or row.person is None:
            filled.append(row)
            continue
        if row.person not in made:
            desk = by_id[row.person]
            content = overlays.of(desk.person.programme)
            made[row.person] = await _copies(tx, vault, content.speech, labels_of(content.catalogue), desk, now)
        document = made[row.person][row.message.file]
        filled.append(row._replace(message=replace(row.message, document=document, file=None)))
    return filled


async def _copies(
    tx: Transaction, vault: Vault, speech: Speech, labels: Labels, desk: Desk, now: datetime
) -> dict[str, Document]:
    person = desk.person
    held = await holdings.of_person(tx, vault, person.id, desk.chat)
    programme = (await programmes.load(tx, [person.programme]))[person.programme]
    return {
        READABLE: Document(NAMES[READABLE], readable(speech, labels, person, programme, held, now).encode()),
        MACHINE: Document(NAMES[MACHINE], machine(person, programme, held, now).encode()),
    }


def machine(person: Person, programme: Programme, held: Holdings, now: datetime) -> str:
    """Everything in JSON; moments in ISO 8601, UTC."""
    head = {
        "programme": programme.name,
        "side": _side(person, programme),
        "controller": programme.controller,
        "contact_email": programme.contact_email,
        "made_at": now,
    }
    return json.dumps({"about": head, **held}, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def readable(
    speech: Speech, labels: Labels, person: Person, programme: Programme, held: Holdings, now: datetime
) -> str:
    """The same in her language: a heading for each kind, a paragraph for each row, a line for each thing known."""

    def say(text: Text) -> str:
        return speech.text(text, person.language, person.zone)

    head: dict[str, Value] = {
        "programme": programme.name,
        "side": _side(person, programme),
        "controller": programme.controller or programme.name,
        "day": LocalTime(now, "weekday_time"),
    }
    lines = [say(Text("mydata.head", head)), ""]
    for name, rows in held.items():
        lines += [f"== {say(Text(f'mydata_kinds.{name}'))} ==", ""]
        if not rows:
            lines += [say(Text("mydata.nothing")), ""]
        for row in rows:
            flow = str(row["flow"]) if name == "answers" else ANSWERS_TO.get(name, "")
            lines += [*_paragraph(say, _in_words(say, labels, flow, row), person), ""]
    return "\n".join(lines)


def _in_words(say: Any, labels: Labels, flow: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with the words of its choices in the place of their ids."""
    worded = {}
    for name, value in row.items():
        if name == "quiet_hours" and value is not None:
            worded[name] = say(in_words(value))
            continue
        saved = str(row["key"]) if name == "choice" and "key" in row else name
        ids = value.split(",") if isinstance(value, str) else ()
        known = [labels[flow, saved, one] for one in ids if (flow, saved, one) in labels]
        worded[name] = ", ".join(say(Text(one)) for one in known) if known and len(known) == len(ids) else value
    return worded


def _paragraph(say: Any, row: Mapping[str, Any], person: Person) -> Iterator[str]:
    for name, value in row.items():
        if value is not None and value != "":
            yield f"{say(Text(f'mydata_fields.{name}'))}: {_shown(say, value, person)}"


def _shown(say: Any, value: Any, person: Person) -> str:
    match value:
        case bool():
            return str(say(Text("mydata.yes" if value else "mydata.no")))
        case datetime() if value.year >= FOR_EVER:
            return str(say(Text("mydata.no_end")))
        case datetime():
            return f"{value.astimezone(ZoneInfo(person.zone)):%Y-%m-%d %H:%M}"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


FOR_EVER: Final = 9999
"""The year that stands for no end in the database."""


def _side(person: Person, programme: Programme) -> str:
    return next((side.name for side in programme.sides if side.id == person.side), "")
