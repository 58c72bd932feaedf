"""One text as a translator gets it and hands it back, whatever the kind of file.

Rules kept here:

* The mark of a row is a digest of the words and the state that stood in it when it was handed out. It tells what the
  translator changed from what was changed in the catalogue meanwhile, so that neither overwrites the other.
* A remark is one paragraph: PO files break comments into lines as they like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from babel.messages.catalog import Catalog

from bot.translations.messages import State, by_id, forms, sources, state
from flows.extraction import Extracted

WAS = "Was: "
"""Begins the comment of a stale translation that says which English it belongs to."""

MARK_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its translation. `forms` has one entry, or one for each plural form, empty where it lacks. `place`
    says where it stands in a file that came back; `mark` is None where that file has lost it."""

    id: str
    sources: tuple[str, ...]
    forms: tuple[str, ...]
    state: State
    was: str = ""
    remark: str | None = ""
    mark: str | None = None
    place: str = ""


def rows(texts: Sequence[Extracted], catalog: Catalog, plural_forms: int) -> tuple[Row, ...]:
    """Every text with what `catalog`, merged with today's texts, has for it; in the order of `texts`."""
    messages = by_id(catalog)
    found: list[Row] = []
    for text in texts:
        message = messages[text.id]
        written = (*forms(message), *("",) * plural_forms)[: 1 if text.plural is None else plural_forms]
        now = state(message, text)
        remark = one_line(" ".join(message.user_comments))
        was = was_of(message.auto_comments)
        found.append(Row(text.id, sources(text), written, now, was, remark, mark_of(written, now)))
    return tuple(found)


def mark_of(written: tuple[str, ...], now: State) -> str:
    """The mark of these words in this state."""
    packed = "\x00".join((now, *written)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(packed).hexdigest()[:MARK_CHARACTERS]


def was_of(comments: Sequence[str]) -> str:
    """The English that a stale translation belongs to, as `update` wrote it (Babel wraps long comments)."""
    for place, comment in enumerate(comments):
        if comment.startswith(WAS):
            return " ".join(comments[place:]).removeprefix(WAS)
    return ""


def one_line(text: str) -> str:
    return " ".join(text.split())
