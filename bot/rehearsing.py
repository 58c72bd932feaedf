"""The rehearsal's own database, and the cast that is in it when a newcomer opens the room.

Rules kept here:

* The cast lives the first week as anybody does: by links, taps and typed words, through the real bot. Nothing is
  written behind it.
* A rehearsal keeps to `data/rehearsal.*`, with keys of its own, and never meets real data.
* One room at a time on one folder. A seeding that was broken off is no rehearsal: the next room begins anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot import programmes
from bot.errors import Refused
from bot.opening import locked, locked_alone, open_database
from bot.rehearsal.errors import RoomError
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from bot.rehearsal.room import RunningRoom

TOKEN: Final = "8000000001:rehearsal-room-on-this-machine-only"  # noqa: S105 - opens nothing but the local room
USERNAME: Final = "rehearsal_twinbot"
ANSWER_SECONDS: Final = 20.0
"""How long the cast waits for one answer of the bot before it gives up."""
START_SECONDS: Final = 60.0
"""How long for the bot's start, with its migrations, on a slow machine."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where this rehearsal lives."""

    database_url: str
    state: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Rehearsal:
        return cls(f"sqlite:///{folder / 'rehearsal.db'}", folder / "rehearsal.json")

    @property
    def environment(self) -> dict[str, str]:
        """What the bot is started with, beside the room's token and address."""
        return {
            "DATABASE_URL": self.database_url,
            "SECRET_KEYS": "",
            "PUBLIC_URL": "",
            "PORT": "0",
            "LOG_FORMAT": "text",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def settings(self) -> Settings:
        return read_settings(database_url=self.database_url, secret_keys=None, telegram_token=None, public_url=None)

    @property
    def seeding(self) -> Path:
        """Is there while the cast joins."""
        return self.state.with_name("rehearsal.seeding")


@dataclass(frozen=True, slots=True)
class Player:
    """One of the cast. `taps` are places of buttons, counted from 0, and words, in the order in which she is asked."""

    chat: int
    name: str
    language: str
    side: str
    role: str
    answers: tuple[int | str, ...]


CONTROLLER: Final = "Midwives' Association of Freetown (only a rehearsal)"
SIDES: Final = (("Freetown", "SL"), ("Utrecht", "NL"))
ZONES: Final = {"Freetown": "Africa/Freetown", "Utrecht": "Europe/Amsterdam"}
"""What the clocks of the phones show."""
AGREE, YES, MONDAY, NINE = 0, 0, 0, 1
FREETOWN, UTRECHT = 1, 0
"""Places of the countries' buttons: NL, SL."""

CAST: Final = (
    Player(101, "Fatmata", "en", "Freetown", "twin", (AGREE, "Fatmata", FREETOWN, YES, MONDAY, NINE)),
    Player(102, "Anneke", "nl", "Utrecht", "twin", (AGREE, "Anneke", UTRECHT, YES, MONDAY, NINE)),
    Player(103, "Isatu", "en", "Freetown", "coordinator", (AGREE, "Isatu", FREETOWN, YES)),
    Player(104, "Marieke", "nl", "Utrecht", "coordinator", (AGREE, "Marieke", UTRECHT, YES)),
)


@contextmanager
def prepared(folder: Path, *, fresh: bool) -> Iterator[Rehearsal]:
    """The place of a rehearsal, ours alone as long as it lasts; with `fresh` what was there before is forgotten.
    Raises `DatabaseRefused` when another room is open there."""
    rehearsal = Rehearsal.in_folder(folder)
    with locked(folder / ".rehearsal.lock", "a rehearsal room"):
        if fresh or rehearsal.seeding.exists():
            with locked_alone(rehearsal.settings, "a rehearsal that begins anew"):
                for old in folder.glob("rehearsal.*"):
                    if old.suffix != ".lock":  # who waits for it must find the same file
                        old.unlink()
        yield rehearsal


async def seed(room: RunningRoom, rehearsal: Rehearsal, *, paired: bool = True) -> None:
    """Let the cast join and, if `paired`, go on until the first check-in: a coordinator pairs the twins, both accept,
    name each other and agree how to keep in touch. Raises `Refused` when the bot does not answer."""
    rehearsal.seeding.touch()
    await until(lambda: _reached(room), START_SECONDS)
    await _wait_for_the_day(room)
    database = await open_database(rehearsal.settings, rehearsal=True)
    try:
        now = _moment(room)
        names, codes = tuple(name for name, _ in SIDES), tuple(code for _, code in SIDES)
        plan = programmes.Plan("Midwives", names, codes, controller=CONTROLLER)
        invited = await programmes.create(database, plan, now)
        tokens = {(link.side, link.role): link.token for link in invited.links}
        for player in CAST:
            caption = f"{player.role} · {player.side}"
            room.add_phone(player.chat, player.name, player.language, caption, ZONES[player.side])
        async with _time_flying(room):
            await asyncio.gather(*(_join(room, player, tokens[player.side, player.role]) for player in CAST))
            if paired:
                await _become_twins(room)
    finally:
        await database.close()
    if paired:
        await _reach_the_check_in(room)
    rehearsal.seeding.unlink()


DAYS: Final = 8
"""A check-in comes within a week."""
DAY_SECONDS: Final = 24 * 3600.0
FLYING_SECONDS, FLYING_PAUSE = 2.0, 0.05
"""Steps of the running clock: so much simulated time, then so much real time for the bot."""
DAY_BEGINS, DAY_ENDS = 9, 17
"""Hours of UTC in which it is day on every phone of the cast, with time left to play."""
FATMATA, ANNEKE, ISATU = (player.chat for player in CAST[:3])


async def _wait_for_the_day(room: RunningRoom) -> None:
    """Nobody is asked anything at night, so a room that is opened then begins in the morning."""
    now = _moment(room)
    morning = now.replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)
    if now.hour >= DAY_ENDS:
        morning += timedelta(days=1)
    if not DAY_BEGINS <= now.hour < DAY_ENDS:
        await room.move((morning - now).total_seconds())


@asynccontextmanager
async def _time_flying(room: RunningRoom) -> AsyncIterator[None]:
    """The bot sends a chat one message a second. While the cast answers, the clock runs ahead, so that nobody who opens
    the room waits for that."""

    async def fly() -> None:
        while True:
            with contextlib.suppress(RoomError):  # somebody moves the clock on the page
                await room.move(FLYING_SECONDS)
            await asyncio.sleep(FLYING_PAUSE)

    flying = asyncio.create_task(fly())
    try:
        yield
    finally:
        flying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await flying


async def _become_twins(room: RunningRoom) -> None:
    """Isatu pairs them, Anneke proposes how to keep in touch, Fatmata agrees."""
    from bot.rehearsal.player import Patience, Player  # noqa: PLC0415 - the room is heavy, and not needed to be named

    player = Player(room.room, room.now, Patience(settled=0.05, doubtful=1.0))
    asked = {chat: _received(room, chat) for chat in (FATMATA, ANNEKE)}
    await _act(room, ISATU, partial(room.write, ISATU, "/pair"))
    await player.play_to_the_end(ISATU)
    await until(lambda: all(_received(room, chat) > received for chat, received in asked.items()))
    await _act(room, FATMATA, partial(player.play, FATMATA))
    for chat in (ANNEKE, FATMATA) * 2:  # on a slow machine a question may come after nobody waited for it any more
        await player.play_to_the_end(chat)


async def _reach_the_check_in(room: RunningRoom) -> None:
    from bot.rehearsal.playing import Tap, next_move  # noqa: PLC0415 - as above

    for _ in range(DAYS):
        if all(isinstance(next_move(room.phone(chat)), Tap) for chat in (FATMATA, ANNEKE)):
            break
        await room.move(DAY_SECONDS)


async def _join(room: RunningRoom, player: Player, token: str) -> None:
    await _act(room, player.chat, lambda: room.open_link(player.chat, token))
    for answer in player.answers:
        if isinstance(answer, str):
            await _act(room, player.chat, partial(room.write, player.chat, answer))
        else:
            await _act(room, player.chat, partial(_tap, room, player.chat, answer))


async def _act(room: RunningRoom, chat: int, act: Callable[[], object]) -> None:
    """Do one thing on a phone and wait for the bot's next message."""
    received = _received(room, chat)
    act()
    await until(lambda: _received(room, chat) > received)


def _tap(room: RunningRoom, chat: int, place: int) -> None:
    last = room.phone(chat).last()
    if last is None:
        return
    places = [(row, column) for row, buttons in enumerate(last.buttons) for column in range(len(buttons))]
    room.tap(chat, last.id, *places[place])


def _received(room: RunningRoom, chat: int) -> int:
    return room.phone(chat).traffic.messages_in


def _reached(room: RunningRoom) -> bool:
    return bool(room.room.commands)


def _moment(room: RunningRoom) -> datetime:
    return datetime.fromtimestamp(room.now(), UTC)


async def until(true: Callable[[], bool], seconds: float = ANSWER_SECONDS) -> None:
    """Wait until something has become true on the phones. Raises `Refused` when it does not."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 - a phone has no bell of its own
                await asyncio.sleep(0.02)
            return
    raise Refused("The bot does not answer in the rehearsal room; `twinbot rehearse --verbose` shows its log.")


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Do `work`, and go on until Ctrl+C, SIGTERM, or the end of the terminal. Raises what `work` raises."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            await stopping
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


NOT_WORTH_SHOWING: Final = ("[info ", "[warning ")


def shown(write: Callable[[str], object], *, everything: bool) -> Callable[[str], None]:
    """Takes the bot's log line by line; of it only what went wrong is written, unless `everything` is wanted."""

    def line(text: str) -> None:
        if everything or not any(level in text for level in NOT_WORTH_SHOWING):
            write(text.rstrip("\n") + "\n")

    return line
