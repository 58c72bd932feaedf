"""The log of who was forgotten: on disk before the commit, without names, and carried out again at a start."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.erasing import ErasuresLog, erase_again
from flows.entries import anchor_of
from flows.events.pairs import PairEnded
from flows.events.people import StandingChanged, WriterGone
from flows.people import PairId, PersonId, ProgrammeId
from storage import erasures, inbox, outbox, pairs, people, schema
from storage.database import Database
from storage.erasures import Erasure
from storage.messages import message_from_text
from tests.databases import FreshDatabase
from tests.speaking import the_speech
from tests.storage.seeding import NOW, SECOND, Cast, seed

LEFT = Erasure(PersonId(17), ProgrammeId(1), NOW, NOW + SECOND, take_back=True)


def test_what_is_noted_is_read_again_and_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    log = ErasuresLog(tmp_path / "keys" / "erasures.log")
    assert log.read() == []
    log.note([LEFT])
    log.note([])
    log.note([Erasure(PersonId(18), ProgrammeId(1), NOW, NOW)])
    assert [one.person for one in log.read()] == [17, 18]
    assert log.read()[0] == LEFT
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_a_line_is_numbers_and_moments_and_no_word_of_anybody(tmp_path: Path) -> None:
    log = ErasuresLog(tmp_path / "erasures.log")
    log.note([LEFT])
    (line,) = log.path.read_text().splitlines()
    assert {type(value) for value in json.loads(line).values()} <= {int, bool}


def test_a_line_torn_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    log = ErasuresLog(tmp_path / "erasures.log")
    log.note([LEFT])
    with log.path.open("a") as file:
        file.write('{"person": 9, "pro')
    log.note([Erasure(PersonId(18), ProgrammeId(1), NOW, NOW)])
    assert [one.person for one in log.read()] == [17, 18]


async def _noted(database: Database, log: ErasuresLog, *, take_back: bool = True) -> Cast:
    """A log that says of Bintu that she was forgotten, and a database in which she still is."""
    async with database.write() as tx:
        cast = await seed(tx, database.vault)
        await pairs.create(tx, database.vault, cast.bintu, cast.doris, NOW)
        anchor = anchor_of(cast.bintu, "reflection/1")
        messages = {
            anchor: outbox.Message("send", "Words"),
            f"{anchor}/voice": outbox.Message("voice", "Hers", file="A"),
        }
        rows = [
            outbox.Outgoing(None, cast.doris, 1004, outbox.LANES[0], message, NOW, anchor=name, lasting=True)
            for name, message in messages.items()
        ]
        await outbox.insert(tx, database.vault, rows, NOW)
        await tx.execute(schema.outbox.update().values(state="sent", telegram_message=5, body=None))
        log.note(await erasures.to_note(tx, {cast.bintu: take_back}, NOW))
    return cast


@pytest.mark.parametrize(("hours", "goodbye"), [(1, True), (30, False)])
def test_whoever_was_forgotten_and_is_here_again_is_forgotten_again(
    each_database: FreshDatabase, tmp_path: Path, hours: int, goodbye: bool
) -> None:
    speech, log = the_speech(), ErasuresLog(tmp_path / "erasures.log")

    async def work(database: Database) -> None:
        cast = await _noted(database, log)
        now = NOW + timedelta(hours=hours)
        assert await erase_again(database, speech, log, now) == 1
        assert await erase_again(database, speech, log, now) == 0, "once is enough"
        async with database.read() as tx:
            assert await people.still_known(tx, [cast.bintu]) == set()
            told = {(one.person, one.event) for one in await inbox.pending(tx, database.vault, limit=9)}
            waiting = select(schema.outbox).where(schema.outbox.c.state == "waiting").order_by(schema.outbox.c.id)
            rows = [(row.chat_id, row.body) for row in await tx.execute(waiting)]
        opened = [database.vault.open_text("outbox.body", f"{chat}/", body) for chat, body in rows]
        said = [(chat, message_from_text(text)) for (chat, _), text in zip(rows, opened, strict=True)]
        assert told == {
            (cast.doris, PairEnded(PairId(1), "parted", "")),
            (cast.aminata, StandingChanged("Bintu", "left")),
            *((one, WriterGone(cast.bintu)) for one in (cast.aminata, cast.carla, cast.doris)),
        }
        taken_back = [(1004, "rewrite"), (1004, "delete")]
        assert [(chat, one.method) for chat, one in said] == [*taken_back, *([(1002, "send")] if goodbye else [])]
        assert said[0][1].text == "This was taken back."

    each_database.run(work)


def test_what_she_left_to_her_partner_stays_there(each_database: FreshDatabase, tmp_path: Path) -> None:
    speech, log = the_speech(), ErasuresLog(tmp_path / "erasures.log")

    async def work(database: Database) -> list[str]:
        await _noted(database, log, take_back=False)
        await erase_again(database, speech, log, NOW + timedelta(days=2))
        async with database.read() as tx:
            return list((await tx.execute(select(schema.outbox.c.state))).scalars())

    assert each_database.run(work) == ["sent", "sent"]


def test_without_a_log_nobody_is_forgotten(each_database: FreshDatabase, tmp_path: Path) -> None:
    speech = the_speech()

    async def work(database: Database) -> int:
        async with database.write() as tx:
            await seed(tx, database.vault)
        return await erase_again(database, speech, ErasuresLog(tmp_path / "none.log"), NOW)

    assert each_database.run(work) == 0
