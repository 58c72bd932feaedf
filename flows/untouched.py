"""What no programme can change, and why: the same in every programme, for everybody.

Rules kept here:

* What everybody has by right: joining, trust, consent, privacy, their data, deletion, contact in need, the data choice.
* What the bot says as a whole: commands, its card, invitations, and the guard of what might identify somebody.
* An effect, or a fact, that only those conversations and the coordinators' own use is theirs: no flow of a programme
  comes near it by another way.
* A flow of a programme asks for words under the same guard as the library's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from flows.catalogue import Catalogue, Flow
from flows.rules.trying import ITSELF

BY_RIGHT: Final = frozenset(
    {"join", "privacy", "delete", "consents", "agree_again", "about", "language", "contact", "contact_received"}
    | {"data_choice", "trust"}
)
COORDINATORS: Final = frozenset(
    {"broadcast", "broadcast_progress", "broadcast_result", "pairs_list", "pairing", "unpair", "unpaired", "pair_phase"}
    | {"draft", "ours", ITSELF}
)
"""What coordinators do with the people of both sides."""

SECTIONS_BY_RIGHT: Final = frozenset(
    {"join", "policy", "consents", "contact", "erased", "leaving", "mydata", "mydata_fields", "mydata_kinds", "stop"}
)
SECTIONS_OF_THE_BOT: Final = frozenset(
    {"engine", "guard", "talk", "commands", "card", "help", "help_page", "invitation", "trial", "broadcast", "disk"}
    | {"deaf", "numbers", "drafts", "own_files"}
)

KEPT_STEPS: Final = {"review": ("ask_safe", "ask_write", "begin_contact")}
"""Steps that a changed flow keeps: whether somebody felt unsafe is always asked, and the way to whom it concerns is
always open."""

RESERVED_NAMES: Final = frozenset({"numbers", "phrases"})

_EVERYBODYS: Final = frozenset({"person", "programme", "side", "world", "twin", "pair"})
_FREE: Final = frozenset({"join.role"})
"""Tells no more than what somebody is."""

_RIGHT: Final = "it belongs to what everybody has by right (consent, privacy, own data, help): the same everywhere"
_BOT: Final = "the bot says this as a whole, in every programme alike"
_OTHERS: Final = "it is how coordinators deal with the people of both sides, and is the same everywhere"


def why_not_flow(flow: str) -> str | None:
    """Why a programme can not put a flow of its own in place of `flow`; `None` where it can."""
    return _RIGHT if flow in BY_RIGHT else _OTHERS if flow in COORDINATORS else None


def why_not_item(flow: str) -> str | None:
    """Why what asks `flow` can not be left out of the agenda."""
    return _RIGHT if flow in BY_RIGHT else None


def why_not_text(id_: str) -> str | None:
    """Why a programme can not put a text into other words."""
    head = id_.partition(".")[0]
    if head in BY_RIGHT | SECTIONS_BY_RIGHT:
        return _RIGHT
    return _BOT if head in SECTIONS_OF_THE_BOT else _OTHERS if head in COORDINATORS else None


def wrongs(flow: Flow, base: Catalogue) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What a programme's own `flow` may not do: the ids of the place, the rule, and what to do."""
    packaged = base.flows.get(flow.id)
    before = frozenset() if packaged is None else _used(packaged)
    for where, name in _named(flow):
        if name in _reserved(_Key(base)) and name not in before:
            yield (where,), "reserved", f"{name} belongs to conversations that are the same everywhere: take it out"
    record = flow.definition.record
    if record not in {None, "asked"} and (packaged is None or packaged.definition.record != record):
        yield ("record",), "reserved", f'a flow of a programme records nothing as {record}: write record = "asked"'
    if packaged is not None:
        yield from _left_out(flow, packaged)
    for step in flow.definition.steps:
        same = None if packaged is None else packaged.steps.get(step.id)
        if step.kind == "ask" and step.reads is None and not step.guard and (same is None or same.guard):
            yield (step.id,), "unguarded", "free text is guarded against names of patients: write guard = true"


def _left_out(flow: Flow, packaged: Flow) -> Iterator[tuple[tuple[str, ...], str, str]]:
    begun = {step.start for step in flow.definition.steps}
    for step in packaged.definition.steps:
        if step.start in BY_RIGHT and step.start not in begun:
            yield (), "left-out", f"the packaged flow leads to {step.start}, which nobody may lose: keep that step"
    for name in KEPT_STEPS.get(flow.id, ()):
        if name not in flow.steps:
            yield (), "left-out", f"the step '{name}' is about somebody's safety: keep it, in other words if you like"


def _named(flow: Flow) -> Iterator[tuple[str, str]]:
    """Where, and the name of, every fact and rule that the flow uses."""
    yield from (("facts", fact) for fact in flow.definition.facts)
    for step in flow.definition.steps:
        rule = getattr(step.choices, "rule", None)
        for name in (step.do, step.decide, step.reads, rule, *step.values.values()):
            if name is not None:
                yield step.id, name


def _used(flow: Flow) -> frozenset[str]:
    return frozenset(name for _, name in _named(flow))


class _Key:
    """A catalogue by itself: what is reserved is found once for each."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.catalogue is self.catalogue


@lru_cache(maxsize=2)
def _reserved(key: _Key) -> frozenset[str]:
    """The rules and facts that only untouched flows use."""
    theirs: set[str] = set()
    others: set[str] = set(_FREE)
    for flow in key.catalogue.flows.values():
        (others if why_not_flow(flow.id) is None else theirs).update(_used(flow))
    return frozenset(name for name in theirs - others if name.partition(".")[0] not in _EVERYBODYS)
