from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from storage import schema
from storage.database import Database
from storage.encryption import Vault, new_key
from tests.telegram.desk import Desk, desk


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Runs a scene at a desk."""

    def run(scene: Callable[[Desk], Awaitable[None]], **more: Any) -> None:
        async def whole() -> None:
            vault = Vault([new_key("test")])
            database = await Database.open(f"sqlite:///{tmp_path}/desk.db", vault)
            async with database.write() as tx:
                await tx.run_sync(schema.metadata.create_all)
            try:
                async with desk(database, vault, **more) as found:
                    await scene(found)
            finally:
                await database.close()

        asyncio.run(whole())

    return run
