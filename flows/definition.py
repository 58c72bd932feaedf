"""The grammar of a flow file. Closed: seven kinds of step, and nothing that computes.

Rules kept here:

* A flow is one TOML file and its name is its id. Source text stands beside its question.
* Ids are readable and permanent; a text's id follows from where it stands: `weekly_checkin.ask_contact.tried`.
* What is computed is named here and written as a Python function in `flows/rules`.
* A choice's number is its place in the list and as permanent as its id: a new choice goes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_validator,
)

ID = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_DURATION = re.compile(r"([1-9][0-9]{0,3})\s*(m|h|d|w)\Z")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}

END = "end"
"""The reserved `next` that ends a flow."""

GUARD = "guard"
"""The reserved step id under which edit / keep / discard is asked."""


def _check_id(value: str) -> str:
    if not ID.match(value):
        raise ValueError(f"'{value}' is no id: use a to z, digits and _, beginning with a letter, 32 at most")
    return value


def duration(value: object) -> timedelta:
    """`"48h"`, `"13d"`, `"2w"`, `"10m"`. ValueError, with an example, for anything else."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no duration: write a number and m, h, d or w, as in 48h")
    return int(found[1]) * _UNITS[found[2]]


def _written(value: timedelta) -> str:
    """A duration as a file has it, so that a stored version reads back: pydantic's own form is `P13D`."""
    unit = next(unit for unit in ("w", "d", "h", "m") if not value % _UNITS[unit])
    return f"{value // _UNITS[unit]}{unit}"


def _prompt_or_duration(value: object) -> object:
    return value if value == "next_prompt" else duration(value)


Id = Annotated[str, AfterValidator(_check_id)]
Duration = Annotated[timedelta, BeforeValidator(duration), PlainSerializer(_written, when_used="json")]
SourceText = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChoiceDefinition(_Strict):
    """One button. `record` names the directions of a reflection that choosing it states."""

    id: Id
    text: SourceText
    next: Id | None = None
    record: tuple[Literal["giving", "receiving", "giving_back", "passing_on"], ...] = ()
    no_translate: bool = False


class ChoicesByRule(_Strict):
    """Buttons made by a named rule from the facts (`flows.rules.CHOICES`)."""

    rule: str


def _form_of_choices(value: object) -> str:
    if isinstance(value, str):
        return "as a name"
    return "as a rule" if isinstance(value, dict | ChoicesByRule) else "as a list"


# Told apart by their form first, so that a slip in a list is not also told as two forms that nobody meant.
Choices = Annotated[
    Annotated[tuple[ChoiceDefinition, ...], Tag("as a list")]
    | Annotated[ChoicesByRule, Tag("as a rule")]
    | Annotated[str, Tag("as a name")],
    Discriminator(_form_of_choices),
]


class Listen(_Strict):
    """After the end, one text is still taken, for `for`, and saved."""

    for_: Duration = Field(alias="for")
    save: Id
    guard: bool = False


class Reminder(_Strict):
    after: Duration
    at: Literal["own_hour"] | None = None
    text: SourceText


class Expires(_Strict):
    """When an unanswered session ends. `late_for`: how long after sending a tap still reopens it."""

    after: Annotated[Literal["next_prompt"] | Duration, BeforeValidator(_prompt_or_duration)]
    late_for: Duration = timedelta(0)
    keep: Literal["partial", "nothing"] = "nothing"


KINDS = ("say", "ask", "choose", "decide", "do", "wait", "start")
_ALLOWED: Mapping[str, frozenset[str]] = {
    "say": frozenset({"listen", "values"}),
    "ask": frozenset({"save", "reads", "skip", "guard", "voice", "values"}),
    "choose": frozenset({"save", "choices", "many", "reads", "skip", "values"}),
    "decide": frozenset({"then"}),
    "do": frozenset(),
    "wait": frozenset(),
    "start": frozenset(),
}


class StepDefinition(_Strict):
    """One thing said, asked, decided or waited for: exactly one of the seven kinds."""

    id: Id
    say: SourceText | None = None
    ask: SourceText | None = None
    choose: SourceText | None = None
    decide: str | None = None
    do: str | None = None
    wait: Duration | None = None
    start: Id | None = None

    save: Id | None = None
    choices: Choices = ()
    many: bool | Annotated[int, Field(ge=2)] = False
    reads: str | None = None
    skip: bool = False
    guard: bool = False
    voice: bool = False
    listen: Listen | None = None
    then: dict[str, Id] = Field(default_factory=dict)
    values: dict[Id, str] = Field(default_factory=dict)
    next: Id | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> StepDefinition:
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none of them"
            raise ValueError(f"step '{self.id}' needs exactly one of {', '.join(KINDS)}; it has {found}")
        if self.id in {END, GUARD}:
            raise ValueError(f"'{self.id}' is reserved; give the step another id")
        kind = kinds[0]
        extra = self.model_fields_set - {"id", "next", kind} - _ALLOWED[kind]
        if extra:
            raise ValueError(f"step '{self.id}' is a {kind}: it takes no {', '.join(sorted(extra))}")
        if kind in {"ask", "choose"} and self.save is None:
            raise ValueError(f"step '{self.id}' asks: say with save under which name the answer is kept")
        if kind == "choose" and not self.choices:
            raise ValueError(f"step '{self.id}' chooses: give it choices")
        if self.many and isinstance(self.choices, tuple) and any(choice.next for choice in self.choices):
            raise ValueError(f"step '{self.id}' takes many choices: write its next on the step, not on a choice")
        if kind == "decide" and not self.then:
            raise ValueError(f"step '{self.id}' decides: say with then where each outcome goes")
        return self

    @cached_property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def text(self) -> str | None:
        """The source text, of the kinds that speak."""
        return self.say or self.ask or self.choose

    @property
    def most(self) -> int | None:
        """How many of its choices may be picked at most, where it says so."""
        return None if isinstance(self.many, bool) else self.many

    @property
    def waits(self) -> bool:
        return self.kind in {"ask", "choose", "wait"}


class FlowDefinition(_Strict):
    """One flow file. `given` names what is known when it begins, or kept on its way, beside answers and facts. `aside`:
    it stands beside the conversation and comes to the front only when it is tapped. `title` is what people call it."""

    goal: SourceText
    title: SourceText | None = None
    facts: tuple[str, ...] = ()
    given: tuple[Id, ...] = ()
    record: str | None = None
    one_line: bool = False
    aside: bool = False
    reminder: Reminder | None = None
    expires: Expires | None = None
    steps: tuple[StepDefinition, ...]

    @model_validator(mode="after")
    def _has_steps_with_ids_of_their_own(self) -> FlowDefinition:
        if not self.steps:
            raise ValueError("a flow needs at least one step; write [[steps]]")
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"two steps are called '{step.id}'; give one another id")
            seen.add(step.id)
            if isinstance(step.choices, tuple):
                ids = [choice.id for choice in step.choices]
                if len(set(ids)) != len(ids):
                    raise ValueError(f"step '{step.id}' has two choices with the same id")
        return self


SharedLists = Mapping[str, tuple[ChoiceDefinition, ...]]


class _Lists(_Strict):
    lists: dict[Id, tuple[ChoiceDefinition, ...]]


def shared_lists(data: Mapping[str, Any]) -> SharedLists:
    """The content of `choices.toml`: lists of choices that several flows offer."""
    return _Lists(lists=dict(data)).lists


class PhraseDefinition(_Strict):
    """A text outside any flow. With `one` and `other` it has a plural by `{count}`."""

    text: SourceText | None = None
    one: SourceText | None = None
    other: SourceText | None = None
    no_translate: bool = False
    note: str | None = None

    @model_validator(mode="after")
    def _text_or_plural(self) -> PhraseDefinition:
        if (self.text is None) == (self.one is None or self.other is None):
            raise ValueError("give either text, or both one and other")
        return self


def placeholders(text: str) -> Iterator[str]:
    """The names in braces, in order."""
    return (found[1] for found in PLACEHOLDER.finditer(text))
