"""What is known of a person and her partner: of the partner, and of what the two have together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.entries import ME, TWIN
from flows.people import FOR_COORDINATORS, VISIT_ENDS, PairAnswered, PairId, Person, PersonId, ProgrammeId, Said
from flows.standing import Standing
from storage import balances, contacts, goals, pair_answers, pair_phases, pairs
from storage.database import Transaction
from storage.encryption import Vault
from storage.facts.loader import Facts
from storage.facts.programme import coordinators

_NO_TWIN: Mapping[str, object] = dict.fromkeys(
    (
        *("twin.id", "twin.name", "twin.zone", "twin.language", "twin.state", "twin.reachable", "twin.side_name"),
        *("twin.muted", "pair.id", "pair.since", "agreement.cadence", "agreement.quiet_days"),
    )
)

_NO_PAIR: Mapping[str, object] = dict.fromkeys(
    (
        "together.pair", "together.state", "together.since", "together.partner", "together.partner_name",
        "together.partner_side", "together.partner_country", "together.partner_zone", "together.mine",
        "together.theirs", "together.coordinators",
    )
)  # fmt: skip


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


async def load_together(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`together.*`: her pair, made or proposed, and what both have answered for the two; all `None` without one.

    `together.goals` are the goals of the two as she sees them. Her partner's reason for declining is never among what
    they answered. `together.coordinators` are those of every side.
    """
    found = await pairs.open_pairs(tx, vault, [person.id for person in people])
    joint = await goals.of_pairs(tx, vault, {person: one.pair for person, one in found.items()})
    answered = await pair_answers.of_pairs(tx, vault, {one.pair for one in found.values()})
    by_person: dict[tuple[PairId, PersonId], dict[str, PairAnswered]] = {}
    for row in answered:
        kept = PairAnswered(row.choice, row.words, row.answered_at)
        by_person.setdefault((row.pair, row.person), {})[row.subject] = kept
    leading = await coordinators(tx, sorted({person.programme for person in people}) if found else ())
    return {
        person.id: {
            **_of_pair(found.get(person.id), person, by_person, leading),
            "together.goals": joint.get(person.id, ()),
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
        "together.pair": one.pair,
        "together.state": one.state,
        "together.since": one.created_at,
        "together.partner": one.partner,
        "together.partner_name": one.name,
        "together.partner_side": one.side_name,
        "together.partner_country": one.country,
        "together.partner_zone": one.zone,
        "together.mine": answered.get((one.pair, person.id), {}),
        "together.theirs": {
            subject: kept
            for subject, kept in answered.get((one.pair, one.partner), {}).items()
            if subject != FOR_COORDINATORS
        },
        "together.coordinators": leading.get(person.programme, ()),
    }


async def load_visit(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`visit.told`: the last day of a visit that her partner has told her, as `flows.people.Said`."""
    told = await pair_answers.of_partners(tx, vault, [person.id for person in people], VISIT_ENDS)
    said = {one: Said(kept.choice, kept.words, kept.answered_at) for one, kept in told.items()}
    return {person.id: {"visit.told": said.get(person.id)} for person in people}


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


async def load_goals(tx: Transaction, vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`goals.list`: the goals of her pair as she sees them, by number, with who has said what of each, and how each
    stood at last. Empty without a partner. To be shown; who decides by them reads `together.goals`."""
    partners = await pairs.partners(tx, vault, [person.id for person in people])
    found = await goals.of_pairs(tx, vault, {person: partner.pair for person, partner in partners.items()})
    return {person.id: {"goals.list": found.get(person.id, ())} for person in people}


async def load_waiting(tx: Transaction, _vault: Vault, people: Sequence[Person]) -> dict[PersonId, Facts]:
    """`waiting.since`: since when a twin is without a partner and without a proposal; `None` for everybody else."""
    found = await pairs.waiting_since(tx, [person.id for person in people])
    return {person.id: {"waiting.since": found.get(person.id)} for person in people}


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
