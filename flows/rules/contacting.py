"""/contact: a word to the people of the programme: its safeguarding focal point, else the coordinators of both sides.

Rules kept here:

* Who will read it is said by name before a word is typed.
* Here names may stand: what is wrong can not always be told without them. So nothing is held back by the guard.
* It is no emergency service, and says so.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, Listed, Say, Tell, Text, Value
from flows.events import ContactReceived, ContactTaken
from flows.people import PersonId
from flows.rules.coordinating import told_others
from flows.rules.situation import Situation


def _readers(situation: Situation) -> dict[PersonId, str]:
    """Who reads it, herself left out."""
    known = situation.facts["safety.readers"]
    found = known if isinstance(known, tuple) else ()
    return {one: name for one, name in found if one != situation.facts["person.id"]}


def who_reads(situation: Situation) -> str:
    if not _readers(situation):
        return "nobody"
    return "focal_point" if situation.facts["settings.safeguarded"] is True else "coordinators"


def readers(situation: Situation) -> Value:
    """Their names."""
    return Listed(tuple(_readers(situation).values()))


def send(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Pass her words on to everybody who was named, and say so."""
    received = ContactReceived(
        PersonId(situation.number("person.id") or 0),
        situation.session.number,
        situation.text("person.name"),
        situation.text("side.name"),
        situation.answers["message"],
    )
    said = Say(Text("contact.sent", {"readers": readers(situation)}))
    return (*(Tell(one, received) for one in _readers(situation)), said)


def drop(_: Situation) -> tuple[Effect | Begin, ...]:
    """She thought better of it."""
    return (Say(Text("contact.dropped")),)


def answered(situation: Situation) -> tuple[Effect | Begin, ...]:
    """The reader takes care of it, and its sender hears so; or she can not."""
    if situation.answers.get("care") != "take":
        return (Say(Text("contact.left_to_others")),)
    sender = PersonId(int(situation.session.given["sender_id"]))
    name = situation.session.given["sender"]
    others = told_others(situation, name, tuple(one for one in _readers(situation) if one != sender))
    thanks = Say(Text("contact.thanks", {"sender": name}))
    return (Tell(sender, ContactTaken(situation.text("person.name"))), *others, thanks)
