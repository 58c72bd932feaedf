"""A copy that is made while the bot runs, and put back after things have gone on: rehearsed from end to end."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from storage import schema
from tests.journeys.players import ANNEKE, DAY, FATMATA, HOUR, ISATU
from tests.journeys.stage import Journey, World
from tests.journeys.test_coordinating import WORDS, _got, _ledger, _writes
from tests.journeys.test_rights import deletes, is_gone

pytestmark = pytest.mark.journey


def _problems(journey: Journey) -> list[str]:
    """What `readyz` says."""
    port = re.findall(r"127\.0\.0\.1:(\d+)/healthz", "\n".join(journey.lines))[-1]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            body = answer.read()
    except urllib.error.HTTPError as refused:
        assert refused.code == 503
        body = refused.read()
    return list(json.loads(body)["problems"])


def test_a_copy_is_put_back_on_hold_and_goes_on_when_it_is_released(sqlite_world: World) -> None:
    world = sqlite_world
    database, copy = world.folder / "twinbot.db", world.folder / "copy.db"

    async def is_copied(journey: Journey) -> None:
        """In the night, when a broadcast waits for the morning; afterwards somebody is deleted."""
        await journey.started()
        await journey.move(10 * HOUR)
        await _writes(journey, ISATU)
        journey.tap(ISATU, "ask_send", "Send")
        await journey.says(ISATU, "It goes out now.")
        await journey.until_it_holds(lambda: _has_ledger(journey), "the ledger is written")
        done = await world.command("backup", str(copy), "--json")
        assert done.code == 0, done.err
        assert Path(json.loads(done.out)["file"]) == copy
        await deletes(journey, FATMATA)
        await journey.settled()
        running = await world.command("restore", str(copy), "--replace", "--rehearsal")
        assert (running.code, "works here already (start, process" in running.err) == (2, True)

    async def is_put_back(journey: Journey) -> None:
        before = database.read_bytes()
        there = await world.command("restore", str(copy), "--rehearsal")
        assert (there.code, "--replace" in there.err) == (2, True)
        other = await world.command("restore", str(copy), "--replace", "--rehearsal", SECRET_KEYS="other:" + "A" * 43)
        assert (other.code, "can not be read with the keys given" in other.err) == (2, True)
        keyless = await world.command("restore", str(copy), "--replace", "--rehearsal", SECRET_KEYS="")
        assert (keyless.code, "The keys are not here" in keyless.err) == (2, True)
        live = await world.command("restore", str(copy), "--replace")
        assert (live.code, "This is a rehearsal database" in live.err) == (2, True)
        assert database.read_bytes() == before, "what is refused changes nothing"
        assert not list(world.folder.glob("*.restoring*"))
        done = await world.command("restore", str(copy), "--replace", "--rehearsal", "--json")
        assert done.code == 0, done.err
        told = json.loads(done.out)
        assert (told["erased"], told["unknown"] > 15) == (1, True)
        aside = world.folder / told["replaced"]
        assert aside.read_bytes() == before
        doctor = await world.command("doctor", "--json", TELEGRAM_TOKEN="")
        assert "rehearsal" in doctor.out, "the doctor is for real databases"

    async def is_held_and_released(journey: Journey) -> None:
        since = journey.room.room.journal_end
        await journey.until(lambda: bool(journey.logged("on_hold")), "it says that it is on hold")
        assert any("twinbot release" in one for one in _problems(journey))
        await is_gone(journey, FATMATA)
        await journey.move(7 * DAY)
        assert journey.calls("sendMessage", since=since) == [], "no message and no timer for a week"
        assert not journey.polls
        before = journey.write(ANNEKE, "/next")
        assert journey.logged("on_hold")
        released = await world.command("release", "--rehearsal", "--json")
        assert json.loads(released.out)["released"] is True, released.err
        await journey.started()
        await journey.until(lambda: not journey.room.room.updates.waiting, "what waited at Telegram is taken")
        await journey.until(lambda: len(journey.texts(ANNEKE)) > 0 and not _problems(journey), "it works again")
        await journey.settled()
        assert [one for one in journey.received(ANNEKE) if one.id > before], "she is answered"
        assert set((await _ledger(journey)).values()) == {"unknown"}
        assert _got(journey, since) == {}, "nobody gets a broadcast that she may have had"
        await journey.says(ISATU, "Your broadcast")
        assert not [one for one in journey.texts(ANNEKE) if one.startswith(WORDS)]
        again = await world.command("release", "--rehearsal")
        assert (again.code, again.out.strip()) == (0, "There is no hold.")

    world.play(is_copied)
    world.play(is_put_back, argv=None)
    world.play(is_held_and_released)


async def _has_ledger(journey: Journey) -> bool:
    states = {row["state"] for row in await journey.rows(schema.broadcasts)}
    return states == {"sending"}
