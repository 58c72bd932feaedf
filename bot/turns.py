"""The one way a thing travels: whatever arrived, up to a hundred at once, in one transaction.

Rules kept here:

* Natural group commit: what arrived while the last commit ran is the next batch. One alone is a batch of one.
* One query a table to load, each arrival advanced in order in memory, one `executemany` a table to write.
* `submit` returns after the commit: only then may anybody be told that a thing has arrived.
* A repeat has no effect: an update by its key, a timer and a told event by their own row.
* An error inside one arrival concerns that arrival alone. A *data* error of the commit repeats the batch one arrival
  at a time; what fails again is set aside, encrypted and whole, and its person told that it is kept. A *conflict*
  repeats the batch. Errors of the *surroundings* acknowledge nothing and are retried until they are over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.arrivals import Acknowledgement, Arrival
from bot.batch import Batch, TurnFailed, where
from bot.erasing import ErasuresLog
from bot.gathering import LocksMissing
from bot.overlays import Overlays, OverlaysMoved
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.speech import Speech
    from flows.catalogue import Catalogue
    from storage.database import Database

BATCH: Final = 100
CONFLICTS: Final = 8
"""A batch that meets a conflict so often goes on one arrival at a time."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0


@dataclass(slots=True)
class _Waiting:
    arrival: Arrival
    done: asyncio.Future[None]


@dataclass(slots=True)
class Committed:
    """What a batch that is on disk asks for, and what it was: how many arrivals, in how many seconds, or one that had
    to be set aside."""

    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    sends: bool = False
    tells: bool = False
    drafts: bool = False
    arrivals: int = 0
    seconds: float = 0.0
    set_aside: bool = False


class Turns:
    """Takes arrivals and brings them to disk. `on_commit` is called after each commit, in order; `erasures` is where
    it is noted who is forgotten, `None` in tests that forget nobody for good."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        speech: Speech,
        world: Mapping[str, object],
        clock: Clock,
        *,
        overlays: Overlays | None = None,
        erasures: ErasuresLog | None = None,
        on_commit: Callable[[Committed], None] = lambda _: None,
        log: Any = None,
    ) -> None:
        self.database = database
        self.overlays = overlays or Overlays(catalogue, speech)
        self.world = world
        self.erasures = erasures
        self.clock = clock
        self._on_commit = on_commit
        self._log = log or structlog.get_logger(__name__)
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._stopping = False
        self.busy = False
        self.troubled = False
        """Whether the surroundings keep a batch from being written; `readyz` says so."""

    async def submit(self, arrivals: Sequence[Arrival]) -> None:
        """Returns when all `arrivals` are on disk. What was submitted is done even when the caller is cancelled.

        Raises `TurnsEnded` after `stop`: then nothing of `arrivals` is kept, and nobody may acknowledge them.
        """
        if self._stopping:
            raise TurnsEnded
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(arrival, loop.create_future()) for arrival in arrivals]
        self._waiting.extend(waiting)
        self._arrived.set()
        for one in waiting:
            await one.done

    async def run(self) -> None:
        """Carries out batches until `stop`."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                self.busy = True
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                await self.carry_out([one.arrival for one in batch])
                for one in batch:
                    if not one.done.done():
                        one.done.set_result(None)
            self.busy = False
            if self._stopping:
                return

    def stop(self) -> None:
        """`run` returns when everything that was submitted is on disk."""
        self._stopping = True
        self._arrived.set()

    @property
    def at_rest(self) -> bool:
        return not self.busy and not self._waiting

    async def carry_out(self, arrivals: Sequence[Arrival]) -> None:
        """One batch (or more, where one arrival changes what the next may know), with everything that can go wrong.
        Returns when all of it is on disk."""
        while arrivals:
            try:
                arrivals = await self._commit(arrivals)
            except _DataTrouble as trouble:
                if len(arrivals) > 1:
                    self._log.warning("batch_repeated_singly", count=len(arrivals), error=trouble.name)
                    for arrival in arrivals:
                        await self.carry_out([arrival])
                else:
                    await self._set_aside(arrivals[0], trouble.name)
                return

    async def _commit(self, arrivals: Sequence[Arrival]) -> Sequence[Arrival]:
        """Until it is written; gives what belongs into the next batch. Raises `_DataTrouble` when these arrivals can
        not be written as they are."""
        pause, conflicts, began = FIRST_PAUSE, 0, self.clock.monotonic()
        locks: frozenset[str] = frozenset()
        while True:
            batch = Batch(self.overlays, self.world, self.clock.now(), self._log, self.erasures, locks=locks)
            try:
                async with self.database.write() as tx:
                    await batch.carry_out(tx, self.database.vault, arrivals)
            except LocksMissing as missing:
                locks = missing.locks
                continue
            except OverlaysMoved:
                await self._look_again()
                continue
            except TurnFailed as failed:
                raise _DataTrouble(str(failed)) from None
            except Exception as failure:
                match kind_of(failure):
                    case Trouble.CONFLICT if conflicts < CONFLICTS:
                        conflicts += 1
                        continue
                    case Trouble.SURROUNDINGS:
                        self._say_trouble(failure)
                        await self.clock.sleep(pause)
                        pause = min(LONGEST_PAUSE, pause * 2)
                        continue
                    case _:
                        raise _DataTrouble(f"{type(failure).__name__} at {where(failure)}") from None
            break
        if self.troubled:
            self._log.info("database_reached_again")
            self.troubled = False
        self._on_commit(
            Committed(
                batch.workspace.acknowledgements,
                bool(batch.workspace.outgoing),
                bool(batch.workspace.told or batch.workspace.broadcasts),
                bool(batch.workspace.drafts or batch.workspace.published or batch.workspace.unpublished),
                len(arrivals) - len(batch.left),
                self.clock.monotonic() - began,
            )
        )
        return batch.left

    async def _look_again(self) -> None:
        """Something was published. What goes wrong with the database is met again by the batch."""
        try:
            await self.overlays.look(self.database, self.clock.now(), self._log)
        except Exception as failure:
            if kind_of(failure) is Trouble.DATA:
                raise
            self._say_trouble(failure)
            await self.clock.sleep(FIRST_PAUSE)

    async def _set_aside(self, arrival: Arrival, error: str) -> None:
        """Keep an arrival that can not be carried out, whole, and tell its person so. Where it is the telling that can
        not be done, it is kept without."""
        self._log.error(
            "arrival_set_aside",
            key=arrival.key,
            timer=arrival.timer,
            told=arrival.told,
            again=arrival.again,
            error=error,
        )
        pause, tell = FIRST_PAUSE, True
        while True:
            batch = Batch(self.overlays, self.world, self.clock.now(), self._log)
            try:
                async with self.database.write() as tx:
                    await batch.set_aside(tx, self.database.vault, arrival, error, tell=tell)
            except Exception as failure:
                if tell and kind_of(failure) is Trouble.DATA:
                    self._log.error("not_told_that_it_is_kept", error=type(failure).__name__, at=where(failure))
                    tell = False
                    continue
                self._say_trouble(failure)
                await self.clock.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            break
        self._on_commit(Committed(batch.workspace.acknowledgements, sends=True, set_aside=True))

    def _say_trouble(self, failure: Exception) -> None:
        if not self.troubled:
            kind = str(kind_of(failure))
            self._log.error("database_unreachable", error=type(failure).__name__, kind=kind, at=where(failure))
        self.troubled = True


class TurnsEnded(Exception):
    """The process ends: nothing is taken any more. Telegram keeps it for the next one."""


class _DataTrouble(Exception):
    """An arrival of the batch can not be written; `name` is the error's class and place, never its text."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
