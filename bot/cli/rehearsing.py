"""`twinbot rehearse`: the room, the real bot in it, and a small seeded programme."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import carry_out
from bot.errors import Refused

if TYPE_CHECKING:
    from bot.rehearsal.room import RunningRoom
    from bot.rehearsing import Rehearsal

PORT = 8765
Port = Annotated[int, typer.Option(min=0, max=65535, help="Where the room's page is; 0 picks a free port.")]
TAKEN = 409
"""`RoomError.status` of a port that somebody else has."""
DATA = Path("data")


def rehearse(
    port: Port = PORT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew: forget the earlier rehearsal.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Without the seeded programme.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the bot's log.")] = False,
) -> None:
    """Talk to the real bot without Telegram: a page with phones, on this machine only.

    Example: [bold]twinbot rehearse --fresh[/bold]
    """
    from bot.rehearsal.errors import RoomError

    try:
        with suppress(KeyboardInterrupt):
            carry_out(_rehearse(port, fresh, empty, verbose))
    except RoomError as problem:
        hint = " `.venv/bin/twinbot rehearse --port 0` picks a free one." if problem.status == TAKEN else ""
        raise Refused(f"{problem}{hint}") from None


async def _rehearse(port: int, fresh: bool, empty: bool, verbose: bool) -> None:
    from bot import rehearsing

    with rehearsing.prepared(DATA, fresh=fresh) as rehearsal:
        await _open_room(rehearsal, port, empty, verbose)


async def _open_room(rehearsal: Rehearsal, port: int, empty: bool, verbose: bool) -> None:
    from bot import rehearsing
    from bot.rehearsal.room import running_room
    from bot.rehearsal.supervisor import python

    env = {**os.environ, **rehearsal.environment}
    async with running_room(
        token=rehearsing.TOKEN,
        username=rehearsing.USERNAME,
        port=port,
        state_path=rehearsal.state,
        argv=python("-m", "bot", "start", "--rehearsal", "--room", str(os.getpid())),
        env=env,
        line=rehearsing.shown(sys.stderr.write, everything=verbose),
    ) as room:
        _say(f"Rehearsal room: {room.url}/")
        _say("Open it in a browser; Ctrl+C ends it. What you do is kept in data/ for next time.")
        await rehearsing.until_stopped(_seed(room, rehearsal) if not empty and not room.room.phones else _nothing())


async def _seed(room: RunningRoom, rehearsal: Rehearsal) -> None:
    from bot import rehearsing

    _say("Four people are joining …")
    await rehearsing.seed(room, rehearsal)
    _say("Fatmata and Anneke are twins now and have a check-in to answer.")


async def _nothing() -> None:
    """An earlier rehearsal goes on."""


def _say(words: str) -> None:
    typer.echo(words)
    sys.stdout.flush()
