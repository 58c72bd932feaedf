"""What a check-in costs on the phone: by buttons and by one line, through the whole program, counted by the phone."""

from __future__ import annotations

import asyncio

from benchmarks.programme import FIRST_CHAT
from benchmarks.running import stage
from benchmarks.tables import table
from bot import rehearsing
from bot.rehearsal.phones import Traffic
from bot.rehearsal.room import RunningRoom

BUTTONS = ("Real exchange", "gave back", "Skill", "🙂")


async def measure() -> tuple[Traffic, Traffic]:
    """Traffic of one check-in by buttons and of one by a line, from the prompt on."""
    async with stage(10, 2) as running:
        room = running.room
        by_buttons, by_line = FIRST_CHAT, FIRST_CHAT + 1
        for chat in (by_buttons, by_line):
            room.write(chat, "/checkin")
            await _received(room, chat, 1)
            asked = room.phone(chat).traffic
            asked.messages_out = asked.bytes_out = 0
        for count, label in enumerate(BUTTONS, start=2):
            room.tap_label(by_buttons, label)
            await _received(room, by_buttons, count)
        room.write(by_line, "1 3 2 4")
        await _received(room, by_line, 2)
        await asyncio.sleep(2)
        return room.phone(by_buttons).traffic, room.phone(by_line).traffic


async def _received(room: RunningRoom, chat: int, count: int) -> None:
    await rehearsing.until(lambda: room.phone(chat).traffic.messages_in >= count)


def main() -> None:
    """Print messages (sends and text edits), taps and bytes of both ways."""
    buttons, line = asyncio.run(measure())
    rows = [
        [
            way,
            str(traffic.messages_in + traffic.text_edits),
            str(traffic.messages_out),
            str(traffic.taps),
            str(traffic.bytes_in),
            str(traffic.bytes_out),
            aim,
        ]
        for way, traffic, aim in (
            ("buttons", buttons, "5 messages, 4 taps"),
            ("one line", line, "2 from the bot, 1 from the person"),
        )
    ]
    table(["check-in by", "from the bot", "from the person", "taps", "bytes in", "bytes out", "aim"], rows)
