"""The way from an empty, or an older, database to the schema.

Rules kept here:

* No `alembic.ini`: the configuration is this file, so a wheel migrates as well as a checkout.
* An empty database is made from the schema at once (ADR 0033); an older one goes through its migrations. A test holds
  the two against each other in the databases' own words.
* A migration runs inside one transaction on both databases: all of it or nothing.
* A migration says its columns itself and imports only the two column types, since `schema.metadata` moves on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.database import Database
from storage.errors import UnsuitableDatabase
from storage.schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0015_keys_that_are_there"
"""The revision this program wants; a test holds it against the files. A database that has it, and one that is empty,
needs no Alembic, which takes a fifth of a second and 8 MB to import."""

_LOCK = 0x7477696E
"""PostgreSQL: two processes that start together migrate one after the other ("twin" in ASCII)."""


def _configuration() -> Config:
    from alembic.config import Config  # noqa: PLC0415 - see NEWEST

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration


async def current(database: Database) -> str | None:
    """The revision the database has; `None`: empty."""

    def look(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return revision

    async with database.read() as tx:
        return await tx.run_sync(look)


async def pending(database: Database) -> tuple[str, ...]:
    """The revisions still to be run, oldest first; an empty database gets the newest at once.

    Raises `UnsuitableDatabase` when the database was migrated by a newer program than this one.
    """
    now = await current(database)
    if now == NEWEST:
        return ()
    if now is None:
        return (NEWEST,)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see NEWEST

    scripts = ScriptDirectory.from_config(_configuration())
    known = {script.revision for script in scripts.walk_revisions()}
    if now not in known:
        raise UnsuitableDatabase(
            f"The database is at revision {now}, which this version of Twinbot does not know; install the newer one."
        )
    return tuple(reversed([script.revision for script in scripts.iterate_revisions("heads", now)]))


async def migrate(database: Database) -> tuple[str, ...]:
    """Runs what is pending; gives the revisions that were run."""
    outstanding = await pending(database)
    if not outstanding:
        return ()

    async with database.write() as tx:
        if database.dialect == "postgresql":
            await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await tx.run_sync(_bring_up_to_date)
    return outstanding


def _bring_up_to_date(connection: Connection) -> None:
    if inspect(connection).has_table("alembic_version"):
        upgrade(connection)
    else:
        metadata.create_all(connection, checkfirst=False)  # a table of somebody else's in the way is an error
        connection.execute(text(_VERSION_TABLE))
        connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": NEWEST})


_VERSION_TABLE = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""
"""As Alembic makes it."""


def upgrade(connection: Connection) -> None:
    """Run every migration that `connection`, in a transaction, does not have yet."""
    from alembic import command  # noqa: PLC0415 - see NEWEST

    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
