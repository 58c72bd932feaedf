"""One person of a batch: as she was loaded, and as the turns so far have left her.

Rules kept here:

* Her next turn in the same batch knows what her turns before have changed.
* A change that others can see, or that she must find loaded anew, is told apart from the rest: it ends the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from flows.conversation import Conversation
from flows.effects import ErasePerson, RecordAsked
from flows.people import Asked, PairId, Person
from flows.session import Session
from storage.pairs import Place

SEEN_BY_OTHERS: Final = ("state", "name", "language", "country", "zone", "unreachable_since")
"""Fields of a person from which facts of her partner, her programme or her side are made (`storage/facts`)."""


@dataclass(slots=True)
class Desk:
    """Where the turns of one person are worked on."""

    person: Person
    chat: int | None
    facts: dict[str, object]
    conversation: Conversation
    loaded: Person
    stored: dict[int, Session] = field(default_factory=dict)
    erased: ErasePerson | None = None
    decided: bool = False
    """She agreed to something or took it back: what is known of that is to be loaded anew."""
    unreachable_reason: str | None = None

    def note_reachable(self) -> bool:
        """Something came from her own chat: she can be written to. Whether that is news."""
        if self.person.unreachable_since is None:
            return False
        self.change({"unreachable_since": None})
        return True

    @property
    def is_lost(self) -> bool:
        """Whether she could be reached when she was loaded, and can not be any more."""
        return self.loaded.unreachable_since is None and self.person.unreachable_since is not None

    @property
    def is_back(self) -> bool:
        """Whether she could not be reached when she was loaded, and can be now."""
        return self.loaded.unreachable_since is not None and self.person.unreachable_since is None

    @property
    def others_see_a_change(self) -> bool:
        """Whether what others, or her own next arrival, may know of her is different from what was loaded."""
        if self.erased is not None or self.decided:
            return True
        if self.person is self.loaded:  # most turns
            return False
        return any(getattr(self.person, name) != getattr(self.loaded, name) for name in SEEN_BY_OTHERS)

    def change(self, changes: Mapping[str, Any]) -> None:
        self.person = replace(self.person, **changes)
        self.facts.update({f"person.{name}": value for name, value in changes.items()})

    def flag(self, kind: str, *, up: bool) -> None:
        """What is up about her, if that was asked for already: her next turn in this batch knows."""
        known = dict(self.facts).get("flags.up")
        if isinstance(known, frozenset):
            self.facts["flags.up"] = known | {kind} if up else known - {kind}

    def note_asked(self, noted: RecordAsked) -> None:
        """What she was asked, if that was loaded already: her next turn in this batch knows."""
        known = dict(self.facts).get("asked.history")
        if isinstance(known, tuple):
            kept = [one for one in known if (one.item, one.period) != (noted.item, noted.period)]
            self.facts["asked.history"] = (
                *kept,
                Asked(noted.item, noted.period, noted.status, noted.at, noted.again_at),
            )

    def take(self, conversation: Conversation) -> None:
        self.conversation = conversation
        if conversation.started != self.person.sessions_started:
            self.person = replace(self.person, sessions_started=conversation.started)

    @property
    def is_changed(self) -> bool:
        return self.person != self.loaded

    @property
    def place(self) -> Place:
        """Whose, in which pair and programme and on whose calendar something is recorded."""
        pair = self.facts.get("pair.id")
        pair_id = PairId(pair) if isinstance(pair, int) else None
        return Place(self.person.id, self.person.programme, pair_id, self.person.zone)

    @property
    def forgotten_sessions(self) -> list[int]:
        """Those that were stored and of which nothing is to stay: trials that are over."""
        kept = {one.number for one in self.conversation.sessions}
        return [number for number in self.stored if number not in kept]

    @property
    def changed_sessions(self) -> list[Session]:
        return [one for one in self.conversation.sessions if self.stored.get(one.number) is not one]
