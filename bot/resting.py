"""Whether a process has anything left to do, and when it will: what it reports to the room under rehearsal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.drafting import Drafting
from bot.flood import GO_ON_BELOW
from bot.gate import Gate
from bot.telegram.intake import Polling
from bot.telegram.sender import Sender
from bot.telegram.taps import Taps
from bot.ticks import Ticks
from bot.turns import Turns
from storage import floods, inbox, timers
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Rest:
    """The parts of a process that can be busy. While it is on hold only its turns are."""

    database: Database
    clock: Clock
    gate: Gate
    turns: Turns
    ticks: Ticks
    sender: Sender
    taps: Taps
    polling: Polling
    drafting: Drafting

    def holds(self) -> bool:
        """Nothing is under way."""
        if self.gate.is_shut:
            return self.turns.at_rest
        return (
            self.turns.at_rest
            and self.ticks.at_rest
            and self.drafting.at_rest
            and not self.sender.busy
            and not self.taps.busy
            and not self.polling.submitting
        )

    async def ends(self) -> datetime | None:
        """The earliest moment at which there is something to do; `None`: there is none."""
        if self.gate.is_shut:
            return None
        async with self.database.read() as tx:
            due = [await timers.next_due(tx), self.sender.next_due()]
            if await inbox.count_pending(tx, await floods.behind(tx, GO_ON_BELOW)):
                due.append(self.clock.now())
        return min((moment for moment in due if moment is not None), default=None)

    def disturb(self) -> None:
        """The clock was moved: look anew."""
        self.ticks.wake()
        self.sender.wake()
