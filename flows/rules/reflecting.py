"""Reflections: what a twin says she gave, received or gave back. domain.md section 4.

Rules kept here:

* Three answers make an entry; words, or a voice note, are added to it and may be left out.
* A reflection is private until its author shares it, after having read exactly what will be read (`sharing`).
* Once in an entry, words stand nowhere else: the answer that brought them is forgotten in the same turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from flows.effects import Begin, Effect, ForgetAnswers, Keep, RecordReflections, SaveNote
from flows.entries import TOWARDS, TWIN, Entry, OfEntry, changed_entries
from flows.events.pairs import ReflectionShared
from flows.rules.cadence import local_time
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Facts, Offer, Rules, Situation, ValueRule
from flows.values import Listed, LocalTime, Text, Value

OWN = "reflections.own"
"""The fact that holds her entries."""

OWN_NEEDS = (OWN,)
"""What `own` reads."""


class Changed(Mapping[str, object]):
    """The fact `reflections.own` of the rest of a turn that changed an entry; made only when it is asked for."""

    def __init__(self, facts: Facts, effect: OfEntry, now: datetime) -> None:
        self._facts, self._effect, self._now = facts, effect, now

    def __getitem__(self, name: str) -> object:
        if name != OWN:
            raise KeyError(name)
        twin = self._facts["twin.id"]
        today = local_time(self._now, str(self._facts["person.zone"])).date().isoformat()
        return changed_entries(own(self._facts), self._effect, today, twin if isinstance(twin, int) else None)

    def __iter__(self) -> Iterator[str]:
        return iter((OWN,))

    def __len__(self) -> int:
        return 1


def own(facts: Facts) -> tuple[Entry, ...]:
    """Hers, newest first."""
    found = facts.get(OWN, ())
    return found if isinstance(found, tuple) else ()


# -- in words --------------------------------------------------------------------------------------------------------


def shared_text(entry: Entry | ReflectionShared, author: str) -> Text:
    """What a reader reads: the same that its author is shown beforehand."""
    values: dict[str, Value] = {"author": author, "day": day_of(entry.day), "what": what(entry)}
    if entry.voice is not None:
        return Text("reflections.shared_voice", values)
    if entry.words is None:
        return Text("reflections.shared", values)
    return Text("reflections.shared_words", {**values, "words": entry.words})


def what(entry: Entry | ReflectionShared) -> Listed:
    """What flowed, in a few words: gave · Skill · professional · to colleagues."""
    parts: list[Value] = [Text(f"reflections.{direction}") for direction in entry.directions]
    if entry.kind is not None:
        parts.append(Text(f"choices.reflection_kinds.{entry.kind}"))
    if entry.level is not None:
        parts.append(Text(f"choices.reflection_levels.{entry.level}"))
    if entry.towards in TOWARDS:
        side = "from" if entry.directions == ("receiving",) else "to"
        parts.append(Text(f"reflections.{side}_{entry.towards}"))
    return Listed(tuple(parts), " · ")


def day_of(day: str) -> LocalTime:
    """A stored day, the same in every zone; with its year, since a programme lasts for several."""
    found = date.fromisoformat(day)
    return LocalTime(datetime(found.year, found.month, found.day, 12, tzinfo=UTC), "date", "UTC")


def sharing_of(entry: Entry) -> Text:
    """Who may read it."""
    return Text(f"reflections.is_{entry.sharing}")


# -- /gave, /received, /gaveback -------------------------------------------------------------------------------------


def opening(situation: Situation) -> Value:
    """What the command said already."""
    return Text(f"reflections.opening_{_direction(situation)}")


def to_or_from(situation: Situation) -> Value:
    return Text("reflections.from_whom" if _direction(situation) == "receiving" else "reflections.to_whom")


def towards(situation: Situation) -> tuple[Offer, ...]:
    """Her twin, as long as she has one, and the others."""
    twin = situation.facts["twin.name"]
    own = () if twin is None else (Offer(TWIN, str(twin)),)
    return (*own, *(Offer(one, Text(f"reflections.{one}")) for one in TOWARDS))


def towards_label(choice: str, situation: Situation) -> Value:
    return situation.name("twin.name") if choice == TWIN else Text(f"reflections.{choice}")


def record(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Three answers make an entry; whatever follows is added to it. Of a line that came with the command the entry gets
    its words at once."""
    answers, number = situation.answers, situation.session.number
    day = local_time(situation.now, situation.text("person.zone")).date().isoformat()
    made: tuple[Effect | Keep, ...] = (
        RecordReflections(
            number, (_direction(situation),), answers.get("kind"), answers.get("level"), answers.get("towards")
        ),
        Keep({"day": situation.session.given.get("day", day)}),
    )
    line = situation.session.given.get("line")
    return made if line is None else (*made, SaveNote(number, line))


def has_line(situation: Situation) -> str:
    """Whether the command brought the line already."""
    return "no" if situation.session.given.get("line") is None else "yes"


def keep_words(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Attach what was said to the entry; skipped, it has no words (any more)."""
    words, voice = said(situation, "words")
    number = situation.session.number
    return (SaveNote(number, words, voice), ForgetAnswers(number, ("words",)))


def said(situation: Situation, save: str) -> tuple[str | None, str | None]:
    """The words, or the voice note, that were answered under the name `save`."""
    for answered in reversed(situation.session.path):
        if situation.flow.step(answered.step).save == save:
            return answered.words, answered.voice
    return None, None


def just_made(situation: Situation) -> Entry:
    """The entry as this session has made it: it is not written yet when it has to be shown."""
    answers, given = situation.answers, situation.session.given
    words, voice = said(situation, "words")
    twin = situation.number("twin.id")
    return Entry(
        situation.session.number,
        given["day"],
        (_direction(situation),),
        answers.get("kind"),
        answers.get("level"),
        answers.get("towards"),
        given.get("line", words),
        voice,
        twin=twin,
    )


def _direction(situation: Situation) -> str:
    return situation.session.given.get("direction", "giving")


RULES = Rules(
    effects={
        "reflection.record": EffectRule(record, needs=("person.zone",)),
        "reflection.keep_words": EffectRule(keep_words),
    },
    decisions={
        "reflection.has_line": DecisionRule(has_line, ("yes", "no")),
    },
    choices={
        "reflection.towards": ChoicesRule(towards, towards_label, needs=("twin.name",)),
    },
    values={
        "reflection.opening": ValueRule(opening),
        "reflection.to_or_from": ValueRule(to_or_from),
    },
)
