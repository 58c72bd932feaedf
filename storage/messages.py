"""What is to be done in a chat, as it is written into the outbox: platform neutral, plain data, JSON."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Base64Bytes, TypeAdapter

Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, callback data)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of ours that is sent."""

    name: str
    content: Base64Bytes


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is drawn when it is sent: its `lines` from top to bottom, each with how it is written (see
    `flows.effects.SendCertificate`), and in which language. `instead` is said where it can not be drawn."""

    name: str
    language: str
    rtl: bool
    lines: tuple[tuple[str, str], ...]
    instead: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart that is drawn when it is sent: how often, in each of `times`, under each label of `rows`. In the reader's
    own words; `rtl`: hers run from right to left."""

    title: str
    note: str
    times: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be done in a chat, for any platform.

    `send`: `text` with `buttons`. `voice`: the voice note `file`, `text` below it. `document`: a `document`, or a
    `page` that becomes one, `text` below it. `picture`: a `picture`, `text` below it. `mark`: the latest message sent
    under the anchor `target` gets the new `buttons`. `rewrite`: it gets a new `text`, and loses its buttons. `delete`:
    it goes. `menu`: the commands of this chat alone are `buttons`, as (description, command); without any they are
    everybody's. `protected`: it can not be forwarded.
    """

    method: str
    text: str | None = None
    buttons: Buttons = ()
    silent: bool = False
    target: str | None = None
    file: str | None = None
    document: Document | None = None
    page: Page | None = None
    picture: Picture | None = None
    protected: bool = False


_MESSAGE = TypeAdapter(Message)


def message_to_text(message: Message) -> str:
    """The message in JSON; what is at its default is left out."""
    return _MESSAGE.dump_json(message, exclude_defaults=True).decode()


def message_from_text(text: str) -> Message:
    """The message that was written."""
    return _MESSAGE.validate_json(text)
