"""What is known of one person: herself, what she agreed to, said and was asked, and how quiet she is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.entries import Entry
from flows.people import PURPOSES, Person, PersonId, Said
from storage import answers, asked, consents, flags, reflections, silence
from storage.database import Transaction
from storage.encryption import Vault
from storage.facts.loader import Facts


async def load_person(_tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`person.*`: herself. Asks nothing, since she is loaded."""
    return {person.id: _of_person(person) for person in people}


def _of_person(person: Person) -> Facts:
    return {
        "person.id": person.id,
        "person.name": person.name,
        "person.role": person.role,
        "person.state": person.state,
        "person.language": person.language,
        "person.country": person.country,
        "person.zone": person.zone,
        "person.check_in_day": person.check_in_day,
        "person.check_in_minute": person.check_in_minute,
        "person.paused_until": person.paused_until,
        "person.unreachable_since": person.unreachable_since,
        "person.numbers_offered": person.numbers_offered,
        "person.away_from": person.away_from,
        "person.away_until": person.away_until,
        "person.quiet_hours": person.quiet_hours,
        "person.lite": person.lite,
    }


async def load_consents(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`consents.*`: what holds of each purpose: `True`, `False`, or `None` where nobody has asked her yet."""
    found: dict[PersonId, Facts] = {person.id: {f"consents.{one}": None for one in PURPOSES} for person in people}
    for one in await consents.of_people(tx, list(found)):
        found[one.person][f"consents.{one.purpose}"] = one.given
    return found


async def load_reflections(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`reflections.own`: her entries, newest first, with all their words. Nobody else's."""
    found = await reflections.of_people(tx, vault, [person.id for person in people])
    twins = await reflections.twins_of(tx, found)
    entries: dict[PersonId, dict[int, Entry]] = {person.id: {} for person in people}
    for one in found:
        own = entries[one.person]
        before = own.get(one.session)
        if before is not None:
            own[one.session] = replace(before, directions=(*before.directions, one.direction))
            continue
        own[one.session] = Entry(
            one.session,
            one.day,
            (one.direction,),
            one.kind,
            one.level,
            one.towards,
            one.words,
            one.voice,
            one.sharing,
            None if one.pair is None else twins.get((one.pair, one.person)),
        )
    return {
        person: {"reflections.own": tuple(sorted(own.values(), key=lambda one: (one.day, one.number), reverse=True))}
        for person, own in entries.items()
    }


async def load_said(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`said.latest`: her latest answer to each question, by (flow, save), as `flows.people.Said`."""
    latest: dict[PersonId, dict[tuple[str, str], Said]] = {person.id: {} for person in people}
    for one in await answers.of_people(tx, vault, list(latest)):
        known = latest[one.person].get((one.flow, one.key))
        if known is None or known.at <= one.answered_at:
            latest[one.person][one.flow, one.key] = Said(one.choice, one.words, one.answered_at)
    return {person: {"said.latest": one} for person, one in latest.items()}


async def load_asked(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`asked.history`: what she was asked of the agenda, earliest first (`flows.people.Asked`)."""
    found = await asked.of_people(tx, [person.id for person in people])
    return {person.id: {"asked.history": found.get(person.id, ())} for person in people}


async def load_silence(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`silence.*`: prompts missed in a row, since when, the last reason given, when she was last heard of and last
    asked; the weeks that count for nobody's silence on her side, and how many of those are passed over in hers."""
    found = await silence.of_people(tx, people)
    facts = {person.id: found.get(person.id, silence.Silence()) for person in people}
    return {
        person: {
            "silence.missed": one.missed,
            "silence.since": one.since,
            "silence.reason": one.reason,
            "silence.heard": one.heard,
            "silence.events": one.events,
            "silence.passed": one.passed_over,
            "silence.asked": one.asked,
        }
        for person, one in facts.items()
    }


async def load_flags(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`flags.up`: the kinds of flags that are up about her."""
    found: dict[PersonId, set[str]] = {person.id: set() for person in people}
    for flag in await flags.of_people(tx, list(found)):
        found[flag.person].add(flag.kind)
    return {person: {"flags.up": frozenset(kinds)} for person, kinds in found.items()}
