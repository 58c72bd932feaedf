"""The named rules that flows call: one table a kind, name -> function. May import the rest of `flows` but the engine.

Adding one is two places: the function in its module, and its line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from flows.rules import (
    agenda,
    broadcasting,
    challenges,
    check_in,
    consenting,
    contacting,
    coordinating,
    joining,
    leaving,
    naming,
    next_steps,
    notes,
    overview,
    pages,
    pairing,
    pausing,
    proposal,
    reflecting,
    rereading,
    rhythm,
    sharing,
    silence,
    trying,
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
        "pair.since",
        "asked.history",
        "said.latest",
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
        "silence.heard",
        "flags.up",
        "safety.readers",
        "safety.focal",
        "programme.name",
        "programme.countries",
        "programme.ready",
        "programme.asks",
        "side.id",
        "programme.coordinators",
        "programme.sides",
        "side.name",
        "side.coordinators",
        "settings.controller",
        "settings.contact_email",
        "settings.retention_months",
        "settings.sides",
        "settings.coordinators",
        "consents.core",
        "consents.research",
        "consents.quotes",
        "reflections.own",
        "balance.reports",
        "balance.answered",
        "balance.felt",
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

_HEARD = ("flags.up", "person.name", "side.coordinators")
_STANDING = ("person.id", "person.role", "person.state", "settings.coordinators", *_HEARD)
_CONSENTS = ("consents.core", "consents.research", "consents.quotes")
_PLACE = ("person.state", "person.country", "twin.id")
_READERS = ("person.id", "safety.readers", "safety.focal")
_OWN = ("reflections.own",)
_SHOWN = ("reflections.own", "person.name")
_MADE = ("twin.id", "person.name")
_SHARERS = ("twin.id", "twin.name", "side.coordinators")
_SHARE = ("person.id", "person.name", "twin.id", "side.coordinators")
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
_AUDIENCE = ("programme.sides", "broadcast.people", "world.languages")
_LATEST = ("broadcast.latest",)

_PAGE = ("person.id", "person.name", "twin.id", "twin.name", "side.coordinators")
_TWINS = ("person.id", "person.name", "twin.id", "twin.name")
_ASKING = ("person.check_in_day", "person.check_in_minute", "person.zone")

EFFECTS: Mapping[str, EffectRule] = {
    "agenda.answered": EffectRule(agenda.answered, needs=_ASKING),
    "agenda.begin": EffectRule(agenda.begin),
    "page.pass_on": EffectRule(pages.pass_on, needs=_PAGE),
    "page.share": EffectRule(pages.share, needs=_PAGE),
    "challenge.put": EffectRule(challenges.put, needs=_TWINS),
    "challenge.answer": EffectRule(challenges.answer, needs=("person.id", "person.name")),
    "broadcast.forget_texts": EffectRule(broadcasting.forget_texts),
    "broadcast.keep_text": EffectRule(broadcasting.keep_text),
    "broadcast.next_language": EffectRule(broadcasting.next_language, needs=_AUDIENCE),
    "broadcast.preview": EffectRule(broadcasting.preview, needs=(*_AUDIENCE, "person.name", "programme.name")),
    "broadcast.send": EffectRule(broadcasting.send, needs=_AUDIENCE),
    "broadcast.send_again": EffectRule(broadcasting.send_again, needs=_LATEST),
    "broadcast.stop": EffectRule(broadcasting.stop, needs=_LATEST),
    "broadcast.test": EffectRule(broadcasting.test, needs=(*_AUDIENCE, "person.name", "programme.name")),
    "broadcast.watch": EffectRule(broadcasting.watch, needs=_LATEST),
    "check_in.help": EffectRule(
        check_in.help_chosen, needs=("twin.id", "twin.name", "person.name", "person.state", *_RHYTHM)
    ),
    "coordinator.tell": EffectRule(coordinating.tell, needs=("person.id", "person.name", "side.coordinators")),
    "help.take_care": EffectRule(coordinating.take_care, needs=("person.id", "person.name", "side.coordinators")),
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
    "pairing.propose": EffectRule(pairing.propose, needs=_PAIRING),
    "pairing.undo": EffectRule(pairing.undo, needs=_PAIRING),
    "proposal.accept": EffectRule(proposal.accept, needs=_OURS),
    "proposal.ask_first": EffectRule(proposal.ask_first, needs=(*_OURS, "side.coordinators")),
    "proposal.hold_back": EffectRule(proposal.hold_back, needs=_OURS),
    "proposal.decline": EffectRule(proposal.decline, needs=_OURS),
    "naming.keep": EffectRule(naming.keep, needs=_OURS),
    "agreement.propose": EffectRule(naming.propose, needs=(*_OURS, "side.coordinators")),
    "agreement.agree": EffectRule(naming.agree, needs=_OURS),
    "overview.next_page": EffectRule(overview.next_page, needs=("coordination.overview",)),
    "note.hear_again": EffectRule(notes.hear_again),
    "note.mute": EffectRule(notes.mute, needs=("twin.id",)),
    "note.pass_on": EffectRule(notes.pass_on, needs=_TWINS),
    "note.report": EffectRule(notes.report, needs=("person.name", "safety.readers")),
    "note.thank": EffectRule(notes.thank, needs=("person.name",)),
    "silence.all_ok": EffectRule(silence.all_ok, needs=(*_STANDING, *_RHYTHM)),
    "pause.chosen": EffectRule(pausing.pause_chosen, needs=("twin.id", "pair.id", *_HEARD, *_RHYTHM)),
    "language.keep": EffectRule(rhythm.keep_language),
    "rhythm.keep_hour": EffectRule(rhythm.keep_hour, needs=(*_PLACE, *_RHYTHM)),
    "rhythm.keep_place": EffectRule(rhythm.keep_place, needs=(*_PLACE, "world.zones", *_RHYTHM)),
    "consents.keep": EffectRule(consenting.keep),
    "consents.withdraw_and_stop": EffectRule(consenting.withdraw_and_stop, needs=_STANDING),
    "consents.agree_again": EffectRule(consenting.agree_again, needs=("twin.id", "pair.id", *_STANDING, *_RHYTHM)),
    "consents.stay_stopped": EffectRule(consenting.stay_stopped),
    "mydata.send": EffectRule(consenting.send_my_data),
    "delete.rather_stop": EffectRule(leaving.rather_stop, needs=_STANDING),
    "delete.carry_out": EffectRule(leaving.delete, needs=("twin.id", *_STANDING)),
    "contact.note_readers": EffectRule(contacting.note_readers, needs=_READERS),
    "contact.send": EffectRule(contacting.send, needs=("person.name", "side.name", *_READERS)),
    "contact.drop": EffectRule(contacting.drop),
    "contact.answered": EffectRule(contacting.answered, needs=("person.name",)),
    "trial.begin": EffectRule(trying.begin, needs=("person.language",)),
}

DECISIONS: Mapping[str, DecisionRule] = {
    "next_step.was_said": DecisionRule(next_steps.was_said, ("yes", "no")),
    "page.has_lines": DecisionRule(pages.has_lines, ("yes", "no")),
    "naming.has_promise": DecisionRule(naming.has_promise, ("yes", "no")),
    "reflection.has_line": DecisionRule(reflecting.has_line, ("yes", "no")),
    "reflections.any": DecisionRule(rereading.any_entry, ("some", "none")),
    "reflections.picked": DecisionRule(rereading.picked, ("entry", "older", "gone"), needs=_OWN),
    "shared.has_listened": DecisionRule(sharing.has_listened, ("yes", "no")),
    "broadcast.has_unknown": DecisionRule(broadcasting.has_unknown, ("yes", "no"), needs=_LATEST),
    "broadcast.missing": DecisionRule(broadcasting.missing, ("nobody", "text", "none"), needs=_AUDIENCE),
    "broadcast.running": DecisionRule(broadcasting.running, ("yes", "no"), needs=_LATEST),
    "coordinator.has_reason": DecisionRule(coordinating.has_reason, ("yes", "no")),
    "consents.which": DecisionRule(consenting.which, ("core", "research", "quotes", "close")),
    "contact.still_they": DecisionRule(contacting.still_they, ("same", "changed", "nobody"), needs=_READERS),
    "contact.who_reads": DecisionRule(contacting.who_reads, ("focal_point", "coordinators", "nobody"), needs=_READERS),
    "delete.has_shared": DecisionRule(leaving.has_shared, ("yes", "no"), needs=("twin.id", *_OWN)),
    "rhythm.whose": DecisionRule(rhythm.whose, ("twin", "other"), needs=("person.role", "person.check_in_day")),
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
    "note.is_twin": DecisionRule(notes.is_twin, ("yes", "no"), needs=("twin.id",)),
    "join.role": DecisionRule(joining.role, ("twin", "coordinator", "safeguarding"), needs=("person.role",)),
    "join.zones": DecisionRule(joining.how_many_zones, ("none", "one", "several"), needs=("world.zones",)),
    "overview.is_last_page": DecisionRule(overview.is_last_page, ("yes", "no"), needs=("coordination.overview",)),
    "trial.has_flow": DecisionRule(trying.has_flow, ("yes", "no")),
    "trial.languages": DecisionRule(trying.how_many_languages, ("one", "several"), needs=("world.languages",)),
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
    "agenda.doable": ChoicesRule(agenda.doable, agenda.doable_label),
    "page.readers": ChoicesRule(pages.readers, pages.reader_label, needs=_PAGE),
    "reflection.towards": ChoicesRule(reflecting.towards, reflecting.towards_label, needs=("twin.name",)),
    "reflection.readers": ChoicesRule(sharing.readers_new, sharing.reader_label, needs=_SHARERS),
    "reflections.entries": ChoicesRule(rereading.offers, rereading.offer_label, page=rereading.A_PAGE),
    "reflections.readers": ChoicesRule(rereading.possible_readers, sharing.reader_label, needs=(*_OWN, *_SHARERS)),
    "shared.answers": ChoicesRule(sharing.answers_back, sharing.answer_label),
    "broadcast.sides": ChoicesRule(broadcasting.sides, broadcasting.side_label, needs=("programme.sides",)),
    "join.countries": ChoicesRule(joining.countries, joining.country_label, needs=("programme.countries",)),
    "join.zones": ChoicesRule(joining.zones, joining.zone_label, needs=("world.zones",)),
    "pairing.near": ChoicesRule(pairing.near, pairing.label, needs=_NEAR_FAR),
    "pairing.far": ChoicesRule(pairing.far, pairing.label, needs=_NEAR_FAR),
    "join.days": ChoicesRule(joining.days, joining.day_label),
    "join.hours": ChoicesRule(joining.hours, joining.hour_label),
    "consents.purposes": ChoicesRule(consenting.purposes, consenting.purpose_label, needs=_CONSENTS),
    "language.offered": ChoicesRule(rhythm.languages, rhythm.language_label, needs=("world.languages",)),
    "trial.flows": ChoicesRule(trying.flows, trying.flow_label),
    "trial.languages": ChoicesRule(trying.languages, trying.language_label, needs=("world.languages",)),
}

VALUES: Mapping[str, ValueRule] = {
    "agenda.brings": ValueRule(agenda.brings),
    "agenda.how_long": ValueRule(agenda.how_long),
    "agenda.page": ValueRule(agenda.page),
    "challenge.tried": ValueRule(next_steps.tried_words, needs=next_steps.NEEDS),
    "next_step.words": ValueRule(next_steps.step_words, needs=next_steps.NEEDS),
    "page.shown": ValueRule(pages.shown, needs=("person.name",)),
    "contact.readers": ValueRule(contacting.readers, needs=_READERS),
    "contact.sender": ValueRule(contacting.sender),
    "contact.signed": ValueRule(contacting.signed, needs=("person.name",)),
    "reflection.opening": ValueRule(reflecting.opening),
    "reflection.to_or_from": ValueRule(reflecting.to_or_from),
    "reflection.shown": ValueRule(sharing.shown_new, needs=_MADE),
    "reflections.page": ValueRule(rereading.page),
    "reflections.lines": ValueRule(rereading.lines, needs=_OWN),
    "reflections.whole": ValueRule(rereading.whole, needs=_OWN),
    "reflections.will_read": ValueRule(rereading.will_read, needs=_OWN),
    "reflections.shown": ValueRule(rereading.shown, needs=_SHOWN),
    "reflections.sharing_now": ValueRule(rereading.sharing_now, needs=_OWN),
    "broadcast.language_asked": ValueRule(broadcasting.language_asked, needs=("world.languages",)),
    "broadcast.progress": ValueRule(broadcasting.progress, needs=_LATEST),
    "broadcast.result": ValueRule(broadcasting.result, needs=_LATEST),
    "broadcast.still_missing": ValueRule(broadcasting.still_missing, needs=_AUDIENCE),
    "broadcast.summary": ValueRule(broadcasting.summary, needs=(*_AUDIENCE, *_LATEST)),
    "delete.who_hears": ValueRule(leaving.who_hears, needs=("twin.id", *_STANDING)),
    "help.reason": ValueRule(coordinating.reason),
    "note.here": ValueRule(notes.here, needs=("person.zone",)),
    "note.there": ValueRule(notes.there, needs=("twin.zone",)),
    "note.written_here": ValueRule(notes.written_here, needs=("person.zone",)),
    "note.written_there": ValueRule(notes.written_there),
    "note.readers": ValueRule(notes.readers, needs=("safety.readers",)),
    "join.local_time": ValueRule(joining.local_time, needs=("world.zones",)),
    "policy.address": ValueRule(consenting.address, needs=("settings.contact_email",)),
    "policy.address_outside": ValueRule(consenting.address_outside, needs=("settings.contact_email",)),
    "policy.controller": ValueRule(
        consenting.controller, needs=("settings.controller", "settings.sides", "programme.name")
    ),
    "policy.months": ValueRule(consenting.months, needs=("settings.retention_months",)),
    "rhythm.now_holds": ValueRule(rhythm.now_holds, needs=("person.country", *_RHYTHM)),
    "pairing.near": ValueRule(pairing.near_name, needs=_NEAR_FAR),
    "pairing.far": ValueRule(pairing.far_name, needs=_NEAR_FAR),
    "pairing.far_side": ValueRule(pairing.far_side, needs=_NEAR_FAR),
    "proposal.country": ValueRule(proposal.country),
    "proposal.time_there": ValueRule(proposal.time_there),
    "proposal.until": ValueRule(proposal.until),
    "agreement.offered": ValueRule(naming.offered),
    "agreement.stands": ValueRule(naming.stands, needs=("ours.mine", "ours.theirs")),
    "naming.opening": ValueRule(naming.opening, needs=("ours.partner_name", "ours.mine")),
    "overview.page": ValueRule(overview.pairs_page, needs=("coordination.overview",)),
}

RECORDS: Mapping[str, RecordRule] = {
    "asked": RecordRule(agenda.record, needs=_ASKING),
    "offer": RecordRule(agenda.record_offer),
    "check_in": RecordRule(
        check_in.record,
        needs=("person.id", "person.numbers_offered", *_HEARD, *_OWN),
    ),
}
