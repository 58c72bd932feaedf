"""Worlds for journeys: the programme is joined once a session on each kind of database, and copied."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.databases import PostgresServer
from tests.journeys.stage import KINDS, START, Both, World, seed, write_state

Make = Callable[[str], World]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot reads `.env` where it stands: nobody's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def kinds(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The kinds of databases that there are here; without PostgreSQL that is said loudly (in CI it fails)."""
    try:
        request.getfixturevalue("postgres_server")
    except pytest.skip.Exception as reason:
        warnings.warn(pytest.PytestWarning(f"journeys run on SQLite only: {reason}"), stacklevel=1)
        return KINDS[:1]
    return KINDS


@pytest.fixture(scope="session")
def seeded(
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
    migrated_file: Path,
    kinds: tuple[str, ...],
) -> dict[str, World]:
    """The world of each kind in which everybody has joined."""
    made = {}
    for kind in kinds:
        folder = tmp_path_factory.mktemp(f"seeded_{kind}")
        made[kind] = World(kind, _fresh_url(kind, request, folder, migrated_file), folder)
        write_state(folder / "room.json", START)
    Both(tuple(made.values())).play(seed)
    return made


def _fresh_url(kind: str, request: pytest.FixtureRequest, folder: Path, migrated_file: Path) -> str:
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.create()
    shutil.copy(migrated_file, folder / "twinbot.db")
    return f"sqlite:///{folder / 'twinbot.db'}"


@contextmanager
def _copied(source: World, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / source.kind
    folder.mkdir()
    shutil.copy(source.state, folder / "room.json")
    if source.kind == "sqlite":
        shutil.copy(source.folder / "twinbot.db", folder / "twinbot.db")
        yield World(source.kind, f"sqlite:///{folder / 'twinbot.db'}", folder)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create(template=source.url)
    yield World(source.kind, url, folder)
    server.drop(url)


@pytest.fixture
def world(seeded: dict[str, World], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    """Copies of the joined programme, on both kinds of database."""
    with ExitStack() as stack:
        yield Both(tuple(stack.enter_context(_copied(one, request, tmp_path)) for one in seeded.values()))


@pytest.fixture
def sqlite_world(seeded: dict[str, World], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with _copied(seeded["sqlite"], request, tmp_path) as made:
        yield made


@pytest.fixture
def postgres_world(seeded: dict[str, World], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if "postgresql" not in seeded:
        pytest.skip("no PostgreSQL here")
    with _copied(seeded["postgresql"], request, tmp_path) as made:
        yield made


@pytest.fixture
def empty_world(
    kinds: tuple[str, ...], request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path
) -> Iterator[Both]:
    """Migrated databases in which nobody is yet."""
    worlds = []
    for kind in kinds:
        folder = tmp_path / f"empty_{kind}"
        folder.mkdir()
        write_state(folder / "room.json", START)
        worlds.append(World(kind, _fresh_url(kind, request, folder, migrated_file), folder))
    yield Both(tuple(worlds))
    for world in worlds:
        if world.kind == "postgresql":
            request.getfixturevalue("postgres_server").drop(world.url)
