"""What the room says to those who play in it. Telegram's own refusals are in `refusals`."""

from __future__ import annotations


class RoomError(Exception):
    """Something that can not be done in the room; the message is one sentence for the person who tried."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status
