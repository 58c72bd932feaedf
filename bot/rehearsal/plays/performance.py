"""A play on the phones of an open room, against the bot that runs in it.

Rules kept here:

* Time is moved under the clock's contract alone, from due moment to due moment; it stops where somebody is told
  something, and goes on when everybody has answered.
* Whoever has something to answer acts in the same moment as all the others: what they do travels in one batch.
* Nobody acts at night or while she is away, nor in the weeks in which her manner leaves the bot unanswered.
* What stood on a phone is remembered beyond what a phone keeps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from bot.rehearsal.errors import RoomError
from bot.rehearsal.phones import Phone, PhoneMessage
from bot.rehearsal.playing import Tap, Why, Write
from bot.rehearsal.plays.acting import Memory, answer, dice_for
from bot.rehearsal.plays.script import Actor, Play, Scene
from bot.rehearsal.room import RunningRoom

DAY: Final = 24 * 3600.0
MONTH_DAYS: Final = 365.25 / 12
READING: Final = 15.0
"""Seconds of her time until somebody answers."""
ROUNDS: Final = 60
"""Answers of everybody in one go; the longest conversation has about twenty-five."""
AWAKE: Final = range(8, 20)
"""Hours of the day in which people answer."""
SCENE_HOUR: Final = 11
"""Of UTC: everybody is awake."""
LOOK: Final = 0.002
"""Seconds of real time between two looks at a clock that moves."""
STANDSTILL: Final = 120.0
"""Seconds of real time in which the clock must move."""

Invite = Callable[[str, str], Awaitable[str]]
"""Makes an invitation for a side and a role, and gives what its link carries."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did. `words` is what she typed or the label that she tapped under `message`."""

    at: float
    chat: int
    message: int
    tapped: bool
    words: str


@dataclass
class Performed:
    """What a play has left: everything that stood on the phones, and what was done there."""

    play: Play
    began: float
    ends: float
    """When it is over; both in unix seconds of its own time."""
    shown: dict[int, dict[int, PhoneMessage]] = field(default_factory=dict)
    """By chat: every message, those that the phone has forgotten as well."""
    acts: list[Act] = field(default_factory=list)
    took: float = 0.0
    """Seconds of real time."""

    def share(self, now: float) -> float:
        """How much of it is played at that moment."""
        return min(1.0, (now - self.began) / (self.ends - self.began))

    def bot_messages(self, chat: int) -> Iterator[PhoneMessage]:
        return (one for one in self.shown.get(chat, {}).values() if one.sender == "bot")


Progress = Callable[[Performed, float], Awaitable[None]]
"""Told after each talk: what was played, and the simulated moment."""


async def untold(_: Performed, __: float) -> None:
    """Nobody wants to know how far it is."""


class Performance:
    """So many months of a play in one room. `invite` is the coordinator's or operator's work outside the chat."""

    def __init__(
        self, running: RunningRoom, play: Play, months: float, invite: Invite, *, seed: int, progress: Progress = untold
    ) -> None:
        self._running = running
        self._clock = running.server.clock
        self._play = play
        self._invite = invite
        self._seed = seed
        self._progress = progress
        self._memories = {actor.chat: Memory() for actor in play.actors}
        self._actors = {actor.chat: actor for actor in play.actors}
        self._news: set[int] = set()
        """Who was told something since time last passed."""
        self._talking = False
        self._done = Performed(play, running.now(), running.now() + months * MONTH_DAYS * DAY)

    async def run(self) -> Performed:
        """Plays it to its end. Raises `RoomError` when the bot stands still."""
        began = time.monotonic()
        inner = self._running.room.changed

        def changed(what: str, chat: int | None) -> None:
            inner(what, chat)
            if what == "phone" and chat is not None:
                self._look(chat)

        self._running.room.changed = changed
        try:
            for moment, happens in self._timeline():
                if moment >= self._done.ends:
                    break
                await self._pass_time(moment)
                await happens()
                await self._talk()
            await self._pass_time(self._done.ends)
            await self._progress(self._done, self._running.now())
        finally:
            self._running.room.changed = inner
        self._done.took = time.monotonic() - began
        return self._done

    # -- what happens whatever the bot asks ----------------------------------------------------------------------------

    def _timeline(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        """Newcomers before whatever else happens on their day."""
        joins: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (self._moment(day), partial(self._join, [actor for actor in self._play.actors if actor.joins == day]))
            for day in {actor.joins for actor in self._play.actors}
        ]
        scenes = [(self._moment(scene.day) + 1, partial(self._perform, scene)) for scene in self._play.scenes]
        return sorted([*joins, *scenes], key=lambda one: one[0])

    def _moment(self, day: int) -> float:
        """The first day begins at once, the others at the hour of the scenes."""
        began = datetime.fromtimestamp(self._done.began, UTC)
        then = began + timedelta(days=day)
        return (then.replace(hour=SCENE_HOUR, minute=0, second=0) if day else began).timestamp()

    async def _join(self, newcomers: list[Actor]) -> None:
        for actor in newcomers:
            token = await self._invite(actor.side, actor.role)
            caption = f"{actor.role} · {actor.side}"
            self._running.add_phone(actor.chat, actor.name, actor.language, caption, actor.zone)
            memory = self._memories[actor.chat]
            memory.begin(actor.joining)
            if actor.country:
                memory.typed["ask_country"] = actor.country
            self._write(actor.chat, f"/start {token}")

    async def _perform(self, scene: Scene) -> None:
        self._memories[scene.chat].begin(scene.picks, scene.lines)
        self._write(scene.chat, scene.words)

    # -- time ----------------------------------------------------------------------------------------------------------

    async def _pass_time(self, until: float) -> None:
        """Until that moment; people answer what they are told meanwhile."""
        while (left := until - self._running.now()) > 0:
            self._news.clear()
            self._running.server.clock_api.aim(left)
            await self._moved()
            if self._news:
                for chat in self._news:
                    self._memories[chat].begin()
                await self._talk()
                await self._progress(self._done, self._running.now())

    async def _moved(self) -> None:
        """Until the clock stands where it was to go, or was halted."""
        last, since = self._clock.jumps, time.monotonic()
        while self._clock.moving:
            await asyncio.sleep(LOOK)
            if self._clock.jumps != last:
                last, since = self._clock.jumps, time.monotonic()
            elif time.monotonic() - since > STANDSTILL:
                raise RoomError("The bot stands still; `--verbose` shows its log.")
        if not self._clock.processes:
            raise RoomError("The bot has ended; `--verbose` shows its log.")

    def _look(self, chat: int) -> None:
        """Something changed on a phone: remember it, and stop the clock where the bot says something new."""
        phone = self._running.phone(chat)
        kept = self._done.shown.setdefault(chat, {})
        last = phone.last()
        if last is None or last.id in kept:
            return
        kept[last.id] = last
        if last.sender == "bot" and chat in self._actors:
            if self._clock.moving and not self._talking:
                self._clock.halt()
            self._news.add(chat)

    # -- talk ----------------------------------------------------------------------------------------------------------

    async def _talk(self) -> None:
        """Everybody answers until nobody has anything to answer."""
        self._talking = True
        try:
            for _ in range(ROUNDS):
                self._running.server.clock_api.aim(READING)
                await self._moved()
                if not self._everybody_answers():
                    return
        finally:
            self._talking = False

    def _everybody_answers(self) -> bool:
        now = datetime.fromtimestamp(self._running.now(), UTC)
        day = int((now.timestamp() - self._done.began) // DAY)
        acted = False
        for chat, phone in list(self._running.room.phones.items()):
            actor = self._actors[chat]
            if self._is_there(actor, now, day):
                acted = self._answers(actor, phone, now) or acted
        return acted

    def _is_there(self, actor: Actor, now: datetime, day: int) -> bool:
        if actor.is_away(day) or now.astimezone(ZoneInfo(actor.zone)).hour not in AWAKE:
            return False
        if self._memories[actor.chat].picks:  # she began it herself
            return True
        return dice_for(self._seed, actor.chat, "week", now).random() < actor.manner.answered

    def _answers(self, actor: Actor, phone: Phone, now: datetime) -> bool:
        last = phone.last()
        dice = dice_for(self._seed, actor.chat, "" if last is None else last.text, now)
        move = answer(phone, actor.manner, self._memories[actor.chat], dice, now)
        match move:
            case Why():
                return False
            case Write(_, words):
                self._write(actor.chat, words)
            case Tap(message, row, column, label):
                self._done.acts.append(Act(self._running.now(), actor.chat, message, True, label))
                self._running.tap(actor.chat, message, row, column)
        return True

    def _write(self, chat: int, words: str) -> None:
        sent = self._running.write(chat, words)
        self._done.acts.append(Act(sent.at, chat, sent.id, False, words))
