"""The named rules that flows call: one table a kind, name -> function. May import the rest of `flows` but the engine.

Adding one is two places: the function in its module, and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from flows.rules import check_in, coordinating, joining, naming, notes, pairing, pausing, proposal, silence
from flows.rules.situation import (
    ChoicesRule,
    DecisionRule,
    EffectRule,
    ReaderRule,
    RecordRule,
    ValueRule,
)

FACTS: frozenset[str] = frozenset(
    {
        "person.id",
        "person.name",
        "person.role",
        "person.state",
        "person.language",
        "person.country",
        "person.zone",
        "person.check_in_day",
        "person.check_in_minute",
        "person.paused_until",
        "person.unreachable_since",
        "person.numbers_offered",
        "twin.id",
        "twin.name",
        "twin.side_name",
        "twin.zone",
        "twin.state",
        "twin.muted",
        "pair.id",
        "agreement.cadence",
        "agreement.quiet_days",
        "ours.pair",
        "ours.state",
        "ours.since",
        "ours.partner",
        "ours.partner_name",
        "ours.partner_side",
        "ours.partner_country",
        "ours.partner_zone",
        "ours.mine",
        "ours.theirs",
        "ours.coordinators",
        "candidates.twins",
        "candidates.proposals",
        "candidates.coordinators",
        "silence.missed",
        "silence.since",
        "silence.reason",
        "flags.up",
        "safety.readers",
        "programme.name",
        "programme.countries",
        "programme.ready",
        "side.id",
        "side.name",
        "side.coordinators",
        "world.countries",
        "world.zones",
        "world.weekdays",
    }
)
"""Every fact that a flow may list. `storage/facts` has one loader a head; `world.*` comes from `bot/places`."""

_RHYTHM = ("person.check_in_day", "person.check_in_minute", "person.zone", "agreement.cadence")

_OURS = (
    "person.id",
    "person.name",
    "ours.pair",
    "ours.state",
    "ours.partner",
    "ours.partner_name",
    "ours.mine",
    "ours.theirs",
    "ours.coordinators",
)
"""What is read of a pair to decide for the two."""

_NEAR_FAR = ("candidates.twins", "side.id")
_PAIRING = ("person.id", "person.name", "candidates.twins", "candidates.proposals", "candidates.coordinators")

EFFECTS: Mapping[str, EffectRule] = {
    "check_in.help": EffectRule(check_in.help_chosen, needs=("twin.id", "twin.name", "person.name", *_RHYTHM)),
    "coordinator.tell": EffectRule(coordinating.tell, needs=("person.id", "person.name", "side.coordinators")),
    "help.take_care": EffectRule(coordinating.take_care, needs=("person.name",)),
    "join.consent": EffectRule(joining.consent_given),
    "join.refuse": EffectRule(joining.refused),
    "join.finish": EffectRule(joining.finish, needs=("twin.id", "world.zones", *_RHYTHM)),
    "pairing.propose": EffectRule(pairing.propose, needs=_PAIRING),
    "pairing.undo": EffectRule(pairing.undo, needs=_PAIRING),
    "proposal.accept": EffectRule(proposal.accept, needs=_OURS),
    "proposal.ask_first": EffectRule(proposal.ask_first, needs=(*_OURS, "side.coordinators")),
    "proposal.decline": EffectRule(proposal.decline, needs=_OURS),
    "naming.keep": EffectRule(naming.keep, needs=_OURS),
    "agreement.propose": EffectRule(naming.propose, needs=_OURS),
    "agreement.agree": EffectRule(naming.agree, needs=_OURS),
    "note.hear_again": EffectRule(notes.hear_again),
    "note.mute": EffectRule(notes.mute),
    "note.pass_on": EffectRule(notes.pass_on, needs=("person.id", "person.name", "twin.id", "twin.name")),
    "note.report": EffectRule(notes.report, needs=("person.name", "safety.readers")),
    "note.thank": EffectRule(notes.thank, needs=("person.name",)),
    "silence.all_ok": EffectRule(
        silence.all_ok, needs=("person.id", "person.name", "side.coordinators", "flags.up", *_RHYTHM)
    ),
    "pause.chosen": EffectRule(pausing.pause_chosen, needs=("twin.id", *_RHYTHM)),
}

DECISIONS: Mapping[str, DecisionRule] = {
    "coordinator.has_reason": DecisionRule(coordinating.has_reason, ("yes", "no")),
    "proposal.is_open": DecisionRule(proposal.is_open, ("open", "over"), needs=("ours.pair", "ours.state")),
    "pairing.can_pair": DecisionRule(
        pairing.can_pair, ("ready", "nobody", "no_coordinator"), needs=(*_NEAR_FAR, "programme.ready")
    ),
    "help.with_reason": DecisionRule(coordinating.with_reason, ("yes", "no")),
    "note.who_hears": DecisionRule(
        notes.who_hears,
        ("partner", "muted", "stopped", "nobody"),
        needs=("twin.id", "twin.state", "twin.muted"),
    ),
    "join.role": DecisionRule(joining.role, ("twin", "coordinator"), needs=("person.role",)),
    "join.zones": DecisionRule(joining.how_many_zones, ("none", "one", "several"), needs=("world.zones",)),
}

READERS: Mapping[str, ReaderRule] = {
    "join.name": ReaderRule(joining.read_name),
    "pairing.near": ReaderRule(pairing.read_near, needs=_NEAR_FAR),
    "pairing.far": ReaderRule(pairing.read_far, needs=_NEAR_FAR),
    "join.country": ReaderRule(joining.read_country, needs=("programme.countries", "world.countries", "world.zones")),
    "join.zone": ReaderRule(joining.read_zone, needs=("world.zones",)),
    "join.day": ReaderRule(joining.read_day, needs=("world.weekdays",)),
    "join.hour": ReaderRule(joining.read_hour, numbers=True),
}

CHOICES: Mapping[str, ChoicesRule] = {
    "join.countries": ChoicesRule(joining.countries, joining.country_label, needs=("programme.countries",)),
    "join.zones": ChoicesRule(joining.zones, joining.zone_label, needs=("world.zones",)),
    "pairing.near": ChoicesRule(pairing.near, pairing.label, needs=_NEAR_FAR),
    "pairing.far": ChoicesRule(pairing.far, pairing.label, needs=_NEAR_FAR),
    "join.days": ChoicesRule(joining.days, joining.day_label),
    "join.hours": ChoicesRule(joining.hours, joining.hour_label),
}

VALUES: Mapping[str, ValueRule] = {
    "help.reason": ValueRule(coordinating.reason),
    "note.here": ValueRule(notes.here, needs=("person.zone",)),
    "note.there": ValueRule(notes.there, needs=("twin.zone",)),
    "note.readers": ValueRule(notes.readers, needs=("safety.readers",)),
    "join.local_time": ValueRule(joining.local_time, needs=("world.zones",)),
    "pairing.near": ValueRule(pairing.near_name, needs=_NEAR_FAR),
    "pairing.far": ValueRule(pairing.far_name, needs=_NEAR_FAR),
    "pairing.far_side": ValueRule(pairing.far_side, needs=_NEAR_FAR),
    "proposal.country": ValueRule(proposal.country),
    "proposal.time_there": ValueRule(proposal.time_there),
    "proposal.until": ValueRule(proposal.until),
    "agreement.offered": ValueRule(naming.offered),
}

RECORDS: Mapping[str, RecordRule] = {
    "check_in": RecordRule(
        check_in.record, needs=("person.name", "person.numbers_offered", "flags.up", "side.coordinators")
    ),
}
