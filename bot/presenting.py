"""Tells Telegram what it shows of the bot by itself, and only what has changed: it limits this hard."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot import menu as menus
from bot.clock import Clock
from bot.speech import Speech
from bot.telegram.menu import calls
from bot.telegram.transport import TelegramBot
from storage import meta, outbox, people
from storage.database import Database
from storage.errors import Trouble, kind_of

Result = TypeVar("Result")

CARD, OWN = "card", "own"
"""Where it is kept what Telegram was told; and in it, of the lists of those who are no twins."""
LOOK_AGAIN: Final = 1.0
"""Seconds between attempts while the database can not be reached."""


async def until_stored(work: Callable[[], Awaitable[Result]], clock: Clock) -> Result:
    """The result of `work` once the database can be reached; that it can not is said by whoever reads it next."""
    while True:
        try:
            return await work()
        except Exception as failure:
            if kind_of(failure) is Trouble.DATA:
                raise
            await clock.sleep(LOOK_AGAIN)


class Presenting:
    """What the bot is, for Telegram to show. `on_sends` is called when messages have been written."""

    def __init__(
        self, database: Database, bot: TelegramBot, speech: Speech, clock: Clock, on_sends: Callable[[], None]
    ) -> None:
        self._database = database
        self._bot = bot
        self._speech = speech
        self._clock = clock
        self._on_sends = on_sends

    async def publish(self) -> None:
        """Tell what has changed. Raises PTB's `TelegramError`; what was taken before that is not told again."""
        told = json.loads(await until_stored(self._told, self._clock))
        for call in calls(menus.cards(self._speech)):
            if told.get(call.name) != call.mark:
                await self._bot.call(call.method, **call.parameters)
                told[call.name] = call.mark
                await until_stored(lambda: self._note(json.dumps(told)), self._clock)
        own = menus.mark_of_own(self._speech)
        if told.get(OWN) != own:
            told[OWN] = own
            await until_stored(lambda: self._renew(json.dumps(told)), self._clock)
            self._on_sends()

    async def _told(self) -> str:
        async with self._database.read() as tx:
            return await meta.get(tx, CARD) or "{}"

    async def _note(self, told: str) -> None:
        async with self._database.write() as tx:
            await meta.put(tx, CARD, told)

    async def _renew(self, told: str) -> None:
        """Those who see a list of their own get it anew with the next messages."""
        now = self._clock.now()
        async with self._database.write() as tx:
            others = await people.with_own_menu(tx, menus.LETTERS)
            rows = [menus.own(self._speech, one.id, one.chat, one.role, one.language, now) for one in others]
            await outbox.insert(tx, self._database.vault, rows, now)
            await meta.put(tx, CARD, told)
