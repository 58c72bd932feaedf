"""Notes between the two of a pair: who hears one, and what its reader may do with it."""

from __future__ import annotations

from datetime import datetime

from flows.effects import Begin, Effect, MuteTwin, Say, Tell
from flows.events.pairs import NoteReceived, NoteReported, NoteThanked
from flows.people import PersonId, PersonState
from flows.rules.situation import DecisionRule, EffectRule, Rules, Situation, ValueRule
from flows.values import Listed, LocalTime, Text, Value


def who_hears(situation: Situation) -> str:
    """Whether there is a partner who takes part, and whom she wants to hear herself."""
    if situation.facts["twin.id"] is None:
        return "nobody"
    if situation.facts["twin.state"] in {PersonState.STOPPED, PersonState.JOINING}:
        return "stopped"
    return "muted" if situation.facts["twin.muted"] else "partner"


def here(situation: Situation) -> Value:
    """Her own time of day."""
    return LocalTime(situation.now, "time", situation.text("person.zone"))


def there(situation: Situation) -> Value:
    """The partner's time of day."""
    zone = situation.facts["twin.zone"]
    return LocalTime(situation.now, "time", zone) if isinstance(zone, str) else "…"


def written_here(situation: Situation) -> Value:
    """Her own time of day when her partner wrote."""
    return LocalTime(_written_at(situation), "time", situation.text("person.zone"))


def written_there(situation: Situation) -> Value:
    """Her partner's time of day when he wrote."""
    return LocalTime(_written_at(situation), "time", situation.session.given["zone"])


def _written_at(situation: Situation) -> datetime:
    return datetime.fromisoformat(situation.session.given["at"])


def is_twin(situation: Situation) -> str:
    """Whether who wrote the note is her partner still."""
    return "yes" if situation.facts["twin.id"] == int(situation.session.given["sender_id"]) else "no"


def pass_on(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Tell the partner what was written or spoken."""
    session = situation.session
    answered = session.answer("ask_note")
    partner = situation.number("twin.id")
    if answered is None or partner is None:
        return (Say(Text("hello.no_twin"), session=session.number),)
    name = situation.text("person.name")
    received = NoteReceived(
        PersonId(situation.number("person.id") or 0), name, session.number, answered.words, answered.voice
    )
    twin = situation.text("twin.name")
    return (
        Tell(PersonId(partner), received),
        Say(Text("notes.on_its_way", {"twin": twin}), session=session.number),
    )


def hear_again(_: Situation) -> tuple[Effect | Begin, ...]:
    """Bring the partner's notes again."""
    return (MuteTwin(muted=False),)


def mute(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Bring no notes of the partner any more. The partner is not told. Who is her partner no more is not heard anyway,
    and another one is not meant."""
    return (MuteTwin(muted=True),) if is_twin(situation) == "yes" else ()


def thank(situation: Situation) -> tuple[Effect | Begin, ...]:
    """A thank-you, without a word more."""
    given = situation.session.given
    thanked = NoteThanked(situation.text("person.name"))
    said = Text("notes.thanks_sent", {"sender": given["sender"]})
    return (Tell(PersonId(int(given["sender_id"])), thanked), Say(said, session=situation.session.number))


def readers(situation: Situation) -> Value:
    """Who would read a report, by name."""
    names = tuple(name for _, name in _readers(situation))
    return Listed(names) if names else Text("notes.nobody")


def report(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Show a note to who cares for safety. Its writer is not told."""
    given, session = situation.session.given, situation.session.number
    reported = NoteReported(situation.text("person.name"), given["sender"], given.get("words"), given.get("voice"))
    told = tuple(Tell(reader, reported) for reader, _ in _readers(situation))
    return (*told, Say(Text("notes.report_sent" if told else "notes.report_nobody"), session=session))


def _readers(situation: Situation) -> tuple[tuple[PersonId, str], ...]:
    known = situation.facts["safety.readers"]
    return known if isinstance(known, tuple) else ()


RULES = Rules(
    effects={
        "note.hear_again": EffectRule(hear_again),
        "note.mute": EffectRule(mute, needs=("twin.id",)),
        "note.pass_on": EffectRule(pass_on, needs=("person.id", "person.name", "twin.id", "twin.name")),
        "note.report": EffectRule(report, needs=("person.name", "safety.readers")),
        "note.thank": EffectRule(thank, needs=("person.name",)),
    },
    decisions={
        "note.who_hears": DecisionRule(
            who_hears,
            ("partner", "muted", "stopped", "nobody"),
            needs=("twin.id", "twin.state", "twin.muted"),
        ),
        "note.is_twin": DecisionRule(is_twin, ("yes", "no"), needs=("twin.id",)),
    },
    values={
        "note.here": ValueRule(here, needs=("person.zone",)),
        "note.there": ValueRule(there, needs=("twin.zone",)),
        "note.written_here": ValueRule(written_here, needs=("person.zone",)),
        "note.written_there": ValueRule(written_there),
        "note.readers": ValueRule(readers, needs=("safety.readers",)),
    },
)
