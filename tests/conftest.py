"""What every test may ask for, the zone data that the program itself uses, and the order of the suites."""

from __future__ import annotations

import pytest

from bot.places import use_newest_zone_data

pytest_plugins = ("tests.databases",)

use_newest_zone_data()

LAST = ("tests/journeys/", "tests/browser/")
"""Quick suites first. The browser comes last: while Playwright's synchronous door is open, a loop runs in this thread,
and `asyncio.run` refuses to begin another."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((place for place, folder in enumerate(LAST, start=1) if item.nodeid.startswith(folder)), 0)

    items.sort(key=rank)
