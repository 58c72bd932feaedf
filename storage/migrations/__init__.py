"""The way from an empty, or an older, database to the schema.

Rules kept here:

* No `alembic.ini`: the configuration is this file, so a wheel migrates as well as a checkout.
* A migration runs inside one transaction on both databases: all of it or nothing.
* A migration says its columns itself and imports only the two column types, since `schema.metadata` moves on.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.database import Database
from storage.errors import UnsuitableDatabase

_LOCK = 0x7477696E
"""PostgreSQL: two processes that start together migrate one after the other ("twin" in ASCII)."""


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration


def newest() -> str:
    """The revision this program wants."""
    head = ScriptDirectory.from_config(_configuration()).get_current_head()
    if head is None:
        raise UnsuitableDatabase("The program was installed without its migrations; install it anew.")
    return head


async def current(database: Database) -> str | None:
    """The revision the database has; `None`: empty."""
    async with database.read() as tx:
        return await tx.run_sync(lambda connection: MigrationContext.configure(connection).get_current_revision())


async def pending(database: Database) -> tuple[str, ...]:
    """The revisions still to be run, oldest first.

    Raises `UnsuitableDatabase` when the database was migrated by a newer program than this one.
    """
    scripts = ScriptDirectory.from_config(_configuration())
    now = await current(database)
    known = {script.revision for script in scripts.walk_revisions()}
    if now is not None and now not in known:
        raise UnsuitableDatabase(
            f"The database is at revision {now}, which this version of Twinbot does not know; install the newer one."
        )
    return tuple(reversed([script.revision for script in scripts.iterate_revisions("heads", now or "base")]))


async def migrate(database: Database) -> tuple[str, ...]:
    """Runs what is pending; gives the revisions that were run."""
    outstanding = await pending(database)
    if not outstanding:
        return ()

    def upgrade(connection: Connection) -> None:
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")

    async with database.write() as tx:
        if database.dialect == "postgresql":
            await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await tx.run_sync(upgrade)
    return outstanding
