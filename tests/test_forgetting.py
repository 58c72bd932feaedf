"""/delete, carried out by real turns on real databases: what goes, who hears of it, and what is noted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update

from bot.erasing import ErasuresLog
from flows.entries import anchor_of
from flows.events.own import CommandGiven, Tapped, Typed
from flows.people import Role
from storage import erasures, outbox, schema
from storage.messages import Message
from tests.chats import ALONE, ANNEKE, DELETE, FATMATA, ISATU, MARIEKE, Chats, replace_session, run
from tests.databases import FreshDatabase
from tests.turns import NOW

WORDS = "Something is wrong, brimblewick."


async def _shares(chats: Chats, author: int, reader: int) -> None:
    """What another part of the bot does when somebody shares: a lasting message in the partner's chat."""
    one, other = await chats.person(author), await chats.person(reader)
    assert one is not None
    assert other is not None
    anchor = anchor_of(one.id, "reflection/1")
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
        assert "conversation" in goodbye.text
        heard = [one.text for one in await chats.said(ISATU)]
        assert "P501 has left the programme. Nothing more is known to me." in heard
        rewritten, marked, told = await chats.said(ANNEKE)
        assert (marked.method, marked.buttons) == ("mark", ()), "she is not asked to name her any more"
        assert (rewritten.method, rewritten.text) == ("rewrite", "This was taken back.")
        assert told.text is not None
        assert told.text.startswith("Your twin has left the programme")
        assert not [one for one in await chats.said(MARIEKE) if "P501" in (one.text or "")], "not of her side"
        assert len(log.read()) == 1

    run(each_database, scene, log)


def test_a_note_to_her_partner_is_taken_back_and_a_word_by_contact_is_not(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, CommandGiven("twin"), Typed("how is the ward today?", 1))
        await chats.does(FATMATA, CommandGiven("contact"), Typed(WORDS, 2), Tapped(2, "ask_send", 1))
        async with chats.database.write() as tx:
            sent = update(schema.outbox).values(state="sent", telegram_message=schema.outbox.c.id, body=None)
            await tx.execute(sent)
        await chats.does(FATMATA, *(replace_session(one, 3) for one in DELETE))
        assert await chats.person(FATMATA) is None
        assert [one.method for one in await chats.said(ANNEKE)] == ["rewrite", "mark", "send", "mark"]
        for chat in (ISATU, MARIEKE):
            assert "rewrite" not in [one.method for one in await chats.said(chat)]

    run(each_database, scene)


def test_what_she_leaves_in_her_partners_chat_stays(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _shares(chats, FATMATA, ANNEKE)
        command, sure, _, last = DELETE
        await chats.does(FATMATA, command, sure, Tapped(1, "ask_shared", 2), last)
        assert await chats.person(FATMATA) is None
        assert [one.method for one in await chats.said(ANNEKE)] == ["mark", "send"]

    run(each_database, scene)


def test_who_has_no_twin_is_asked_about_what_she_shared_with_coordinators(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        noted = (Typed("1", 1), Typed("1", 2), Typed("1", 3), Typed("how to fold the chart", 4))
        await chats.does(ALONE, CommandGiven("gave"), *noted, Tapped(1, "ask_sharing", 1))
        await chats.does(ALONE, CommandGiven("gave"), *noted, Tapped(2, "ask_sharing", 2))
        async with chats.database.write() as tx:
            await tx.execute(update(schema.outbox).values(state="sent", telegram_message=schema.outbox.c.id, body=None))
        await chats.does(ALONE, *(replace_session(one, 3) for one in DELETE))
        assert await chats.person(ALONE) is None
        assert "This was taken back." in [one.text for one in await chats.said(ISATU) if one.method == "rewrite"]
        assert await chats.said(MARIEKE) == [], "it was never shown on the other side"

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
