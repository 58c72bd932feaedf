"""The named rules that flows call: one table a kind, name -> function. May import the rest of `flows` but the engine.

Adding one is two places: the function in its module, and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from flows.rules import broadcasting, check_in, coordinating, joining, notes, overview, pausing, silence, trying
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
        "agreement.quiet_days",
        "silence.missed",
        "silence.since",
        "silence.reason",
        "flags.up",
        "safety.readers",
        "programme.name",
        "programme.countries",
        "programme.ready",
        "programme.coordinators",
        "programme.sides",
        "side.name",
        "side.coordinators",
        "world.countries",
        "world.zones",
        "world.languages",
        "coordination.overview",
        "broadcast.people",
        "broadcast.latest",
        "world.weekdays",
    }
)
"""Every fact that a flow may list. `storage/facts` has one loader a head; `world.*` comes from `bot/places`."""

_READERS = ("programme.sides", "broadcast.people", "world.languages")
_LATEST = ("broadcast.latest",)
_RHYTHM = ("person.check_in_day", "person.check_in_minute", "person.zone")

EFFECTS: Mapping[str, EffectRule] = {
    "broadcast.forget_texts": EffectRule(broadcasting.forget_texts),
    "broadcast.keep_text": EffectRule(broadcasting.keep_text),
    "broadcast.next_language": EffectRule(broadcasting.next_language, needs=_READERS),
    "broadcast.preview": EffectRule(broadcasting.preview, needs=(*_READERS, "person.name", "programme.name")),
    "broadcast.send": EffectRule(broadcasting.send, needs=_READERS),
    "broadcast.send_again": EffectRule(broadcasting.send_again, needs=_LATEST),
    "broadcast.stop": EffectRule(broadcasting.stop, needs=_LATEST),
    "broadcast.test": EffectRule(broadcasting.test, needs=(*_READERS, "person.name", "programme.name")),
    "broadcast.watch": EffectRule(broadcasting.watch, needs=_LATEST),
    "check_in.help": EffectRule(check_in.help_chosen, needs=("twin.id", "twin.name", "person.name", *_RHYTHM)),
    "coordinator.tell": EffectRule(coordinating.tell, needs=("person.id", "person.name", "side.coordinators")),
    "help.take_care": EffectRule(coordinating.take_care, needs=("person.name",)),
    "join.consent": EffectRule(joining.consent_given),
    "join.refuse": EffectRule(joining.refused),
    "join.finish": EffectRule(joining.finish, needs=("twin.id", "world.zones", *_RHYTHM)),
    "overview.next_page": EffectRule(overview.next_page, needs=("coordination.overview",)),
    "note.hear_again": EffectRule(notes.hear_again),
    "note.mute": EffectRule(notes.mute),
    "note.pass_on": EffectRule(notes.pass_on, needs=("person.id", "person.name", "twin.id", "twin.name")),
    "note.report": EffectRule(notes.report, needs=("person.name", "safety.readers")),
    "note.thank": EffectRule(notes.thank, needs=("person.name",)),
    "silence.all_ok": EffectRule(
        silence.all_ok, needs=("person.id", "person.name", "side.coordinators", "flags.up", *_RHYTHM)
    ),
    "pause.chosen": EffectRule(pausing.pause_chosen, needs=("twin.id", *_RHYTHM)),
    "trial.begin": EffectRule(trying.begin, needs=("person.language",)),
}

DECISIONS: Mapping[str, DecisionRule] = {
    "broadcast.has_unknown": DecisionRule(broadcasting.has_unknown, ("yes", "no"), needs=_LATEST),
    "broadcast.missing": DecisionRule(broadcasting.missing, ("nobody", "text", "none"), needs=_READERS),
    "broadcast.running": DecisionRule(broadcasting.running, ("yes", "no"), needs=_LATEST),
    "coordinator.has_reason": DecisionRule(coordinating.has_reason, ("yes", "no")),
    "help.with_reason": DecisionRule(coordinating.with_reason, ("yes", "no")),
    "note.who_hears": DecisionRule(
        notes.who_hears,
        ("partner", "muted", "stopped", "nobody"),
        needs=("twin.id", "twin.state", "twin.muted"),
    ),
    "join.role": DecisionRule(joining.role, ("twin", "coordinator"), needs=("person.role",)),
    "join.zones": DecisionRule(joining.how_many_zones, ("none", "one", "several"), needs=("world.zones",)),
    "overview.is_last_page": DecisionRule(overview.is_last_page, ("yes", "no"), needs=("coordination.overview",)),
    "trial.has_flow": DecisionRule(trying.has_flow, ("yes", "no")),
    "trial.languages": DecisionRule(trying.how_many_languages, ("one", "several"), needs=("world.languages",)),
}

READERS: Mapping[str, ReaderRule] = {
    "join.name": ReaderRule(joining.read_name),
    "join.country": ReaderRule(joining.read_country, needs=("programme.countries", "world.countries", "world.zones")),
    "join.zone": ReaderRule(joining.read_zone, needs=("world.zones",)),
    "join.day": ReaderRule(joining.read_day, needs=("world.weekdays",)),
    "join.hour": ReaderRule(joining.read_hour, numbers=True),
}

CHOICES: Mapping[str, ChoicesRule] = {
    "broadcast.sides": ChoicesRule(broadcasting.sides, broadcasting.side_label, needs=("programme.sides",)),
    "join.countries": ChoicesRule(joining.countries, joining.country_label, needs=("programme.countries",)),
    "join.zones": ChoicesRule(joining.zones, joining.zone_label, needs=("world.zones",)),
    "join.days": ChoicesRule(joining.days, joining.day_label),
    "join.hours": ChoicesRule(joining.hours, joining.hour_label),
    "trial.flows": ChoicesRule(trying.flows, trying.flow_label),
    "trial.languages": ChoicesRule(trying.languages, trying.language_label, needs=("world.languages",)),
}

VALUES: Mapping[str, ValueRule] = {
    "broadcast.language_asked": ValueRule(broadcasting.language_asked, needs=("world.languages",)),
    "broadcast.progress": ValueRule(broadcasting.progress, needs=_LATEST),
    "broadcast.result": ValueRule(broadcasting.result, needs=_LATEST),
    "broadcast.still_missing": ValueRule(broadcasting.still_missing, needs=_READERS),
    "broadcast.summary": ValueRule(broadcasting.summary, needs=(*_READERS, *_LATEST)),
    "help.reason": ValueRule(coordinating.reason),
    "note.here": ValueRule(notes.here, needs=("person.zone",)),
    "note.there": ValueRule(notes.there, needs=("twin.zone",)),
    "note.readers": ValueRule(notes.readers, needs=("safety.readers",)),
    "join.local_time": ValueRule(joining.local_time, needs=("world.zones",)),
    "overview.page": ValueRule(overview.pairs_page, needs=("coordination.overview",)),
}

RECORDS: Mapping[str, RecordRule] = {
    "check_in": RecordRule(
        check_in.record, needs=("person.name", "person.numbers_offered", "flags.up", "side.coordinators")
    ),
}
