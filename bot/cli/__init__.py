"""The command line.

Rules kept here:

* Each command has `--help` with an example, and `--json` where a script would read its answer.
* Exit codes: 0 done; 1 something was found wrong (checks, doctor) or has failed; 2 refused, with one sentence that
  says what to do.
* Heavy parts are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from bot import memory
from bot.cli import checking, flows, keeping, keys, programme, rehearsing, translations
from bot.cli.asking import carry_out
from bot.errors import Broken, LeaseLost, Refused, without_words
from flows.errors import LibraryBroken
from storage.errors import StorageError

app = typer.Typer(
    name="twinbot",
    help="A chat companion that keeps professional twinning alive.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(programme.app, name="programme")
app.add_typer(flows.app, name="flows")
app.add_typer(translations.app, name="translations")
app.add_typer(keys.app, name="keys")
app.command(name="rehearse")(rehearsing.rehearse)
app.command(name="migrate")(checking.migrate)
app.command(name="doctor")(checking.doctor)
app.command(name="backup")(keeping.backup)
app.command(name="restore")(keeping.restore)
app.command(name="release")(keeping.release)
app.command(name="move")(keeping.move)

Rehearsal = Annotated[bool, typer.Option("--rehearsal", hidden=True, help="Follow the rehearsal room's clock.")]

Room = Annotated[int | None, typer.Option("--room", hidden=True, help="The room's process: end when it is gone.")]


@app.command()
def run(port: rehearsing.Port = rehearsing.PORT) -> None:
    """The main job: the bot on Telegram where TELEGRAM_TOKEN is set, else the rehearsal room.

    Example: [bold]twinbot run[/bold]
    """
    from bot.settings import read_settings

    if read_settings().telegram_token is None:
        rehearsing.rehearse(port)
    else:
        start()


@app.command()
def start(rehearsal: Rehearsal = False, room: Room = None) -> None:
    """The whole bot in one process.

    Example: [bold]TELEGRAM_TOKEN=123:ABC twinbot start[/bold]
    """
    _serve("start", rehearsal, room)


@app.command()
def web(rehearsal: Rehearsal = False) -> None:
    """Takes webhooks only; one of many. Needs PostgreSQL and PUBLIC_URL.

    Example: [bold]PUBLIC_URL=https://bot.example.org twinbot web[/bold]
    """
    _serve("web", rehearsal)


@app.command()
def worker(rehearsal: Rehearsal = False) -> None:
    """Timers, sending, and polling where there is no PUBLIC_URL; one of many. Needs PostgreSQL.

    Example: [bold]DATABASE_URL=postgresql://localhost/twinbot twinbot worker[/bold]
    """
    _serve("worker", rehearsal)


def _serve(role: str, rehearsal: bool, room: int | None = None) -> None:
    with memory.undisturbed(), memory.no_terminal():
        from bot import application, logs
        from bot.settings import read_settings

    settings = read_settings()
    logs.set_up(settings.log_format)
    try:
        carry_out(application.run(settings, application.Role(role), rehearsal=rehearsal, room=room))
    except LeaseLost:  # the parts of a process run once; in its place a new one waits for the database and the lease
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - its own command line


def main() -> None:
    """The door of the command line. What stops a command is one sentence and exit code 2; a mistake of ours is told by
    its place and exit code 1, since a traceback would end with words that may be somebody's."""
    try:
        app()
    except Broken as broken:
        typer.echo(str(broken), err=True)
        sys.exit(1)
    except (Refused, StorageError) as refused:
        typer.echo(str(refused), err=True)
        sys.exit(2)
    except LibraryBroken as broken:
        typer.echo(
            f"The library can not be used: `twinbot flows check` lists {len(broken.problems)} problems.", err=True
        )
        sys.exit(2)
    except Exception as failure:
        typer.echo(f"A mistake of Twinbot's own; please report it: {without_words(failure)}", err=True)
        sys.exit(1)
