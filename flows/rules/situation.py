"""What a named rule sees and what it may answer. Rules are pure functions of a `Situation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flows.catalogue import Flow
from flows.effects import Begin, Effect, Keep
from flows.session import Session
from flows.values import UNKNOWN, Value

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Situation:
    """One session at one moment. `facts` holds at least what the flow lists."""

    flow: Flow
    session: Session
    facts: Facts
    now: datetime

    @property
    def answers(self) -> dict[str, str]:
        """Save name to choice id or words, along the path taken; skipped questions are absent."""
        answers: dict[str, str] = {}
        for answered in self.session.path:
            save = self.flow.step(answered.step).save
            kept = answered.choice if answered.choice is not None else answered.words
            if save is not None and kept is not None:
                answers[save] = kept
        return answers

    def text(self, fact: str) -> str:
        """A fact that is text. TypeError when it is not: a flow that lists it wrongly must not go on."""
        value = self.facts[fact]
        if not isinstance(value, str):
            raise TypeError(f"fact {fact} is {type(value).__name__}, not text")
        return value

    def name(self, fact: str) -> str:
        """Somebody's name; dots where there is nobody any more: a pair may end while one of the two is asked."""
        value = self.facts[fact]
        return value if isinstance(value, str) else UNKNOWN

    def names(self, fact: str) -> Mapping[str, str]:
        """A fact that is a table of names by their codes. TypeError when it is not."""
        value = self.facts[fact]
        if not isinstance(value, Mapping):
            raise TypeError(f"fact {fact} is {type(value).__name__}, not a table of names")
        return value

    def number(self, fact: str) -> int | None:
        """A fact that is a number or not known yet."""
        value = self.facts[fact]
        if value is not None and not isinstance(value, int):
            raise TypeError(f"fact {fact} is {type(value).__name__}, not a number")
        return value


@dataclass(frozen=True, slots=True)
class Offer:
    """A button made by a rule: the id that is saved, and what stands on it."""

    id: str
    label: Value


@dataclass(frozen=True, slots=True)
class Understood:
    """A reader made `value` of what was typed. `harmless`: nothing in it can show who somebody is, whatever it looks
    like; other words of their own are guarded where their question says so."""

    value: str
    harmless: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """A reader found several meanings: the person chooses among them."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A reader could make nothing of it; `hint` is the text id of what to do instead."""

    hint: str


Reading = Understood | OneOf | NotUnderstood


@dataclass(frozen=True, slots=True)
class EffectRule:
    """`do`: a named effect. `needs` are the facts that it reads."""

    run: Callable[[Situation], tuple[Effect | Begin | Keep, ...]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """`decide`: which of its `outcomes` holds."""

    run: Callable[[Situation], str]
    outcomes: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReaderRule:
    """`reads`: makes a value of typed text. `numbers`: of numbers too, before they count the buttons or a
    zero skips."""

    run: Callable[[str, Situation], Reading]
    needs: tuple[str, ...] = ()
    numbers: bool = False


@dataclass(frozen=True, slots=True)
class ChoicesRule:
    """`choices = {rule = …}`: the buttons. `label` says how an id that was typed rather than offered is shown. `page`:
    so many are shown at once, and the question is asked anew for each page; 0 is as many as fit under one text."""

    run: Callable[[Situation], tuple[Offer, ...]]
    label: Callable[[str, Situation], Value]
    needs: tuple[str, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True)
class ValueRule:
    """`values = {name = …}`: what fills a placeholder."""

    run: Callable[[Situation], Value]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordRule:
    """`record`: what a session that ended or expired leaves behind; one that was answered whole may begin another."""

    run: Callable[[Situation], tuple[Effect | Begin | Keep, ...]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one module by the names under which flows call them, one table a kind."""

    effects: Mapping[str, EffectRule] = field(default_factory=dict)
    decisions: Mapping[str, DecisionRule] = field(default_factory=dict)
    readers: Mapping[str, ReaderRule] = field(default_factory=dict)
    choices: Mapping[str, ChoicesRule] = field(default_factory=dict)
    values: Mapping[str, ValueRule] = field(default_factory=dict)
    records: Mapping[str, RecordRule] = field(default_factory=dict)


__all__ = [
    "ChoicesRule",
    "DecisionRule",
    "EffectRule",
    "Facts",
    "NotUnderstood",
    "Offer",
    "OneOf",
    "ReaderRule",
    "Reading",
    "RecordRule",
    "Rules",
    "Situation",
    "Understood",
    "ValueRule",
]
