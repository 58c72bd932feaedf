"""What every test may ask for, the zone data that the program itself uses, the order of the suites, and their end."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from bot.places import use_newest_zone_data
from tests import together

pytest_plugins = ("tests.databases",)

use_newest_zone_data()

settings.register_profile("twinbot", deadline=None)  # a busy machine is slow, which says nothing about the code
settings.load_profile("twinbot")

LAST = ("tests/journeys/", "tests/browser/")
"""Quick suites first; journeys take minutes."""


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config):
        together.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not _is_worker(config):
        from tests.databases import stop_server  # not earlier: pytest wants to rewrite its assertions first

        stop_server()
        together.end()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """CI installs whatever a test needs, and skips nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_xdist_auto_num_workers() -> int:
    return together.workers()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process: quick suites first. Workers: the long ones first, so that all of them end at the same time."""

    def rank(item: pytest.Item) -> int:
        place = next((place for place, folder in enumerate(LAST, start=1) if item.nodeid.startswith(folder)), 0)
        return -place if _is_worker(item.config) else place

    items.sort(key=rank)
