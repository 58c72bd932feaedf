"""The sender's side of the outbox: claims and results, written down.

Rules kept here:

* A round is one transaction: the results of what ended, what these tell people, and the next claims.
* The quiet hours and the chat's pace are looked at when a row is claimed; a row that must wait goes back with the
  moment in `not_before`, and stays first of its lane.
* A result that can not be written (its person is gone) is written without what it tells, and holds up nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.ramadan import is_ramadan
from bot.telegram.outcomes import Sent, Unreachable
from bot.telegram.pacing import Pace
from bot.telegram.settling import FLOODED, Ended, PutBack, settled, told, waits
from flows.effects import Lane
from flows.rules.cadence import QuietHours, quiet_until
from storage import claims, inbox, outbox, people
from storage.backlog import CHAT_PACE, QUIET_HOURS
from storage.claims import Claimed
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from storage.database import Database, Transaction
    from storage.encryption import Vault

LEASE: Final = timedelta(seconds=60)
PAGE: Final = 8
UNREADABLE_QUIET: Final = timedelta(hours=1)
"""A prompt whose quiet hours can not be read is rather late, or expired, than sent at night."""


@dataclass(slots=True)
class Held:
    """A claimed row that waits for its start. `target`: the chat and message to be marked."""

    row: Claimed
    since: datetime
    target: tuple[int, int] | None = None

    @property
    def aims(self) -> bool:
        """Whether it changes a message that is there already, and sends none."""
        return self.row.message.method in {"mark", "rewrite", "delete"}

    @property
    def mark(self) -> bool:
        return self.row.message.method == "mark"


@dataclass(frozen=True, slots=True)
class Round:
    """What a round brought. `full`: there was no room for all that could have been claimed; `last` is the lane of the
    last one claimed. `told`: somebody's inbox got something."""

    held: list[Held] = field(default_factory=list)
    full: bool = False
    last: Lane | None = None
    told: bool = False


class Books:
    """Reads and writes the outbox for one sender. Raises what the database raises."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, pace: Pace, *, holder: str, log: Any) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._pace = pace
        self._holder = holder
        self._log = log

    async def begin(self) -> None:
        """Before the first claim: what whoever sent before left claimed waits again at once (bulk: unknown), and pauses
        told by Telegram hold."""
        now, mono = self._clock.now(), self._clock.monotonic()
        async with self._database.write() as tx:
            await outbox.take_over(tx)
            resting = await outbox.resting(tx, FLOODED, now)
        self._pace.restore([(chat, mono + (until - now).total_seconds()) for chat, until in resting], mono)

    async def sweep(self) -> int:
        """Lost leases and what is past its time; says how many rows expired."""
        now = self._clock.now()
        async with self._database.write() as tx:
            await outbox.release_stale(tx, now)
            expired = await outbox.expire(tx, now)
        for row in expired:
            self._log.info("message_expired", outbox=row.id, person=row.person)
        return len(expired)

    async def earliest(self) -> datetime | None:
        """When the first waiting row is due; passed, when its chat is busy."""
        async with self._database.read() as tx:
            return await outbox.next_due(tx)

    async def write(self, ended: Sequence[Ended], lanes: Collection[Lane], busy: Collection[int]) -> Round:
        """One round: settles `ended`, claims a page of `lanes`, none of it for the chats `busy`."""
        now, mono = self._clock.now(), self._clock.monotonic()
        news = [one for end in ended for one in told(end)]
        claimed: list[Claimed] = []
        held: list[Held] = []
        async with self._database.write() as tx:
            if ended:
                await outbox.settle(tx, [settled(end) for end in ended], self._holder)
            moved = [(end.row.chat, end.outcome.moved_to) for end in ended if isinstance(end.outcome, Sent)]
            await people.move_chats(tx, [(old, new) for old, new in moved if new is not None])
            for end in ended:
                if isinstance(end.outcome, Unreachable):
                    news += [waits(one.receipt) for one in await outbox.shut(tx, end.row.chat, end.outcome.reason)]
            if news:
                await inbox.tell(tx, self._vault, news, now)
            if lanes:
                closed = self._pace.resting(mono).keys() | set(busy)
                claimed = await claims.claim(
                    tx,
                    self._vault,
                    holder=self._holder,
                    now=now,
                    lease=LEASE,
                    limit=PAGE,
                    busy_chats=closed,
                    lanes=lanes,
                )
                held, put_back = self._sorted_out(claimed, now, mono)
                if put_back:
                    await outbox.settle(tx, [settled(end) for end in put_back], self._holder)
                await self._find_targets(tx, held)
        return Round(held, len(claimed) >= PAGE, claimed[-1].lane if claimed else None, bool(news))

    async def write_one_by_one(self, ended: list[Ended]) -> None:
        """As `write`, for results of which one can not be written as it is. Takes out of `ended` what is done."""
        while ended:
            for telling in (True, False):
                try:
                    async with self._database.write() as tx:
                        await outbox.settle(tx, [settled(ended[0])], self._holder)
                        if telling and (news := told(ended[0])):
                            await inbox.tell(tx, self._vault, news, self._clock.now())
                    break
                except Exception as failure:
                    if kind_of(failure) is not Trouble.DATA:
                        raise
                    self._log.error("result_not_written", outbox=ended[0].row.id, error=type(failure).__name__)
            ended.pop(0)

    def _sorted_out(self, claimed: Sequence[Claimed], now: datetime, mono: float) -> tuple[list[Held], list[Ended]]:
        """What may be held ready, and what has to wait for the end of the night or for its chat."""
        kept: list[Held] = []
        put_back: list[Ended] = []
        for row in claimed:
            held = Held(row, now)
            if (until := self._quiet_until(row, now)) is not None:
                put_back.append(Ended(row, PutBack(until, QUIET_HOURS), now))
            elif (wait := self._pace.chat_wait(row.lane, row.chat, mono, mark=held.mark)) > 0:
                put_back.append(Ended(row, PutBack(now + timedelta(seconds=wait), CHAT_PACE), now))
            else:
                kept.append(held)
        return kept, put_back

    def _quiet_until(self, row: Claimed, now: datetime) -> datetime | None:
        if row.quiet is None:
            return None
        try:
            return quiet_until(QuietHours.parse(row.quiet, is_ramadan), now)
        except ValueError:
            self._log.error("quiet_hours_unreadable", outbox=row.id)
            return now + UNREADABLE_QUIET

    async def _find_targets(self, tx: Transaction, held: Sequence[Held]) -> None:
        """The messages that are to be marked; a row that could not be sent has none, and its mark is dropped."""
        anchors = [one.row.message.target for one in held if one.row.message.target is not None]
        if anchors:
            found = await outbox.message_of(tx, anchors)
            for one in held:
                if one.row.message.target is not None:
                    one.target = found.get(one.row.message.target)
