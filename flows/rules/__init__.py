"""The named rules that flows call. May import the rest of `flows` but the engine.

Adding one is one place: a function, and its line in the `RULES` at the foot of its module. A new module is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from flows.rules import (
    agenda,
    amounts,
    balancing,
    broadcasting,
    certificates,
    challenges,
    check_in,
    checklist,
    closing,
    coming_back,
    consenting,
    contacting,
    coordinating,
    country_events,
    dates,
    drafting,
    ending,
    goal_list,
    goal_writing,
    joining,
    leaving,
    milestones,
    moving,
    naming,
    next_steps,
    notes,
    ours,
    overview,
    pages,
    pairing,
    pausing,
    proposal,
    quiet,
    reflecting,
    rereading,
    reviewing,
    rhythm,
    sharing,
    silence,
    trying,
    visits,
    wishing,
)
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, ReaderRule, RecordRule, Rules, ValueRule

Rule = TypeVar("Rule")


def joined(tables: Iterable[Mapping[str, Rule]]) -> dict[str, Rule]:
    """One table of all of them. ValueError where two give the same name."""
    found: dict[str, Rule] = {}
    for table in tables:
        if twice := found.keys() & table.keys():
            raise ValueError(f"two rules are called {', '.join(sorted(twice))}")
        found.update(table)
    return found


EVERY: Final[tuple[Rules, ...]] = (
    agenda.RULES,
    amounts.RULES,
    balancing.RULES,
    broadcasting.RULES,
    certificates.RULES,
    challenges.RULES,
    check_in.RULES,
    checklist.RULES,
    closing.RULES,
    coming_back.RULES,
    consenting.RULES,
    contacting.RULES,
    coordinating.RULES,
    country_events.RULES,
    dates.RULES,
    drafting.RULES,
    ending.RULES,
    goal_list.RULES,
    goal_writing.RULES,
    joining.RULES,
    leaving.RULES,
    milestones.RULES,
    moving.RULES,
    naming.RULES,
    next_steps.RULES,
    notes.RULES,
    ours.RULES,
    overview.RULES,
    pages.RULES,
    pairing.RULES,
    pausing.RULES,
    proposal.RULES,
    quiet.RULES,
    reflecting.RULES,
    rereading.RULES,
    reviewing.RULES,
    rhythm.RULES,
    sharing.RULES,
    silence.RULES,
    trying.RULES,
    visits.RULES,
    wishing.RULES,
)

EFFECTS: Mapping[str, EffectRule] = joined(one.effects for one in EVERY)
DECISIONS: Mapping[str, DecisionRule] = joined(one.decisions for one in EVERY)
READERS: Mapping[str, ReaderRule] = joined(one.readers for one in EVERY)
CHOICES: Mapping[str, ChoicesRule] = joined(one.choices for one in EVERY)
VALUES: Mapping[str, ValueRule] = joined(one.values for one in EVERY)
RECORDS: Mapping[str, RecordRule] = joined(one.records for one in EVERY)
