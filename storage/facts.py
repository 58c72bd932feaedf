"""What a flow may know: one set-based loader a head (`person`, `twin`, `ours`, `programme`, …).

Rules kept here:

* A loader takes many people at once and asks one question a table, whatever their number.
* Every fact of a head is always there; what does not exist is `None` (`twin.name` of somebody without a pair).
* Names are `head.fact`, flat, plain values.
* Heads in `LOCKED` are for deciding, not for showing: a batch that reads them has locked what they say first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from flows.entries import ME, TWIN, Entry
from flows.people import (
    FOR_COORDINATORS,
    PURPOSES,
    Candidate,
    PairAnswered,
    PairId,
    Person,
    PersonId,
    ProgrammeId,
    Role,
    Said,
    SideId,
)
from flows.rules.matching import FLOWS, profile_of
from flows.standing import Standing
from storage import (
    answers,
    asked,
    audiences,
    balances,
    broadcasts,
    checklist,
    consents,
    contacts,
    flags,
    goals,
    overview,
    pair_answers,
    pair_phases,
    pairs,
    programmes,
    reflections,
    silence,
)
from storage import people as persons
from storage.database import Transaction
from storage.encryption import Vault

PAIRS, PROGRAMMES, EVERY_PAIR = "pairs", "programmes", "every pair"

Facts = dict[str, object]
Loader = Callable[[Transaction, Vault, Sequence[Person]], Awaitable[dict[PersonId, Facts]]]


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


_NO_TWIN: Mapping[str, object] = dict.fromkeys(
    (
        *("twin.id", "twin.name", "twin.zone", "twin.language", "twin.state", "twin.reachable", "twin.side_name"),
        *("twin.muted", "pair.id", "pair.since", "agreement.cadence", "agreement.quiet_days"),
    )
)


async def load_twin(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`twin.*`, `pair.id` and `agreement.*`: her partner and what the two agreed on, all `None` without one.

    `agreement.cadence` and `agreement.quiet_days` are `None` until something is agreed.
    """
    found = await pairs.partners(tx, vault, [person.id for person in people])
    return {person.id: _of_partner(found.get(person.id)) for person in people}


def _of_partner(partner: pairs.Partner | None) -> Facts:
    if partner is None:
        return dict(_NO_TWIN)
    return {
        "twin.id": partner.id,
        "twin.name": partner.name,
        "twin.zone": partner.zone,
        "twin.language": partner.language,
        "twin.state": partner.state,
        "twin.reachable": partner.reachable,
        "twin.side_name": partner.side_name,
        "twin.muted": partner.muted,
        "pair.id": partner.pair,
        "pair.since": partner.since,
        "agreement.cadence": partner.cadence,
        "agreement.quiet_days": partner.quiet_days,
    }


async def load_ours(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`ours.*`: her pair, made or proposed, and what both have answered for the two; all `None` without one.

    `ours.goals` are the goals of the two as she sees them. Her partner's reason for declining is never among what they
    answered. `ours.coordinators` are those of every side.
    """
    found = await pairs.open_pairs(tx, vault, [person.id for person in people])
    joint = await goals.of_pairs(tx, vault, {person: one.pair for person, one in found.items()})
    answered = await pair_answers.of_pairs(tx, vault, {one.pair for one in found.values()})
    by_person: dict[tuple[PairId, PersonId], dict[str, PairAnswered]] = {}
    for row in answered:
        kept = PairAnswered(row.choice, row.words, row.answered_at)
        by_person.setdefault((row.pair, row.person), {})[row.subject] = kept
    leading = await _coordinators(tx, people if found else ())
    return {
        person.id: {
            **_of_pair(found.get(person.id), person, by_person, leading),
            "ours.goals": joint.get(person.id, ()),
        }
        for person in people
    }


def _of_pair(
    one: pairs.OpenPair | None,
    person: Person,
    answered: Mapping[tuple[PairId, PersonId], Mapping[str, PairAnswered]],
    leading: Mapping[ProgrammeId, tuple[PersonId, ...]],
) -> Facts:
    if one is None:
        return dict(_NO_PAIR)
    return {
        "ours.pair": one.pair,
        "ours.state": one.state,
        "ours.since": one.created_at,
        "ours.partner": one.partner,
        "ours.partner_name": one.name,
        "ours.partner_side": one.side_name,
        "ours.partner_country": one.country,
        "ours.partner_zone": one.zone,
        "ours.mine": answered.get((one.pair, person.id), {}),
        "ours.theirs": {
            subject: kept
            for subject, kept in answered.get((one.pair, one.partner), {}).items()
            if subject != FOR_COORDINATORS
        },
        "ours.coordinators": leading.get(person.programme, ()),
    }


_NO_PAIR: Mapping[str, object] = dict.fromkeys(
    (
        "ours.pair", "ours.state", "ours.since", "ours.partner", "ours.partner_name", "ours.partner_side",
        "ours.partner_country", "ours.partner_zone", "ours.mine", "ours.theirs", "ours.coordinators",
    )
)  # fmt: skip


async def load_phase(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`phase.*`: where her pair stands (`phase.standing`, `None` without a pair that is made), as ids oldest first
    (`phase.current`), since when by id (`phase.since`), and every stretch of it (`phase.history`)."""
    partners = await pairs.partners(tx, vault, [person.id for person in people])
    found = await pair_phases.of_pairs(tx, vault, {one.pair for one in partners.values()})
    return {
        person.id: _of_standing(found.get(partners[person.id].pair) if person.id in partners else None)
        for person in people
    }


def _of_standing(standing: Standing | None) -> Facts:
    current = () if standing is None else standing.current
    return {
        "phase.standing": standing,
        "phase.current": current,
        "phase.since": {} if standing is None else {one: standing.since(one) for one in current},
        "phase.history": () if standing is None else standing.spells,
    }


async def load_moving(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`moving.pairs`: for a coordinator where every pair of her programme stands, by number; nothing for others."""
    asking = {person.id for person in people if person.role is Role.COORDINATOR}
    found = await pair_phases.of_programmes(tx, vault, {one.programme for one in people if one.id in asking})
    return {person.id: {"moving.pairs": found[person.programme] if person.id in asking else {}} for person in people}


async def load_goals(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`goals.list`: the goals of her pair as she sees them, by number, with who has said what of each, and how each
    stood at last. Empty without a partner. To be shown; who decides by them reads `ours.goals`."""
    partners = await pairs.partners(tx, vault, [person.id for person in people])
    found = await goals.of_pairs(tx, vault, {person: partner.pair for person, partner in partners.items()})
    return {person.id: {"goals.list": found.get(person.id, ())} for person in people}


async def load_candidates(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`candidates.*`: for a coordinator the twins of her programme who can be paired, the proposals that wait for
    answers, and the coordinators of every side; for everybody else nothing."""
    asking = [person for person in people if person.role is Role.COORDINATOR]
    programmes_ = {person.programme for person in asking}
    free = await _told_apart(tx, await pairs.candidates(tx, vault, programmes_))
    waiting = await pairs.proposals(tx, programmes_)
    leading = await _coordinators(tx, asking)
    return {
        person.id: {
            "candidates.twins": free.get(person.programme, ()) if person in asking else (),
            "candidates.proposals": waiting.get(person.programme, ()) if person in asking else (),
            "candidates.coordinators": leading.get(person.programme, ()) if person in asking else (),
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


async def load_waiting(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`waiting.since`: since when a twin is without a partner and without a proposal; `None` for everybody else."""
    found = await pairs.waiting_since(tx, [person.id for person in people])
    return {person.id: {"waiting.since": found.get(person.id)} for person in people}


async def _coordinators(tx: Transaction, people: Sequence[Person]) -> dict[ProgrammeId, tuple[PersonId, ...]]:
    """Of every side, by programme."""
    ids = sorted({person.programme for person in people})
    leading = await programmes.coordinators(tx, ids)
    return {
        one.id: tuple(sorted(person for side in one.sides for person in leading.get(side.id, ())))
        for one in (await programmes.load(tx, ids)).values()
    }


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
        coordinators = tuple(sorted(one for side in programme.sides for one in leading.get(side.id, ())))
        found[programme.id] = {
            "settings.controller": programme.controller,
            "settings.contact_email": programme.contact_email,
            "settings.emergency": dict(programme.emergency),
            "settings.retention_months": programme.retention_months,
            "settings.sides": tuple(side.name for side in programme.sides),
            "settings.coordinators": coordinators,
        }
    return {person.id: found[person.programme] for person in people}


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


async def load_balance(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`balance.*`: what she and her partner said that flowed, as `me` and `twin`, the days on which each answered, and
    her own felt equity as (E, day), of her latest look back in this pair. All empty without a partner."""
    partners = await pairs.partners(tx, vault, [person.id for person in people])
    ids = {partner.pair for partner in partners.values()}
    reports, answered = await balances.reports(tx, ids), await balances.answered(tx, ids)
    felt = await balances.felt(tx, {person: partner.pair for person, partner in partners.items()})
    found: dict[PersonId, Facts] = {}
    for person in people:
        partner = partners.get(person.id)
        pair = None if partner is None else partner.pair
        found[person.id] = {
            "balance.reports": tuple(
                (_whose(who, person.id), *rest) for who, *rest in (() if pair is None else reports.get(pair, ()))
            ),
            "balance.answered": tuple(
                (_whose(who, person.id), day) for who, day in (() if pair is None else answered.get(pair, ()))
            ),
            "balance.felt": felt.get(person.id),
        }
    return found


def _whose(who: PersonId, person: PersonId) -> str:
    return ME if who == person else TWIN


async def load_coordination(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`coordination.overview`: what coordinators see of her programme. For those of one programme it is one object."""
    found = await overview.load(tx, vault, sorted({person.programme for person in people}))
    return {person.id: {"coordination.overview": found[person.programme]} for person in people}


async def load_checklist(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`checklist.*`: for a coordinator how often each side of her programme gave which answer to the checklist
    (`checklist.answers`), and the changes to which it led (`checklist.changes`): of those only the agreed ones for
    others."""
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
    """`changes.list`: the changes to which the checklist led, to be decided on; nothing for who coordinates nothing."""
    found = await checklist.changes(tx, vault, _coordinated(people))
    return {person.id: {"changes.list": found.get(person.programme, ()) if _leads(person) else ()} for person in people}


def _leads(person: Person) -> bool:
    return person.role is Role.COORDINATOR


def _coordinated(people: Sequence[Person]) -> list[ProgrammeId]:
    return sorted({person.programme for person in people if _leads(person)})


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


async def load_contact(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`contact.*`: her latest check-ins with an answer, newest first (`flows.people.CheckedIn`), and when either twin
    of her pair last told of contact, `None` without."""
    own = await contacts.answered(tx, [person.id for person in people])
    partners = await pairs.partners(tx, vault, [person.id for person in people])
    latest = await contacts.latest(tx, {partner.pair for partner in partners.values()})
    return {
        person.id: {
            "contact.answered": own.get(person.id, ()),
            "contact.latest": latest.get(partners[person.id].pair) if person.id in partners else None,
        }
        for person in people
    }


async def load_flags(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`flags.up`: the kinds of flags that are up about her."""
    found: dict[PersonId, set[str]] = {person.id: set() for person in people}
    for flag in await flags.of_people(tx, list(found)):
        found[flag.person].add(flag.kind)
    return {person: {"flags.up": frozenset(kinds)} for person, kinds in found.items()}


async def load_asked(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`asked.history`: what she was asked of the agenda, earliest first (`flows.people.Asked`)."""
    found = await asked.of_people(tx, [person.id for person in people])
    return {person.id: {"asked.history": found.get(person.id, ())} for person in people}


async def load_said(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`said.latest`: her latest answer to each question, by (flow, save), as `flows.people.Said`."""
    latest: dict[PersonId, dict[tuple[str, str], Said]] = {person.id: {} for person in people}
    for one in await answers.of_people(tx, vault, list(latest)):
        known = latest[one.person].get((one.flow, one.key))
        if known is None or known.at <= one.answered_at:
            latest[one.person][one.flow, one.key] = Said(one.choice, one.words, one.answered_at)
    return {person: {"said.latest": one} for person, one in latest.items()}


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


FACTS: Mapping[str, Loader] = {
    "person": load_person,
    "twin": load_twin,
    "pair": load_twin,
    "agreement": load_twin,
    "ours": load_ours,
    "phase": load_phase,
    "moving": load_moving,
    "goals": load_goals,
    "candidates": load_candidates,
    "waiting": load_waiting,
    "programme": load_programme,
    "side": load_programme,
    "own": load_programme,
    "settings": load_settings,
    "consents": load_consents,
    "reflections": load_reflections,
    "balance": load_balance,
    "coordination": load_coordination,
    "checklist": load_checklist,
    "changes": load_changes,
    "broadcast": load_broadcast,
    "silence": load_silence,
    "contact": load_contact,
    "asked": load_asked,
    "said": load_said,
    "flags": load_flags,
    "safety": load_safety,
}
"""Head of a fact's name to its loader. Heads that come from the same question share one."""

LOCKED: Mapping[str, str] = {"ours": PAIRS, "candidates": PROGRAMMES, "changes": PROGRAMMES, "moving": EVERY_PAIR}
"""Head of a fact's name to what a batch locks before it is read: see `storage.pairs.lock`."""


LARGE: Collection[str] = frozenset({"reflections", "balance", "said", "checklist"})
"""Heads that grow with the years, and that few turns ask for: loaded for whoever asks, not for a whole batch."""


async def load(
    tx: Transaction, vault: Vault, people: Sequence[Person], heads: Sequence[str] = tuple(FACTS)
) -> dict[PersonId, Facts]:
    """The facts of all `heads` for `people`, each loader called once."""
    gathered: dict[PersonId, Facts] = {person.id: {} for person in people}
    if people:
        for loader in dict.fromkeys(FACTS[head] for head in heads):
            for person, facts in (await loader(tx, vault, people)).items():
                gathered[person].update(facts)
    return gathered
