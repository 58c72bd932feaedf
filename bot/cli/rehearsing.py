"""`twinbot rehearse`: the room, the real bot in it, and a small seeded programme."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.asking import carry_out

PORT = 8765
DATA = Path("data")


def rehearse(
    port: Annotated[int, typer.Option(help="Where the page is; 0 picks a free port.")] = PORT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew: forget the earlier rehearsal.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Without the seeded programme.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the bot's log.")] = False,
) -> None:
    """Talk to the real bot without Telegram: a page with phones, on this machine only.

    Example: [bold]twinbot rehearse --fresh[/bold]
    """
    with suppress(KeyboardInterrupt):
        carry_out(_rehearse(port, fresh, empty, verbose))


async def _rehearse(port: int, fresh: bool, empty: bool, verbose: bool) -> None:
    from bot import rehearsing
    from bot.rehearsal.room import running_room
    from bot.rehearsal.supervisor import python

    rehearsal = rehearsing.prepare(DATA, fresh=fresh)
    env = {**os.environ, **rehearsal.environment}
    async with running_room(
        token=rehearsing.TOKEN,
        username=rehearsing.USERNAME,
        port=port,
        state_path=rehearsal.state,
        argv=python("-m", "bot", "start", "--rehearsal"),
        env=env,
        line=rehearsing.shown(sys.stderr.write, everything=verbose),
    ) as room:
        typer.echo(f"Rehearsal room: {room.url}/")
        typer.echo("Open it in a browser; Ctrl+C ends it. What you do is kept in data/ for next time.")
        sys.stdout.flush()
        if not empty and not room.room.phones:
            typer.echo("Four people are joining …")
            await rehearsing.seed(room, rehearsal)
            typer.echo("Fatmata and Anneke are twins now and have a check-in to answer.")
            sys.stdout.flush()
        await rehearsing.until_stopped()
