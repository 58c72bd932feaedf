"""Inline and reply keyboards, checked as Telegram checks them.

Rules kept here:

* At most 100 inline buttons, 8 a row; callback data has 1 to 64 *bytes*: a Krio or Arabic word is longer than it looks.
* An inline button does exactly one thing: an address comes before data, and an empty field is none (as the public
  server reads them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.rehearsal.parameters import Parameters
from bot.rehearsal.refusals import Refused, Why

INLINE_BUTTONS = 100
BUTTONS_A_ROW = 8
DATA_BYTES = 64
REPLY_BUTTONS_A_ROW = 12
REPLY_BUTTONS = 300


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: `data` comes back when it is tapped, `url` opens."""

    text: str
    data: str | None = None
    url: str | None = None

    def told(self) -> dict[str, str | None]:
        """The button as the page and the tests see it."""
        return {"text": self.text, "data": self.data, "url": self.url}


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Keyboard:
    """What `reply_markup` said. Exactly one of the fields means something; `removed` takes a reply keyboard away."""

    inline: Rows | None = None
    reply: tuple[tuple[str, ...], ...] | None = None
    removed: bool = False


def read_keyboard(parameters: Parameters) -> Keyboard:
    """The call's `reply_markup`; an empty `Keyboard` where there is none. Raises `Refused`."""
    try:
        markup = parameters.structure("reply_markup")
    except ValueError:
        raise _refuse("can't parse reply keyboard markup JSON object") from None
    if markup is None:
        return Keyboard()
    if not isinstance(markup, dict):
        raise _refuse("object expected as reply markup")
    if "inline_keyboard" in markup:
        return Keyboard(inline=_inline(markup["inline_keyboard"]))
    if "keyboard" in markup:
        return Keyboard(reply=_reply(markup["keyboard"]))
    if markup.get("remove_keyboard") is True:
        return Keyboard(removed=True)
    if markup.get("force_reply") is True or not markup:
        return Keyboard()
    raise _refuse("can't parse reply keyboard markup JSON object")


def read_inline(parameters: Parameters) -> Rows:
    """For edits: only an inline keyboard will do. Raises `Refused`."""
    keyboard = read_keyboard(parameters)
    if keyboard.reply is not None or keyboard.removed:
        raise Refused(Why.INLINE_EXPECTED)
    return keyboard.inline or ()


def inline_markup(rows: Rows) -> dict[str, Any]:
    """`rows` in Telegram's shape."""
    return {"inline_keyboard": [[{"text": button.text, **_action(button)} for button in row] for row in rows]}


def _action(button: Button) -> dict[str, str | None]:
    return {"url": button.url} if button.data is None else {"callback_data": button.data}


def labels(rows: Rows) -> Iterator[str]:
    return (button.text for row in rows for button in row)


def _refuse(detail: str) -> Refused:
    return Refused(Why.UNREADABLE_KEYBOARD, {"detail": detail})


def _inline(rows: Any) -> Rows:
    if not isinstance(rows, list):
        raise _refuse('can\'t parse inline keyboard: field "inline_keyboard" must be of type Array')
    read = []
    for row in rows:
        if not isinstance(row, list):
            raise _refuse("can't parse inline keyboard: expected an Array of Array of InlineKeyboardButton")
        if len(row) > BUTTONS_A_ROW:
            raise Refused(Why.ROW_TOO_LONG)
        if row:
            read.append(tuple(_button(button) for button in row))
    if sum(map(len, read)) > INLINE_BUTTONS:
        raise Refused(Why.TOO_MANY_BUTTONS)
    return tuple(read)


def _button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise _refuse("can't parse inline keyboard button: expected an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise _refuse("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise _refuse("can't parse inline keyboard button: Button text must be non-empty")
    data, url = button.get("callback_data", ""), button.get("url", "")
    for name, value in (("url", url), ("callback_data", data)):
        if not isinstance(value, str):
            raise _refuse(f'can\'t parse inline keyboard button: Field "{name}" must be of type String')
    if url:
        return Button(text.strip(), url=_address(url))
    if data:
        if len(data.encode("utf-8", "replace")) > DATA_BYTES:
            raise Refused(Why.BUTTON_DATA)
        return Button(text.strip(), data=data)
    raise Refused(Why.BUTTON_WITHOUT_ACTION)


def _address(url: str) -> str:
    if url.lower().startswith(("http://", "https://", "tg://")):
        return url
    detail = "Unsupported URL protocol" if "://" in url else "Wrong HTTP URL"
    raise Refused(Why.BUTTON_ADDRESS, {"url": url[:100], "detail": detail})


def _reply(rows: Any) -> tuple[tuple[str, ...], ...]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _refuse("can't parse keyboard: expected an Array of Array of KeyboardButton")
    read = []
    for row in rows:
        texts = []
        for button in row:
            text = button.get("text") if isinstance(button, dict) else button
            if not isinstance(text, str) or not text.strip():
                raise _refuse("can't parse keyboard button: Button text must be non-empty")
            texts.append(text.strip())
        if len(texts) > REPLY_BUTTONS_A_ROW:
            raise Refused(Why.ROW_TOO_LONG)
        if texts:
            read.append(tuple(texts))
    if not read:
        raise _refuse("can't parse keyboard: the keyboard must have at least one button")
    if sum(map(len, read)) > REPLY_BUTTONS:
        raise Refused(Why.TOO_MANY_BUTTONS)
    return tuple(read)
