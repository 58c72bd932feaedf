"""Who writes faster than she can be answered.

Rules kept here:

* A chat is sent one message a second (`bot/telegram/pacing`), so answers to a flood only pile up. From `AT_ONCE` unsent
  answers on, what its person sends is kept and waits (`storage/floods`); it is carried out, in order, as her answers go
  out. Nothing is lost and nobody else waits for her.
* Kept means on disk and acknowledged, as with everything else; a tap's wheel stops at once.
* That her chat was blocked or is open again is no part of it: it waits for nothing.
* Of strangers nothing is kept. What they would be told over and over is left out instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.arrivals import Arrival, start_of
from flows.effects import Lane
from flows.events import Event
from flows.events.own import ChatBlocked, ChatReturned
from flows.people import PersonId
from storage.floods import Load
from storage.inbox import Pending
from storage.outbox import Outgoing

AT_ONCE: Final = 60
"""A minute of answers at the pace of a chat. Whoever sends what she wrote during a day without a network, or forwards
a whole letter in parts, stays below it."""
GO_ON_BELOW: Final = AT_ONCE // 2
"""So few unsent answers, and what waits is carried out, as many at once: the sender never runs dry meanwhile."""


class Flood:
    """What one batch knows of it. `loads` as they were when it began."""

    def __init__(self, loads: Mapping[int, Load]) -> None:
        self._loads = dict(loads)
        self._seen: set[int] = set()

    def is_over(self, chat: int, outgoing: Sequence[Outgoing]) -> bool:
        """Whether what comes from `chat` now has to wait; then so does everything after it. `outgoing` is what the
        batch has decided to send so far."""
        load = self._load(chat)
        if load.waits:
            return True
        made = 0
        if chat in self._seen:  # whoever sends one thing, as nearly everybody does, costs no counting
            made = sum(one.chat == chat and one.lane is Lane.REPLY for one in outgoing)
        self._seen.add(chat)
        if load.replies + made < AT_ONCE:
            return False
        self._loads[chat] = replace(load, waits=True)
        return True

    def _load(self, chat: int) -> Load:
        return self._loads.get(chat, Load())


def may_wait(event: Event) -> bool:
    """Whether somebody sent it, and not Telegram of itself."""
    return not isinstance(event, ChatBlocked | ChatReturned)


def arrivals(pending: Sequence[Pending]) -> list[Arrival]:
    """A page of the inbox as it is to be carried out: of what somebody wrote herself a part, the rest in the next."""
    taken: dict[PersonId, int] = {}
    made = []
    for one in pending:
        if one.chat is not None:
            taken[one.person] = taken.get(one.person, 0) + 1
        if taken.get(one.person, 0) <= GO_ON_BELOW:
            made.append(_arrival(one))
    return made


def _arrival(one: Pending) -> Arrival:
    if one.chat is None:
        return Arrival(None, one.event, person=one.person, told=one.id)
    start = start_of(one.event)
    return Arrival(None, one.event, telegram_id=one.chat, language=one.language, start=start, told=one.id)
