"""How an actor answers what stands on her phone: a manner is data, an answer a pure function of it.

Rules kept here:

* What her manner knows, by the step that a button names, she answers by it. Everything else, of today's flows and of
  tomorrow's, is answered as *Play this for me* does: the first fitting choice, or a short sentence.
* What the bot asks a second time is answered with a date, the third time with a number, then it is left.
* The same seed, person, day and question give the same answer, in whatever order people act.
* Her own word stands only in what she was told that nobody else reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from bot.callback_data import parse_data
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.playing import Move, Tap, Why, Write, next_move, open_on

Picks = Mapping[str, tuple[int, ...]]
"""By step: the numbers of the choices among which she takes one (numbers are permanent), or `LAST`."""

LAST: Final = -1
"""The last button: where the choices differ from person to person, such as who may read something."""

PRIVATE_AFTER: Final = ("ask_feeling", "ask_towards")
"""Steps of the check-in and of what was given, after which the bot takes a line that nobody else reads."""
AT_ONCE: Final = 10.0
"""Seconds of her time in which the bot answers."""
SAME_QUESTION: Final = 3
DAYS_AHEAD: Final = 120
"""How far the date lies that somebody types where words were not understood."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody answers. `digits` runs through the check-in in one message, `answered` is the share of weeks in
    which she answers at all, `word` is her own, invented and private."""

    picks: Picks = field(default_factory=dict)
    digits: tuple[str, ...] = ()
    answered: float = 1.0
    word: str = ""


@dataclass
class Memory:
    """What she remembers of this day's talk."""

    picks: Picks = field(default_factory=dict)
    """What she has made up her mind about, for this talk alone."""
    typed: dict[str, str] = field(default_factory=dict)
    """By step: what she types instead of tapping."""
    lines: list[str] = field(default_factory=list)
    """What she types next where words are asked for."""
    step: str | None = None
    """The step at which she tapped last."""
    at: float = 0.0
    """When that was."""
    asked: dict[str, int] = field(default_factory=dict)
    """How often she answered each question."""

    def begin(self, picks: Picks | None = None, lines: Sequence[str] = ()) -> None:
        """A new talk."""
        self.picks, self.lines, self.step = picks or {}, list(lines), None
        self.typed, self.asked = {}, {}

    def tapped(self, step: str | None, now: datetime) -> None:
        self.step, self.at = step, now.timestamp()

    def is_private(self, asked: PhoneMessage) -> bool:
        """Is this the bot's answer to what she tapped, open for a line of her own?"""
        at_once = 0 <= asked.at - self.at < AT_ONCE
        return self.step in PRIVATE_AFTER and at_once and sum(map(len, asked.buttons)) <= 1


def answer(phone: Phone, manner: Manner, memory: Memory, dice: Random, now: datetime) -> Move:
    """What she does now. `dice` is fresh for this question."""
    if phone.blocked or phone.deactivated:
        return Why.CUT
    for asked in open_on(phone):
        step = step_of(asked)
        if step == "ask_contact" and manner.digits and step not in memory.asked:
            memory.asked[step] = 1
            memory.tapped("ask_feeling", now)
            return Write(asked.id, dice.choice(manner.digits))
        if step in memory.typed:
            return Write(asked.id, memory.typed.pop(step))
        wanted = memory.picks.get(step or "") or manner.picks.get(step or "")
        place = None if wanted is None else _place(asked, dice.choice(wanted))
        if place is not None:
            return _once_more(place, f"{step} {asked.id}", memory, step, now)
        if not asked.buttons and memory.lines:
            return Write(asked.id, memory.lines.pop(0))
        if manner.word and memory.is_private(asked):
            memory.step = None
            return Write(asked.id, f"{_LINES[dice.randrange(len(_LINES))]} {manner.word}")
    move = next_move(phone)
    if isinstance(move, Why):
        return move
    asked = phone.messages[move.message]
    question = asked.text
    if isinstance(move, Tap):
        return _once_more(move, f"{question} {move.label}", memory, step_of(asked), now)
    times = memory.asked[question] = memory.asked.get(question, 0) + 1
    match times:
        case 1:
            return move
        case 2:
            return Write(move.message, f"{now + timedelta(days=DAYS_AHEAD):%d-%m-%Y}")
        case 3:
            return Write(move.message, "3")
        case _:
            return Why.NOTHING_OPEN


_LINES: Final = ("a good talk", "we laughed a lot", "short and warm", "it helped me this week", "next time I ask more")


def step_of(shown: PhoneMessage) -> str | None:
    """The step at which the buttons under a message are."""
    for row in shown.buttons:
        for button in row:
            found = parse_data(button.data) if button.data is not None else None
            if found is not None:
                return found[1]
    return None


def dice_for(seed: int, chat: int, question: str, now: datetime) -> Random:
    return Random(f"{seed}/{chat}/{question}/{now.astimezone(UTC):%G-%V}")  # noqa: S311 - a play, not a secret


def _place(shown: PhoneMessage, number: int) -> Tap | None:
    """The button of choice `number`, unless a choice was made."""
    if shown.answered:
        return None
    if number == LAST:
        row, column = len(shown.buttons) - 1, len(shown.buttons[-1]) - 1 if shown.buttons else 0
        return Tap(shown.id, row, column, shown.buttons[row][column].text) if shown.buttons else None
    for row, buttons in enumerate(shown.buttons):
        for column, button in enumerate(buttons):
            found = parse_data(button.data) if button.data is not None else None
            if found is not None and found[2] == number:
                return Tap(shown.id, row, column, button.text)
    return None


def _once_more(tap: Tap, question: str, memory: Memory, step: str | None, now: datetime) -> Move:
    """`tap`, unless the talk goes in circles."""
    times = memory.asked[question] = memory.asked.get(question, 0) + 1
    if times > SAME_QUESTION:
        return Why.NOTHING_OPEN
    memory.tapped(step, now)
    return tap
