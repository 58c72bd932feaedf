"""People's phones as plain data.

Rules kept here:

* `traffic` is seen from the phone: *in* is what the person receives from the bot, *out* is what she sends.
* Bytes are UTF-8 of texts and labels (captions and callback answers are texts); what carries them is not counted.
* A phone keeps its last `MESSAGES_KEPT` messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.rehearsal.keyboards import Rows, labels

MESSAGES_KEPT = 2_000
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})


@dataclass
class Traffic:
    messages_in: int = 0
    """Messages the bot sent; edits are counted apart."""
    messages_out: int = 0
    text_edits: int = 0
    """Texts and captions that the bot edited."""
    markup_edits: int = 0
    """Keyboards that the bot edited without the text."""
    taps: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def told(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass
class PhoneMessage:
    """One message on a phone. `file` is what Telegram tells about an attached file, with its `kind`."""

    id: int
    sender: str
    """`bot` or `person`."""
    text: str
    at: float
    edited: float | None = None
    reworded: float | None = None
    """When its words were last changed; `edited` counts changes of the buttons, too."""
    protected: bool = False
    """It can not be forwarded or saved."""
    entities: tuple[dict[str, Any], ...] = ()
    buttons: Rows = ()
    reply_to: int | None = None
    toast: str | None = None
    """The last callback answer that was shown over this message."""
    answered: int = 0
    """How many taps on it were answered."""
    file: dict[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        """The message as the page and the tests see it."""
        return {
            "id": self.id,
            "from": self.sender,
            "text": self.text,
            "at": self.at,
            "edited": self.edited,
            "reworded": self.reworded,
            "protected": self.protected,
            "entities": list(self.entities),
            "buttons": [[button.told() for button in row] for row in self.buttons],
            "toast": self.toast,
            "answered": self.answered,
            "document": self.file,
        }


@dataclass
class Phone:
    """One person's phone. A `chat` below zero is a group: it needs no start and has its own rate."""

    chat: int
    name: str
    language: str | None = None
    caption: str = ""
    zone: str = "UTC"
    """The time zone of the phone's own clock. Telegram tells bots nothing of it."""
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    reply_keyboard: tuple[tuple[str, ...], ...] | None = None
    messages: dict[int, PhoneMessage] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def right_to_left(self) -> bool:
        return (self.language or "").split("-")[0].lower() in RIGHT_TO_LEFT

    def keep(self, message: PhoneMessage) -> None:
        self.messages[message.id] = message
        while len(self.messages) > MESSAGES_KEPT:
            del self.messages[next(iter(self.messages))]

    def last(self, sender: str | None = None) -> PhoneMessage | None:
        """The latest message, or the latest of the `bot` or the `person`."""
        return next((m for m in reversed(self.messages.values()) if sender in (None, m.sender)), None)


def weight(text: str, rows: Rows = (), reply: Iterable[Iterable[str]] = ()) -> int:
    """The bytes of a text and its labels."""
    return sum(len(words.encode()) for words in (text, *labels(rows), *(label for row in reply for label in row)))
