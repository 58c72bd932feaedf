"""`twinbot rehearse`: the room, the real bot in it, and a small seeded programme."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.asking import carry_out
from bot.errors import Refused

if TYPE_CHECKING:
    from bot.rehearsal.plays.performance import Performed
    from bot.rehearsal.room import RunningRoom
    from bot.rehearsing import Rehearsal

PORT = 8765
Port = Annotated[int, typer.Option(min=0, max=65535, help="Where the room's page is; 0 picks a free port.")]
TAKEN = 409
"""`RoomError.status` of a port that somebody else has."""
DATA = Path("data")
MONTHS = 24
"""A whole programme; its last phases take a third year."""


def rehearse(
    port: Port = PORT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew: forget the earlier rehearsal.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Without the seeded programme.")] = False,
    unpaired: Annotated[bool, typer.Option("--unpaired", help="Four people have joined; you pair the twins.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the bot's log.")] = False,
    play: Annotated[
        str | None, typer.Option(metavar="NAME", help="Watch a whole programme instead, played by itself: midwives.")
    ] = None,
    months: Annotated[int, typer.Option(min=1, max=48, help="How many months of it are played.")] = MONTHS,
    seed: Annotated[int, typer.Option(help="Another seed, other answers.")] = 1,
    chronicle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where its chronicle is written; else beside its database.")
    ] = None,
) -> None:
    """Talk to the real bot without Telegram: a page with phones, on this machine only.

    Example: [bold]twinbot rehearse --fresh[/bold]
    """
    from bot.rehearsal.errors import RoomError

    try:
        if play is not None:
            carry_out(_perform(play, months, seed, chronicle, verbose))
            return
        with suppress(KeyboardInterrupt):
            carry_out(_rehearse(port, fresh, _Seeded(not empty, not unpaired), verbose))
    except RoomError as problem:
        hint = " `.venv/bin/twinbot rehearse --port 0` picks a free one." if problem.status == TAKEN else ""
        raise Refused(f"{problem}{hint}") from None


@dataclass(frozen=True, slots=True)
class _Seeded:
    """How far the story has gone when a new rehearsal opens."""

    joined: bool
    paired: bool


async def _rehearse(port: int, fresh: bool, seeded: _Seeded, verbose: bool) -> None:
    from bot import rehearsing

    with rehearsing.prepared(DATA, fresh=fresh) as rehearsal:
        await _open_room(rehearsal, port, seeded, verbose)


async def _open_room(rehearsal: Rehearsal, port: int, seeded: _Seeded, verbose: bool) -> None:
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
        await rehearsing.until_stopped(
            _seed(room, rehearsal, seeded) if seeded.joined and not room.room.phones else _nothing()
        )


async def _seed(room: RunningRoom, rehearsal: Rehearsal, seeded: _Seeded) -> None:
    from bot import rehearsing

    _say("Four people are joining …")
    await rehearsing.seed(room, rehearsal, paired=seeded.paired)
    if seeded.paired:
        _say("Fatmata and Anneke are twins now and have a check-in to answer.")
    else:
        _say("All four have joined. Isatu and Marieke can pair the twins: /pair.")


async def _perform(name: str, months: int, seed: int, file: Path | None, verbose: bool) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from bot import performing, rehearsing

    play = performing.PLAYS.get(name)
    if play is None:
        raise Refused(f"There is no play {name!r}; there is {', '.join(performing.PLAYS)}.")
    folder = DATA / "plays" / name
    folder.mkdir(parents=True, exist_ok=True)
    written = file or folder / "chronicle.html"
    with rehearsing.prepared(folder, fresh=True) as rehearsal:
        line = rehearsing.shown(sys.stderr.write, everything=verbose)
        async with performing.staged(rehearsal, environment=os.environ, line=line) as stage:
            _say(f"{play.title}: {months} months. You can watch at {stage.room.url}/")
            with Progress(
                TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[answers]}")
            ) as bar:
                task = bar.add_task("…", total=1, answers="")

                async def passed(done: Performed, now: float) -> None:
                    day = datetime.fromtimestamp(now, UTC)
                    answers = f"{len(done.acts)} answers"
                    bar.update(task, completed=done.share(now), description=f"{day:%B %Y}", answers=answers)

                done = await performing.perform(stage, play, months, seed=seed, progress=passed)
            figures = await stage.figures()
            written.write_text(performing.page(stage, done, figures), encoding="utf-8")
    _say(
        f"{figures.turns} turns in {figures.batches} batches, {figures.turn_ms:.1f} ms a turn; "
        f"{done.took:.0f} seconds in all."
    )
    _say(f"The chronicle: {written}")


async def _nothing() -> None:
    """An earlier rehearsal goes on."""


def _say(words: str) -> None:
    typer.echo(words)
    sys.stdout.flush()
