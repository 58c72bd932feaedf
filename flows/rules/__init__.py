"""The named rules that flows call: one table a kind, name -> function. May import the rest of `flows` but the engine.

Adding one is two places: the function in its module, and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from flows.rules import (
    check_in,
    coordinating,
    joining,
    notes,
    pausing,
    reflecting,
    rereading,
    sharing,
    silence,
)
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
        "side.name",
        "side.coordinators",
        "reflections.own",
        "balance.reports",
        "balance.answered",
        "balance.felt",
        "world.countries",
        "world.zones",
        "world.weekdays",
    }
)
"""Every fact that a flow may list. `storage/facts` has one loader a head; `world.*` comes from `bot/places`."""

_OWN = ("reflections.own",)
_SHOWN = ("reflections.own", "person.name")
_MADE = ("twin.id", "person.name")
_READERS = ("twin.id", "twin.name", "side.coordinators")
_SHARE = ("person.id", "person.name", "twin.id", "side.coordinators")
_RHYTHM = ("person.check_in_day", "person.check_in_minute", "person.zone")

EFFECTS: Mapping[str, EffectRule] = {
    "check_in.help": EffectRule(check_in.help_chosen, needs=("twin.id", "twin.name", "person.name", *_RHYTHM)),
    "coordinator.tell": EffectRule(coordinating.tell, needs=("person.id", "person.name", "side.coordinators")),
    "help.take_care": EffectRule(coordinating.take_care, needs=("person.name",)),
    "join.consent": EffectRule(joining.consent_given),
    "join.refuse": EffectRule(joining.refused),
    "join.finish": EffectRule(joining.finish, needs=("twin.id", "world.zones", *_RHYTHM)),
    "reflection.record": EffectRule(reflecting.record, needs=("person.zone",)),
    "reflection.keep_words": EffectRule(reflecting.keep_words),
    "reflection.share": EffectRule(sharing.share_new, needs=_SHARE),
    "reflections.make_list": EffectRule(rereading.make_list, needs=_OWN),
    "reflections.list_older": EffectRule(rereading.list_older),
    "reflections.send_voice": EffectRule(rereading.send_voice, needs=_OWN),
    "reflections.change_words": EffectRule(rereading.change_words, needs=(*_OWN, *_SHARE)),
    "reflections.share": EffectRule(rereading.share, needs=(*_OWN, *_SHARE)),
    "reflections.delete": EffectRule(rereading.delete, needs=(*_OWN, *_SHARE)),
    "reflections.say_gone": EffectRule(rereading.say_gone),
    "shared.answer_back": EffectRule(sharing.answer_back, needs=("person.name",)),
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
    "reflection.has_line": DecisionRule(reflecting.has_line, ("yes", "no")),
    "reflections.any": DecisionRule(rereading.any_entry, ("some", "none")),
    "reflections.picked": DecisionRule(rereading.picked, ("entry", "older", "gone"), needs=_OWN),
    "shared.has_listened": DecisionRule(sharing.has_listened, ("yes", "no")),
    "coordinator.has_reason": DecisionRule(coordinating.has_reason, ("yes", "no")),
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
    "join.country": ReaderRule(joining.read_country, needs=("programme.countries", "world.countries", "world.zones")),
    "join.zone": ReaderRule(joining.read_zone, needs=("world.zones",)),
    "join.day": ReaderRule(joining.read_day, needs=("world.weekdays",)),
    "join.hour": ReaderRule(joining.read_hour, numbers=True),
}

CHOICES: Mapping[str, ChoicesRule] = {
    "reflection.towards": ChoicesRule(reflecting.towards, reflecting.towards_label, needs=("twin.name",)),
    "reflection.readers": ChoicesRule(sharing.readers_new, sharing.reader_label, needs=_READERS),
    "reflections.entries": ChoicesRule(rereading.offers, rereading.offer_label, page=rereading.A_PAGE),
    "reflections.readers": ChoicesRule(rereading.possible_readers, sharing.reader_label, needs=(*_OWN, *_READERS)),
    "shared.answers": ChoicesRule(sharing.answers_back, sharing.answer_label),
    "join.countries": ChoicesRule(joining.countries, joining.country_label, needs=("programme.countries",)),
    "join.zones": ChoicesRule(joining.zones, joining.zone_label, needs=("world.zones",)),
    "join.days": ChoicesRule(joining.days, joining.day_label),
    "join.hours": ChoicesRule(joining.hours, joining.hour_label),
}

VALUES: Mapping[str, ValueRule] = {
    "reflection.opening": ValueRule(reflecting.opening),
    "reflection.to_or_from": ValueRule(reflecting.to_or_from),
    "reflection.shown": ValueRule(sharing.shown_new, needs=_MADE),
    "reflections.page": ValueRule(rereading.page),
    "reflections.lines": ValueRule(rereading.lines, needs=_OWN),
    "reflections.whole": ValueRule(rereading.whole, needs=_OWN),
    "reflections.will_read": ValueRule(rereading.will_read, needs=_OWN),
    "reflections.shown": ValueRule(rereading.shown, needs=_SHOWN),
    "reflections.sharing_now": ValueRule(rereading.sharing_now, needs=_OWN),
    "help.reason": ValueRule(coordinating.reason),
    "note.here": ValueRule(notes.here, needs=("person.zone",)),
    "note.there": ValueRule(notes.there, needs=("twin.zone",)),
    "note.readers": ValueRule(notes.readers, needs=("safety.readers",)),
    "join.local_time": ValueRule(joining.local_time, needs=("world.zones",)),
}

RECORDS: Mapping[str, RecordRule] = {
    "check_in": RecordRule(
        check_in.record,
        needs=("person.id", "person.name", "person.numbers_offered", "flags.up", "side.coordinators", *_OWN),
    ),
}
