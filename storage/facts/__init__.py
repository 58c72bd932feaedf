"""What a flow may know: one set-based loader a head (`person`, `twin`, `together`, `programme`, …).

Rules kept here:

* A loader takes many people at once and asks one question a table, whatever their number.
* Every fact of a head is always there; what does not exist is `None` (`twin.name` of somebody without a pair).
* Names are `head.fact`, flat, plain values.
* Heads in `LOCKED` are for deciding, not for showing: a batch that reads them has locked what they say first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flows.people import Person, PersonId
from storage.database import Transaction
from storage.encryption import Vault
from storage.facts.coordination import (
    load_balances,
    load_broadcast,
    load_candidates,
    load_changes,
    load_checklist,
    load_coordination,
    load_endings,
    load_moving,
)
from storage.facts.loader import Facts, Loader
from storage.facts.pair import (
    load_balance,
    load_contact,
    load_goals,
    load_phase,
    load_together,
    load_twin,
    load_visit,
    load_waiting,
)
from storage.facts.person import (
    load_asked,
    load_consents,
    load_flags,
    load_person,
    load_reflections,
    load_said,
    load_silence,
)
from storage.facts.programme import load_programme, load_safety, load_settings

PAIRS, PROGRAMMES, EVERY_PAIR = "pairs", "programmes", "every pair"

FACTS: Mapping[str, Loader] = {
    "person": load_person,
    "twin": load_twin,
    "pair": load_twin,
    "agreement": load_twin,
    "together": load_together,
    "phase": load_phase,
    "moving": load_moving,
    "goals": load_goals,
    "candidates": load_candidates,
    "visit": load_visit,
    "waiting": load_waiting,
    "programme": load_programme,
    "side": load_programme,
    "own": load_programme,
    "settings": load_settings,
    "consents": load_consents,
    "reflections": load_reflections,
    "balance": load_balance,
    "coordination": load_coordination,
    "endings": load_endings,
    "balances": load_balances,
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

LOCKED: Mapping[str, str] = {"together": PAIRS, "candidates": PROGRAMMES, "changes": PROGRAMMES, "moving": EVERY_PAIR}
"""Head of a fact's name to what a batch locks before it is read: see `storage.pairs.lock`."""

LARGE: Collection[str] = frozenset({"reflections", "balance", "said", "checklist", "endings"})
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
