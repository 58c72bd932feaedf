"""Answers for a person on her phone, once or until nothing is open any more.

Rules kept here:

* One question a press. A second press before the bot has answered does nothing.
* *To the end* is bounded: `LONGEST` answers, the same question at most twice, and it stops when the bot is silent.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bot.rehearsal import people
from bot.rehearsal.errors import RoomError
from bot.rehearsal.phones import Phone
from bot.rehearsal.playing import Tap, Why, Write, next_move
from bot.rehearsal.state import Room

LONGEST: Final = 40
"""Answers in one go; the longest conversation of a first week has about twenty."""
SAME_QUESTION: Final = 2


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the bot is waited for, in real seconds."""

    silence: float = 8.0
    """After this nobody waits any longer for an answer."""
    settled: float = 0.25
    """Without a change, after which the bot has said all that it wanted to."""
    doubtful: float = 1.5
    """The same while nothing is open: a tap is answered at once, the next question may follow later."""


_LOOK: Final = 0.03

_WAITING = "The bot has not answered yet."
_SILENT = "The bot does not answer."
_AGAIN = "The bot asks the same again; please answer yourself."
_LONG = "That is enough for one go; press again to go on."


class Player:
    """Plays on the phones of `room`; `now` is the simulated moment."""

    def __init__(self, room: Room, now: Callable[[], float], patience: Patience | None = None) -> None:
        self._room = room
        self._patience = patience or Patience()
        self._now = now
        self._last: dict[int, tuple[int, int]] = {}
        """By chat: the message that was answered last, and what the phone had received by then."""

    def play(self, chat: int) -> dict[str, Any]:
        """Answers what is open. `did` is `tap`, `write` or `None`, `words` what was tapped or typed, `why` a sentence
        when there was nothing to do."""
        phone = self._phone(chat)
        move = next_move(phone)
        match move:
            case Why():
                return {"did": None, "words": None, "why": move.value}
            case Tap() | Write() if self._last.get(chat) == (move.message, _heard(phone)):
                return {"did": None, "words": None, "why": _WAITING}
            case Tap(message, row, column, label):
                self._last[chat] = (message, _heard(phone))
                people.tap(self._room, chat, message, (row, column), self._now())
                return {"did": "tap", "words": label, "why": None}
            case Write(message, words):
                self._last[chat] = (message, _heard(phone))
                people.write(self._room, chat, words, self._now())
                return {"did": "write", "words": words, "why": None}

    async def play_to_the_end(self, chat: int) -> dict[str, Any]:
        """Answers until nothing is open; `moves` says how often, `why` why it ended."""
        phone = self._phone(chat)
        asked: Counter[str] = Counter()
        moves = 0
        while moves < LONGEST:
            move = next_move(phone)
            if not isinstance(move, Why):
                question = phone.messages[move.message].text
                asked[question] += 1
                # Several choices at one question are tapped under the same message: a tap, then "Done".
                if asked[question] > SAME_QUESTION:
                    return {"moves": moves, "why": _AGAIN}
            heard = _heard(phone)
            done = self.play(chat)
            if done["did"] is None:
                return {"moves": moves, "why": done["why"]}
            moves += 1
            if not await self._answered(phone, heard):
                return {"moves": moves, "why": _SILENT}
        return {"moves": moves, "why": _LONG}

    def _phone(self, chat: int) -> Phone:
        phone = self._room.phones.get(chat)
        if phone is None:
            raise RoomError(f"There is no phone with chat {chat}.", 404)
        return phone

    async def _answered(self, phone: Phone, heard: int) -> bool:
        """Waits for the bot's next words and until it has said them all; false when it stays silent."""
        waited, quiet, last = 0.0, 0.0, heard
        while waited < self._patience.silence:
            await asyncio.sleep(_LOOK)
            waited += _LOOK
            here = _heard(phone)
            quiet = quiet + _LOOK if here == last else 0.0
            last = here
            enough = self._patience.doubtful if isinstance(next_move(phone), Why) else self._patience.settled
            if here != heard and quiet >= enough and not self._unfetched(phone):
                return True
        return last != heard

    def _unfetched(self, phone: Phone) -> bool:
        return any(update.chat == phone.chat for update in self._room.updates.waiting)


def _heard(phone: Phone) -> int:
    """Grows with all that the bot does on this phone."""
    traffic = phone.traffic
    return (
        traffic.messages_in
        + traffic.text_edits
        + traffic.markup_edits
        + sum(m.answered for m in phone.messages.values())
    )
