"""Where people's words lie, opened: in whose copy they stand, and that none is left of somebody who was erased.

Every sealed column is filled by the bot itself, by commands and answers as people give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select, update

from bot import broadcasting
from bot.arrivals import Arrival
from bot.batch import Batch
from bot.overlays import Overlays
from flows.events import Event
from flows.events.own import CommandGiven, Edited, SentVoice, Typed
from flows.events.pairs import HelloReceived
from storage import drafts, inbox, people, schema
from storage.drafts import READ, Draft
from storage.seals import SEALED, row_of
from tests.chats import ALONE, ANNEKE, FATMATA, ISATU, MARIEKE, Chats, run
from tests.databases import FreshDatabase
from tests.turns import NOW, library

HERS = {
    "quixname": "her name",
    "quixshared": "shared with her twin",
    "quixfirst": "shared with her coordinators, before she edited it",
    "quixedited": "what she made of it, private again",
    "quixvoice": "a voice note, shared with her coordinators",
    "quixnote": "the line after her check-in",
    "quixhello": "a note to her twin",
    "quixspoken": "a voice note to her twin",
    "quixcontact": "to whoever reads /contact",
    "quixcalled": "what her twin may call her",
    "quixmeaning": "naming",
    "quixpromise": "a promise of her own",
    "quixgoal": "a goal of the two, agreed to by her twin",
    "quixvalue": "how that goal stands",
    "quixdraft": "a goal that she has begun and not sent",
    "Quixheld": "a line that waits for edit, keep or discard",
    "quixfailed": "an arrival that could not be carried out",
}
WRITTEN = "quixmany"
"""What a coordinator wrote to everybody."""
CHANGE = "quixchange"
"""And to the coordinators of the other side."""
FILED = "quixfiled"
"""What she put into a file and has not published."""

ALLOWED = {
    ANNEKE: {"quixname", "quixshared", "quixhello", "quixspoken", "quixgoal", "quixvalue", WRITTEN},
    ISATU: {"quixname", "quixfirst", "quixvoice", "quixcontact", WRITTEN, CHANGE, FILED},
    MARIEKE: {"quixname", "quixcontact", WRITTEN, CHANGE},
    ALONE: {WRITTEN},
}
"""What others may find in their copies: what was said to them."""


class Hand:
    """Types on the phones of a scene, a message number each."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.message = 100

    async def types(self, chat: int, *lines: str) -> int:
        """One after another; a line with a slash is a command. Gives the number of the last message."""
        for line in lines:
            name, _, argument = line.removeprefix("/").partition(" ")
            self.message += 1
            event: Event = Typed(line, self.message) if line[0] != "/" else CommandGiven(name, argument)
            await self.chats.does(chat, event)
        return self.message

    async def speaks(self, chat: int, file: str) -> None:
        self.message += 1
        await self.chats.does(chat, SentVoice(file, 3, self.message))


async def _plays(chats: Chats) -> Hand:
    """Fatmata writes something everywhere, a coordinator writes to all, and something goes wrong."""
    hand, database = Hand(chats), chats.database
    fatmata = await chats.person(FATMATA)
    assert fatmata is not None
    async with database.write() as tx:
        await people.update_changed(tx, database.vault, [people.Changed(replace(fatmata, name="quixname"))], NOW)
    await hand.types(FATMATA, "/gave", "1", "1", "1", "quixshared", "1")
    line = await hand.types(FATMATA, "/received", "1", "1", "1", "quixfirst")
    await hand.types(FATMATA, "2")
    await chats.does(FATMATA, Edited("quixedited", line))
    await hand.types(FATMATA, "/gave", "1", "1", "1")
    await hand.speaks(FATMATA, "quixvoice")
    await hand.types(FATMATA, "2", "/leave", "/checkin", "1", "2", "1", "4", "quixnote it was")
    await hand.types(FATMATA, "/twin", "quixhello", "/twin")
    await hand.speaks(FATMATA, "quixspoken")
    await hand.types(FATMATA, "/contact", "quixcontact", "1")
    await hand.types(FATMATA, "/agreement", "1", "quixcalled", "quixmeaning", "1", "quixpromise", "/leave")
    await hand.types(FATMATA, "/goals", "1", "1", "1", "2", "quixgoal", "me", "you", "sign", "0", "9", "1", "3")
    await hand.types(FATMATA, "/skip", "/skip", "1")
    await hand.types(ANNEKE, "/goals", "1", "1")
    await hand.types(FATMATA, "/goals", "1", "1", "2", "quixvalue")
    await hand.types(FATMATA, "/goals", "2", "1", "1", "2", "quixdraft", "/leave")
    await hand.types(ANNEKE, "/goals", "1", "2", "10", "1", "/leave")  # begins to change it
    await hand.types(FATMATA, "/gave", "1", "1", "1", "Mrs Quixheld 12-3-2024")
    await hand.types(ISATU, "/broadcast", "1", "1", WRITTEN, "1")
    await broadcasting.carry_on(database, library()[1], NOW)
    await hand.types(ISATU, "/checklist", "1", "1", CHANGE)
    await hand.types(MARIEKE, "1")  # agrees to it
    isatu = await chats.person(ISATU)
    assert isatu is not None
    filed = Draft(isatu.id, 99, READ, {"files": {"texts.toml": FILED}}, NOW)
    failing = Arrival("update/failed", Typed("quixfailed", 99), telegram_id=FATMATA, language="en")
    batch = Batch(Overlays(*library()), {}, NOW, None)
    async with database.write() as tx:
        await drafts.keep(tx, database.vault, [filed])
        await batch.set_aside(tx, database.vault, failing, "ValueError")
    return hand


async def _opened(chats: Chats) -> Mapping[tuple[str, str], str]:
    """Everything that is sealed, opened, by table and column."""
    found = {}
    vault = chats.database.vault
    async with chats.database.read() as tx:
        for column in SEALED:
            rows = [dict(row) for row in (await tx.execute(select(column.table))).mappings()]
            sealed = [row for row in rows if row[column.name] is not None]
            words = [vault.open_text(str(column), row_of(column, row), row[column.name]) for row in sealed]
            found[column.table.name, column.name] = "\n".join(words)
    return found


def _in(text: str) -> set[str]:
    return {word for word in (*HERS, WRITTEN, CHANGE, FILED) if word in text}


def test_a_copy_holds_every_word_of_hers_and_of_others_only_what_was_said_to_her(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _plays(chats)
        await chats.are_sent()
        anneke, fatmata = await chats.person(ANNEKE), await chats.person(FATMATA)
        assert anneke is not None
        assert fatmata is not None
        hello = HelloReceived("quixname", fatmata.id, 1)
        async with chats.database.write() as tx:  # told, and not carried out yet
            await inbox.tell(tx, chats.database.vault, [inbox.Told(anneke.id, hello)], NOW)
        filled = {where for where, text in (await _opened(chats)).items() if text}
        sealed = {(column.table.name, column.name) for column in SEALED}
        assert filled == sealed, "the scene has a word everywhere"
        for chat in (FATMATA, ANNEKE, ALONE, ISATU, MARIEKE):
            wish = Arrival(f"wish/{chat}", CommandGiven("mydata"), telegram_id=chat)
            await chats.turns.carry_out([wish])
            (machine,) = [
                one.document for one in await chats.said(chat) if one.document and one.document.name.endswith("json")
            ]
            found = _in(machine.content.decode())
            assert found == ({*HERS, WRITTEN} if chat == FATMATA else ALLOWED[chat]), f"of {chat}"

    run(each_database, scene)


def test_of_whoever_is_erased_no_word_is_left_in_anybodys_conversation(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        hand = await _plays(chats)
        async with chats.database.write() as tx:  # all of it has arrived
            arrived = {"state": "sent", "telegram_message": schema.outbox.c.id, "body": None}
            await tx.execute(update(schema.outbox).values(arrived))
        await hand.types(FATMATA, "/leave", "/delete", "1", "1", "1")
        assert await chats.person(FATMATA) is None
        others = {WRITTEN, CHANGE, FILED}
        left = {where: _in(text) for where, text in (await _opened(chats)).items() if _in(text) - others}
        assert left == {("outbox", "body"): {"quixname"}}, "but that she has left, to the coordinators of her side"
        await hand.types(MARIEKE, "/next")
        said = (await chats.said(MARIEKE))[-1].text or ""
        assert "Further up" not in said, "nothing is asked because of her any more"

    run(each_database, scene)
