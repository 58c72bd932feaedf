"""A deploy changes nothing for those inside a conversation: they go on in the version in which they began."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.arrivals import Arrival
from bot.errors import Refused
from bot.library import build_catalogue, read_library
from bot.places import world_facts
from bot.speech import Speech
from bot.turns import Turns
from bot.versions import load_versions
from flows.catalogue import Catalogue
from flows.events import Event
from flows.events.own import CommandGiven, Tapped, Typed
from storage import flow_versions, schema
from storage.database import Database
from storage.flow_versions import FlowVersion
from tests.databases import FreshDatabase
from tests.turns import StandingClock, populate, said

CHECK_IN = "exchange/weekly_checkin.toml"


async def deployed(database: Database, library: dict[str, str]) -> Turns:
    """The program as it begins with this library on this database."""
    catalogue: Catalogue = build_catalogue(library)
    await load_versions(database, catalogue, StandingClock())
    speech = Speech(catalogue)
    return Turns(database, catalogue, speech, world_facts(speech.languages), StandingClock())


def changed_library() -> dict[str, str]:
    """Another first question, and no question about the kind any more."""
    library = read_library()
    written = library[CHECK_IN]
    begin, end = written.index('[[steps]]\nid = "ask_kind"'), written.index('[[steps]]\nid = "ask_feeling"')
    library[CHECK_IN] = (written[:begin] + written[end:]).replace("since last time?", "this week?")
    assert "this week?" in library[CHECK_IN]
    return library


def test_who_is_inside_goes_on_in_the_version_in_which_she_began(each_database: FreshDatabase) -> None:
    async def played(database: Database) -> None:
        await populate(database)

        async def hears(turns: Turns, number: int, chat: int, *events: Event) -> list[str]:
            async with database.read() as tx:
                before = len(await said(database, tx, chat))
            arrivals = [Arrival(f"tg/{number + n}", event, telegram_id=chat) for n, event in enumerate(events)]
            await turns.carry_out(arrivals)
            async with database.read() as tx:
                return (await said(database, tx, chat))[before:]

        first = await deployed(database, read_library())
        begun = await hears(first, 10, 501, CommandGiven("checkin"), Tapped(1, "ask_contact", 1))
        assert "since last time?" in begun[-3]

        second = await deployed(database, changed_library())
        assert "What kind?" in (await hears(second, 20, 501, Tapped(1, "ask_direction", 1)))[-1]
        back = await hears(second, 30, 501, CommandGiven("back"), CommandGiven("back"))
        assert "since last time?" in back[-1]
        assert "Done, thank you." in " ".join(await hears(second, 40, 501, Typed("1 3 2 5", 1)))
        assert "this week?" in (await hears(second, 50, 502, CommandGiven("checkin")))[-1]
        line = " ".join(await hears(second, 60, 502, Typed("1 3 5", 2)))
        assert "Real exchange · gave back · 😄" in line

    each_database.run(played)


async def _hears(database: Database, turns: Turns, number: int, event: Event) -> list[str]:
    async with database.read() as tx:
        before = len(await said(database, tx, 501))
    await turns.carry_out([Arrival(f"tg/{number}", event, telegram_id=501)])
    async with database.read() as tx:
        return (await said(database, tx, 501))[before:]


def test_a_process_that_began_before_a_deploy_goes_on_with_what_a_newer_one_began(each_database: FreshDatabase) -> None:
    async def played(database: Database) -> None:
        await populate(database)
        older = await deployed(database, read_library())
        newer = await deployed(database, changed_library())
        assert "this week?" in (await _hears(database, newer, 10, CommandGiven("checkin")))[-1]
        assert "Mostly" in (await _hears(database, older, 11, Tapped(1, "ask_contact", 1)))[-1]

    each_database.run(played)


def test_a_version_that_can_not_be_read_stops_the_start_only_while_somebody_is_in_it(
    each_database: FreshDatabase,
) -> None:
    async def played(database: Database) -> None:
        await populate(database)
        turns = await deployed(database, changed_library())
        async with database.write() as tx:
            spoiled = FlowVersion("spoiled", "weekly_checkin", '{"flow": "weekly_checkin"}', "{}")
            await flow_versions.store(tx, [spoiled], StandingClock().now())
        await deployed(database, read_library())  # nobody is in it

        await turns.carry_out([Arrival("tg/10", CommandGiven("checkin"), telegram_id=501)])
        version = turns.overlays.catalogue.current("weekly_checkin").version
        async with database.write() as tx:
            spoil = update(schema.flow_versions).where(schema.flow_versions.c.version == version)
            await tx.execute(spoil.values(definition='{"flow": "weekly_checkin"}'))
        with pytest.raises(Refused, match="run the one that wrote it"):
            await deployed(database, read_library())

    each_database.run(played)
