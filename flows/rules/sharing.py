"""Who may read a reflection, and what becomes of it when that changes. domain.md section 3, rule 7.

Rules kept here:

* Before anything is shared its author reads exactly what will be read.
* Whoever was shown something is told when it changes or is taken back; what was read can not be unread, and the author
  is told so.
* Of others a turn of hers knows nobody but her twin and the coordinators of her own side, so nobody else is reached.
* A voice note is sent to a reader only when she asks for it: it costs data, and after two days it can not be taken out
  of her chat any more.
"""

from __future__ import annotations

from dataclasses import replace

from flows.effects import Begin, Effect, Keep, RecordReflections, Remove, Say, SetSharing, Tell
from flows.entries import COORDINATORS, NOTE, PRIVATE, TWIN, Entry, anchor_of
from flows.events.pairs import ReflectionShared, SharedAnswered, SharingWithdrawn
from flows.people import PersonId
from flows.rules.reflecting import just_made, own, shared_text
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.values import Text, Value

SHARERS_NEEDS = ("twin.id", "twin.name", "side.coordinators")
"""What is read to say who could read an entry."""

SHARE_NEEDS = ("person.id", "person.name", "twin.id", "side.coordinators")
"""What is read to show an entry to others, or to take it back."""


def find(among: tuple[Entry, ...], number: int) -> Entry | None:
    return next((entry for entry in among if entry.number == number), None)


# -- by its author ---------------------------------------------------------------------------------------------------


def readers(situation: Situation, entry: Entry) -> tuple[Offer, ...]:
    """With whom it can be shared, and with nobody. A twin reads what was recorded while she was the twin."""
    twin = situation.number("twin.id")
    offered = [TWIN] if twin is not None and twin == entry.twin else []
    offered += [COORDINATORS] if situation.facts["side.coordinators"] else []
    return tuple(Offer(one, reader_label(one, situation)) for one in (*offered, PRIVATE))


def reader_label(choice: str, situation: Situation) -> Value:
    if choice == TWIN:
        return Text("reflections.share_twin", {"twin": situation.name("twin.name")})
    return Text(f"reflections.share_{choice}")


def change_sharing(situation: Situation, entry: Entry, sharing: str) -> tuple[Effect, ...]:
    """Show it to whom it is shared with now, take it back from whom it is not any more, and say so."""
    number = situation.session.number
    if sharing == entry.sharing:
        return (Say(Text(f"reflections.stays_{sharing}"), session=number),)
    said = Text(f"reflections.now_{sharing}")
    if entry.sharing != PRIVATE:
        said = Text("reflections.taken_back", {"now": said})
    return (
        SetSharing(entry.number, sharing),
        *take_back(situation, entry),
        *show(situation, replace(entry, sharing=sharing)),
        Say(said, session=number),
    )


def take_back(situation: Situation, entry: Entry) -> tuple[Effect, ...]:
    """Tell whoever was shown it that it is taken back."""
    withdrawn = SharingWithdrawn(_author(situation), situation.text("person.name"), entry.number)
    return tuple(Tell(reader, withdrawn) for reader in _reached(situation, entry))


def show(
    situation: Situation, entry: Entry, *, changed: bool = False, voice_changed: bool = False
) -> tuple[Effect, ...]:
    """Tell whomever its sharing reaches what it says."""
    shared = ReflectionShared(
        _author(situation),
        situation.text("person.name"),
        entry.number,
        entry.day,
        entry.directions,
        entry.kind,
        entry.level,
        entry.towards,
        entry.words,
        entry.voice,
        changed,
        voice_changed,
    )
    return tuple(Tell(reader, shared) for reader in _reached(situation, entry))


def _reached(situation: Situation, entry: Entry) -> tuple[PersonId, ...]:
    """Whom its sharing reaches."""
    if entry.sharing == TWIN and entry.twin is not None:
        return (PersonId(entry.twin),)
    coordinators = situation.facts["side.coordinators"] if entry.sharing == COORDINATORS else ()
    return coordinators if isinstance(coordinators, tuple) else ()


def _author(situation: Situation) -> PersonId:
    return PersonId(situation.number("person.id") or 0)


def shown_new(situation: Situation) -> Value:
    return shared_text(just_made(situation), situation.text("person.name"))


def readers_new(situation: Situation) -> tuple[Offer, ...]:
    return readers(situation, just_made(situation))


def share_new(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """The last answer of /gave and its like: private, unless she says otherwise."""
    return change_sharing(situation, just_made(situation), situation.answers.get("sharing", PRIVATE))


# -- what a check-in changes -----------------------------------------------------------------------------------------


def corrected(situation: Situation, recorded: RecordReflections) -> tuple[Effect | Keep, ...]:
    """A check-in that is recorded again: whoever was shown what it said before is shown what it says now.

    The first record shows nobody anything, and asks for no facts.
    """
    if "recorded" not in situation.session.given:
        return (Keep({"recorded": "yes"}),)
    entry = find(own(situation.facts), recorded.session)
    if entry is None or entry.sharing == PRIVATE:
        return ()
    if not recorded.directions and entry.words is None and entry.voice is None:
        return take_back(situation, entry)
    directions = recorded.directions or (NOTE,)
    said = Say(Text("reflections.corrected_shared"), session=situation.session.number)
    return (*show(situation, replace(entry, directions=directions, kind=recorded.kind), changed=True), said)


def note_changed(situation: Situation) -> tuple[Effect, ...]:
    """The note of a check-in that is shared became another one: nobody agreed to show that, so it is private again."""
    entry = find(own(situation.facts), situation.session.number)
    if entry is None or entry.sharing == PRIVATE:
        return ()
    said = Say(Text("reflections.note_private"), session=situation.session.number)
    return (SetSharing(entry.number, PRIVATE), *take_back(situation, entry), said)


# -- to the one who was shown it -------------------------------------------------------------------------------------

LISTEN, HEARD = "listen", "heard"
ANSWERS = ("thanks", "more", "try")
"""What can be said back in one tap; a new one goes last."""


def anchor(author: object, entry: object, reader: object) -> str:
    """The name of the words in the chat of `reader`: what is shared with several is a message in each chat."""
    return anchor_of(author, entry, reader)


def voice_anchor(author: object, entry: object, reader: object) -> str:
    """The name of the voice note that `reader` asked for."""
    return f"{anchor(author, entry, reader)}/voice"


def answers_back(situation: Situation) -> tuple[Offer, ...]:
    found = (*ANSWERS, LISTEN) if situation.session.given.get("voice") else ANSWERS
    return tuple(Offer(one, Text(f"shared.{one}")) for one in found)


def answer_label(choice: str, situation: Situation) -> Value:  # noqa: ARG001 - all labels have one shape
    return Text(f"shared.{choice}")


def answer_back(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Tell the author what was said back, or send the voice note: it costs data, so only whoever asks gets it."""
    given, number = situation.session.given, situation.session.number
    back = situation.answers.get("back", "")
    if back == LISTEN:
        said = Text("shared.voice", {"author": given["author"]})
        own = voice_anchor(given["author_id"], given["entry"], situation.facts["person.id"])
        earlier = (Remove(own),) if HEARD in given else ()
        return (*earlier, Keep({HEARD: "yes"}), Say(said, voice=given["voice"], anchor=own, protected=True))
    event = SharedAnswered(situation.text("person.name"), given["day"], back)
    return (
        Tell(PersonId(int(given["author_id"])), event),
        Say(Text("shared.passed_on", {"author": given["author"]}), session=number),
    )


def has_listened(situation: Situation) -> str:
    return "yes" if situation.answers.get("back") == LISTEN else "no"


RULES = Rules(
    effects={
        "reflection.share": EffectRule(share_new, needs=SHARE_NEEDS),
        "shared.answer_back": EffectRule(answer_back, needs=("person.name",)),
    },
    decisions={
        "shared.has_listened": DecisionRule(has_listened, ("yes", "no")),
    },
    choices={
        "reflection.readers": ChoicesRule(readers_new, reader_label, needs=SHARERS_NEEDS),
        "shared.answers": ChoicesRule(answers_back, answer_label),
    },
    values={
        "reflection.shown": ValueRule(shown_new, needs=("twin.id", "person.name")),
    },
)
