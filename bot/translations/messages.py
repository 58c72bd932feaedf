"""A message of a PO file beside the text of the library that it translates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from babel.messages.catalog import Catalog, Message

from bot.speech.entries import Entry
from flows.extraction import Extracted


class State(StrEnum):
    MISSING = "missing"
    STALE = "stale"
    CURRENT = "current"


def by_id(catalog: Catalog | None) -> Mapping[str, Message]:
    """The messages of a catalogue by text id; none without a catalogue."""
    if catalog is None:
        return {}
    return {str(message.context): message for message in catalog if message.id and message.context}


def forms(message: Message | Entry | None) -> tuple[str, ...]:
    """The translation: one entry, or one for each plural form; empty strings where it lacks."""
    return () if message is None else _as_tuple(message.string)


def source(message: Message | Entry) -> tuple[str, ...]:
    """The source that the file has for it: one entry, or two with a plural."""
    return _as_tuple(message.id)


def sources(text: Extracted) -> tuple[str, ...]:
    """The source that the library has now."""
    return (text.source,) if text.plural is None else (text.source, text.plural)


def state(message: Message | Entry | None, text: Extracted) -> State:
    """Whether `message` translates what the library says now."""
    if message is None or not all(forms(message)):
        return State.MISSING
    if message.fuzzy or source(message) != sources(text):
        return State.STALE
    return State.CURRENT


def _as_tuple(words: object) -> tuple[str, ...]:
    # Babel gives lists from a file, tuples from a call, None for nothing
    return tuple(str(form or "") for form in words) if isinstance(words, list | tuple) else (str(words or ""),)
