"""The bot was deaf, answers are lost, the disk runs low: who is told what, once, on real databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.watch import HEARD, LEAST_FREE, Watch, heard_at
from flows.effects import Lane
from flows.events.own import CommandGiven, Tapped
from storage import meta, schema
from storage.database import Database
from storage.outbox import RANK
from tests.chats import ANNEKE, FATMATA, ISATU, MARIEKE, Chats, run
from tests.databases import FreshDatabase
from tests.turns import NOW

HOUR = timedelta(hours=1)
LATE, LOST, AGAIN, LOW = "What was written to me in that time", "is lost", "please send it again", "nearly full"


class Wall:
    """A clock that stands until it is moved, and an ear that hears when it is told so."""

    def __init__(self) -> None:
        self.at = NOW
        self.count: float | None = None

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody waits {seconds} s here")

    async def heard(self) -> float | None:
        return self.count

    def hears(self, after: timedelta) -> None:
        self.at += after
        self.count = (self.count or 0.0) + 1


def watch_of(chats: Chats, wall: Wall, *, free: int = 10 * LEAST_FREE, path: Path | None = None) -> Watch:
    return Watch(chats.database, wall, wall.heard, path, free=lambda _: free)


async def counted(chats: Chats, words: str) -> dict[int, int]:
    """How many messages with these words each of four gets."""
    await chats.hears()
    said = {chat: [one.text or "" for one in await chats.said(chat)] for chat in (FATMATA, ANNEKE, ISATU, MARIEKE)}
    return {
        chat: sum(words in text for text in texts) for chat, texts in said.items() if any(words in t for t in texts)
    }


def test_an_hour_of_silence_is_nothing_and_three_are_told_to_coordinators_once(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()
        watch = watch_of(chats, wall)
        for pause in (timedelta(), HOUR - timedelta(minutes=1)):
            wall.hears(pause)
            await watch.look()
        assert await counted(chats, "I could not be reached") == {}
        wall.at += 3 * HOUR
        await watch.look()
        assert await counted(chats, "I could not be reached") == {}, "it is deaf still"
        wall.hears(timedelta())
        await watch.look()
        wall.hears(timedelta(minutes=1))
        await watch.look()
        assert await counted(chats, LATE) == {ISATU: 1, MARIEKE: 1}
        assert await counted(chats, LOST) == {}
        assert await counted(chats, AGAIN) == {}

    run(each_database, scene)


def test_what_happened_while_the_machine_was_off_counts_too(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()
        wall.hears(timedelta())
        await watch_of(chats, wall).look()
        wall.hears(5 * HOUR)
        await watch_of(chats, wall).look()
        assert await counted(chats, LATE) == {ISATU: 1, MARIEKE: 1}
        async with chats.database.read() as tx:
            assert await heard_at(tx) == wall.at

    run(each_database, scene)


def test_after_a_day_those_with_an_open_question_are_asked_to_send_it_again(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()
        wall.hears(timedelta())
        await watch_of(chats, wall).look()
        await chats.does(FATMATA, CommandGiven("checkin"))
        wall.hears(30 * HOUR)
        await watch_of(chats, wall).look()
        assert await counted(chats, AGAIN) == {FATMATA: 1}, "nobody without a question"
        assert await counted(chats, LOST) == {ISATU: 1, MARIEKE: 1}
        assert await counted(chats, LATE) == {}
        async with chats.database.read() as tx:
            query = select(schema.outbox).where(schema.outbox.c.chat_id == FATMATA).order_by(schema.outbox.c.id.desc())
            row = (await tx.execute(query.limit(1))).one()
        assert row.lane == RANK[Lane.PROMPT]
        assert row.quiet, "not at night"

    run(each_database, scene)


@pytest.mark.parametrize("what", ["answered", "asked since", "stopped"])
def test_who_has_nothing_to_send_again_is_not_asked(each_database: FreshDatabase, what: str) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()
        wall.hears(timedelta())
        await watch_of(chats, wall).look()
        await chats.does(FATMATA, CommandGiven("checkin"))
        sessions = schema.sessions
        match what:
            case "asked since":  # what she writes now comes in
                async with chats.database.write() as tx:
                    await tx.execute(update(sessions).values(updated_at=NOW + 29 * HOUR))
            case "stopped":
                await chats.does(FATMATA, CommandGiven("stop"))
                async with chats.database.write() as tx:
                    await tx.execute(update(sessions).values(status="open", updated_at=NOW))
            case _:
                pass
        wall.hears(30 * HOUR)
        if what == "answered":  # between the telling and her turn
            await watch_of(chats, wall).look()
            taps = [Tapped(1, "ask_contact", 1), Tapped(1, "ask_direction", 6), Tapped(1, "ask_feeling", 4)]
            await chats.turns.carry_out([await arrival(chats, number, tap) for number, tap in enumerate(taps)])
        else:
            await watch_of(chats, wall).look()
        assert await counted(chats, AGAIN) == {}
        assert await counted(chats, LOST) == {ISATU: 1, MARIEKE: 1}

    run(each_database, scene)


async def arrival(chats: Chats, number: int, tap: Tapped) -> Any:
    from bot.arrivals import Arrival

    session = tap.session + chats.before.get(FATMATA, 0)
    return Arrival(f"tap/{number}", Tapped(session, tap.step, tap.choice), telegram_id=FATMATA)


def test_a_crash_before_the_end_tells_nobody_twice(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()
        wall.hears(timedelta())
        await watch_of(chats, wall).look()
        await chats.does(FATMATA, CommandGiven("checkin"))
        wall.hears(30 * HOUR)
        await watch_of(chats, wall).look()
        async with chats.database.write() as tx:  # as if it had not got so far
            await meta.put(tx, HEARD, NOW.isoformat())
        wall.hears(timedelta(seconds=5))
        await watch_of(chats, wall).look()
        assert await counted(chats, AGAIN) == {FATMATA: 1}
        assert await counted(chats, LOST) == {ISATU: 1, MARIEKE: 1}

    run(each_database, scene)


def test_a_disk_that_runs_low_is_told_once_a_week_and_again_after_it_was_well(
    each_database: FreshDatabase, tmp_path: Path
) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()

        async def looks(free: int, after: timedelta) -> int:
            wall.at += after
            await watch_of(chats, wall, free=free, path=tmp_path / "twinbot.db").look()
            found = await counted(chats, LOW)
            assert found.keys() <= {ISATU, MARIEKE}
            assert len(set(found.values())) <= 1
            return next(iter(found.values()), 0)

        assert await looks(LEAST_FREE, HOUR) == 0
        assert await looks(LEAST_FREE - 1, HOUR) == 1
        assert await looks(LEAST_FREE - 1, HOUR) == 1, "told already"
        assert await looks(LEAST_FREE + 1, HOUR) == 1
        assert await looks(LEAST_FREE - 1, HOUR) == 1, "it only came and went"
        assert await looks(LEAST_FREE - 1, timedelta(days=7)) == 2
        assert await looks(2 * LEAST_FREE, HOUR) == 2
        assert await looks(LEAST_FREE - 1, HOUR) == 3
        texts = [one.text or "" for one in await chats.said(ISATU)]
        assert "199 MB" in next(text for text in texts if LOW in text)

    run(each_database, scene)


def test_a_disk_of_another_machine_is_not_looked_at(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        wall = Wall()
        await watch_of(chats, wall, free=0, path=None).look()
        assert await counted(chats, LOW) == {}

    run(each_database, scene)


def test_it_looks_until_it_is_stopped_and_bears_a_database_that_is_away(
    sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    watches: list[Watch] = []
    looks = 0

    class Minutes(Wall):
        async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - a minute is a look
            nonlocal looks
            looks += 1
            if looks == 3:
                watches[0].stop()

    def free(_: Path) -> int:
        raise OSError("the disk is away")

    async def work(database: Database) -> None:
        wall = Minutes()
        watches.append(Watch(database, wall, wall.heard, tmp_path / "x", free=free))
        await watches[0].run()

    sqlite_database.run(work)
    assert looks == 3
