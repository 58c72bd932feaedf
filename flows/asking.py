"""The words of a step: its text with what fills it, its choices, and the buttons that show them.

Rules kept here:

* A text is an id, its values and the version of the flow whose wording holds; no sentence is made here.
* What fills a placeholder is, in this order: a value that the step names, what was answered under that name on the
  path taken, what was given or kept, a fact.
* Whoever types the words of a button means it, in any language of the flow; the beginning is enough where it is the
  beginning of one button alone.
* A button counts from 1 in the order of the file; the one that skips, or is done with picking, is number 0, so that a
  choice added later moves no number.
* Of many choices that a rule makes a page is shown at a time, or those that typed words may have meant; a number means
  the same wherever it is shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from flows.definition import ChoicesByRule, StepDefinition, placeholders
from flows.effects import Button
from flows.errors import FlowMisled
from flows.in_words import IN_WORDS
from flows.rules import CHOICES, VALUES
from flows.rules.places import KRIO_LETTERS
from flows.rules.situation import Situation
from flows.session import Answered
from flows.values import UNKNOWN, Listed, Text, Value

SKIP = 0
"""The number of the skip button, and of the one that is done with picking."""

MORE = 999
"""The number of the button that shows the next page: the highest that a button carries."""

MOST = 900
"""Choices that a rule may offer; whoever stands behind the last one is found by her name."""

AT_ONCE = 14
"""Choices made by a rule that are shown without pages: the hours of a day fit in, short as they are."""

PAGE = 8
"""Choices on one page of more: what a small phone shows without scrolling, one a row."""

WORDS = "tailored.words"
"""The fact under which the shell hands over `Catalogue.words` of a programme."""


def page_size(step: StepDefinition) -> int:
    """How many choices made by a rule stand on one page."""
    return (isinstance(step.choices, ChoicesByRule) and CHOICES[step.choices.rule].page) or PAGE


def page_of(step: StepDefinition, ids: tuple[str, ...], answered: Answered | None) -> int:
    """The page on which the choice stands that was taken before; else the first."""
    choice = None if answered is None else answered.choice
    return ids.index(choice) // page_size(step) if choice in ids and has_pages(step, ids) else 0


def asks_each_page(step: StepDefinition) -> bool:
    """Whether the text of `step` tells of the page that is shown."""
    return isinstance(step.choices, ChoicesByRule) and CHOICES[step.choices.rule].page > 0


def has_pages(step: StepDefinition, ids: tuple[str, ...]) -> bool:
    """Whether the choices `ids` are shown page by page."""
    return isinstance(step.choices, ChoicesByRule) and len(ids) > (CHOICES[step.choices.rule].page or AT_ONCE)


def text_of(situation: Situation, step: StepDefinition) -> Text:
    """What `step` says or asks."""
    return _filled(situation, f"{situation.flow.id}.{step.id}", step.text or "", step.values)


def reminder_of(situation: Situation, source: str) -> Text:
    """What the flow's reminder says."""
    return _filled(situation, f"{situation.flow.id}.reminder", source, {})


def _filled(situation: Situation, text: str, source: str, named: Mapping[str, str]) -> Text:
    values = {name: _fill(situation, name, named) for name in placeholders(source)}
    return Text(text, values, situation.session.version)


def _fill(situation: Situation, name: str, named: Mapping[str, str]) -> Value:
    if name in named:
        return VALUES[named[name]].run(situation)
    for answered in reversed(situation.session.path):
        if situation.flow.step(answered.step).save == name:
            label = label_of_answer(situation, answered)
            if label is not None:
                return label
    if name in situation.session.given:
        return situation.session.given[name]
    for fact in (f"{name}.name", name.replace("_", ".", 1)):
        if fact in situation.facts:
            value = situation.facts[fact]
            return value if isinstance(value, str | int) else UNKNOWN
    raise FlowMisled(f"flow {situation.flow.id}: nothing fills {{{name}}}")


def label_of_answer(situation: Situation, answered: Answered) -> Value | None:
    """An answer in words: the label of its choice, or what was typed; `None` where the question was skipped."""
    if answered.voice is not None:
        return Text("engine.voice_note")
    if answered.choice is None:
        return answered.words
    step = situation.flow.step(answered.step)
    if step.many:
        return Listed(tuple(label(situation, step, one) for one in picked(answered)))
    return label(situation, step, answered.choice)


def picked(answered: Answered | None) -> tuple[str, ...]:
    """The ids that were chosen, one or many."""
    return () if answered is None or answered.choice is None else tuple(answered.choice.split(","))


def label(situation: Situation, step: StepDefinition, choice: str) -> Value:
    """What stands on the button of `choice`."""
    if isinstance(step.choices, ChoicesByRule):
        return CHOICES[step.choices.rule].label(choice, situation)
    text = next(one.text for one in situation.flow.choices(step.id) if one.id == choice)
    return _fixed(text, situation.session.version)


# every button of every version that is open: made once, not for each person
@lru_cache(maxsize=4096)
def _button(text: str, version: str, number: int, chosen: bool) -> Button:
    return Button(_fixed(text, version), number, chosen)


@lru_cache(maxsize=4096)
def _fixed(text: str, version: str) -> Text:
    return Text(text, version=version)


def offered(situation: Situation, step: StepDefinition) -> tuple[str, ...]:
    """The ids of the choices that a rule makes now; none where they are written in the file."""
    if not isinstance(step.choices, ChoicesByRule):
        return ()
    return tuple(offer.id for offer in CHOICES[step.choices.rule].run(situation))[:MOST]


def choice_ids(situation: Situation, step: StepDefinition) -> tuple[str, ...]:
    """The choices of `step` by id, in the order of their numbers. Where the session stands, what was offered holds."""
    if not isinstance(step.choices, ChoicesByRule):
        return tuple(choice.id for choice in situation.flow.choices(step.id))
    if situation.session.step == step.id:
        return situation.session.offered
    return offered(situation, step)


def buttons(situation: Situation, step: StepDefinition) -> tuple[Button, ...]:
    """The buttons under `step`, what holds or is picked so far marked."""
    answered = situation.session.answer(step.id)
    picking = step.many and answered is None
    chosen = situation.session.picked if picking else picked(answered)
    if isinstance(step.choices, ChoicesByRule):
        shown = _made(situation, step, chosen)
    else:
        version = situation.session.version
        shown = [
            _button(choice.text, version, choice.number, choice.id in chosen)
            for choice in situation.flow.choices(step.id)
        ]
    if picking and chosen:
        shown.append(Button(Text("engine.done"), SKIP))
    elif step.skip:
        shown.append(Button(Text("engine.skip"), SKIP, chosen=answered is not None and answered.is_skipped))
    return tuple(shown)


def _made(situation: Situation, step: StepDefinition, chosen: tuple[str, ...]) -> list[Button]:
    """The page that is shown of the buttons that a rule makes."""
    ids = choice_ids(situation, step)
    numbered = list(enumerate(ids, start=1))
    several = has_pages(step, ids)
    narrowed = situation.session.narrowed if situation.session.step == step.id else ()
    if several and narrowed:
        numbered = [(number, id_) for number, id_ in numbered if id_ in narrowed]
    elif several:
        size = page_size(step)
        first = size * (situation.session.page if situation.session.step == step.id else 0)
        numbered = numbered[first : first + size]
    shown = [Button(label(situation, step, id_), number, chosen=id_ in chosen) for number, id_ in numbered]
    return [*shown, Button(Text("engine.more"), MORE)] if several else shown


def named(situation: Situation, step: StepDefinition, typed: str) -> str | None:
    """The choice whose label is what was typed, else the only one that begins with its words."""
    wanted = _plain(typed)
    exact: set[str] = set()
    begun: set[str] = set()
    for choice, words in _labelled(situation, step) if wanted else ():
        shown = _plain(words)
        if shown == wanted:
            exact.add(choice)
        elif len(wanted) >= BEGINNING and shown.startswith(wanted) and not shown[len(wanted)].isalnum():
            begun.add(choice)
    found = exact or begun
    return found.pop() if len(found) == 1 else None


BEGINNING = 3
"""Letters of the first words of a label that say which one is meant: `a` begins some label in some language."""


def _labelled(situation: Situation, step: StepDefinition) -> Iterator[tuple[str, str]]:
    """Each choice with its words, in every language. A label that is made of several values has none."""
    flow, words = situation.flow, _words_of(situation)
    if isinstance(step.choices, ChoicesByRule):
        for choice in choice_ids(situation, step):
            match label(situation, step, choice):
                case str(name):
                    yield choice, name
                case Text(id_, values, _, None) if not values:
                    yield from ((choice, said) for said in words(id_))
        return
    for written in flow.choices(step.id):
        for language in ("", *flow.translations):
            yield written.id, flow.text_in(language, written.text)
        if written.text in IN_WORDS:
            yield from ((written.id, said) for said in words(IN_WORDS[written.text]))


def _words_of(situation: Situation) -> Callable[[str], tuple[str, ...]]:
    """What a text that stands in another file says, in every language; nothing where the shell does not tell."""
    found = situation.facts.get(WORDS)
    return found if callable(found) else lambda _: ()


_WITHOUT_KRIO = str.maketrans(dict(KRIO_LETTERS))
"""Its ŋ is typed as n or as ng."""


def _plain(words: str) -> str:
    """Words as labels are compared: no capitals, no accents, no hamza on its seat, no letter that only Krio has, no
    punctuation at the ends, one form of each letter and of emoji."""
    folded = unicodedata.normalize("NFKD", words).casefold().translate(_WITHOUT_KRIO).replace("ng", "n")
    kept = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Cf", "Mn"})
    return " ".join(kept.split()).strip(" .,;:!?…'\"“”‘’«»،؛؟")
