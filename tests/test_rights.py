"""Everybody's rights, carried out by real turns on real databases: her data, stopping, consents, contact."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from bot.arrivals import Arrival
from flows.events.own import ChatBlocked, CommandGiven, Tapped, Typed
from flows.events.people import ContactReceived, StandingChanged
from flows.people import PersonState, Role
from storage import pairs, people, schema, timers
from storage import programmes as stored_programmes
from tests.chats import ANNEKE, DELETE, FATMATA, ISATU, MARIEKE, Chats, replace_session, run
from tests.databases import FreshDatabase
from tests.turns import NOW, library

# -- her data ----------------------------------------------------------------------------------------------------------


def test_my_data_comes_as_two_files_that_hold_what_she_has_just_said(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, CommandGiven("contact"), Typed("A flumpendorf stands in the ward.", 1))
        await chats.does(FATMATA, CommandGiven("checkin"), Tapped(2, "ask_contact", 1), Tapped(2, "ask_direction", 6))
        await chats.does(FATMATA, Tapped(2, "ask_feeling", 4), CommandGiven("mydata"))
        files = [one for one in await chats.said(FATMATA) if one.method == "document"]
        readable, machine = (one.document for one in files)
        assert readable is not None
        assert machine is not None
        assert (readable.name, machine.name) == ("twinbot-your-data.txt", "twinbot-your-data.json")
        assert "flumpendorf" in readable.content.decode()
        assert "contact: Real exchange\nwhat flowed: just kept in touch\nfeeling: 🙂" in readable.content.decode()
        held = json.loads(machine.content)
        assert [one["contact"] for one in held["check_ins"]] == ["real"]
        assert held["about"]["programme"] == "Midwives"
        assert held["answers"][0]["words"] == "A flumpendorf stands in the ward."
        assert held["people"][0]["name"] == "P501"
        assert held["people"][0]["telegram_id"] == FATMATA
        named = {kind for kind, rows in held.items() if "P502" in json.dumps(rows)}
        assert named == {"outbox"}, "her partner's name stands in what was said to her, and nowhere else"
        assert not [one for one in files if one.protected], "it is hers: she may pass it on"

    run(each_database, scene)


@pytest.mark.parametrize("chat", [FATMATA, ISATU])
def test_two_who_ask_in_one_batch_get_each_her_own(each_database: FreshDatabase, chat: int) -> None:
    async def scene(chats: Chats) -> None:
        wish = CommandGiven("mydata")
        arrivals = [Arrival(f"update/{one}", wish, telegram_id=one) for one in (FATMATA, ISATU)]
        await chats.turns.carry_out(arrivals)
        (machine,) = [one.document for one in await chats.said(chat) if one.document and "json" in one.document.name]
        assert json.loads(machine.content)["people"][0]["telegram_id"] == chat

    run(each_database, scene)


def test_a_coordinator_finds_what_she_wrote_to_many_in_her_copy(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        words = (Typed("1", 1), Typed("1", 2), Typed("The fair is on the green.", 3), Typed("1", 4))
        await chats.does(ISATU, CommandGiven("broadcast"), *words, CommandGiven("mydata"))
        (machine,) = [one.document for one in await chats.said(ISATU) if one.document and "json" in one.document.name]
        (broadcast,) = json.loads(machine.content)["broadcasts"]
        assert broadcast["texts"] == {"sender": "P504", "texts": {"en": "The fair is on the green."}}

    run(each_database, scene)


# -- stopping and consents ---------------------------------------------------------------------------------------------


def test_stopping_ends_every_prompt_and_keeps_everything(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        before = await chats.person(FATMATA)
        assert before is not None
        await chats.does(FATMATA, CommandGiven("checkin"))
        await chats.does(FATMATA, CommandGiven("stop"))
        person = await chats.person(FATMATA)
        assert person is not None
        assert (person.state, person.name) == (PersonState.STOPPED, "P501")
        async with chats.database.read() as tx:
            kinds = {one.kind for one in await timers.of_people(tx, [person.id])}
            assert kinds <= {"expiry"}, "nothing is planned that asks"
            assert await pairs.partners(tx, chats.database.vault, [person.id]), "her pair stays: people decide"
        from bot import programmes

        states = {one.telegram_id: one.state for one in await programmes.members(chats.database, None)}
        assert states[FATMATA] == "stopped"
        assert [one.text for one in await chats.said(ISATU)] != []
        assert await chats.said(MARIEKE) == []
        await chats.does(FATMATA, CommandGiven("start", ""))
        back = await chats.person(FATMATA)
        assert back is not None
        assert back.state is PersonState.ACTIVE

    run(each_database, scene)


def test_nobody_is_stuck_by_stopping(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        from bot.invariants import find_stuck

        for chat in (FATMATA, ANNEKE):
            await chats.does(chat, CommandGiven("checkin"), CommandGiven("about"), CommandGiven("stop"))
        async with chats.database.read() as tx:
            assert await find_stuck(tx, library()[0]) == []

    run(each_database, scene)


def test_the_invariant_finds_who_would_be_asked_after_she_stopped(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        from bot.invariants import find_stuck

        person = await chats.person(FATMATA)
        assert person is not None
        stopped = update(schema.people).where(schema.people.c.id == person.id).values(state="stopped")
        async with chats.database.write() as tx:
            await tx.execute(stopped)  # behind the bot's back: her check-in stays planned
            assert [one.person for one in await find_stuck(tx, library()[0])] == [person.id]

    run(each_database, scene)


def test_a_coordinator_who_stopped_is_no_coordinator_of_her_side(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(ISATU, CommandGiven("stop"))
        async with chats.database.read() as tx:
            (programme,) = await stored_programmes.list_all(tx)
            leading = await stored_programmes.coordinators(tx, [programme.id])
        assert list(leading) == [programme.sides[1].id]
        assert [one.text for one in await chats.said(MARIEKE)] != [], "the other side hears, since hers has nobody left"

    run(each_database, scene)


def test_each_purpose_has_a_history_of_its_own(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, CommandGiven("privacy"), Tapped(1, "ask_what_to_do", 1))
        await chats.does(FATMATA, Tapped(2, "ask_which", 2), Tapped(2, "ask_research", 1))
        await chats.does(FATMATA, Tapped(2, "ask_which", 3), Tapped(2, "ask_quotes", 2))
        await chats.does(FATMATA, Tapped(2, "ask_which", 2), Tapped(2, "ask_research", 2))
        assert await chats.decisions(FATMATA) == [("research", True), ("quotes", False), ("research", False)]
        await chats.does(FATMATA, Tapped(2, "ask_which", 1), Tapped(2, "ask_core", 2))
        assert (await chats.decisions(FATMATA))[-1] == ("core", False)
        await chats.does(FATMATA, CommandGiven("resume"), Tapped(3, "ask_again", 1))
        assert (await chats.decisions(FATMATA))[-1] == ("core", True)
        person = await chats.person(FATMATA)
        assert person is not None
        assert person.state is PersonState.ACTIVE

    run(each_database, scene)


# -- contact -----------------------------------------------------------------------------------------------------------

WORDS = "Something is wrong, brimblewick."


async def _reads(chats: Chats, chat: int) -> bool:
    return any(WORDS in (one.text or "") for one in await chats.said(chat))


async def _writes(chats: Chats, chat: int) -> None:
    await chats.does(chat, CommandGiven("contact"), Typed(WORDS, 1), Tapped(1, "ask_send", 1))


async def _add(chats: Chats, chat: int, role: Role, side: int, programme: int = 0) -> None:
    from dataclasses import replace

    async with chats.database.write() as tx:
        found = (await stored_programmes.list_all(tx))[programme]
        person = await people.insert(
            tx, programme=found.id, side=found.sides[side].id, role=role, telegram_id=chat, language="en", now=NOW
        )
        known = (await people.load_locked(tx, chats.database.vault, [person]))[0].person
        joined = replace(known, state=PersonState.ACTIVE, name=f"P{chat}")
        await people.update_changed(tx, chats.database.vault, [people.Changed(joined)], NOW)


def test_without_a_focal_point_both_coordinators_read_it(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _writes(chats, FATMATA)
        assert [await _reads(chats, one) for one in (ISATU, MARIEKE, ANNEKE)] == [True, True, False]
        await chats.does(MARIEKE, Tapped(1, "ask_care", 1))
        assert (await chats.said(FATMATA))[-1].text == "P505 takes care of what you wrote, and will contact you."
        *_, gone, told = await chats.said(ISATU)
        assert (gone.method, gone.buttons) == ("mark", ()), "she is not asked any more"
        assert told.text == "P505 takes care of what P501 wrote."
        await chats.does(ISATU, Tapped(1, "ask_care", 1))
        assert not [one for one in await chats.said(FATMATA) if "P504 takes care" in (one.text or "")], "too late"
        received = [one for one in await chats.said(ISATU) if WORDS in (one.text or "")]
        assert all(one.protected for one in received)

    run(each_database, scene)


def test_with_a_focal_point_nobody_else_reads_it(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _add(chats, 506, Role.SAFEGUARDING, 1)
        await _writes(chats, FATMATA)
        assert [await _reads(chats, one) for one in (506, ISATU, MARIEKE)] == [True, False, False]

    run(each_database, scene)


def test_a_focal_point_herself_writes_to_the_coordinators_unless_there_is_another_one(
    each_database: FreshDatabase,
) -> None:
    async def scene(chats: Chats) -> None:
        await _add(chats, 506, Role.SAFEGUARDING, 1)
        await _writes(chats, 506)
        assert [await _reads(chats, one) for one in (506, ISATU, MARIEKE)] == [False, True, True]
        await _add(chats, 507, Role.SAFEGUARDING, 0)
        await chats.does(506, CommandGiven("contact"), Typed("And the keys are gone.", 1), Tapped(2, "ask_send", 1))
        assert "And the keys are gone." in "".join(one.text or "" for one in await chats.said(507))
        assert "And the keys are gone." not in "".join(one.text or "" for one in await chats.said(ISATU))

    run(each_database, scene)


def test_while_no_focal_point_can_be_reached_coordinators_are_named_and_read_it(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _add(chats, 506, Role.SAFEGUARDING, 1)
        await chats.does(506, ChatBlocked("blocked"))
        await chats.does(FATMATA, CommandGiven("contact"))
        asked = (await chats.said(FATMATA))[-1].text or ""
        assert asked.startswith("Write to the coordinators of Midwives")
        assert "P504 and P505 will read it and nobody else." in asked
        for coordinator in (ISATU, MARIEKE):
            await chats.does(coordinator, ChatBlocked("blocked"))
        await chats.does(FATMATA, Typed(WORDS, 1))
        assert "Shall I pass it on to P506?" in ((await chats.said(FATMATA))[-1].text or ""), "it waits with her"

    run(each_database, scene)


def test_another_programme_reads_nothing_and_loses_nobody(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        from bot import programmes

        await programmes.create(chats.database, programmes.Plan("Nurses", ("Bo", "Breda")), NOW)
        for chat, role in ((701, Role.COORDINATOR), (702, Role.SAFEGUARDING), (703, Role.TWIN)):
            await _add(chats, chat, role, 0, programme=1)
        await _writes(chats, FATMATA)
        await chats.does(FATMATA, CommandGiven("stop"))
        await chats.does(FATMATA, *(replace_session(one, 2) for one in DELETE))
        assert [await chats.said(one) for one in (701, 702, 703)] == [[], [], []]
        assert await chats.person(FATMATA) is None
        assert [await chats.person(one) is not None for one in (701, 702, 703)] == [True, True, True]

    run(each_database, scene)


def test_a_focal_point_gets_nothing_but_contact(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _add(chats, 506, Role.SAFEGUARDING, 0)
        await chats.does(FATMATA, CommandGiven("stop"))
        await chats.does(FATMATA, *DELETE)
        assert await chats.said(506) == []
        for name in ("checkin", "pause", "numbers"):
            await chats.does(506, CommandGiven(name))
        focal_point = await chats.person(506)
        assert focal_point is not None
        async with chats.database.read() as tx:
            kinds = {one.kind for one in await timers.of_people(tx, [focal_point.id])}
        assert kinds <= {"expiry"}, "of the conversation that she has begun herself, and nothing that asks"

    run(each_database, scene)


def test_events_of_these_rights_carry_no_reason() -> None:
    assert set(StandingChanged.__dataclass_fields__) == {"name", "standing"}
    told = {"sender", "session", "sender_name", "side", "words", "readers"}
    assert set(ContactReceived.__dataclass_fields__) == told
