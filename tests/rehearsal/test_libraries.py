"""python-telegram-bot understands what the room says: its own classes of errors, its own objects."""

from __future__ import annotations

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from bot.rehearsal import people
from bot.rehearsal.faults import Kind

from .line import AMINATA, BINTU, TOKEN, Line, play


def _bot(line: Line, token: str = TOKEN) -> Bot:
    return Bot(token, base_url=f"{line.server.url}/bot", base_file_url=f"{line.server.url}/file/bot")


def test_its_objects_are_read_whole() -> None:
    async def scene(line: Line) -> None:
        async with _bot(line) as bot:
            assert bot.username == "twin_rehearsal_bot"
            buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
            sent = await bot.send_message(AMINATA, "<b>Hi</b>", parse_mode="HTML", reply_markup=buttons)
            assert (sent.text, sent.text_html) == ("Hi", "<b>Hi</b>")
            line.tap("Yes")
            line.write("/start abc")
            people.send_voice(line.room, AMINATA, line.now())
            people.block(line.room, AMINATA, line.now())
            people.unblock(line.room, AMINATA, line.now())
            tap, command, voice, left, back = await bot.get_updates()
            assert tap.callback_query is not None
            assert tap.callback_query.data == "y"
            assert await tap.callback_query.answer("Yes!")
            assert command.message is not None
            assert command.message.parse_entities(["bot_command"]) != {}
            assert voice.message is not None
            assert voice.message.voice is not None
            file = await voice.message.voice.get_file()
            assert (await file.download_as_bytearray()).startswith(b"OggS")
            assert left.my_chat_member is not None
            assert back.my_chat_member is not None
            assert left.my_chat_member.new_chat_member.status == "kicked"
            document = await bot.send_document(AMINATA, b"words", filename="words.txt")
            assert document.document is not None
            assert document.document.file_name == "words.txt"

    play(scene)


def test_its_errors_are_the_right_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # or it warns that `retry_after` will change its type

    async def scene(line: Line) -> None:
        async with _bot(line) as bot:
            with pytest.raises(Forbidden, match="initiate conversation"):
                await bot.send_message(BINTU, "x")
            with pytest.raises(BadRequest, match="Chat not found"):
                await bot.send_message(999, "x")
            line.faults.add(Kind.TOO_MANY_REQUESTS, retry_after=9)
            with pytest.raises(RetryAfter) as caught:
                await bot.send_message(AMINATA, "x")
            assert "9" in str(caught.value)
            await bot.set_webhook("http://127.0.0.1:9/hook")
            with pytest.raises(Conflict):
                await bot.get_updates()
        with pytest.raises(InvalidToken):
            async with _bot(line, "4242:other"):
                pass

    play(scene)
