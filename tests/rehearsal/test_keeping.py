"""The room in a file: what comes back, and that the clock never goes back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.rehearsal import people
from bot.rehearsal.errors import RoomError
from bot.rehearsal.keeping import from_plain, load, save, to_plain
from bot.rehearsal.state import Room
from bot.rehearsal.telling import phone_state
from bot.rehearsal.updates import KEPT

from .line import AMINATA, START, TOKEN, Line, keyboard, new_room, open_line


def _fresh() -> Room:
    return Room(TOKEN, "twin_rehearsal_bot")


async def _live(line: Line) -> None:
    """A bit of everything."""
    await line.send("<b>Hello</b>", parse_mode="HTML", reply_markup=keyboard(("Yes", "No")))
    await line.send("keys", reply_markup={"keyboard": [["a", {"text": "b"}]]})
    line.write("an answer")
    people.send_photo(line.room, AMINATA, line.now())
    query = line.tap("Yes")
    await line.ok("answerCallbackQuery", callback_query_id=query.id, text="Yes!")
    await line.ok("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await line.ok("getUpdates", allowed_updates=["message", "callback_query"])


def test_the_room_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "data" / "room.json"

    async def scene() -> None:
        async with open_line(state_path=path) as line:
            await _live(line)
            line.jump(7 * 24 * 3600)
            line.write("today")
            before = [phone_state(line.room, phone) for phone in line.room.phones.values()]
            waiting = await line.ok("getUpdates")
            journal, now = line.room.journal, line.now()
        async with open_line(_fresh(), state_path=path) as line:
            assert line.now() == now == START + 7 * 24 * 3600
            assert [phone_state(line.room, phone) for phone in line.room.phones.values()] == before
            assert await line.ok("getUpdates") == waiting
            assert line.room.journal == journal
            photo = next(m.file for m in line.phone().messages.values() if m.file)
            path_told = (await line.ok("getFile", file_id=photo["file_id"]))["file_path"]
            async with line.session.get(f"{line.server.url}/file/bot{TOKEN}/{path_told}") as answer:
                assert (await answer.read()).startswith(b"\x89PNG")
            assert await line.send("next") == 1 + max(line.phone().messages) - 1
            line.tap("No")  # old buttons still work

    asyncio.run(scene())


def test_the_clock_goes_on_from_its_distance_and_never_back() -> None:
    plain = json.loads(json.dumps(to_plain(new_room(), now=START + 500, wall=START)))
    assert from_plain(_fresh(), plain, wall=START + 100) == START + 600
    assert from_plain(_fresh(), plain, wall=START - 3600) == START + 500  # the machine's clock was set back


def test_updates_older_than_a_day_are_not_kept() -> None:
    room = new_room()
    people.write(room, AMINATA, "old", START)
    assert len(to_plain(room, now=START + KEPT - 1, wall=START)["updates"]["waiting"]) == 1
    assert to_plain(room, now=START + KEPT, wall=START)["updates"]["waiting"] == []


def test_changes_are_written_while_the_room_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "room.json"
    monkeypatch.setattr("bot.rehearsal.server.SAVED_EVERY", 0.02)
    written: list[str] = []

    async def scene() -> None:
        async with open_line(state_path=path) as line:
            line.write("remember this")
            await asyncio.sleep(0.1)
            written.append(path.read_text(encoding="utf-8"))

    asyncio.run(scene())
    assert "remember this" in written[0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["room.json"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}', '{"format": 1, "phones": 7}', "\x00"])
def test_a_file_that_can_not_be_read_is_named_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "room.json"
    path.write_text(content, encoding="utf-8")
    room = new_room()
    with pytest.raises(RoomError, match=r"room\.json can not be read"):
        load(room, path, wall=START)
    assert path.read_text(encoding="utf-8") == content
    assert set(room.phones) == set(new_room().phones)


def test_without_a_file_the_clock_starts_at_real_time(tmp_path: Path) -> None:
    assert load(_fresh(), tmp_path / "none.json", wall=START) == START


def test_a_torn_write_does_not_hurt_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "room.json"
    save(new_room(), path, now=START, wall=START)
    good = path.read_text(encoding="utf-8")

    def torn(_path: Path, _target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", torn)
    with pytest.raises(OSError, match="no space"):
        save(new_room(), path, now=START + 1, wall=START)
    assert path.read_text(encoding="utf-8") == good
