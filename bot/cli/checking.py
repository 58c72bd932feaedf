"""`twinbot migrate` and `twinbot doctor`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from bot.cli.asking import AsJson, answer, carry_out


def migrate(as_json: AsJson = False) -> None:
    """Bring the database to this program's version.

    Example: [bold]twinbot migrate[/bold]
    """
    from bot.opening import migrate_database

    done = carry_out(migrate_database())
    answer({"migrated": list(done)}, f"Migrated: {', '.join(done)}." if done else "Up to date.", as_json=as_json)


def doctor(
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Feed arrivals that were set aside again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at settings, keys, database and what was set aside; say what to do. Exit code 1 when something is wrong.

    Example: [bold]twinbot doctor[/bold]
    """
    from bot import doctor as doctors

    findings = carry_out(doctors.examine(retry_failed=retry_failed))
    lines = [f"{'ok ' if one.well else 'BAD'}  {one.what}: {one.finding}" for one in findings]
    answer([asdict(one) for one in findings], "\n".join(lines), as_json=as_json)
    if not all(one.well for one in findings):
        raise typer.Exit(1)
