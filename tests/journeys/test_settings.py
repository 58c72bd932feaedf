"""What stops a start is one clear sentence and an exit code; what may pass is said once and tried again."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.menu import LETTERS
from bot.presenting import CARD
from bot.rehearsal.room import running_room
from bot.speech import packaged_languages
from storage import meta
from tests.journeys.stage import LIVE, TOKEN, Journey, Said, World

pytestmark = pytest.mark.journey


def _one_sentence(said: Said, *words: str) -> None:
    assert said.code == 2, said.err
    lines = [line for line in said.err.strip().splitlines() if "[info" not in line]
    assert len(lines) == 1, said.err
    for word in words:
        assert word in lines[0]
    assert "Traceback" not in said.err


def test_wrong_tokens_are_refused_without_being_repeated(empty_world: World) -> None:
    async def played() -> None:
        malformed = await empty_world.command("start", TELEGRAM_TOKEN="secret-without-form")
        _one_sentence(malformed, "TELEGRAM_TOKEN", "BotFather")
        assert "secret-without-form" not in malformed.err + malformed.out
        missing = await empty_world.command("start")
        _one_sentence(missing, "TELEGRAM_TOKEN is missing", "rehearse")
        async with running_room(token=TOKEN, username="journey_twinbot") as room:
            other = "8000000001:another-one-than-the-rooms"
            refused = await empty_world.command("start", TELEGRAM_TOKEN=other, TELEGRAM_API_URL=room.url)
            _one_sentence(refused, "Telegram refuses TELEGRAM_TOKEN")
            assert other not in refused.err + refused.out

    asyncio.run(played())


def test_a_second_start_on_the_same_file_is_refused_and_names_the_first(sqlite_world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        said = await journey.world.command(
            "start", "--rehearsal", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=journey.room.url
        )
        assert journey.room.supervisor is not None
        _one_sentence(said, f"process {journey.room.supervisor.pid}", "stop that one first")

    sqlite_world.play(scene)


def test_rehearsal_and_real_databases_refuse_each_other(world: World, empty_world: World) -> None:
    async def played() -> None:
        said = await world.command("start", TELEGRAM_TOKEN=TOKEN)
        _one_sentence(said, "rehearsal database")
        await empty_world.command("programme", "new", "Real", "--side", "A", "--side", "B")
        said = await empty_world.command("start", "--rehearsal", TELEGRAM_TOKEN=TOKEN)
        _one_sentence(said, "live database")

    asyncio.run(played())


@pytest.mark.parametrize("wrong", ["mysql://nobody", "sqlite:///", "postgresql://127.0.0.1:1/nothing"])
def test_an_address_that_is_no_database_is_refused(tmp_path_factory: pytest.TempPathFactory, wrong: str) -> None:
    world = World("sqlite", wrong, tmp_path_factory.mktemp("nowhere"))
    said = asyncio.run(world.command("programme", "list"))
    assert said.code == 2
    assert "Traceback" not in said.err
    assert said.err.strip()


def test_an_unreachable_bot_api_is_said_once_and_tried_until_it_answers(empty_world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        assert len(journey.logged("telegram_unreachable")) == 1
        assert len(journey.logged("telegram_reached_again")) == 1
        journey.room.add_phone(907, "Stranger", "en")
        await journey.says(907, "I am Twinbot.", journey.write(907, "/start"))

    async def fails_first(journey: Journey) -> None:
        journey.room.faults.add("drop_before", method="getMe", count=3)
        await scene(journey)

    empty_world.play(fails_first, argv=LIVE)


def test_sigterm_ends_a_bot_that_never_reached_telegram_in_good_order(empty_world: World) -> None:
    async def played() -> None:
        process = await asyncio.create_subprocess_exec(
            *_python(), env=empty_world.environment(TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL="http://127.0.0.1:9"),
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        async with asyncio.timeout(30):
            while b"telegram_unreachable" not in await process.stderr.readline():
                pass
            process.terminate()
            rest = await process.stderr.read()
        assert (await process.wait(), b"Traceback" in rest) == (0, False), rest

    asyncio.run(played())


def _python() -> list[str]:
    from bot.rehearsal.supervisor import python

    return python(*LIVE)


def test_telegram_is_told_what_the_bot_is_once_in_each_language_and_then_only_what_has_changed(world: World) -> None:
    parts = ("setMyCommands", "setMyDescription", "setMyShortDescription")

    async def scene(journey: Journey) -> None:
        def told(method: str) -> list[str]:
            keys = [entry["key"] for entry in journey.calls(method)]
            return sorted(key.partition("/")[2] for key in keys if not key.startswith("chat:"))  # those are one chat's

        await journey.started()
        others = (one for one in packaged_languages().offered if one != "en" and len(one) == LETTERS)
        languages = ["", *others]
        assert [told(method) for method in parts] == [sorted(languages)] * len(parts)
        async with journey.database.write() as tx:
            marks = json.loads(await meta.get(tx, CARD) or "")
            await meta.put(tx, CARD, json.dumps(marks | {"setMyDescription/nl": "of an older text"}))
        journey.kill(stay_down=True)
        await journey.is_down()
        journey.restart()
        await journey.started()
        assert [told(method) for method in parts] == [
            sorted(languages),
            sorted([*languages, "nl"]),
            sorted(languages),
        ]

    world.play(scene)
