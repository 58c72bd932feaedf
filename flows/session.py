"""One person's passage through one flow. Plain data that survives a round trip through JSON at every step.

Rules kept here:

* A session says by itself all that the engine needs to go on after a crash: the flow's version, the path taken
  with its answers, the step it waits at.
* Its number is unique per person, so a button names (session, step, choice) in a few bytes and reaches no one else.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from flows.moments import Moment


class Status(StrEnum):
    """Where a session stands.

    held       a prompt that waits until an open conversation ends
    open       waits for an answer at `step`
    listening  ended, yet open for one text (a note)
    ended      over; kept while a tap may still reopen or correct it
    """

    HELD = "held"
    OPEN = "open"
    LISTENING = "listening"
    ENDED = "ended"


class Outcome(StrEnum):
    COMPLETED = "completed"
    PARTIAL = "partial"
    MISSED = "missed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Answered:
    """One question passed, in order of the path. `choice` is a choice id, or several joined by a comma; `words` are
    typed; `voice` names a voice note; none of them: skipped. `message` is the number of the person's message that held
    the answer, when it was typed or spoken."""

    step: str
    choice: str | None = None
    words: str | None = None
    message: int | None = None
    voice: str | None = None

    @property
    def is_skipped(self) -> bool:
        return self.choice is None and self.words is None and self.voice is None


@dataclass(frozen=True, slots=True)
class Noted:
    """One text of the note, and the number of the message that held it."""

    words: str
    message: int | None = None


@dataclass(frozen=True)
class Session:
    number: int
    flow: str
    version: str
    started_at: Moment
    status: Status = Status.OPEN
    step: str | None = None
    path: tuple[Answered, ...] = ()
    given: dict[str, str] = field(default_factory=dict)
    raised: int = 0
    """The open session with the highest `raised` is in front; one below zero stands aside."""
    asked: tuple[str, ...] = ()
    """Steps whose question was sent, so that a chosen answer can be marked under it."""
    offered: tuple[str, ...] = ()
    """What the buttons at `step` stand for, in their order, where a rule made them."""
    picked: tuple[str, ...] = ()
    """What is picked so far at `step`, where it takes many choices."""
    page: int = 0
    """Which page of `offered` is shown."""
    narrowed: tuple[str, ...] = ()
    """Those of `offered` that typed words may have meant, where more than a page is offered: only they are shown."""
    misses: int = 0
    """Wrong answers in a row at `step`."""
    touched_at: Moment | None = None
    """The person's latest answer in this session."""
    first_touched_at: Moment | None = None
    asked_at: Moment | None = None
    outcome: Outcome | None = None
    ended_at: Moment | None = None
    # prompts only
    period: str | None = None
    planned_at: Moment | None = None
    sent_at: Moment | None = None
    late: bool = False
    # the note window and words that wait for edit, keep or discard
    notes: tuple[Noted, ...] = ()
    held_words: str | None = None
    held_message: int | None = None
    # the last line typed, to take a line that was sent twice as one
    last_line: str | None = None
    last_line_at: Moment | None = None
    last_message: int | None = None
    trial: str | None = None
    """The language that it is tried in, by a coordinator: nothing of it is real (`flows.trials`)."""
    told_of_change: bool | None = None
    """Whether she was told that her programme has changed this conversation since she began (`flows.replaced`); `None`:
    there is nothing to tell."""

    def answer(self, step: str) -> Answered | None:
        """What was answered at `step` on the path taken, if it lies on it."""
        for answered in reversed(self.path):
            if answered.step == step:
                return answered
        return None


def changed(session: Session, **changes: Any) -> Session:
    """`dataclasses.replace`, twenty times faster: several a turn, and a batch has a hundred turns. It is why a session
    has no slots. Raises `TypeError` for what no session has."""
    if not changes.keys() <= _NAMES:
        raise TypeError(f"A session has no {', '.join(sorted(changes.keys() - _NAMES))}.")
    other = object.__new__(Session)
    other.__dict__.update(session.__dict__)
    other.__dict__.update(changes)
    return other


_NAMES = frozenset(one.name for one in fields(Session))
