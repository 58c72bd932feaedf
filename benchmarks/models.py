"""Three twins who live through some weeks of check-ins with the real turns, so that their rows can be multiplied."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from benchmarks.continent import PERIOD
from benchmarks.programme import FIRST_CHAT, tap_update, text_update, turns_on
from bot.clock import SystemClock
from bot.telegram.books import Books, Held
from bot.telegram.inbound import arrival
from bot.telegram.outcomes import Sent
from bot.telegram.pacing import Pace
from bot.telegram.settling import Ended
from bot.ticks import Ticks
from bot.turns import Turns
from flows.people import PersonId
from flows.rules.cadence import CheckInRule, due_at, rule_version
from flows.rules.pausing import PROMPT_VALID_FOR
from storage import timers
from storage.database import Database
from storage.outbox import LANES
from storage.timers import Timer

RULE: Final = CheckInRule(0, 9 * 60, "Africa/Freetown")
WEEKS: Final = ("2026-W45", "2026-W46", "2026-W47", "2026-W48")
LINE: Final = "1 3 2 4"
BY_BUTTONS, BY_LINE, NOW_AND_THEN = range(3)
SHARES: Final = (BY_BUTTONS,) * 11 + (BY_LINE,) * 4 + (NOW_AND_THEN,) * 5
"""Whose life the twenty people of each twenty lead. The last answers every second week only, and not the latest."""


class SetClock(SystemClock):
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@dataclass(slots=True)
class Phones:
    """What three phones do with what they get: the sender's books without a sender."""

    opened: Database
    turns: Turns
    clock: SetClock
    ticks: Ticks
    books: Books
    people: Sequence[PersonId]
    updates: int = 1
    messages: int = 1
    shown: dict[int, str] = field(default_factory=dict)
    """The first button of the latest question, by chat."""

    async def rest(self) -> None:
        """Until nothing is due, told or waiting to be sent at this moment."""
        while await self._send() or await self.ticks._told() or await self.ticks._due():
            pass

    async def answer(self, model: int, data: str | None, text: str = "") -> None:
        """A tap on `data`, or a typed text, a quarter of a minute later."""
        self.clock.moment += timedelta(seconds=15)
        person = self.people[model] - 1
        self.updates += 1
        raw = text_update(self.updates, person, text) if data is None else tap_update(self.updates, person, data)
        found = arrival(raw)
        assert found is not None
        await self.turns.submit([found])
        await self.rest()

    async def tap_through(self, model: int) -> None:
        chat = FIRST_CHAT + self.people[model] - 1
        while (data := self.shown.pop(chat, None)) is not None:
            await self.answer(model, data)

    async def _send(self) -> bool:
        found = await self.books.write([], LANES, set())
        ended = [self._delivered(held) for held in found.held]
        if ended:
            await self.books.write(ended, [], set())
        return bool(ended)

    def _delivered(self, held: Held) -> Ended:
        message = held.row.message
        if message.method == "send":
            self.messages += 1
            if message.buttons:
                self.shown[held.row.chat] = message.buttons[0][0][1]
        return Ended(held.row, Sent(self.messages if message.method == "send" else None), self.clock.now())


async def live(opened: Database, people: Sequence[PersonId]) -> None:
    """Lets the three `people`, who are in a programme and paired, live through `WEEKS` up to the eve of `PERIOD`."""
    turns = await turns_on(opened)
    clock = SetClock(due_at(RULE, WEEKS[0]) - timedelta(minutes=1))
    turns.clock = clock
    log: Any = structlog.get_logger(__name__)
    phones = Phones(
        opened,
        turns,
        clock,
        Ticks(opened, opened.vault, turns, clock),
        Books(opened, opened.vault, clock, Pace(), holder="models", log=log),
        people,
    )
    running = asyncio.create_task(turns.run())
    first, due = WEEKS[0], due_at(RULE, WEEKS[0])
    until, version = due + PROMPT_VALID_FOR, rule_version(RULE)
    rows = [
        Timer(f"check_in/{one}/{first}", "check_in", due, one, valid_until=until, rule_version=version)
        for one in people
    ]
    async with opened.write() as tx:
        await timers.set_many(tx, rows)
    for number, week in enumerate(WEEKS):
        clock.moment = due_at(RULE, week)
        await phones.rest()
        await phones.tap_through(BY_BUTTONS)
        await phones.answer(BY_LINE, None, LINE)
        if number % 2 == 0:
            await phones.answer(NOW_AND_THEN, None, LINE)
        phones.shown.clear()
        end = due_at(RULE, week) + timedelta(days=7, minutes=-1)
        while (moment := await _next_due(opened)) is not None and moment < end:
            clock.moment = max(moment, clock.moment)
            await phones.rest()
            phones.shown.clear()
        clock.moment = end
    turns.stop()
    await running


async def _next_due(opened: Database) -> datetime | None:
    async with opened.read() as tx:
        return await timers.next_due(tx)


EVE: Final = due_at(RULE, PERIOD) - timedelta(minutes=1)
"""Until when they live."""
assert EVE.tzinfo is UTC
