"""How the simulated clock moves: the clock contract, without I/O.

Rules kept here:

* Simulated time runs at real speed and never goes back. It is moved by hand to the next due moment, never past one.
* It is moved only when every process that reported has nothing left to do, said so since the last move (or since
  something happened in the room), and the room itself is still.
* A process is forgotten when its report broke off, when the room saw it end, or when nothing was heard of it for ten
  seconds. When none has been heard of for three seconds the bot is down and the clock goes straight to its target; a
  bot that is known to be starting is waited for longer, or its timers would be passed while Python is still importing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

FORGOTTEN = 10.0
DOWN = 3.0
STARTING = 15.0
STILL = 1.0
"""Seconds for which an update that nobody fetched holds up a move; then it is left waiting, as by a bot in trouble."""
SLACK = 0.3
"""Seconds by which a process may lag behind without having missed a jump: its answers travel, and a jump as small as
that is not worth its while."""
OVERDUE = 5.0
"""Seconds for which a process that is idle beyond its own due moment holds up a move."""
LONGEST_MOVE = 10 * 366 * 24 * 3600.0


@dataclass
class Process:
    """What one process of the bot last told."""

    heard: float
    idle: bool = False
    next_due: float | None = None
    current: bool = False
    """Told since the last move, and since the last thing that happened."""
    open: int = 0
    """Reports of this process that wait for an answer."""
    turn: int = 0
    """Numbers its reports: a newer one answers the older."""


@dataclass
class Clockwork:
    """The clock. `real` is monotonic and in seconds; `start` is the simulated moment at which it begins."""

    start: float
    real: Callable[[], float]
    alive: Callable[[], bool] = lambda: False
    """Is a bot known to run or to be starting?"""
    due: Callable[[], float | None] = lambda: None
    """The earliest moment at which the room itself has something to do."""
    unfetched: Callable[[], bool] = lambda: False
    """Do updates wait for the bot?"""
    processes: dict[str, Process] = field(default_factory=dict)
    target: float | None = None
    jumps: int = 0
    jumped_to: float = -math.inf

    def __post_init__(self) -> None:
        self._simulated = self.start
        self._since = self.real()
        self._sign_of_life = self._since
        self._stirred = -math.inf

    def now(self) -> float:
        """The simulated moment, in unix seconds."""
        return self._simulated + max(0.0, self.real() - self._since)

    @property
    def moving(self) -> bool:
        return self.target is not None

    def aim(self, seconds: float) -> float:
        """Starts a move by `seconds`; one that is under way goes on that much further. Says to where."""
        self.target = (self.target if self.target is not None else self.now()) + seconds
        self._forget_idleness()
        return self.target

    def halt(self) -> None:
        """Ends a move where the clock is."""
        self.target = None

    def jump(self, moment: float) -> None:
        """Sets the clock forward to `moment`, at once."""
        now = max(self.now(), moment)
        self._simulated, self._since = now, self.real()
        self.jumps += 1
        self.jumped_to = now
        self._forget_idleness()

    def stir(self) -> None:
        """Something happened in the room that the bot may have to answer: what it reported is out of date."""
        self._stirred = self.real()
        self._forget_idleness()

    def started(self) -> None:
        """A process of the bot was started."""
        self._sign_of_life = self.real()

    def ended(self) -> None:
        """The room saw the bot end: what is silent now stays silent. (A report that is open breaks off by itself.)"""
        self.processes = {name: process for name, process in self.processes.items() if process.open > 0}
        self._sign_of_life = self.real()

    def report(self, name: str, *, idle: bool, next_due: float | None, seen: float) -> tuple[Process, int, bool]:
        """Takes a report. Gives the process, the report's number, and whether to answer it at once."""
        process = self.processes.setdefault(name, Process(self.real()))
        self._sign_of_life = process.heard = self.real()
        process.idle, process.next_due = idle, next_due
        process.turn += 1
        process.open += 1
        passed = seen < self.jumped_to - SLACK
        process.current = not passed
        return process, process.turn, passed

    def answered(self, process: Process) -> None:
        """A report was answered."""
        process.open -= 1
        self._sign_of_life = process.heard = self.real()

    def lost(self, name: str, process: Process) -> None:
        """A report broke off: its process is gone, or will report anew."""
        process.open -= 1
        self._sign_of_life = self.real()
        if process.open <= 0 and self.processes.get(name) is process:
            del self.processes[name]

    def step(self) -> bool:
        """Moves the clock once, if it may move now. Says whether it did; `target` is `None` once it is reached."""
        if self.target is None:
            return False
        now = self.now()
        if now >= self.target:
            self.target = None
            return False
        to = self._next(now)
        if to is None:
            return False
        self.jump(to)
        if to >= self.target:
            self.target = None
        return True

    def _next(self, now: float) -> float | None:
        real = self.real()
        for name, process in list(self.processes.items()):
            if process.open <= 0 and real - process.heard > FORGOTTEN:
                del self.processes[name]
        assert self.target is not None  # noqa: S101 - `step` asked
        if not any(process.open > 0 or real - process.heard <= DOWN for process in self.processes.values()):
            patience = STARTING if self.alive() else DOWN
            return None if real - self._sign_of_life <= patience else self.target
        if self.unfetched() and real - self._stirred <= STILL:
            return None
        moments: list[float] = []
        for process in self.processes.values():
            if not process.idle or not process.current:
                return None
            if process.next_due is None:
                continue
            if process.next_due > now:
                moments.append(process.next_due)
            elif real - process.heard <= OVERDUE:
                return None
        return self._no_further(now, moments)

    def _no_further(self, now: float, moments: list[float]) -> float:
        own = self.due()
        if own is not None and own > now:
            moments.append(own)
        assert self.target is not None  # noqa: S101 - `step` asked
        return min(self.target, *moments) if moments else self.target

    def _forget_idleness(self) -> None:
        for process in self.processes.values():
            process.current = False
