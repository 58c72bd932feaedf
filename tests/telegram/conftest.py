from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from storage.database import Database
from tests.databases import FreshDatabase
from tests.telegram.desk import Desk, desk


@pytest.fixture
def play(each_database: FreshDatabase) -> Callable[..., None]:
    """Runs a scene at a desk, on either database."""

    def run(scene: Callable[[Desk], Awaitable[None]], **more: Any) -> None:
        async def whole(database: Database) -> None:
            async with desk(database, database.vault, **more) as found:
                await scene(found)

        each_database.run(whole)

    return run
