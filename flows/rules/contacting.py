"""/contact: a word to the people of the programme: its safeguarding focal point, else the coordinators of both sides.

Rules kept here:

* Who will read it is said by name before a word is typed, and nobody else reads it: when others would, she is asked
  anew before it goes out.
* Here names may stand: what is wrong can not always be told without them. So nothing is held back by the guard.
* It is no emergency service, and says so, with the number of her country where the programme has set one. None is
  guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flows.effects import Begin, Effect, Keep, Say, Tell
from flows.events.people import ContactReceived, ContactTaken, OtherTakesCare
from flows.people import PersonId
from flows.rules.situation import DecisionRule, EffectRule, Rules, Situation, ValueRule
from flows.values import Listed, Text, Value


def _readers(situation: Situation) -> dict[PersonId, str]:
    """Who reads it, herself left out."""
    known = situation.facts["safety.readers"]
    found = known if isinstance(known, tuple) else ()
    return {one: name for one, name in found if one != situation.facts["person.id"]}


def who_reads(situation: Situation) -> str:
    if not _readers(situation):
        return "nobody"
    return "focal_point" if situation.facts["safety.focal"] is True else "coordinators"


def readers(situation: Situation) -> Value:
    """Their names."""
    return Listed(tuple(_readers(situation).values()))


def signed(situation: Situation) -> Value:
    """Whether her name stands beside her words: she may have told none yet. And whom to call in danger, where her
    programme has set it for her country."""
    name = Text("contact.with_name" if situation.text("person.name") else "contact.without_name")
    return Listed((name, *_number(situation)), " ")


def danger(situation: Situation) -> Value:
    """That this is no emergency service; and whom to call in danger, where her programme has set it for her country."""
    return Listed((Text("contact.danger"), *_number(situation)), " ")


def _number(situation: Situation) -> tuple[Value, ...]:
    numbers = situation.facts["settings.emergency"]
    number = numbers.get(str(situation.facts["person.country"])) if isinstance(numbers, Mapping) else None
    return () if number is None else (Text("contact.emergency", {"number": str(number)}),)


def note_readers(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Who is named now, in the question whether it shall go out."""
    return (Keep({READERS: _joined(_readers(situation))}),)


def still_they(situation: Situation) -> str:
    """Whether those who were named are those who would read it; and whether there is anything to read, since whoever
    writes it anew can still tap the old [Send it]."""
    if "message" not in situation.answers:
        return "unwritten"
    found = _readers(situation)
    if not found:
        return "nobody"
    return "same" if situation.session.given.get(READERS) == _joined(found) else "changed"


READERS = "readers"


def _joined(people: Iterable[PersonId]) -> str:
    return ",".join(map(str, people))


def send(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Pass her words on to everybody who was named, and say so."""
    found = _readers(situation)
    received = ContactReceived(
        PersonId(situation.number("person.id") or 0),
        situation.session.number,
        situation.text("person.name"),
        situation.text("side.name"),
        situation.answers["message"],
        tuple(found),
    )
    said = Say(Text("contact.sent", {"readers": readers(situation)}))
    return (*(Tell(one, received) for one in found), said)


def drop(_: Situation) -> tuple[Effect | Begin, ...]:
    """She thought better of it."""
    return (Say(Text("contact.dropped")),)


# -- to a reader -----------------------------------------------------------------------------------------------------


def sender(situation: Situation) -> Value:
    """Who wrote, by name if she has told one."""
    return named(situation.session.given["sender"])


def named(name: str) -> Value:
    """A name, or who she is while she has told none yet."""
    return name or Text("standing.nameless")


def answered(situation: Situation) -> tuple[Effect | Begin, ...]:
    """The reader takes care of it, and its sender and the other readers hear so; or she can not."""
    given, name = situation.session.given, situation.text("person.name")
    others = [PersonId(int(one)) for one in given.get("others", "").split(",") if one]
    if situation.answers.get("care") != "take":
        return (Say(Text("contact.left_to_others" if others else "contact.left_to_nobody")),)
    wrote = PersonId(int(given["sender_id"]))
    taken = OtherTakesCare(name, wrote, int(given.get("letter", "0")))
    return (
        Tell(wrote, ContactTaken(name)),
        *(Tell(one, taken) for one in others),
        Say(Text("contact.thanks", {"sender": sender(situation)})),
    )


_READERS = ("person.id", "safety.readers", "safety.focal")

RULES = Rules(
    effects={
        "contact.note_readers": EffectRule(note_readers, needs=_READERS),
        "contact.send": EffectRule(send, needs=("person.name", "side.name", *_READERS)),
        "contact.drop": EffectRule(drop),
        "contact.answered": EffectRule(answered, needs=("person.name",)),
    },
    decisions={
        "contact.still_they": DecisionRule(still_they, ("same", "changed", "nobody", "unwritten"), needs=_READERS),
        "contact.who_reads": DecisionRule(who_reads, ("focal_point", "coordinators", "nobody"), needs=_READERS),
    },
    values={
        "contact.danger": ValueRule(danger, needs=("person.country", "settings.emergency")),
        "contact.readers": ValueRule(readers, needs=_READERS),
        "contact.sender": ValueRule(sender),
        "contact.signed": ValueRule(signed, needs=("person.name", "person.country", "settings.emergency")),
    },
)
