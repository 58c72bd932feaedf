"""Entries of reflections, as data: what one session of hers recorded, and what effects make of it. Pure.

Rules kept here:

* An entry is private unless it says otherwise.
* What an effect makes of the entries here is what storage makes of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from flows.effects import DeleteReflection, RecordReflections, SaveNote, SetSharing

NOTE = "note"
"""The direction of an entry of words alone: a line after a check-in in which nothing flowed."""

PRIVATE, TWIN, COORDINATORS = "private", "twin", "coordinators"
"""Who may read an entry beside its author."""

ME = "me"
"""Whose report it is, in the facts of the balance: hers, or her `TWIN`'s."""

TOWARDS = ("colleagues", "community", "association")
"""Towards whom, beside the twin: what is given to these is passed on (domain.md section 6)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one session of hers recorded. `number` is that session's; `day` is hers, as `2026-11-23`; `twin` is the
    other one of the pair in which it was recorded, whom sharing with the twin reaches, whoever her twin is now."""

    number: int
    day: str
    directions: tuple[str, ...]
    kind: str | None = None
    level: str | None = None
    towards: str | None = None
    words: str | None = None
    voice: str | None = None
    sharing: str = PRIVATE
    twin: int | None = None


OfEntry = RecordReflections | SaveNote | SetSharing | DeleteReflection
"""The effects that change an entry."""


def changed_entries(own: Iterable[Entry], effect: OfEntry, today: str, twin: int | None) -> tuple[Entry, ...]:
    """Her entries after `effect`, newest first: what storage will give next time."""
    entries = {entry.number: entry for entry in own}
    number = effect.session
    entry = entries.pop(number, None)
    match effect:
        case RecordReflections(_, directions, kind, level, towards):
            has_words = entry is not None and (entry.words is not None or entry.voice is not None)
            stated = directions or ((NOTE,) if has_words else ())
            before = entry or Entry(number, today, (), twin=twin)
            after = replace(before, directions=stated, kind=kind, level=level, towards=towards)
        case SaveNote(_, words, voice):
            before = entry or Entry(number, today, (NOTE,), twin=twin)
            is_gone = before.directions == (NOTE,) and words is None and voice is None
            after = replace(before, words=words, voice=voice, directions=() if is_gone else before.directions)
        case SetSharing(_, sharing):
            after = replace(entry, sharing=sharing) if entry is not None else Entry(number, today, ())
        case DeleteReflection():
            after = Entry(number, today, ())
        case _:
            assert_never(effect)
    kept = (*entries.values(), *((after,) if after.directions else ()))
    return tuple(sorted(kept, key=lambda one: (one.day, one.number), reverse=True))


def anchor_of(author: object, *what: object) -> str:
    """The name of a message that shows somebody else what `author` shared, an entry or anything else: `shared/17/…`. By
    it `/delete` finds all of them."""
    return "/".join(str(part) for part in ("shared", author, *what))
