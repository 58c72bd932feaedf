"""Worlds for journeys: the programme is joined once a run on each kind of database, and copied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import together
from tests.databases import PostgresServer
from tests.journeys.forking import nursery
from tests.journeys.players import START
from tests.journeys.seeding import seed, write_state
from tests.journeys.stage import World


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot reads `.env` where it stands: nobody's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _nursery() -> Iterator[None]:
    yield
    nursery.close()


class Grounds:
    """Where worlds come from."""

    def __init__(self, request: pytest.FixtureRequest, migrated_file: Path) -> None:
        self._request = request
        self._migrated = migrated_file

    @property
    def server(self) -> PostgresServer:
        server: PostgresServer = self._request.getfixturevalue("postgres_server")
        return server

    def make(self, kind: str, folder: Path) -> World:
        """A world whose database is migrated and empty."""
        folder.mkdir()
        write_state(folder / "room.json", START)
        if kind == "postgresql":
            return World(kind, self.server.create(), folder)
        shutil.copy(self._migrated, folder / "twinbot.db")
        return World(kind, f"sqlite:///{folder / 'twinbot.db'}", folder)

    def joined(self, kind: str) -> World:
        """The world in which everybody has joined."""
        if kind == "postgresql":
            _ = self.server  # skips where it can not run
        folder = together.folder() / f"joined_{kind}"
        address = folder / "address"
        with together.once(folder.name) as first:
            if first:
                shutil.rmtree(folder, ignore_errors=True)
                made = self.make(kind, folder)
                made.play(seed)
                address.write_text(made.url, encoding="utf-8")
        return World(kind, address.read_text(encoding="utf-8"), folder)

    def copy(self, source: World, folder: Path) -> World:
        folder.mkdir()
        shutil.copy(source.state, folder / "room.json")
        if source.kind == "postgresql":
            return World(source.kind, self.server.create(template=source.url), folder)
        shutil.copy(source.folder / "twinbot.db", folder / "twinbot.db")
        return World(source.kind, f"sqlite:///{folder / 'twinbot.db'}", folder)

    @contextmanager
    def lent(self, world: World) -> Iterator[World]:
        """Takes its database back afterwards."""
        yield world
        if world.kind == "postgresql":
            self.server.drop(world.url)


@pytest.fixture
def grounds(request: pytest.FixtureRequest, migrated_file: Path) -> Grounds:
    return Grounds(request, migrated_file)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Of the database; every journey is played on both unless it is about one of them."""
    return str(request.param)


@pytest.fixture
def world(database_kind: str, grounds: Grounds, tmp_path: Path) -> Iterator[World]:
    """A copy of the joined programme."""
    with grounds.lent(grounds.copy(grounds.joined(database_kind), tmp_path / database_kind)) as made:
        yield made


@pytest.fixture
def empty_world(database_kind: str, grounds: Grounds, tmp_path: Path) -> Iterator[World]:
    """A migrated database in which nobody is yet."""
    with grounds.lent(grounds.make(database_kind, tmp_path / f"empty_{database_kind}")) as made:
        yield made


@pytest.fixture
def sqlite_world(grounds: Grounds, tmp_path: Path) -> World:
    """For what is so by the nature of a file."""
    return grounds.copy(grounds.joined("sqlite"), tmp_path / "sqlite")


@pytest.fixture
def postgres_world(grounds: Grounds, tmp_path: Path) -> Iterator[World]:
    """For what is so by the nature of a server with many processes."""
    with grounds.lent(grounds.copy(grounds.joined("postgresql"), tmp_path / "postgresql")) as made:
        yield made
