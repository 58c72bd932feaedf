"""The published rates, on the simulated clock."""

from __future__ import annotations

from typing import Any

from bot.rehearsal.pace import A_MINUTE_IN_A_GROUP, A_SECOND, PRIVATE_BURST
from bot.rehearsal.phones import Phone

from .line import AMINATA, Line, keyboard, play


def test_a_private_chat_takes_a_burst_and_then_one_a_second_and_stays_closed_for_the_time_it_named() -> None:
    async def scene(line: Line) -> None:
        for _ in range(PRIVATE_BURST):
            await line.send()
        assert (await line.call("sendMessage", chat_id=AMINATA, text="x"))["error_code"] == 429
        line.jump(1.3)  # worth one message and a bit of the next
        await line.send()
        assert (await line.call("sendMessage", chat_id=AMINATA, text="x"))["parameters"] == {"retry_after": 1}
        line.jump(0.8)  # the next one would be due, but a second was named
        assert (await line.call("sendMessage", chat_id=AMINATA, text="x"))["parameters"] == {"retry_after": 1}
        line.jump(0.3)
        await line.send()
        line.jump(86_400)
        for _ in range(PRIVATE_BURST):
            await line.send()

    play(scene)


def test_the_whole_bot_sends_thirty_in_any_second() -> None:
    async def scene(line: Line) -> None:
        for chat in range(1, A_SECOND + 2):
            line.room.phones[chat] = Phone(chat, "someone", started=True)
        for chat in range(1, A_SECOND + 1):
            await line.send(chat=chat)
        told = await line.call("sendMessage", chat_id=A_SECOND + 1, text="x")
        assert told["parameters"] == {"retry_after": 1}
        line.jump(0.99)
        assert not (await line.call("sendMessage", chat_id=A_SECOND + 1, text="x"))["ok"]
        line.jump(0.02)
        await line.send(chat=A_SECOND + 1)

    play(scene)


def test_a_group_takes_twenty_in_any_minute() -> None:
    async def scene(line: Line) -> None:
        line.room.phones[-5] = Phone(-5, "both sides")
        for _ in range(A_MINUTE_IN_A_GROUP):
            await line.send(chat=-5)
        told = await line.call("sendMessage", chat_id=-5, text="x")
        assert told["parameters"] == {"retry_after": 60}
        line.jump(60)
        await line.send(chat=-5)

    play(scene)


def test_text_edits_count_as_messages_and_keyboard_edits_do_not() -> None:
    async def scene(line: Line) -> None:
        number = await line.send()
        for turn in range(PRIVATE_BURST - 1):
            await line.ok("editMessageText", chat_id=AMINATA, message_id=number, text=f"edit {turn}")
        told = await line.call("editMessageText", chat_id=AMINATA, message_id=number, text="one more")
        assert told["error_code"] == 429
        where: dict[str, Any] = {"chat_id": AMINATA, "message_id": number}
        await line.ok("editMessageReplyMarkup", **where, reply_markup=keyboard(("Yes",)))

    play(scene)
