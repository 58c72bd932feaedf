"""What goes wrong when asked to.

Rules kept here:

* A fault says what happens, on which method, how often (`count`, `None`: until switched off) and from which matching
  call on (`nth`, the first is 1). Without a `method` it means every call but getUpdates.
* The faults of deliveries (`double_updates`, `repeat_updates`, `disorder_updates`) count deliveries that carry
  something; `kill_confirm` counts getUpdates that would confirm something.
* The first fault that matches acts; it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count as counting
from typing import Any

from bot.rehearsal.errors import RoomError

HELD = 60.0
"""Seconds of real time that an unanswered request is held before its connection is dropped."""


class Kind(StrEnum):
    # refused, nothing accepted
    TOO_MANY_REQUESTS = "too_many_requests"
    FORBIDDEN = "forbidden"
    SERVER_ERROR = "server_error"
    # the road is bad
    TIMEOUT_BEFORE = "timeout_before"
    """No answer, nothing accepted."""
    TIMEOUT_AFTER = "timeout_after"
    """Accepted, no answer."""
    DROP_BEFORE = "drop_before"
    """The connection breaks, nothing accepted."""
    DROP = "drop"
    """Accepted, then the connection breaks."""
    DOUBLE_UPDATES = "double_updates"
    """Every update comes twice in one delivery."""
    REPEAT_UPDATES = "repeat_updates"
    """Every update comes once more after it was confirmed."""
    DISORDER_UPDATES = "disorder_updates"
    """Later updates come first."""
    # the bot dies (SIGKILL)
    KILL_BEFORE = "kill_before"
    """Before the call is accepted."""
    KILL_AFTER = "kill_after"
    """The call is accepted and on the phone, its answer is never seen."""
    KILL_CONFIRM = "kill_confirm"
    """On the getUpdates that would confirm, before its offset is taken."""


OF_DELIVERIES = frozenset({Kind.DOUBLE_UPDATES, Kind.REPEAT_UPDATES, Kind.DISORDER_UPDATES})
KILLING = frozenset({Kind.KILL_BEFORE, Kind.KILL_AFTER, Kind.KILL_CONFIRM})
AFTER_ACCEPTANCE = frozenset({Kind.TIMEOUT_AFTER, Kind.DROP, Kind.KILL_AFTER})


@dataclass
class Fault:
    """One fault that is switched on."""

    id: int
    kind: Kind
    method: str | None = None
    count: int | None = 1
    nth: int = 1
    chat: int | None = None
    retry_after: int = 3
    """For `too_many_requests`, in seconds."""
    status: int = 502
    """For `server_error`."""
    seconds: float = HELD
    """For the time-outs: how long the request is held, in real time."""
    seen: int = 0
    """Matching calls so far."""
    fired: int = 0

    def matches(self, method: str, chat: int | None) -> bool:
        if self.chat is not None and chat != self.chat:
            return False
        return method != "getUpdates" if self.method is None else method.lower() == self.method.lower()

    def told(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind.value,
            "method": self.method,
            "count": self.count,
            "nth": self.nth,
            "chat": self.chat,
            "fired": self.fired,
        }


@dataclass
class Faults:
    """All that are switched on, in the order of switching. `changed` is called after every change."""

    can_kill: bool = True
    changed: Callable[[], None] = lambda: None
    active: list[Fault] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: counting(1))

    def add(self, kind: Kind | str, **how: Any) -> Fault:
        """Switches a fault on: `faults.add(Kind.KILL_AFTER, method="sendMessage", nth=2)`. Fields as in `Fault`.

        Raises `RoomError` when there is no such kind, a field makes no sense, or there is no process to kill.
        """
        try:
            chosen = Kind(kind)
        except ValueError:
            raise RoomError(f"There is no fault {str(kind)[:40]!r}; there are {', '.join(Kind)}.") from None
        if chosen in KILLING and not self.can_kill:
            raise RoomError("The room did not start the bot, so it can not kill it.", 409)
        fault = Fault(next(self._ids), chosen, **_checked(how))
        self.active.append(fault)
        self.changed()
        return fault

    def remove(self, *, id: int | None = None, kind: str | None = None, method: str | None = None) -> int:  # noqa: A002
        """Switches off what fits: by number, or by kind and method. Without either: all. Says how many."""
        if id is not None:
            kept = [fault for fault in self.active if fault.id != id]
        else:
            kept = [fault for fault in self.active if kind is not None and (fault.kind, fault.method) != (kind, method)]
        gone = len(self.active) - len(kept)
        self.active = kept
        if gone:
            self.changed()
        return gone

    def clear(self) -> None:
        self.remove()

    def on_call(self, method: str, chat: int | None) -> Fault | None:
        """The fault that befalls this call, used up by one."""
        return self._take(
            lambda fault: (
                fault.kind not in OF_DELIVERIES and fault.kind is not Kind.KILL_CONFIRM and fault.matches(method, chat)
            )
        )

    def on_confirm(self) -> Fault | None:
        """The `kill_confirm` that befalls a getUpdates which would confirm something."""
        return self._take(lambda fault: fault.kind is Kind.KILL_CONFIRM)

    def on_delivery(self, kind: Kind) -> bool:
        """Does fault `kind` befall this delivery?"""
        return self._take(lambda fault: fault.kind is kind) is not None

    def give_back(self, fault: Fault) -> None:
        """The call was refused anyway, so what should happen after its acceptance did not."""
        fault.seen -= 1
        fault.fired -= 1
        if fault.count is not None:
            fault.count += 1
        if fault not in self.active:
            self.active.append(fault)
        self.changed()

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        for fault in self.active:
            if not fits(fault):
                continue
            fault.seen += 1
            if fault.seen < fault.nth:
                continue
            fault.fired += 1
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self.active.remove(fault)
            self.changed()
            return fault
        return None


_FITS: dict[str, Callable[[Any], bool]] = {
    "method": lambda value: value is None or (isinstance(value, str) and value.isalpha() and len(value) <= 64),
    "count": lambda value: value is None or _whole(value, 1, 1_000_000),
    "nth": lambda value: _whole(value, 1, 1_000_000),
    "chat": lambda value: value is None or _whole(value, -(2**52), 2**52),
    "retry_after": lambda value: _whole(value, 1, 86_400),
    "status": lambda value: _whole(value, 500, 599),
    "seconds": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 600,
}


def _checked(how: dict[str, Any]) -> dict[str, Any]:
    """`how`, when every value fits. Raises `RoomError`."""
    for name, value in how.items():
        if name not in _FITS or not _FITS[name](value):
            raise RoomError(f"A fault can not have {name[:40]} = {str(value)[:40]!r}.")
    return how


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
