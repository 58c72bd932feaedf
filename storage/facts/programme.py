"""What is known of the programme in which a person takes part, and of her side of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flows.people import Person, PersonId, ProgrammeId, SideId
from storage import people as persons
from storage import programmes
from storage.database import Transaction
from storage.encryption import Vault
from storage.facts.loader import Facts


async def load_programme(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`programme.*`, `side.*` and `own.side`: where she takes part. People of one side share one dictionary.

    `programme.countries` are those the sides declared and those of people who have joined, sorted.
    `programme.asks`: twins are asked more than the check-in.
    `programme.facilitators`: who may send flows of its own, as (id, name).
    `programme.ready`: every side has a coordinator who has joined.
    """
    ids = sorted({person.programme for person in people})
    known = await programmes.load(tx, ids)
    leading = await programmes.coordinators(tx, ids)
    lived_in = await programmes.countries(tx, ids)
    named = {one for programme in known.values() for one in programme.facilitators}
    names = await persons.names(tx, vault, named) if named else {}
    by_side: dict[SideId, Facts] = {}
    for programme in known.values():
        declared = {side.country for side in programme.sides if side.country is not None}
        shared: Facts = {
            "programme.id": programme.id,
            "programme.name": programme.name,
            "programme.kind": programme.kind,
            "programme.language": programme.language,
            "programme.countries": tuple(sorted(declared | lived_in.get(programme.id, set()))),
            "programme.asks": programme.asks,
            "programme.ready": all(leading.get(one.id) for one in programme.sides),
            "programme.coordinators": tuple(one for side in programme.sides for one in leading.get(side.id, ())),
            "programme.facilitators": tuple((one, names[one]) for one in programme.facilitators if one in names),
            "programme.sides": tuple((side.id, side.name) for side in programme.sides),
        }
        for side in programme.sides:
            by_side[side.id] = {
                **shared,
                "side.id": side.id,
                "side.name": side.name,
                "side.coordinators": leading.get(side.id, ()),
                "own.side": side.name,
            }
    return {person.id: by_side[person.side] for person in people}


async def load_settings(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`settings.*`: what the programme has set, and its coordinators."""
    ids = sorted({person.programme for person in people})
    known = await programmes.load(tx, ids)
    leading = await programmes.coordinators(tx, ids)
    found: dict[ProgrammeId, Facts] = {}
    for programme in known.values():
        found[programme.id] = {
            "settings.controller": programme.controller,
            "settings.contact_email": programme.contact_email,
            "settings.emergency": dict(programme.emergency),
            "settings.retention_months": programme.retention_months,
            "settings.sides": tuple(side.name for side in programme.sides),
            "settings.coordinators": _of_every_side(programme, leading),
        }
    return {person.id: found[person.programme] for person in people}


async def coordinators(tx: Transaction, of: Collection[ProgrammeId]) -> dict[ProgrammeId, tuple[PersonId, ...]]:
    """Those of every side who have joined, have not stopped and can be reached, by programme."""
    leading = await programmes.coordinators(tx, of)
    return {one.id: _of_every_side(one, leading) for one in (await programmes.load(tx, of)).values()}


def _of_every_side(
    programme: programmes.Programme, leading: Mapping[SideId, tuple[PersonId, ...]]
) -> tuple[PersonId, ...]:
    return tuple(sorted(one for side in programme.sides for one in leading.get(side.id, ())))


async def load_safety(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`safety.readers`: who would read what she reports or writes by /contact, as (id, name), never herself; whether
    they are focal points (`safety.focal`)."""
    known = await programmes.safety_readers(tx, vault, {person.programme for person in people})
    found: dict[PersonId, Facts] = {}
    for person in people:
        readers = _readers_for(person.id, known.get(person.programme, ()))
        found[person.id] = {
            "safety.readers": tuple((one.id, one.name) for one in readers),
            "safety.focal": any(one.is_focal_point for one in readers),
        }
    return found


def _readers_for(person: PersonId, known: Sequence[programmes.Reader]) -> list[programmes.Reader]:
    """The focal points who can be reached, else the coordinators; where nobody can, those with whom it waits."""
    others = [one for one in known if one.id != person]
    for reachable, focal in ((True, True), (True, False), (False, True), (False, False)):
        if found := [one for one in others if (one.reachable, one.is_focal_point) == (reachable, focal)]:
            return found
    return []
