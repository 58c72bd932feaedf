"""`/reflections`: one's own entries, read again, changed, shared, taken back, deleted.

Rules kept here:

* The list is made once, when it is asked for: a number and a button mean the same entry as long as it is open.
* An entry is found among the author's own or not at all, so a forged or stale button reaches nothing of anybody else,
  and one that was deleted meanwhile is said to be gone.
* Deleting is asked once.
"""

from __future__ import annotations

from dataclasses import replace

from flows.effects import Begin, DeleteReflection, Effect, ForgetAnswers, Keep, SaveNote, Say
from flows.entries import PRIVATE, Entry
from flows.rules.reflecting import OWN_NEEDS, day_of, own, said, shared_text, sharing_of, what
from flows.rules.sharing import SHARE_NEEDS, SHARERS_NEEDS, change_sharing, find, reader_label, readers, show, take_back
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.values import Listed, Text, Value

A_PAGE = 5
"""Entries on one page: with their first words they fill the screen of a small phone."""

AT_MOST = 90
"""Entries of one list, since a button's number has two digits; its last choice begins the list of older ones."""

FIRST_WORDS = 40
"""Characters of an entry's words that the list shows."""

OLDER = "older"


def make_list(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """The entries that this list is of, newest first, from where the list before it ended."""
    first = int(situation.session.given.get("first", "0"))
    found = own(situation.facts)
    listed = found[first : first + AT_MOST]
    left = str(first + AT_MOST) if len(found) > first + AT_MOST else ""
    return (Keep({"listed": ",".join(str(entry.number) for entry in listed), "left": left}),)


def any_entry(situation: Situation) -> str:
    return "some" if _listed(situation) else "none"


def _listed(situation: Situation) -> tuple[str, ...]:
    return tuple(filter(None, situation.session.given.get("listed", "").split(",")))


def _pages(situation: Situation) -> int:
    return -(-len(offers(situation)) // A_PAGE)


def page(situation: Situation) -> Value:
    """Which page of how many is shown, and how to see the next one."""
    pages = _pages(situation)
    values: dict[str, Value] = {"page": situation.session.page + 1, "pages": pages}
    return Text("reflections.page" if pages > 1 else "reflections.one_page", values)


def lines(situation: Situation) -> Value:
    """The entries of the page, each with its number, day, what flowed, who reads it, and its first words."""
    numbered = list(enumerate(_listed(situation), start=1))
    first = situation.session.page * A_PAGE
    found = own(situation.facts)
    shown = [(number, find(found, int(one))) for number, one in numbered[first : first + A_PAGE]]
    return Listed(tuple(_line(number, entry) for number, entry in shown), "\n")


def _line(number: int, entry: Entry | None) -> Text:
    if entry is None:
        return Text("reflections.line", {"number": str(number), "entry": Text("reflections.was_deleted")})
    parts: list[Value] = [day_of(entry.day), what(entry), sharing_of(entry)]
    if entry.voice is not None:
        parts.append(Text("engine.voice_note"))
    elif entry.words is not None:
        parts.append(Text("reflections.quoted", {"words": _first_words(entry.words)}))
    return Text("reflections.line", {"number": str(number), "entry": Listed(tuple(parts), " · ")})


def _first_words(words: str) -> str:
    line = " ".join(words.split())
    if len(line) <= FIRST_WORDS:
        return line
    cut = line[:FIRST_WORDS]
    return f"{cut.rpartition(' ')[0] or cut} …"


def offers(situation: Situation) -> tuple[Offer, ...]:
    """A choice for each entry of the list, and one for what is older than all of them."""
    older = (OLDER,) if situation.session.given.get("left") else ()
    return tuple(Offer(one, offer_label(one, situation)) for one in (*_listed(situation), *older))


def offer_label(choice: str, situation: Situation) -> Value:
    if choice == OLDER:
        return Text("reflections.older", {"number": str(len(_listed(situation)) + 1)})
    return str(_listed(situation).index(choice) + 1)


def picked(situation: Situation) -> str:
    """What was picked from the list. An entry that is not there any more is gone."""
    if situation.answers.get("entry") == OLDER:
        return OLDER
    return "gone" if _found(situation) is None else "entry"


def list_older(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    return (Begin("reflections", {"first": situation.session.given["left"]}),)


def _found(situation: Situation) -> Entry | None:
    """The entry that was picked: one of hers, or none."""
    choice = situation.answers.get("entry", "")
    return find(own(situation.facts), int(choice)) if choice.isdecimal() else None


def _opened(situation: Situation) -> Entry:
    """For the words of a question: what was deleted on another phone meanwhile is shown as nothing."""
    return _found(situation) or Entry(0, situation.now.date().isoformat(), ())


def say_gone(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    return (Say(Text("reflections.gone"), session=situation.session.number),)


# -- one entry -------------------------------------------------------------------------------------------------------


def send_voice(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Her voice note once more, as it lies on the platform."""
    entry = _opened(situation)
    if entry.voice is None:
        return ()
    told = Text("reflections.your_voice", {"day": day_of(entry.day)})
    return (Say(told, session=situation.session.number, voice=entry.voice),)


def whole(situation: Situation) -> Value:
    """The entry with all its words."""
    entry = _opened(situation)
    values: dict[str, Value] = {"day": day_of(entry.day), "what": what(entry), "sharing": sharing_of(entry)}
    if entry.words is None:
        return Text("reflections.whole", values)
    return Text("reflections.whole_words", {**values, "words": entry.words})


def will_read(situation: Situation) -> Value:
    """Who will read the new words: said before they are typed."""
    return Text(f"reflections.reads_{_opened(situation).sharing}")


def change_words(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Other words in the place of those that were there, for her and for whoever was shown them."""
    entry, number = _found(situation), situation.session.number
    words, voice = said(situation, "words")
    forget = ForgetAnswers(number, ("words",))
    if entry is None:
        return (forget, *say_gone(situation))
    changed = replace(entry, words=words, voice=voice)
    told = "reflections.words_changed" if entry.sharing == PRIVATE else "reflections.words_changed_shared"
    return (
        SaveNote(entry.number, words, voice),
        forget,
        *show(situation, changed, changed=True, voice_changed=voice != entry.voice),
        Say(Text(told), session=number),
    )


def shown(situation: Situation) -> Value:
    """What a reader would read."""
    return shared_text(_opened(situation), situation.text("person.name"))


def sharing_now(situation: Situation) -> Value:
    return sharing_of(_opened(situation))


def possible_readers(situation: Situation) -> tuple[Offer, ...]:
    return readers(situation, _opened(situation))


def share(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    entry = _found(situation)
    if entry is None:
        return say_gone(situation)
    return change_sharing(situation, entry, situation.answers.get("sharing", PRIVATE))


def delete(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Forget the entry, and take it back from whoever was shown it."""
    entry = _found(situation)
    if entry is None:
        return say_gone(situation)
    told = "reflections.deleted" if entry.sharing == PRIVATE else "reflections.deleted_shared"
    return (
        DeleteReflection(entry.number),
        *_forgotten(entry),
        *take_back(situation, entry),
        Say(Text(told), session=situation.session.number),
    )


def _forgotten(entry: Entry) -> tuple[Effect, ...]:
    """The answers that made the entry; those of a check-in are of the check-in, and stay."""
    own = entry.level is not None
    return (ForgetAnswers(entry.number, ("kind", "level", "towards", "sharing")),) if own else ()


RULES = Rules(
    effects={
        "reflections.make_list": EffectRule(make_list, needs=OWN_NEEDS),
        "reflections.list_older": EffectRule(list_older),
        "reflections.send_voice": EffectRule(send_voice, needs=OWN_NEEDS),
        "reflections.change_words": EffectRule(change_words, needs=(*OWN_NEEDS, *SHARE_NEEDS)),
        "reflections.share": EffectRule(share, needs=(*OWN_NEEDS, *SHARE_NEEDS)),
        "reflections.delete": EffectRule(delete, needs=(*OWN_NEEDS, *SHARE_NEEDS)),
        "reflections.say_gone": EffectRule(say_gone),
    },
    decisions={
        "reflections.any": DecisionRule(any_entry, ("some", "none")),
        "reflections.picked": DecisionRule(picked, ("entry", "older", "gone"), needs=OWN_NEEDS),
    },
    choices={
        "reflections.entries": ChoicesRule(offers, offer_label, page=A_PAGE),
        "reflections.readers": ChoicesRule(possible_readers, reader_label, needs=(*OWN_NEEDS, *SHARERS_NEEDS)),
    },
    values={
        "reflections.page": ValueRule(page),
        "reflections.lines": ValueRule(lines, needs=OWN_NEEDS),
        "reflections.whole": ValueRule(whole, needs=OWN_NEEDS),
        "reflections.will_read": ValueRule(will_read, needs=OWN_NEEDS),
        "reflections.shown": ValueRule(shown, needs=(*OWN_NEEDS, "person.name")),
        "reflections.sharing_now": ValueRule(sharing_now, needs=OWN_NEEDS),
    },
)
