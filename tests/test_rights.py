"""Everybody's rights, carried out by real turns on real databases: her data, forgetting, consents, contact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.arrivals import Arrival
from bot.erasing import ErasuresLog
from bot.places import world_facts
from bot.turns import Turns
from flows.events import CommandGiven, ContactReceived, Event, StandingChanged, Tapped, Typed
from flows.people import Person, PersonId, PersonState, Role
from storage import consents, erasures, inbox, outbox, pairs, people, schema, timers
from storage import programmes as stored_programmes
from storage.database import Database
from storage.messages import Message, message_from_text
from tests.databases import FreshDatabase
from tests.test_turns import NOW, StandingClock, library, populate

FATMATA, ANNEKE, ALONE, ISATU, MARIEKE = 501, 502, 503, 504, 505
DELETE = (
    CommandGiven("delete"),
    Tapped(1, "ask_sure", 1),
    Tapped(1, "ask_shared", 1),
    Tapped(1, "ask_last", 1),
)


class Chats:
    """People on a database, by the numbers of their chats."""

    def __init__(self, database: Database, log: ErasuresLog | None = None) -> None:
        catalogue, speech = library()
        self.database = database
        world = world_facts(speech.languages)
        self.turns = Turns(database, catalogue, speech, world, StandingClock(), erasures=log)
        self._sent = 0

    async def does(self, chat: int, *events: Event) -> None:
        """One after another, each in a batch of its own, and what was told to others is carried out."""
        for event in events:
            self._sent += 1
            start = event.argument if isinstance(event, CommandGiven) and event.name == "start" else None
            key = f"update/{self._sent}"
            await self.turns.carry_out([Arrival(key, event, telegram_id=chat, language="en", start=start)])
        await self.hears()

    async def hears(self) -> list[tuple[PersonId, Event]]:
        """Carries out what people were told; gives it."""
        told: list[tuple[PersonId, Event]] = []
        while True:
            async with self.database.read() as tx:
                pending = await inbox.pending(tx, self.database.vault, limit=100)
            if not pending:
                return told
            told += [(one.person, one.event) for one in pending]
            await self.turns.carry_out([Arrival(None, one.event, person=one.person, told=one.id) for one in pending])

    async def said(self, chat: int) -> list[Message]:
        """What is to be sent to a chat, in order."""
        query = select(schema.outbox).where(schema.outbox.c.chat_id == chat, schema.outbox.c.body.is_not(None))
        async with self.database.read() as tx:
            rows = (await tx.execute(query.order_by(schema.outbox.c.id))).all()
        vault = self.database.vault
        return [message_from_text(vault.open_text("outbox.body", f"{chat}/{row.key or ''}", row.body)) for row in rows]

    async def person(self, chat: int) -> Person | None:
        async with self.database.write() as tx:
            found = await people.load_locked(tx, self.database.vault, [], [chat])
        return found[0].person if found else None

    async def decisions(self, chat: int) -> Sequence[tuple[str, bool]]:
        person = await self.person(chat)
        assert person is not None
        async with self.database.read() as tx:
            return [(one.purpose, one.given) for one in await consents.of_people(tx, [person.id])]


def run(database: FreshDatabase, scene: Any, log: ErasuresLog | None = None) -> Any:
    async def work(opened: Database) -> Any:
        await populate(opened)
        chats = Chats(opened, log)
        await chats.hears()
        async with opened.write() as tx:
            await tx.execute(delete(schema.outbox))  # what was said before
        return await scene(chats)

    return database.run(work)


# -- her data ----------------------------------------------------------------------------------------------------------


def test_my_data_comes_as_two_files_that_hold_what_she_has_just_said(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, CommandGiven("contact"), Typed("A flumpendorf stands in the ward.", 1))
        await chats.does(FATMATA, CommandGiven("mydata"))
        files = [one for one in await chats.said(FATMATA) if one.method == "document"]
        readable, machine = (one.document for one in files)
        assert readable is not None
        assert machine is not None
        assert (readable.name, machine.name) == ("twinbot-your-data.txt", "twinbot-your-data.json")
        assert "flumpendorf" in readable.content.decode()
        held = json.loads(machine.content)
        assert held["about"]["programme"] == "Midwives"
        assert [one["words"] for one in held["answers"]] == ["A flumpendorf stands in the ward."]
        assert held["people"][0]["name"] == "P501"
        assert held["people"][0]["telegram_id"] == FATMATA
        assert "P502" not in machine.content.decode(), "the name of her partner is not hers to take along"
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


# -- forgetting --------------------------------------------------------------------------------------------------------


async def _shares(chats: Chats, author: int, reader: int) -> None:
    """What another part of the bot does when somebody shares: a lasting message in the partner's chat."""
    one, other = await chats.person(author), await chats.person(reader)
    assert one is not None
    assert other is not None
    anchor = erasures.anchor_of(one.id, "reflection/1")
    row = outbox.Outgoing(
        None, other.id, reader, outbox.LANES[0], Message("send", "Words"), NOW, anchor=anchor, lasting=True
    )
    async with chats.database.write() as tx:
        await outbox.insert(tx, chats.database.vault, [row], NOW)
        await tx.execute(update(schema.outbox).where(schema.outbox.c.anchor == anchor).values(state="sent", body=None))


def test_delete_forgets_all_and_tells_what_and_those_who_work_with_her(
    each_database: FreshDatabase, tmp_path: Path
) -> None:
    log = ErasuresLog(tmp_path / "erasures.log")

    async def scene(chats: Chats) -> None:
        await _shares(chats, FATMATA, ANNEKE)
        await chats.does(FATMATA, *DELETE)
        assert await chats.person(FATMATA) is None
        (goodbye,) = await chats.said(FATMATA)
        assert goodbye.text is not None
        assert goodbye.text.startswith("Done. Everything that was held about you is deleted: your name and account")
        assert "2 answers" in goodbye.text
        assert "1 conversation" in goodbye.text
        assert [one.text for one in await chats.said(ISATU)] == [
            "P501 has left the programme. Nothing more is known to me."
        ]
        rewritten, told = await chats.said(ANNEKE)
        assert (rewritten.method, rewritten.text) == ("rewrite", "This was taken back.")
        assert told.text is not None
        assert told.text.startswith("P501, your twin, has left")
        assert await chats.said(MARIEKE) == []
        assert len(log.read()) == 1

    run(each_database, scene, log)


def test_what_she_leaves_in_her_partners_chat_stays(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _shares(chats, FATMATA, ANNEKE)
        command, sure, _, last = DELETE
        await chats.does(FATMATA, command, sure, Tapped(1, "ask_shared", 2), last)
        assert await chats.person(FATMATA) is None
        assert [one.method for one in await chats.said(ANNEKE)] == ["send"]

    run(each_database, scene)


def test_nothing_is_forgotten_before_the_last_tap(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, *DELETE[:3], Tapped(1, "ask_last", 2))
        assert await chats.person(FATMATA) is not None
        assert await chats.said(ANNEKE) == []

    run(each_database, scene)


def test_when_the_log_can_not_be_written_nobody_is_forgotten(each_database: FreshDatabase, tmp_path: Path) -> None:
    """Better kept a while longer than forgotten in a way that a restore undoes."""

    class Full(ErasuresLog):
        tries = 0

        def note(self, erased: Sequence[erasures.Erasure]) -> None:
            Full.tries += 1
            if Full.tries < 3:
                raise OSError(28, "No space left on device")
            super().note(erased)

    log = Full(tmp_path / "erasures.log")

    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, *DELETE)
        assert await chats.person(FATMATA) is None
        assert Full.tries == 3
        assert len(log.read()) == 1

    run(each_database, scene, log)


def test_whoever_came_by_an_invitation_and_says_no_is_noted_too(each_database: FreshDatabase, tmp_path: Path) -> None:
    log = ErasuresLog(tmp_path / "erasures.log")

    async def scene(chats: Chats) -> None:
        from bot import programmes

        made = await programmes.invite(chats.database, "Midwives", ("Utrecht",), Role.TWIN, 1, NOW)
        await chats.does(601, CommandGiven("start", made.links[0].token), Tapped(1, "ask_consent", 2))
        assert await chats.person(601) is None
        assert [one.text for one in await chats.said(601)][-1:] != []
        assert len(log.read()) == 1
        await chats.does(601, CommandGiven("start", made.links[0].token))
        assert await chats.person(601) is not None, "her invitation opens again"

    run(each_database, scene, log)


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
        received = [one for one in await chats.said(ISATU) if WORDS in (one.text or "")]
        assert all(one.protected for one in received)

    run(each_database, scene)


def test_with_a_focal_point_nobody_else_reads_it(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _add(chats, 506, Role.SAFEGUARDING, 1)
        await _writes(chats, FATMATA)
        assert [await _reads(chats, one) for one in (506, ISATU, MARIEKE)] == [True, False, False]

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


def replace_session(event: Event, session: int) -> Event:
    return Tapped(session, event.step, event.choice) if isinstance(event, Tapped) else event


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
    assert set(ContactReceived.__dataclass_fields__) == {"sender", "session", "sender_name", "side", "words"}
