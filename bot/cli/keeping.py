"""`twinbot backup`, `twinbot restore`, `twinbot release` and `twinbot move`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.asking import AsJson, answer, carry_out


def backup(
    file: Annotated[Path | None, typer.Argument(help="Where to; among the daily copies otherwise.")] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database into a file of its own, while the bot runs. The keys are not in it; keep them elsewhere.

    SQLite: a checked copy. PostgreSQL: what `pg_dump` makes, where that is installed.

    Example: [bold]twinbot backup /mnt/usb/twinbot.db[/bold]
    """
    from datetime import UTC, datetime

    from bot.backing_up import back_up
    from bot.settings import read_settings

    settings = read_settings()
    path = settings.sqlite_file if settings.is_sqlite else None
    made, size = carry_out(back_up(settings.database_url, path, file, datetime.now(UTC)))
    answer({"file": str(made), "bytes": size}, f"Copied to {made} ({size:,} bytes).", as_json=as_json)


Rehearsal = Annotated[bool, typer.Option("--rehearsal", hidden=True, help="Work on a rehearsal's database.")]


def restore(
    file: Annotated[Path | None, typer.Argument(help="The copy, on SQLite; on PostgreSQL none.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put the database that is there aside.")] = False,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """Put a copy of the database back, on hold: nothing goes out of it before `twinbot release`.

    People who were deleted since are deleted again; of broadcasts that were under way nobody knows whom they reached.
    On PostgreSQL put the copy back with `pg_restore`, then `twinbot restore` without a file.

    Example: [bold]twinbot restore data/backups/twinbot-20261126T031500Z.db --replace[/bold]
    """
    from dataclasses import asdict
    from datetime import UTC, datetime

    from bot.library import packaged_catalogue
    from bot.restoring import restore as put_back
    from bot.settings import read_settings

    now, catalogue = datetime.now(UTC), packaged_catalogue()
    done = carry_out(put_back(read_settings(), catalogue, file, now, replace=replace, rehearsal=rehearsal))
    lines = [
        "Restored, and on hold: nothing is taken or sent.",
        *([f"What was there lies in {done.replaced}: delete it when you need it no more."] if done.replaced else []),
        f"Deleted again: {done.erased} people. Broadcasts: {done.unknown} messages of which nobody knows whether they "
        "arrived; their authors can send them again.",
        f"Due: {done.messages} messages and {done.timers} timers. Some of them went out after the copy was made.",
        "Start the bot, look with `twinbot doctor`, then `twinbot release`.",
    ]
    answer(asdict(done), "\n".join(lines), as_json=as_json)


def release(
    without_waiting: Annotated[
        bool, typer.Option("--without-waiting", help="Withdraw the replies and questions that are due in it first.")
    ] = False,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """End the hold of a database that was restored or moved: what is due goes out, and the bot answers again.

    After an old copy `--without-waiting` keeps replies and questions of that time from coming late. What twins wrote to
    each other goes out all the same.

    Example: [bold]twinbot release --without-waiting[/bold]
    """
    from datetime import UTC, datetime

    from bot.opening import open_database
    from bot.restoring import Released
    from bot.restoring import release as end_hold
    from bot.settings import read_settings

    async def work() -> Released | None:
        database = await open_database(read_settings(), rehearsal=rehearsal)
        try:
            return await end_hold(database, datetime.now(UTC), without_waiting=without_waiting)
        finally:
            await database.close()

    done = carry_out(work())
    if done is None:
        text = "There is no hold."
    else:
        text = f"Released: {done.due.messages} messages and {done.due.timers} timers are due."
    if done is not None and without_waiting:
        left = done.withdrawn
        text += f" Withdrawn, and never sent: {left.replies} replies and {left.questions} questions."
    data = {
        "released": done is not None,
        "messages": done.due.messages if done else 0,
        "timers": done.due.timers if done else 0,
        "withdrawn_replies": done.withdrawn.replies if done else 0,
        "withdrawn_questions": done.withdrawn.questions if done else 0,
    }
    answer(data, text, as_json=as_json)


def move(
    to: Annotated[str, typer.Option("--to", help="Where to: sqlite:///PATH or postgresql://…, empty.")],
    as_json: AsJson = False,
) -> None:
    """Move everything into another, empty database, row by row and each compared; the old one is on hold afterwards.

    Stop the bot before. The keys stay the same. A move that broke off is begun anew by the same command.

    Example: [bold]twinbot move --to postgresql://twinbot@localhost/twinbot[/bold]
    """
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.progress import Progress

    from bot.moving import move as move_all
    from bot.settings import read_settings

    async def work() -> int:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Copying and comparing", total=None)
            return await move_all(
                read_settings(),
                to,
                datetime.now(UTC),
                lambda rows: progress.update(task, total=2 * rows),
                lambda rows: progress.update(task, advance=rows),
            )

    moved = carry_out(work())
    text = f"Moved {moved} rows, each compared. Set DATABASE_URL to the new database and start; the old one is on hold."
    answer({"rows": moved}, text, as_json=as_json)
