"""What waits for the bot: numbers, confirmation, a day at most."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.rehearsal import people
from bot.rehearsal.updates import QUIET

from .line import AMINATA, BINTU, Line, play


def _texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def test_updates_stay_until_a_higher_offset_confirms_them() -> None:
    async def scene(line: Line) -> None:
        for word in ("one", "two", "three"):
            line.write(word)
        first = await line.ok("getUpdates", limit=2)
        assert _texts(first) == ["one", "two"]
        assert [update["update_id"] for update in first] == [first[0]["update_id"], first[0]["update_id"] + 1]
        assert _texts(await line.ok("getUpdates")) == ["one", "two", "three"]
        rest = await line.ok("getUpdates", offset=first[-1]["update_id"] + 1)
        assert _texts(rest) == ["three"]
        assert (await line.ok("getWebhookInfo"))["pending_update_count"] == 1

    play(scene)


def test_a_negative_offset_forgets_all_but_the_last() -> None:
    async def scene(line: Line) -> None:
        for word in ("one", "two", "three"):
            line.write(word)
        assert _texts(await line.ok("getUpdates", offset=-1)) == ["three"]
        assert _texts(await line.ok("getUpdates")) == ["three"]

    play(scene)


def test_a_long_poll_is_answered_as_soon_as_something_comes() -> None:
    async def scene(line: Line) -> None:
        polling = asyncio.create_task(line.ok("getUpdates", timeout=30))
        await asyncio.sleep(0.05)
        assert not polling.done()
        line.write("now")
        assert _texts(await asyncio.wait_for(polling, 10)) == ["now"]

    play(scene)


def test_updates_are_kept_24_hours() -> None:
    async def scene(line: Line) -> None:
        line.write("old")
        line.jump(24 * 3600 - 10)
        line.write("young")
        assert len(await line.ok("getUpdates")) == 2
        line.jump(10)
        assert _texts(await line.ok("getUpdates")) == ["young"]

    play(scene)


def test_after_a_quiet_week_the_next_number_is_random() -> None:
    async def scene(line: Line) -> None:
        line.write("before")
        before = (await line.ok("getUpdates"))[0]["update_id"]
        line.jump(QUIET - 1)
        line.write("almost a week")
        assert (await line.ok("getUpdates"))[0]["update_id"] == before + 1
        line.jump(QUIET)
        line.write("a week")
        assert (await line.ok("getUpdates"))[0]["update_id"] not in range(before, before + 1000)

    play(scene)


def test_only_the_allowed_kinds_are_stored() -> None:
    async def scene(line: Line) -> None:
        await line.ok("getUpdates", allowed_updates='["message"]')
        people.block(line.room, AMINATA, line.now())
        people.unblock(line.room, AMINATA, line.now())
        line.write("hello")
        assert _texts(await line.ok("getUpdates")) == ["hello"]
        await line.ok("getUpdates", allowed_updates=[])
        people.block(line.room, AMINATA, line.now())
        told = (await line.ok("getUpdates"))[-1]["my_chat_member"]
        assert [told[part]["status"] for part in ("old_chat_member", "new_chat_member")] == ["member", "kicked"]

    play(scene)


def test_dropping_pending_updates_drops_them() -> None:
    async def scene(line: Line) -> None:
        line.write("lost")
        await line.ok("deleteWebhook")
        assert len(await line.ok("getUpdates")) == 1
        await line.ok("deleteWebhook", drop_pending_updates=True)
        assert await line.ok("getUpdates") == []

    play(scene)


def test_an_update_says_who_where_and_what() -> None:
    async def scene(line: Line) -> None:
        line.write("/start abc", BINTU)
        people.send_voice(line.room, BINTU, line.now())
        people.send_photo(line.room, BINTU, line.now())
        started, voice, photo = [update["message"] for update in await line.ok("getUpdates")]
        assert started["from"] == {"id": BINTU, "is_bot": False, "first_name": "Bintu", "language_code": "ar"}
        assert started["chat"] == {"id": BINTU, "type": "private", "first_name": "Bintu"}
        assert started["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
        assert voice["voice"]["mime_type"] == "audio/ogg"
        assert "text" not in voice
        assert photo["photo"][0]["width"] == 1

    play(scene)


def test_a_poller_whose_connection_broke_is_no_second_poller() -> None:
    async def scene(line: Line) -> None:
        broken = asyncio.create_task(line.call("getUpdates", timeout=30))
        await asyncio.sleep(0.05)
        broken.cancel()
        await line.until(lambda: line.server._bot_api._poll is None)
        assert await line.ok("getUpdates", timeout=0) == []
        assert line.room.refused == []

    play(scene)
