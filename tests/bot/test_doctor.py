"""What `doctor` finds out from Telegram: the token, where updates are brought, and whether the clock is right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.doctor import _clock
from bot.telegram.standing import ELSEWHERE, NOWHERE, Standing
from tests.bot.test_commands import NOBODY, Twinbot, telegram, twinbot
from tests.databases import FreshDatabase
from tests.telegram.small_api import TOKEN, SmallApi, refused

__all__ = ["telegram", "twinbot"]


@pytest.fixture
def api(telegram: SmallApi) -> Iterator[SmallApi]:
    """As it is before a test has changed it, afterwards too."""
    yield telegram
    telegram.rules.clear()
    telegram.date, telegram.webhook = None, ""


def looked(twinbot: Twinbot, database: FreshDatabase, address: str, **more: str) -> dict[str, tuple[bool, str]]:
    settings = {"DATABASE_URL": database.url, "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": address}
    found = json.loads(twinbot("doctor", "--json", **settings | more).stdout)
    return {one["what"]: (one["well"], one["finding"]) for one in found}


def test_the_token_is_tried_and_the_bot_named(twinbot: Twinbot, sqlite_database: FreshDatabase, api: SmallApi) -> None:
    well, said = looked(twinbot, sqlite_database, api.address)["token"]
    assert (well, "https://t.me/twin_bot" in said) == (True, True)
    other = looked(twinbot, sqlite_database, api.address, TELEGRAM_TOKEN="4001:another_token_than_that_one")
    assert other["token"] == (False, "Telegram refuses it: copy it again from BotFather, or make a new one.")
    well, said = looked(twinbot, sqlite_database, NOBODY)["token"]
    assert (well, "is TELEGRAM_API_URL right?" in said) == (False, True)
    assert {call.method for call in api.calls} <= {"getMe", "getWebhookInfo"}, "it only looks"


def test_a_bot_that_telegram_delivers_to_another_address_is_not_well(
    twinbot: Twinbot, sqlite_database: FreshDatabase, api: SmallApi
) -> None:
    found = []
    for known in ("", "https://other.example/telegram", "https://bot.example.org/telegram"):
        api.webhook = known
        found.append(looked(twinbot, sqlite_database, api.address, PUBLIC_URL="https://bot.example.org")["webhook"])
    assert found == [(False, NOWHERE), (False, ELSEWHERE), (True, "nothing in the way is known")]
    assert "webhook" not in looked(twinbot, sqlite_database, api.address)


def test_a_clock_that_is_wrong_is_told_with_what_comes_of_it(
    twinbot: Twinbot, each_database: FreshDatabase, api: SmallApi
) -> None:
    well, said = looked(twinbot, each_database, api.address)["clock"]
    assert (well, "by Telegram's" in said) == (True, True), said
    api.date = format_datetime(datetime.now(UTC) - timedelta(hours=2), usegmt=True)
    well, said = looked(twinbot, each_database, api.address)["clock"]
    assert not well
    whose = "this machine's" if each_database.kind == "sqlite" else "the database server's"
    assert said.startswith(whose)
    assert "ahead of" in said and "NTP" in said


def test_what_telegram_did_not_say_is_not_held_against_the_clock() -> None:
    for unknown in (None, "NotSent", Standing("twin_bot", "", None)):
        assert _clock(unknown, "this machine's").well


@pytest.mark.parametrize(
    ("ahead", "more", "well"),
    [(59, 0, True), (-59, 0, True), (61, 0, False), (-61, 0, False), (3600, -3600, True), (0, -90, False)],
)
def test_on_postgresql_it_is_the_servers_clock_that_counts(ahead: int, more: int, well: bool) -> None:
    known = Standing("twin_bot", "", timedelta(seconds=ahead))
    assert _clock(known, "the database server's", timedelta(seconds=more)).well is well


def test_a_telegram_that_answers_strangely_is_said_and_ends_nothing(
    twinbot: Twinbot, sqlite_database: FreshDatabase, api: SmallApi
) -> None:
    api.rules.append(lambda call: refused(500, "Internal Server Error") if call.method == "getMe" else None)
    found = looked(twinbot, sqlite_database, api.address)
    assert (found["token"][0], "ServerTrouble" in found["token"][1]) == (False, True)
    assert found["database"][0]


def test_a_place_where_no_deletion_could_be_noted_is_told(
    twinbot: Twinbot, sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    log = tmp_path / "kept" / "erasures.log"
    well, said = looked(twinbot, sqlite_database, NOBODY, ERASURES_LOG=str(log))["deletions"]
    assert (well, str(log) in said, log.parent.exists()) == (True, True, False)
    for wrong in (Path("/dev/null/erasures.log"), tmp_path):
        well, said = looked(twinbot, sqlite_database, NOBODY, ERASURES_LOG=str(wrong))["deletions"]
        assert (well, "ERASURES_LOG" in said) == (False, True), wrong
