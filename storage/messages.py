"""What is to be done in a chat, as it is written into the outbox: platform neutral, plain data, JSON."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass

Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, callback data)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of ours that is sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be done in a chat, for any platform.

    `send`: `text` with `buttons`. `voice`: the voice note `file`, `text` below it. `document`: a `document`, `text`
    below it. `mark`: the latest message sent under the anchor `target` gets the new `buttons`. `rewrite`: it gets a new
    `text`, and loses its buttons. `delete`: it goes. `protected`: it can not be forwarded.
    """

    method: str
    text: str | None = None
    buttons: Buttons = ()
    silent: bool = False
    target: str | None = None
    file: str | None = None
    document: Document | None = None
    protected: bool = False


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Made once: `json.dumps` makes an encoder for each message."""


def message_to_text(message: Message) -> str:
    """The message in JSON; what is at its default is left out."""
    body: dict[str, object] = {"method": message.method}
    if message.text is not None:
        body["text"] = message.text
    if message.buttons:
        body["buttons"] = message.buttons
    if message.silent:
        body["silent"] = True
    if message.target is not None:
        body["target"] = message.target
    if message.file is not None:
        body["file"] = message.file
    if message.document is not None:
        body["document"] = [message.document.name, b64encode(message.document.content).decode()]
    if message.protected:
        body["protected"] = True
    return _encode(body)


def message_from_text(text: str) -> Message:
    """The message that was written."""
    found = json.loads(text)
    document = found.get("document")
    return Message(
        found["method"],
        found.get("text"),
        tuple(tuple((label, data) for label, data in row) for row in found.get("buttons", ())),
        found.get("silent", False),
        found.get("target"),
        found.get("file"),
        None if document is None else Document(document[0], b64decode(document[1])),
        found.get("protected", False),
    )
