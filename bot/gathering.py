"""Facts that are loaded when a turn first asks for them, for everybody in the batch at once.

Rules kept here:

* A turn is pure, so one that asks for facts that are not loaded yet is simply taken again with them.
* Facts that are made from rows which the batch has yet to write are stale: they are forgotten, and not loaded again.
* Large facts are loaded for whoever asks, and not for everybody in the batch.
* Facts by which is decided for two are read under a lock that has to come before everybody's own. So the first turn of
  a batch that asks for them ends the batch, and it begins anew with the lock (ADR 0024).
* Most turns are an answer in the middle of a conversation and need nothing but the person herself.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from storage.facts import FACTS


class FactsMissing(LookupError):
    """A turn asked for a fact whose `head` has not been loaded in this batch."""

    def __init__(self, head: str) -> None:
        super().__init__(head)
        self.head = head


class NextBatch(Exception):
    """An arrival asks for facts that are made from what this batch has not written yet, or for more than one batch may
    load: it belongs into the next one."""


LARGE_AT_ONCE = 4
"""Loads of large facts in one batch. One of four years takes 20 ms (measured), and others wait for the transaction."""


class LocksMissing(Exception):
    """A turn decides for two, or pairs, and the batch has not locked what it needs; `locks` are what it is to begin
    anew with."""

    def __init__(self, locks: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(locks)))
        self.locks = locks


class Gathered(dict[str, object]):
    """What is known of one person so far. Raises `FactsMissing` for a fact that could be loaded; KeyError for none."""

    __slots__ = ("_heads",)

    def __init__(self, facts: dict[str, object], heads: set[str]) -> None:
        super().__init__(facts)
        self._heads = heads

    def __missing__(self, fact: str) -> object:
        head = fact.partition(".")[0]
        if head in FACTS and head not in self._heads:
            raise FactsMissing(head)
        raise KeyError(fact)

    def __contains__(self, fact: object) -> bool:
        if super().__contains__(fact):
            return True
        if isinstance(fact, str) and (head := fact.partition(".")[0]) in FACTS and head not in self._heads:
            raise FactsMissing(head)
        return False

    def get(self, fact: str, default: object = None) -> object:
        """As a dict's, but asks for what could be loaded."""
        return self[fact] if fact in self else default  # noqa: SIM401 - this is what get means here


def forget_stale(stale: AbstractSet[str], facts: dict[str, object]) -> None:
    """Take the facts of `stale` heads away again, so that whoever needs them has to ask."""
    for fact in [one for one in facts if one.partition(".")[0] in stale]:
        del facts[fact]
