"""`twinbot backup`."""

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
