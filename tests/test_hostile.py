"""What somebody who means harm can send, through the webhook's door, over HTTP, into whole turns on real databases.

One place for what the threat model (`docs/threat-model.md`) says about input. Each part has tests of its own besides:
the edge in `tests/telegram/test_inbound.py`, the door in `tests/telegram/test_intake.py`, a flood in
`tests/test_flooding.py`, every command by every role in `tests/bot/test_every_command.py`, and `make fuzz`.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession, web
from sqlalchemy import func, select

from bot.telegram.intake import SECRET_HEADER, WEBHOOK_PATH, Webhook, webhook_secret
from bot.telegram.rendering import send_parameters
from flows.people import Role
from flows.rules.joining import NAME_LIMIT
from storage import inbox, invitations, people, schema, sessions
from storage.database import Database
from storage.messages import Message, message_from_text
from tests.chats import ANNEKE, FATMATA
from tests.databases import FreshDatabase, test_vault
from tests.turns import NOW, populate, told, turns_on

SECRET = webhook_secret("8000000002:hostile-on-this-machine-only")
STRANGER = 777
TEXT_LIMIT = 4096
"""Bot API, sendMessage: characters of a text."""

HOSTILE = {
    "html": "<b>bold</b><script>alert(1)</script> &lt;i&gt; <a href='tg://user?id=501'>x</a>",
    "markdown": "*bold* _under_ [link](https://example.org) `code` ||spoiler||",
    "overrides": "abc\u202egnorw\u202c \u202dleft\u202c \u2066iso\u2069 \u2067iso",
    "isolates that are never closed": "\u2067\u2066\u2068" * 50 + "x",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f",
    "nul and controls": "a\x00b\x01c\x1bd\x7fe\x85f",
    "lone surrogate": "a\ud83db\udc00c",
    "noncharacters": "a\ufffeb\uffffc",
    "stacked accents": "Z" + "\u0301" * 500,
    "a hundred thousand": "y" * 100_000,
    "a hundred thousand wide": "\u0628" * 100_000,
    "braces": "{person} {twin.name} {0} {} %s %(x)s $x ${x}",
    "quotes": "'; DROP TABLE people; -- \" \\ `x`",
    "lines": "x\n" * 400,
    "flags": "\U0001f1f8\U0001f1f1" * 200,
    "tags": "\U0001f3f4" + "".join(chr(0xE0000 + ord(one)) for one in "gbeng") + "\U000e007f",
}
STRIPPED = {*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), 0xFFFE, 0xFFFF}


class Door:
    """The webhook on a real server with turns behind it, and somebody outside who knows the address."""

    def __init__(self, database: Database, address: str, client: ClientSession, numbers: Callable[[], int]) -> None:
        self.database = database
        self._address = address
        self._client = client
        self._number = numbers

    async def post(self, body: Any, secret: str | None = SECRET) -> int:
        headers = {"Content-Type": "application/json", **({} if secret is None else {SECRET_HEADER: secret})}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self._client.post(self._address, data=BytesIO(data), headers=headers) as answer:
            return answer.status

    def message(self, chat: int, words: str) -> dict[str, Any]:
        number = self._number()
        return {"update_id": number, "message": {**_of(chat), "message_id": number, "date": 1, "text": words}}

    def tap(self, chat: int, data: object) -> dict[str, Any]:
        query = {"id": "77", "from": _of(chat)["from"], "message": {"message_id": 5, "chat": _of(chat)["chat"]}}
        return {"update_id": self._number(), "callback_query": {**query, "data": data}}

    async def writes(self, chat: int, *words: str) -> None:
        for one in words:
            assert await self.post(self.message(chat, one)) == 200

    async def hears(self) -> None:
        """What people were told is carried out."""
        await told(self.database, turns_on(self.database))

    async def said(self, chat: int) -> list[Message]:
        row = schema.outbox.c
        async with self.database.read() as tx:
            query = select(row.key, row.body).where(row.chat_id == chat, row.body.is_not(None)).order_by(row.id)
            rows = (await tx.execute(query)).all()
        vault = self.database.vault
        return [message_from_text(vault.open_text("outbox.body", f"{chat}/{key or ''}", body)) for key, body in rows]

    async def failed(self) -> int:
        async with self.database.read() as tx:
            return int((await tx.execute(select(func.count()).select_from(schema.inbox_failed))).scalar_one())

    async def rows(self, *but: str) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, but those of the tables `but`."""
        tables = [table for table in schema.metadata.sorted_tables if table.name not in but]
        async with self.database.read() as tx:
            return {one.name: sorted(map(tuple, await tx.execute(select(one))), key=repr) for one in tables}


def _of(chat: int) -> dict[str, Any]:
    return {
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": False, "first_name": "F", "language_code": "en"},
    }


Scene = Callable[[Door], Awaitable[None]]


def _play(fresh: FreshDatabase, scene: Callable[..., Awaitable[None]], *, processes: int = 1) -> None:
    """Each of the processes has its own connection, its own turns and its own door."""

    async def work() -> None:
        numbers = iter(range(1, 1_000_000))
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(ClientSession())
            doors = []
            for number in range(processes):
                database = await Database.open(fresh.url, test_vault())
                stack.push_async_callback(database.close)
                turns = turns_on(database)
                if number == 0:
                    await populate(database)
                    await told(database, turns)
                running = asyncio.create_task(turns.run())
                app = web.Application()
                app.add_routes(Webhook(turns.submit, SECRET).routes())
                runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                stack.push_async_callback(_end, turns, running, runner)
                address = f"http://127.0.0.1:{runner.addresses[0][1]}{WEBHOOK_PATH}"
                doors.append(Door(database, address, client, lambda: next(numbers)))
            await scene(*doors)

    asyncio.run(work())


async def _end(turns: Any, running: asyncio.Task[None], runner: web.AppRunner) -> None:
    await runner.cleanup()
    turns.stop()
    await running


def _is_sound(message: Message) -> bool:
    """Whether Telegram takes it and shows letters as letters: short enough, no markup, no control, isolates closed."""
    text = message.text or ""
    closed = text.count("\u2066") + text.count("\u2067") + text.count("\u2068") == text.count("\u2069")
    return (
        len(text) <= TEXT_LIMIT
        and "parse_mode" not in send_parameters(1, message)
        and not {ord(one) for one in text} & STRIPPED
        and closed
    )


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HOSTILE)
def test_words_of_any_kind_are_kept_or_asked_again_and_spoil_nobodys_messages(
    each_database: FreshDatabase, kind: str
) -> None:
    async def scene(door: Door) -> None:
        words = HOSTILE[kind]
        for lead in (("/checkin",), ("/gave", "1", "1", "1"), ("/contact",), ("/twin", "1"), ("/reflections",)):
            await door.writes(FATMATA, *lead, words, "1", "1")
        await door.writes(FATMATA, f"/{words}", f"/start {words}", f"/gave {words}", f"/contact {words}")
        await door.writes(STRANGER, words, f"/start {words}")
        await door.hears()
        assert await door.failed() == 0
        for chat in (FATMATA, ANNEKE, 504, 505, STRANGER):
            assert all(map(_is_sound, await door.said(chat))), chat
        await door.writes(FATMATA, "/help")
        assert "/mydata" in ((await door.said(FATMATA))[-1].text or "") + ((await door.said(FATMATA))[-2].text or "")

    _play(each_database, scene)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_name_of_any_kind_is_a_short_line_that_can_be_seen(sqlite_database: FreshDatabase, kind: str) -> None:
    async def scene(door: Door) -> None:
        token = await _invitation(door)
        await door.writes(STRANGER, f"/start {token}")
        await door.post(door.tap(STRANGER, "1.ask_consent.1"))
        await door.writes(STRANGER, HOSTILE[kind])
        async with door.database.read() as tx:
            (hers,) = await people.load_locked(tx, door.database.vault, [], [STRANGER])
            (open_one,) = (await sessions.load(tx, door.database.vault, [hers.person.id], NOW))[hers.person.id]
        assert open_one.step in ("ask_name", "ask_country")
        if open_one.step == "ask_country":
            answered = open_one.answer("ask_name")
            name = (answered and answered.words) or ""
            assert 0 < len(name) <= NAME_LIMIT
            assert "\n" not in name
            assert any(unicodedata.category(one)[0] in "LN" for one in name)
        assert all(map(_is_sound, await door.said(STRANGER)))

    _play(sqlite_database, scene)


# -- buttons -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    ["x" * 64, "x" * 100_000, "1.ask_contact.1" * 9, "1..1", "1.ask_contact.1\x00", "\u202e1.a.1", "9" * 400, "", 7,
     None, {"session": 1}, ["1.ask_contact.1"], "1.guard.1", "0.ask_contact.1", "-1.ask_contact.1", "1.ask_contact.99",
     "1.nowhere.1", "9999999999.ask_contact.1"],
)  # fmt: skip
def test_huge_and_forged_data_of_a_button_changes_nothing(sqlite_database: FreshDatabase, data: object) -> None:
    async def scene(door: Door) -> None:
        await door.writes(FATMATA, "/checkin")
        before = await door.rows("inbox", "outbox", "sessions")  # of sessions only which question is asked again
        assert await door.post(door.tap(FATMATA, data)) == 200
        assert await door.rows("inbox", "outbox", "sessions") == before
        assert not (await door.rows())["answers"]
        assert await door.failed() == 0

    _play(sqlite_database, scene)


def test_the_data_of_another_persons_buttons_does_nothing_to_her(each_database: FreshDatabase) -> None:
    async def scene(door: Door) -> None:
        await door.writes(FATMATA, "/checkin", "/gave flumpendorf", "2", "1", "1")
        await door.hears()
        steps = (
            "ask_contact",
            "ask_length",
            "ask_level",
            "ask_towards",
            "ask_words",
            "ask_sharing",
            "guard",
            "ask_sure",
        )
        mine = await _of_person(door, FATMATA)
        assert mine["sessions"]
        for session in range(1, 6):
            for step in steps:
                for choice in (1, 2):
                    assert await door.post(door.tap(ANNEKE, f"{session}.{step}.{choice}")) == 200
        await door.writes(ANNEKE, "1", "1 1 1 1")
        assert await _of_person(door, FATMATA) == mine
        assert not [one for one in await door.said(ANNEKE) if "flumpendorf" in (one.text or "")]
        assert await door.failed() == 0

    _play(each_database, scene)


async def _of_person(door: Door, chat: int) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is kept of one person; what others may tell her apart."""
    async with door.database.read() as tx:
        (known,) = await people.load_locked(tx, door.database.vault, [], [chat])
        return {
            table.name: sorted(
                map(tuple, await tx.execute(select(table).where(table.c.person_id == known.person.id))), key=repr
            )
            for table in schema.metadata.sorted_tables
            if "person_id" in table.c and table.name not in ("inbox", "outbox")
        }


# -- updates -----------------------------------------------------------------------------------------------------------


def test_a_replayed_update_has_no_effect_whatever_it_says_by_then(each_database: FreshDatabase) -> None:
    async def scene(door: Door) -> None:
        opened = door.message(FATMATA, "/checkin")
        answer = door.message(FATMATA, "1")
        for one in (opened, answer):
            assert await door.post(one) == 200
        before = await door.rows()
        forged = {"update_id": answer["update_id"], "message": {**answer["message"], "text": "/stop"}}
        other = {"update_id": answer["update_id"], "message": door.message(ANNEKE, "/stop")["message"]}
        again = [opened, answer, forged, other] * 5
        assert await asyncio.gather(*(door.post(one) for one in again)) == [200] * len(again)
        assert await door.rows() == before

    _play(each_database, scene)


@pytest.mark.parametrize(
    "secret", [None, "", SECRET[:-1], SECRET + "0", SECRET.upper(), SECRET[::-1], "x" * 4_000, f" {SECRET[1:]}"]
)
def test_an_update_without_the_secret_is_refused_and_nothing_is_written(
    sqlite_database: FreshDatabase, secret: str | None
) -> None:
    async def scene(door: Door) -> None:
        before = await door.rows()
        for body in (door.message(FATMATA, "/stop"), b"{", b"x" * 2_000_000):
            assert await door.post(body, secret) == 403
        assert await door.rows() == before

    _play(sqlite_database, scene)


def test_what_is_no_update_or_too_much_of_one_stops_nobody(sqlite_database: FreshDatabase) -> None:
    async def scene(door: Door) -> None:
        before = await door.rows()
        bodies: Sequence[tuple[Any, int]] = [
            (b"", 400), (b"{", 400), (b"[" * 50_000, 400), (b"\xff\xfe", 400), (b"x" * 1_100_000, 413), ([], 200),
            ({}, 200), ({"update_id": -1, "message": {}}, 200), ({"update_id": 10**400}, 200), ("text", 200),
            ({"update_id": True, "message": door.message(FATMATA, "/stop")["message"]}, 200),
            ({"update_id": 1.5, "message": door.message(FATMATA, "/stop")["message"]}, 200),
        ]  # fmt: skip
        for body, status in bodies:
            assert await door.post(body) == status
        assert await door.rows() == before
        await door.writes(FATMATA, "/help")
        assert await door.said(FATMATA)

    _play(sqlite_database, scene)


# -- invitations -------------------------------------------------------------------------------------------------------


async def _invitation(door: Door) -> str:
    async with door.database.write() as tx:
        (known,) = await people.load_locked(tx, door.database.vault, [], [FATMATA])
        of = known.person
        return await invitations.create(tx, programme=of.programme, side=of.side, role=Role.TWIN, now=NOW)


def test_guessing_a_link_lets_nobody_in_and_tells_nothing(each_database: FreshDatabase) -> None:
    async def scene(door: Door) -> None:
        token = await _invitation(door)
        near = [token[:-1], token[1:], token.swapcase(), token[::-1], f"{token}A", f"{token} "[:-2], f"x{token}"]
        guesses = [*near, *(f"{token[:-2]}{one:02}" for one in range(20)), "%", "_", "'OR", "0"]
        guesses = [one for one in guesses if one != token]
        before = await door.rows("inbox", "outbox")
        await asyncio.gather(*(door.writes(STRANGER + n, f"/start {guess}") for n, guess in enumerate(guesses)))
        assert await door.rows("inbox", "outbox") == before
        answers = {one.text for n in range(len(guesses)) for one in await door.said(STRANGER + n)}
        assert len(answers) == 1, "how near a guess was can not be told"
        async with door.database.read() as tx:
            kept = (await tx.execute(select(schema.inbox.c.person_id, schema.inbox.c.event))).all()
            assert all(row.event is None for row in kept)
        await door.writes(STRANGER, f"/start {token}")
        assert "Welcome to Midwives" in ((await door.said(STRANGER))[-1].text or "")

    _play(each_database, scene)


@pytest.mark.parametrize("processes", [1, 2])
def test_of_many_who_open_one_link_at_the_same_moment_one_is_let_in(
    each_database: FreshDatabase, processes: int
) -> None:
    async def scene(*doors: Door) -> None:
        token = await _invitation(doors[0])
        chats = range(STRANGER, STRANGER + 20)
        await asyncio.gather(*(doors[n % len(doors)].writes(chat, f"/start {token}") for n, chat in enumerate(chats)))
        door = doors[0]
        async with door.database.read() as tx:
            known = await people.load_locked(tx, door.database.vault, [], list(chats))
            found = await invitations.lookup(tx, token)
        assert found is not None
        assert [one.person.id for one in known] == [found.used_by]
        heard = {chat: [one.text or "" for one in await door.said(chat)] for chat in chats}
        inside = [chat for chat, texts in heard.items() if any("Welcome to" in text for text in texts)]
        assert inside == [known[0].telegram_id]
        assert all(any("used already" in text for text in heard[chat]) for chat in chats if chat not in inside)
        assert await door.failed() == 0
        async with door.database.read() as tx:
            assert await inbox.count_pending(tx) == 0

    _play(each_database, scene, processes=processes)
