"""What every test may ask for, the zone data that the program itself uses, the order of the suites, and their end."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from bot.places import use_newest_zone_data
from tests import together

pytest_plugins = ("tests.databases",)

use_newest_zone_data()

settings.register_profile("twinbot", deadline=None)  # a busy machine is slow, which says nothing about the code
settings.load_profile("twinbot")

TO_ONE_WORKER = ("tests/transcripts/", "tests/flows/test_model.py", "tests/browser/", "tests/plays/")
"""A browser is dear, and its story goes on from test to test; a transcript and a play are played once for all that is
asked of them, and so is a flow explored."""
LAST = ("tests/journeys/", "tests/browser/", "tests/plays/")
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


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes to whoever is free but those of `TO_ONE_WORKER`. Told by their path, since pytest 9 gives xdist no
    place for the names of its groups."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TO_ONE_WORKER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Scheduling:
    return _Scheduling(config, log)


def pytest_xdist_auto_num_workers() -> int:
    return together.workers()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process: quick suites first. Workers: the long ones first, so that all of them end at the same time."""

    def rank(item: pytest.Item) -> int:
        place = next((place for place, folder in enumerate(LAST, start=1) if item.nodeid.startswith(folder)), 0)
        return -place if _is_worker(item.config) else place

    items.sort(key=rank)
