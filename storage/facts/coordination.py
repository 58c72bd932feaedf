"""What coordinators know of their programme.

Candidates, pairs to move, the answers to the checklist and what is proposed to change are theirs alone: for everybody
else these facts are there, and empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flows.overview import Endings
from flows.people import Candidate, Person, PersonId, ProgrammeId, Role
from flows.rules.matching import FLOWS, profile_of
from storage import answers, audiences, balances, broadcasts, checklist, endings, overview, pair_phases, pairs
from storage.database import Transaction
from storage.encryption import Vault
from storage.facts.loader import Facts
from storage.facts.programme import coordinators


async def load_coordination(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`coordination.overview`: what coordinators see of her programme. For those of one programme it is one object."""
    found = await overview.load(tx, vault, sorted({person.programme for person in people}))
    return {person.id: {"coordination.overview": found[person.programme]} for person in people}


async def load_candidates(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`candidates.*`: the twins of her programme who can be paired, the proposals that wait for answers, the pairs that
    a coordinator ended, and the coordinators of every side."""
    wanted = _coordinated(people)
    free = await _told_apart(tx, await pairs.candidates(tx, vault, wanted))
    waiting, ended = await pairs.proposals(tx, wanted), await endings.unpaired(tx, wanted)
    leading = await coordinators(tx, wanted)
    return {
        person.id: {
            "candidates.twins": free.get(person.programme, ()) if _leads(person) else (),
            "candidates.proposals": waiting.get(person.programme, ()) if _leads(person) else (),
            "candidates.unpaired": ended.get(person.programme, ()) if _leads(person) else (),
            "candidates.coordinators": leading.get(person.programme, ()) if _leads(person) else (),
        }
        for person in people
    }


async def _told_apart(
    tx: Transaction, free: Mapping[ProgrammeId, tuple[Candidate, ...]]
) -> dict[ProgrammeId, tuple[Candidate, ...]]:
    """With what each of them told by choices, and since when she waits."""
    ids = [one.id for twins in free.values() for one in twins]
    told, since = await answers.chosen(tx, ids, FLOWS), await pairs.waiting_since(tx, ids)
    return {
        programme: tuple(
            replace(one, profile=profile_of(told.get(one.id, {})), waiting_since=since.get(one.id)) for one in twins
        )
        for programme, twins in free.items()
    }


async def load_moving(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`moving.pairs`: where every pair of her programme stands, by number."""
    found = await pair_phases.of_programmes(tx, vault, _coordinated(people))
    return {person.id: {"moving.pairs": found[person.programme] if _leads(person) else {}} for person in people}


async def load_balances(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`balances.pairs`: what the two of every pair of her programme noted, by number, and of nobody what she feels."""
    found = await balances.of_programmes(tx, _coordinated(people))
    return {
        person.id: {"balances.pairs": found.get(person.programme, {}) if _leads(person) else {}} for person in people
    }


async def load_endings(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`endings.counted`: how the pairs of her programme ended."""
    found = await endings.counted(tx, _coordinated(people))
    return {
        person.id: {"endings.counted": found[person.programme] if _leads(person) else Endings()} for person in people
    }


async def load_checklist(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`checklist.*`: how often each side of her programme gave which answer to the checklist (`checklist.answers`), and
    the changes to which it led (`checklist.changes`): of those everybody else knows the agreed ones."""
    counted = await checklist.counted(tx, _coordinated(people))
    changes = await checklist.changes(tx, vault, sorted({person.programme for person in people}))
    return {
        person.id: {
            "checklist.answers": counted.get(person.programme, ()) if _leads(person) else (),
            "checklist.changes": tuple(
                one for one in changes.get(person.programme, ()) if _leads(person) or one.agreed_at is not None
            ),
        }
        for person in people
    }


async def load_changes(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`changes.list`: the changes to which the checklist led, to be decided on."""
    found = await checklist.changes(tx, vault, _coordinated(people))
    return {person.id: {"changes.list": found.get(person.programme, ()) if _leads(person) else ()} for person in people}


async def load_broadcast(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`broadcast.*`: whom a broadcast in her programme can reach, and how the latest one stands (`None` without)."""
    ids = sorted({person.programme for person in people})
    reach, latest = await audiences.reach(tx, ids), await broadcasts.latest(tx, ids)
    return {
        person.id: {
            "broadcast.people": reach.get(person.programme, ()),
            "broadcast.latest": latest.get(person.programme),
        }
        for person in people
    }


def _leads(person: Person) -> bool:
    return person.role is Role.COORDINATOR


def _coordinated(people: Sequence[Person]) -> list[ProgrammeId]:
    return sorted({person.programme for person in people if _leads(person)})
