"""Changing keys as an operator does: a new key, a restart, everything under it, also after a kill in the middle."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.errors import Refused
from bot.resealing import note_started, reseal
from storage import seals, sessions
from storage.database import Database, Transaction
from storage.encryption import Vault, load_keys, parse_keys
from tests.bot.test_commands import ROOT, Twinbot, telegram, twinbot
from tests.databases import KEY, FreshDatabase
from tests.storage.seeding import NOW, seed
from tests.storage.test_seals import ALONE, BOTH, NEW, opened, write_everything
from tests.telegram.small_api import TOKEN, SmallApi

__all__ = ["telegram", "twinbot"]
PATIENCE = 60.0


def test_nothing_is_sealed_anew_before_the_bot_knows_the_new_key(each_database: FreshDatabase) -> None:
    each_database.write(write_everything)

    async def with_old_bot(database: Database) -> None:
        async with database.write() as tx:
            await note_started(tx, database.vault)
            before = await opened(tx, database.vault)
        rotating = await Database.open(each_database.url, BOTH)
        try:
            with pytest.raises(Refused, match="restart every process"):
                await reseal(rotating)
            async with database.read() as tx:
                assert await opened(tx, database.vault) == before, "the running bot still reads everything"
            async with rotating.write() as tx:
                await note_started(tx, BOTH)
            done = await reseal(rotating)
            assert (done.sealed, done.unreadable, done.left) == (sum(map(len, before.values())), 0, 0)
            async with rotating.read() as tx:
                assert await opened(tx, ALONE) == before
        finally:
            await rotating.close()

    each_database.run(with_old_bot)


def test_a_kill_in_the_middle_loses_nothing_and_it_goes_on(each_database: FreshDatabase, tmp_path: Path) -> None:
    async def many(tx: Transaction, vault: Vault) -> int:
        from flows.session import Session

        cast = await seed(tx, vault)
        rows = [(cast.bintu, Session(number, "f", "v", NOW), None) for number in range(4000)]
        await sessions.upsert(tx, vault, rows, NOW)
        return len(rows)

    async def old(database: Database) -> int:
        async with database.read() as tx:
            return await seals.count_others(tx, Vault.header(NEW.id))

    each_database.write(many)
    total = each_database.run(old)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")}
    keys = f"{NEW.text()},{KEY.text()}"
    environment = kept | {
        "HOME": str(tmp_path),
        "SECRET_KEYS": keys,
        "DATABASE_URL": each_database.url,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "bot", "keys", "reseal", "--json"]
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + PATIENCE
    while each_database.run(old) == total:
        assert time.monotonic() < end, "it has not begun"
        assert process.poll() is None, "it has ended before it was seen at work"
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    left = each_database.run(old)
    assert 0 < left < total, "in the middle"
    again = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == {"sealed": left, "unreadable": 0, "left": 0}

    async def reads(database: Database) -> int:
        async with database.read() as tx:
            return sum(map(len, (await opened(tx, ALONE)).values()))

    assert each_database.run(reads) == total


def test_a_new_key_comes_before_the_others_and_is_shown_once(
    twinbot: Twinbot, sqlite_database: FreshDatabase, telegram: SmallApi
) -> None:
    settings = {"SECRET_KEYS": "", "DATABASE_URL": sqlite_database.url, "TELEGRAM_TOKEN": TOKEN}
    settings["TELEGRAM_API_URL"] = telegram.address
    home = Path(sqlite_database.url.removeprefix("sqlite:///")).parent / "home"
    file = home / ".config" / "twinbot" / "keys"
    without = twinbot("keys", "new", **settings)
    assert (without.returncode, "The keys are not here" in without.stderr) == (2, True)
    first = twinbot("migrate", **settings)
    assert first.returncode == 0, first.stderr
    assert twinbot("doctor", **settings).returncode == 0
    (one,) = load_keys(None, file).keys
    made = twinbot("keys", "new", **settings)
    assert made.returncode == 0, made.stderr
    new, old = load_keys(None, file).keys
    assert (old, new.id) == (one, "k2")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file], "no draft stays"
    assert new.text() in made.stderr
    assert "Whoever loses it" in made.stderr
    assert old.text() not in made.stderr + made.stdout
    ill = {found["what"]: found for found in json.loads(twinbot("doctor", "--json", **settings).stdout)}["keys"]
    assert (ill["well"], "`twinbot keys reseal`" in ill["finding"]) == (False, True)
    assert twinbot("keys", "reseal", **settings).returncode == 0
    assert [
        (row["key"], row["needed"]) for row in json.loads(twinbot("keys", "list", "--json", **settings).stdout)
    ] == [("k2", True)]
    assert twinbot("doctor", **settings).returncode == 0
    file.write_text(new.text(), encoding="utf-8")
    assert twinbot("doctor", **settings).returncode == 0, "it is read without the old key"


def test_where_keys_come_from_the_environment_a_new_one_is_only_shown(
    twinbot: Twinbot, sqlite_database: FreshDatabase
) -> None:
    made = twinbot("keys", "new", "--json", DATABASE_URL=sqlite_database.url)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout) == {"key": "k1", "file": None}
    shown = next(word for word in made.stderr.split() if word.startswith("k1:"))
    (key,) = parse_keys(shown)
    assert key.id == "k1"


def test_the_keys_are_listed_with_what_lies_under_each(twinbot: Twinbot, each_database: FreshDatabase) -> None:
    async def under_old(tx: Transaction, vault: Vault) -> None:
        from storage import meta

        await write_everything(tx, vault)
        await meta.check_canary(tx, vault)

    each_database.write(under_old)
    settings = {"DATABASE_URL": each_database.url, "SECRET_KEYS": f"{NEW.text()},{KEY.text()}"}
    listed = json.loads(twinbot("keys", "list", "--json", **settings).stdout)
    assert [(one["key"], one["values"] > 0) for one in listed] == [("k2", False), ("test", True)]
    text = twinbot("keys", "list", **settings).stdout
    assert "k2 (newest): 0 values" in text
    assert "`twinbot keys reseal`" in text
    assert KEY.text() not in text
