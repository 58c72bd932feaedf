"""What a check compares a flow with: the names that exist, the languages, what was published, and the limits.

Rules kept here:

* A limit is a named constant with its reason.
* The tables of `flows.rules` are read once and turned into names; a check never calls a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from flows import rules
from flows.catalogue import Catalogue, Flow
from flows.facts import FACTS
from flows.ledger import Numbers

Finding = tuple[str, str]
"""Where something is wrong, and the sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class RuleNames:
    """The names that a flow may use. `needs` are the facts that a rule reads, by kind and name of the rule."""

    facts: Collection[str] = ()
    effects: Collection[str] = ()
    decisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of the decision to its outcomes."""
    readers: Collection[str] = ()
    choices: Collection[str] = ()
    values: Collection[str] = ()
    records: Collection[str] = ()
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def shipped(cls) -> RuleNames:
        """The names of `flows.rules`."""
        tables = (rules.EFFECTS, rules.DECISIONS, rules.READERS, rules.CHOICES, rules.VALUES, rules.RECORDS)
        return cls(
            facts=FACTS,
            effects=rules.EFFECTS.keys(),
            decisions={name: rule.outcomes for name, rule in rules.DECISIONS.items()},
            readers=rules.READERS.keys(),
            choices=rules.CHOICES.keys(),
            values=rules.VALUES.keys(),
            records=rules.RECORDS.keys(),
            needs={name: rule.needs for table in tables for name, rule in table.items()},
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """What one passage through a flow may cost on its worst path, see `flows.paths.Cost`."""

    messages: int
    taps: int
    bytes: int


PROMPTED = Budget(messages=5, taps=4, bytes=4_000)
"""For a flow that asks unbidden and records (domain.md section 5: at most 4 taps, and one message more to close).
A whole check-in may cost what others allow a single step (peers.md: 4 kB), since a data bundle pays it every week."""

ASKED = Budget(messages=8, taps=7, bytes=8_000)
"""For what is asked beside the check-in: five screens (domain.md section 3, rule 3), an answer and a closing line; and
two steps' worth of bytes. What needs more is two flows."""

ON_DEMAND = Budget(messages=16, taps=10, bytes=16_000)
"""For a flow that a person begins. The longest so far, joining, asks seven things and repeats two of them when the
hour was wrong; what needs more is two flows. In bytes: four steps' worth of peers.md."""

OF_THEIR_OWN: Mapping[str, Budget] = {"goal": Budget(messages=18, taps=16, bytes=16_000)}
"""A goal of two is long by its nature (domain.md P3): it can be left and taken up again after every answer, and is
written a few times in a programme (docs/adr/0048)."""

STEP_BYTES = 4_000
"""One step sends one message of at most 4 kB (peers.md, low bandwidth)."""

MESSAGE_CHARACTERS = 4096
"""Telegram's limit on a text. Counted in UTF-16 units, in which an emoji is two: the stricter reading."""

LABEL_CHARACTERS = 60
"""A phone cuts a label near forty characters; also the longest that an answer adds where a text repeats it."""

BUTTON_DATA_BYTES = 64
"""Telegram's limit on what a button carries."""

SESSION_DIGITS = 10
"""A session's number in a button: ten thousand million sessions of one person."""

CHOICES = 99
"""Telegram takes a hundred buttons under a message; one is left for skipping."""

HIGHEST = 999
"""The highest number of a button, where a rule makes them page by page."""

LINE_CHOICES = 9
"""In a line of joined digits (`1325`) a number is one digit; a tenth choice could not be told from a first."""

NAME_CHARACTERS = 40
"""The longest name of a person, side or programme."""

VALUE_CHARACTERS = 60
"""The longest of any other value."""

WORDS_CHARACTERS = 500
"""The longest free text (domain.md section 4), where a later step repeats it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything beside the flow itself. `complete` are the languages in which every text has to be there;
    `numbers` the ledger, where there is one; `budgets` the flows with limits of their own."""

    catalogue: Catalogue
    names: RuleNames
    complete: Collection[str] = ()
    stale: Mapping[str, Collection[str]] = field(default_factory=dict)
    published: Mapping[str, Flow] = field(default_factory=dict)
    numbers: Numbers | None = None
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    button_data: int = BUTTON_DATA_BYTES

    def budget(self, flow: Flow) -> Budget:
        match flow.definition.record:
            case None | "planned":
                usual = ON_DEMAND
            case "asked" | "early_end" | "review":
                usual = ASKED
            case _:
                usual = PROMPTED
        return self.budgets.get(flow.id) or OF_THEIR_OWN.get(flow.id) or usual

    def languages(self, flow: Flow) -> Iterator[str]:
        """The languages that `flow` is translated into."""
        return iter(sorted(flow.translations))


def at(flow: Flow, place: str = "") -> str:
    """Where a problem stands: the file, and what in it."""
    path = f"{flow.phase}/{flow.id}.toml"
    return f"{path} {place}" if place else path


def named(names: Collection[str]) -> str:
    """The names that exist, for an advice."""
    return ", ".join(sorted(names)) or "none yet"
