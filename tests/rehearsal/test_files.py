"""Voice notes, documents, and what a message says about itself: protected, reworded."""

from __future__ import annotations

import struct
from base64 import b64encode
from pathlib import Path

import pytest
from aiohttp import FormData

from bot.rehearsal.keeping import load, save
from bot.rehearsal.state import Room
from bot.rehearsal.voices import SECONDS, checksum, duration, voice_note

from .line import AMINATA, START, TOKEN, Line, keyboard, play


def pages(content: bytes) -> list[bytes]:
    """The pages of an OGG file, by the sizes that stand in them."""
    found = []
    while content:
        assert content.startswith(b"OggS\x00")
        segments = content[26]
        length = 27 + segments + sum(content[27 : 27 + segments])
        found.append(content[:length])
        content = content[length:]
    return found


def test_a_voice_note_is_an_ogg_file_of_opus_that_players_take() -> None:
    first, second, third = read = pages(voice_note(3))
    assert first[28:36] == b"OpusHead" and second[28:36] == b"OpusTags"
    assert [page[5] for page in read] == [2, 0, 4], "the first page begins and the last one ends the stream"
    assert [struct.unpack_from("<I", page, 18)[0] for page in read] == [0, 1, 2]
    for page in read:
        assert struct.unpack_from("<I", page, 22)[0] == checksum(page[:22] + bytes(4) + page[26:])
    assert struct.unpack_from("<q", third, 6)[0] == 3 * 48_000
    assert checksum(b"123456789") == 0x89A1897F, "the published check value of this checksum"


def test_its_length_is_told_and_what_is_no_voice_note_counts_as_a_second() -> None:
    assert [duration(voice_note(seconds)) for seconds in (1, 2, 5)] == [1, 2, 5]
    assert duration(b"") == duration(b"rubbish") == duration(b"OggS") == 1
    with pytest.raises(ValueError, match="1 to 5"):
        voice_note(6)


def test_a_voice_note_goes_to_the_bot_and_comes_to_another_phone_by_its_id() -> None:
    async def scene(line: Line) -> None:
        await line.ask("POST", f"/room/phones/{AMINATA}/voice")
        (update,) = await line.ok("getUpdates")
        voice = update["message"]["voice"]
        assert (voice["duration"], voice["mime_type"]) == (SECONDS, "audio/ogg")
        sent = await line.ok("sendVoice", chat_id=AMINATA, voice=voice["file_id"], caption="from her")
        assert (sent["caption"], sent["voice"]["duration"]) == ("from her", SECONDS)
        async with line.session.get(f"{line.server.url}/room/files/{voice['file_id']}") as answer:
            assert (answer.status, answer.content_type) == (200, "audio/ogg")
            assert await answer.read() == voice_note()

    play(scene)


def test_a_document_is_taken_along_under_its_name_and_nothing_in_it_runs() -> None:
    async def scene(line: Line) -> None:
        form = FormData({"chat_id": str(AMINATA)})
        form.add_field("document", b"<script>1</script>", filename="my-data.html", content_type="text/html")
        async with line.session.post(f"{line.server.url}/bot{TOKEN}/sendDocument", data=form) as answer:
            sent = (await answer.json())["result"]
        async with line.session.get(f"{line.server.url}/room/files/{sent['document']['file_id']}") as answer:
            assert await answer.read() == b"<script>1</script>"
            assert answer.content_type == "application/octet-stream"
            assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''my-data.html"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert (await line.ask("GET", "/room/files/none"))[0] == 404

    play(scene)


def test_what_is_protected_says_so_to_the_page_and_to_the_bot() -> None:
    async def scene(line: Line) -> None:
        told = await line.ok("sendMessage", chat_id=AMINATA, text="between us", protect_content=True)
        assert told["has_protected_content"] is True
        assert line.phone().messages[told["message_id"]].told()["protected"] is True
        plain = await line.ok("sendMessage", chat_id=AMINATA, text="open")
        assert "has_protected_content" not in plain
        assert line.phone().messages[plain["message_id"]].told()["protected"] is False

    play(scene)


def test_a_message_is_reworded_by_new_words_and_not_by_new_buttons() -> None:
    async def scene(line: Line) -> None:
        number = await line.send("one", reply_markup=keyboard(("A",)))
        await line.ok("editMessageReplyMarkup", chat_id=AMINATA, message_id=number, reply_markup=keyboard(("✓ A",)))
        shown = line.phone().messages[number]
        assert (shown.edited, shown.reworded) == (START, None)
        await line.ok("editMessageText", chat_id=AMINATA, message_id=number, text="one", reply_markup=keyboard(("B",)))
        assert shown.reworded is None
        line.jump(60)
        await line.ok("editMessageText", chat_id=AMINATA, message_id=number, text="two")
        assert (shown.told()["text"], shown.told()["reworded"]) == ("two", START + 60)

    play(scene)


def test_what_a_message_says_about_itself_outlives_the_room(tmp_path: Path) -> None:
    async def scene(line: Line) -> None:
        number = await line.send("one", protect_content=True)
        await line.ok("editMessageText", chat_id=AMINATA, message_id=number, text="two")
        save(line.room, tmp_path / "room.json", now=line.now(), wall=START)
        again = Room(TOKEN, "again_bot")
        load(again, tmp_path / "room.json", wall=START)
        shown = again.phones[AMINATA].messages[number]
        assert (shown.protected, shown.reworded) == (True, START)

    play(scene)


def test_a_file_of_hers_goes_to_the_bot_under_the_name_that_she_gives_it_and_is_fetched_by_its_id() -> None:
    async def scene(line: Line) -> None:
        address = f"/room/phones/{AMINATA}/document"
        content = b64encode(b"goal = 1").decode()
        await line.ask("POST", address, {"name": "our_story.toml", "content": content})
        (update,) = await line.ok("getUpdates")
        document = update["message"]["document"]
        assert (document["file_name"], document["file_size"]) == ("our_story.toml", 8)
        path = (await line.ok("getFile", file_id=document["file_id"]))["file_path"]
        async with line.session.get(f"{line.server.url}/file/bot{TOKEN}/{path}") as answer:
            assert await answer.read() == b"goal = 1"

    play(scene)


@pytest.mark.parametrize("body", [{"name": "x.toml"}, {"name": "", "content": "YQ=="}, {"name": "x", "content": "?"}])
def test_what_is_no_file_is_not_sent(body: dict[str, str]) -> None:
    async def scene(line: Line) -> None:
        async with line.session.post(f"{line.server.url}/room/phones/{AMINATA}/document", json=body) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]

    play(scene)
