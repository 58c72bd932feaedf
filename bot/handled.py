"""Which arrivals are still to be done, and the note that they are.

Rules kept here:

* Nothing is done twice: a key that is known, and a row of its own that is gone, mean that somebody has done it.
* What can not be carried out is noted with its error, whole and sealed, and stays to be tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.arrivals import Arrival
from storage import floods, inbox, timers

if TYPE_CHECKING:
    from storage.database import Transaction
    from storage.encryption import Vault


async def still_to_do(tx: Transaction, arrivals: Sequence[Arrival], known: set[str]) -> list[Arrival]:
    """Without what was done already: `known` keys, and told rows, timers and failures that somebody else has handled.
    To be asked under the locks of their people."""
    known = set(known)
    told = await inbox.still_pending(tx, [one.told for one in arrivals if one.told is not None])
    due = await timers.still_there(tx, [one.timer for one in arrivals if one.timer is not None])
    failed = await inbox.still_failed(tx, [one.again for one in arrivals if one.again is not None])
    left = []
    for one in arrivals:
        if one.key is not None and one.key in known:
            continue
        if one.told is not None and one.told not in told:
            continue
        if one.timer is not None and due.get(one.timer) != one.due_at:
            continue
        if one.again is not None and one.again not in failed:
            continue
        if one.key is not None:
            known.add(one.key)  # the same update twice in one batch
        left.append(one)
    return left


@dataclass(slots=True)
class Handled:
    """The arrivals that a batch is done with. `own` are rows of what people sent themselves and had to wait."""

    own: list[int] = field(default_factory=list)
    failed: list[inbox.Failed] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list)
    _told: list[int] = field(default_factory=list)
    _timers: list[str] = field(default_factory=list)
    _again: list[str] = field(default_factory=list)

    def note(self, arrival: Arrival) -> None:
        if arrival.again is not None:
            self._again.append(arrival.again)
            self._keys.append(arrival.again)  # Telegram's own repeat is still one
        if arrival.key is not None:
            self._keys.append(arrival.key)
        if arrival.told is not None:
            (self._told if arrival.telegram_id is None else self.own).append(arrival.told)
        if arrival.timer is not None:
            self._timers.append(arrival.timer)

    async def write(self, tx: Transaction, vault: Vault, now: datetime) -> None:
        await inbox.take_failed(tx, self._again)
        # without their person: a key has to outlive her, or a repeated /start would let her in again
        await inbox.add_keys(tx, [inbox.Arrived(key) for key in self._keys], now)
        await inbox.mark_done(tx, self._told, now)
        await floods.done(tx, self.own)
        await timers.delete_many(tx, self._timers)
        await inbox.fail(tx, vault, self.failed, now)
