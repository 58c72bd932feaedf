"""A coordinator with the right of a facilitator, and the files that she sends into her chat."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from telegram.error import NetworkError

from bot import programme_settings
from bot.drafting import Drafting
from flows.events import Event
from flows.events.own import SentDocument
from tests.chats import Chats, run
from tests.databases import FreshDatabase
from tests.turns import NOW


class Files:
    """A bot that holds files by their ids, and cannot be reached `away` times."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.away = 0
        self.asked: list[str] = []

    async def get_file(self, file: str) -> Any:
        self.asked.append(file)
        if self.away:
            self.away -= 1
            raise NetworkError("away")
        return _File(self.files[file])


class _File:
    def __init__(self, content: bytes) -> None:
        self.file_size = len(content)
        self._content = content

    async def download_as_bytearray(self) -> bytearray:
        return bytearray(self._content)


class Facilitating:
    """Isatu may send flows; what she sends is looked at at once."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.bot = Files()
        bot: Any = self.bot
        self.drafting = Drafting(chats.database, bot, chats.turns.overlays, chats.turns.clock)
        self.message = 1_000

    async def may(self, *chats: int) -> None:
        ids = []
        for chat in chats:
            person = await self.chats.person(chat)
            assert person is not None
            ids.append(person.id)
        wanted = programme_settings.Change(facilitators=tuple(ids))
        await programme_settings.change(self.chats.database, "Midwives", wanted, NOW)

    async def sends(self, chat: int, name: str, content: bytes | str, size: int | None = None) -> str:
        """What is said to it."""
        self.message += 1
        data = content.encode() if isinstance(content, str) else content
        self.bot.files[f"file{self.message}"] = data
        event = SentDocument(f"file{self.message}", name, len(data) if size is None else size, self.message)
        return await self.does(chat, event)

    async def does(self, chat: int, event: Event) -> str:
        before = len(await self.chats.said(chat))
        await self.chats.does(chat, event)
        await self.drafting.look()
        await self.chats.hears()
        return "\n".join(one.text or "" for one in (await self.chats.said(chat))[before:])

    async def session(self, chat: int) -> int:
        """The number of the latest session, as taps count it."""
        person = await self.chats.person(chat)
        assert person is not None
        return person.sessions_started - self.chats.before.get(chat, 0)


def played(database: FreshDatabase, scene: Any) -> None:
    async def work(chats: Chats) -> None:
        await scene(Facilitating(chats))

    run(database, work)


async def count(chats: Chats, table: Any) -> int:
    async with chats.database.read() as tx:
        return len((await tx.execute(select(table))).all())


async def rows(chats: Chats, table: Any) -> Any:
    async with chats.database.read() as tx:
        return (await tx.execute(select(table))).all()
