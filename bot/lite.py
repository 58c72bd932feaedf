"""Lite mode: what one turn says, in few and light messages.

Rules kept here:

* What is said at once, in one lane, is one message, as long as the platform takes it. Buttons end a message, so that
  they stand below what they answer.
* What has a name of its own (somebody's words that may change or be taken back), is reported on, or brings a file stays
  a message of its own.
* Faces are words, and a picture is the words below it.
* No tick is set on the buttons of a question that was answered: for that the platform sends the whole message again.
  What is picked out of many, and a page that is turned, is shown.
* There are never more messages than without it, and nothing that is asked, kept or planned is different.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from flows.effects import (
    AcknowledgeTap,
    Button,
    Effect,
    ErasePerson,
    MarkChosen,
    Rewrite,
    SaveAnswer,
    Say,
    WithdrawPrompts,
)
from flows.in_words import IN_WORDS
from flows.known import MESSAGE_CHARACTERS
from flows.values import In, Listed, Text, Value


def lightened(effects: Sequence[Effect], said: Callable[[Text], str]) -> tuple[Effect, ...]:
    """The effects of one turn as lite mode has them; `said` are the words that a text comes to."""
    answered = {effect.session for effect in effects if isinstance(effect, SaveAnswer)}
    light: list[Effect] = []
    open_: int | None = None  # where the message stands that can take more
    for effect in map(_in_words, effects):
        if isinstance(effect, MarkChosen) and effect.buttons and effect.session in answered:
            continue
        if not isinstance(effect, Say):
            light.append(effect)
            if isinstance(effect, WithdrawPrompts | ErasePerson):  # what was said before may not outlive it
                open_ = None
            continue
        if open_ is not None and (both := _joined(light[open_], effect, said)) is not None:
            del light[open_]
            effect = both  # noqa: PLW2901 - it takes the place of both
        light.append(effect)
        open_ = len(light) - 1 if _is_plain(effect) and not effect.buttons else None
    return tuple(light)


def _is_plain(say: Say) -> bool:
    return not (say.voice or say.picture or say.anchor or say.receipt or say.protected or say.report_delivery)


def _joined(first: Effect, then: Say, said: Callable[[Text], str]) -> Say | None:
    """Both as one message, where that is possible."""
    if not isinstance(first, Say) or (first.lane, first.valid_until) != (then.lane, then.valid_until):
        return None
    if then.voice or then.anchor or then.receipt or then.protected:
        return None
    text = Text("engine.again", {"hint": first.text, "question": then.text})
    if len(said(text).encode("utf-16-le")) // 2 > MESSAGE_CHARACTERS:
        return None
    return replace(then, text=text, silent=first.silent and then.silent)


def _in_words(effect: Effect) -> Effect:
    match effect:
        case Say():
            return replace(effect, text=_text(effect.text), buttons=_buttons(effect.buttons), picture=None)
        case MarkChosen():
            return replace(effect, buttons=_buttons(effect.buttons))
        case Rewrite():
            return replace(effect, text=_text(effect.text))
        case AcknowledgeTap(label) if label is not None:
            return AcknowledgeTap(_value(label))
        case _:
            return effect


def _buttons(buttons: Sequence[Button]) -> tuple[Button, ...]:
    return tuple(replace(button, label=_value(button.label)) for button in buttons)


def _value(value: Value) -> Value:
    match value:
        case Text():
            return _text(value)
        case Listed(items):
            return replace(value, items=tuple(_value(item) for item in items))
        case In(inner):
            return replace(value, value=_value(inner))
        case _:
            return value


def _text(text: Text) -> Text:
    words = IN_WORDS.get(text.id)
    if words is not None:
        return Text(words)
    return replace(text, values={name: _value(value) for name, value in text.values.items()}) if text.values else text
