"""A person's rights on her phone: her data, stopping, contact, and forgetting that outlives crashes and restores."""

from __future__ import annotations

import asyncio
import shutil
import signal
from pathlib import Path

import pytest

from bot.erasing import ErasuresLog
from bot.rehearsal.supervisor import python
from storage import schema
from tests.journeys.conftest import Grounds
from tests.journeys.players import ANNEKE, DAY, FATMATA, ISATU, KHADIJA, MARIEKE
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

DELETED = "Everything that was held about you is deleted"


async def deletes(journey: Journey, chat: int, *, has_shared: bool = True) -> None:
    before = journey.write(chat, "/delete")
    await journey.is_asked(chat, "ask_sure", before)
    await journey.taps(chat, ("ask_sure", "Yes, delete"))
    if has_shared:
        await journey.is_asked(chat, "ask_shared", before)
        await journey.taps(chat, ("ask_shared", "Take it back"))
    await journey.is_asked(chat, "ask_last", before)
    await journey.taps(chat, ("ask_last", "Delete everything now"))
    await journey.says(chat, DELETED, before)


async def is_gone(journey: Journey, chat: int) -> None:
    async def gone() -> bool:
        return not [row for row in await journey.rows(schema.people) if row["telegram_id"] == chat]

    await journey.until_it_holds(gone, f"{chat} is forgotten")


def test_she_takes_her_data_along_stops_comes_back_and_leaves(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        before = journey.write(FATMATA, "/contact")
        await journey.says(FATMATA, "will read it", before)
        journey.write(FATMATA, "The roster changed and nobody told us.")
        await journey.is_asked(FATMATA, "ask_send", before)
        await journey.taps(FATMATA, ("ask_send", "Send it"))
        for chat in (ISATU, MARIEKE):
            await journey.says(chat, "The roster changed and nobody told us.")
        await journey.taps(MARIEKE, ("ask_care", "I take care of it"))
        await journey.says(FATMATA, "Marieke takes care of what you wrote", before)

        before = journey.write(FATMATA, "/mydata")
        await journey.says(FATMATA, "The same for a machine", before)
        await journey.settled()
        files = [one.file["file_name"] for one in journey.received(FATMATA) if one.id > before and one.file]
        assert files == ["twinbot-your-data.txt", "twinbot-your-data.json"]
        sent = [row for row in await journey.rows(schema.outbox) if row["method"] == "document"]
        assert [row["body"] for row in sent] == [None, None], "no copy of a copy is kept"

        before = journey.write(FATMATA, "/stop")
        await journey.says(FATMATA, "Stopped.", before)
        await journey.says(ISATU, "Fatmata does not want to be asked")
        quiet = len(journey.received(FATMATA))
        await journey.move(8 * DAY)
        await journey.settled()
        assert len(journey.received(FATMATA)) == quiet, "nothing was asked in a week"
        assert (await journey.states())[FATMATA] == "stopped"
        await journey.says(FATMATA, "Welcome back", journey.write(FATMATA, "/resume"))

        await deletes(journey, FATMATA)
        await journey.says(ANNEKE, "Your twin has left the programme")
        await journey.says(ISATU, "Fatmata has left the programme.")
        await journey.settled()
        await is_gone(journey, FATMATA)
        (pair,) = [row for row in await journey.rows(schema.pairs) if row["state"] == "ended"]
        assert pair["ended_because"] == "left"
        await journey.says(FATMATA, "I am Twinbot", journey.write(FATMATA, "hello?"))

    world.play(scene)


def test_a_crash_between_log_and_commit_is_made_good_at_the_next_start(world: World) -> None:
    async def dies(journey: Journey) -> None:
        process = await asyncio.create_subprocess_exec(
            *python("-m", "tests.journeys.dying", str(FATMATA)),
            env=journey.world.environment(),
            cwd=journey.world.folder,
        )
        assert await process.wait() == -signal.SIGKILL
        assert await journey.person(FATMATA), "the transaction was lost"
        assert len(_log(journey.world).read()) == 1

    async def starts(journey: Journey) -> None:
        await journey.started()
        await is_gone(journey, FATMATA)
        await journey.says(ANNEKE, "Your twin has left the programme")
        await journey.says(ISATU, "Fatmata has left the programme.")
        await journey.settled()
        assert journey.logged("erased_again")
        assert (await journey.states())[ANNEKE] == "active"

    world.play(dies, argv=None)
    world.play(starts)


def test_a_restored_copy_forgets_her_again_and_nobody_else(world: World, grounds: Grounds, tmp_path: Path) -> None:
    async def leaves(journey: Journey) -> None:
        await journey.started()
        await deletes(journey, FATMATA)
        await journey.settled()

    async def is_restored(journey: Journey) -> None:
        await journey.started()
        await is_gone(journey, FATMATA)
        await journey.settled()
        states = await journey.states()
        assert FATMATA not in states
        assert {states[chat] for chat in (ANNEKE, ISATU, MARIEKE, KHADIJA)} == {"active"}
        assert journey.logged("erased_again")
        told = [text for text in journey.texts(ANNEKE) if "has left the programme" in text]
        assert len(told) == 2, "once before, and once by the copy, which did not know"

    with grounds.lent(grounds.copy(world, tmp_path / "before")) as before:
        world.play(leaves)
        put_back(before, world).play(is_restored)


def put_back(copy: World, world: World) -> World:
    """The world with the database of `copy`, made before: its file in the place of the other, or its address."""
    if world.kind == "postgresql":
        return World(world.kind, copy.url, world.folder)
    for left in world.folder.glob("twinbot.db-*"):
        left.unlink()
    shutil.copy(copy.folder / "twinbot.db", world.folder / "twinbot.db")
    return world


def _log(world: World) -> ErasuresLog:
    if world.kind == "sqlite":
        return ErasuresLog(world.folder / "rehearsal.erasures.log")
    return ErasuresLog(world.folder / ".config" / "twinbot" / "erasures.log")
