"""The list of commands behind Telegram's menu button: who is no twin, or speaks Krio, sees her own in her own chat."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot import menu, programmes
from bot.arrivals import Arrival
from bot.commands import COMMANDS
from bot.telegram.rendering import menu_call
from flows.events import Event
from flows.events.own import CommandGiven, Typed
from flows.people import PersonId, Role
from storage import people, schema
from storage.database import Database
from storage.messages import Message, message_from_text
from tests.databases import FreshDatabase
from tests.turns import NOW, library, turns_on

ISATU, FATMATA = 801, 802


async def _menus(database: Database, chat: int) -> list[list[str]]:
    """The commands of each list that this chat gets, in order; none where it loses its own."""
    row = schema.outbox.c
    async with database.read() as tx:
        found = (
            await tx.execute(select(row.method, row.key, row.body).where(row.chat_id == chat).order_by(row.id))
        ).all()
    opened = [
        database.vault.open_text("outbox.body", f"{chat}/{key or ''}", body)
        for how, key, body in found
        if how == "menu"
    ]
    return [[name for line in message_from_text(body).buttons for _, name in line] for body in opened]


async def _join(database: Database, turns: Any, chat: int, role: str) -> None:
    made = await programmes.create(database, programmes.Plan(f"Midwives {chat}", ("Freetown", "Utrecht")), NOW)
    token = next(link.token for link in made.links if link.role == role)
    opened = Arrival(f"{chat}/0", CommandGiven("start", token), telegram_id=chat, start=token)
    await turns.carry_out([opened])
    for number, words in enumerate(("1", "Isatu", "Sierra Leone", "1", "1", "9"), start=1):
        assert role == "twin" or not await _menus(database, chat) or number > 4, "not before she is in"
        await turns.carry_out([Arrival(f"{chat}/{number}", Typed(words, number), telegram_id=chat)])


async def _does(turns: Any, chat: int, *events: Event) -> None:
    for number, event in enumerate(events):
        await turns.carry_out([Arrival(f"{chat}/x{number}/{event}", event, telegram_id=chat)])


def test_a_coordinator_sees_her_own_commands_in_her_language_until_she_leaves(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        turns = turns_on(database)
        await _join(database, turns, ISATU, "coordinator")
        mine = [name for name, command in COMMANDS.items() if Role.COORDINATOR in command.listed]
        assert await _menus(database, ISATU) == [mine]
        assert {"pair", "pairs", "digest", "broadcast", "try"} <= set(mine)
        await _does(turns, ISATU, CommandGiven("language"), Typed("Nederlands", 20))
        assert await _menus(database, ISATU) == [mine, mine]
        await _does(turns, ISATU, CommandGiven("help"), CommandGiven("digest"))
        assert len(await _menus(database, ISATU)) == 2, "only when it changes"
        async with database.read() as tx:
            (known,) = await people.with_own_menu(tx, menu.LETTERS)
        assert (known.chat, known.role, known.language) == (ISATU, Role.COORDINATOR, "nl")
        await _does(turns, ISATU, CommandGiven("delete"), Typed("1", 30), Typed("1", 31), Typed("1", 32))
        async with database.read() as tx:
            assert await people.with_own_menu(tx, menu.LETTERS) == []
        assert (await _menus(database, ISATU))[-1] == [], "the next one who opens this chat sees everybody's"

    each_database.run(work)


def test_a_twin_sees_everybody_s_commands(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> None:
        await _join(database, turns := turns_on(database), FATMATA, "twin")
        await _does(turns, FATMATA, CommandGiven("language"), Typed("Nederlands", 20))
        assert await _menus(database, FATMATA) == []

    each_database.run(work)


def test_a_twin_who_speaks_krio_sees_her_list_in_her_own_chat_until_she_speaks_another(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        await _join(database, turns := turns_on(database), FATMATA, "twin")
        twins = [name for name, command in COMMANDS.items() if Role.TWIN in command.listed]
        await _does(turns, FATMATA, CommandGiven("language"), Typed("Krio", 20))
        assert await _menus(database, FATMATA) == [twins]
        async with database.read() as tx:
            (known,) = await people.with_own_menu(tx, menu.LETTERS)
        assert (known.chat, known.role, known.language) == (FATMATA, Role.TWIN, "kri")
        await _does(turns, FATMATA, CommandGiven("help"), CommandGiven("pause"), CommandGiven("leave"))
        assert await _menus(database, FATMATA) == [twins], "only when it changes"
        await turns.carry_out([Arrival(f"{FATMATA}/y", CommandGiven("language"), telegram_id=FATMATA)])
        await _does(turns, FATMATA, Typed("Nederlands", 21))
        assert await _menus(database, FATMATA) == [twins, []], "everybody's again, which Telegram has in Dutch"
        async with database.read() as tx:
            assert await people.with_own_menu(tx, menu.LETTERS) == []

    each_database.run(work)


def test_the_list_of_a_twin_who_speaks_krio_is_in_krio_and_telegram_is_told_two_letter_languages_alone() -> None:
    _, speech = library()
    row = menu.own(speech, PersonId(3), FATMATA, Role.TWIN, "kri", NOW)
    told = {name: words for ((words, name),) in row.message.buttons}
    assert told["gave"] == "Rayt wetin yu gi"
    assert set(menu.cards(speech)) == {None, "nl", "ar", "fr", "es"}


def test_a_list_of_her_own_is_of_her_chat_alone() -> None:
    _, speech = library()
    row = menu.own(speech, PersonId(3), ISATU, Role.COORDINATOR, "nl", NOW)
    method, parameters = menu_call(ISATU, row.message)
    assert (method, parameters["scope"]) == ("setMyCommands", {"type": "chat", "chat_id": ISATU})
    assert parameters["commands"][0] == {"command": "pair", "description": "Twee twins aan elkaar voorstellen"}
    assert menu_call(ISATU, Message("menu")) == ("deleteMyCommands", {"scope": {"type": "chat", "chat_id": ISATU}})
