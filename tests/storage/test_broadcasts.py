from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import select, update

from flows.broadcasts import EVERYBODY, Audience, Readers
from flows.effects import Lane
from flows.people import PersonId, PersonState, ProgrammeId, Role
from storage import audiences, broadcasts, outbox, people, programmes, schema
from storage.database import Database, Transaction
from storage.encryption import Vault
from storage.messages import Message
from storage.outbox import Outgoing
from storage.people import Changed
from tests.databases import FreshDatabase
from tests.storage.seeding import DAY, NOW, SECOND, Cast, add_person, load, seed

ALL = Audience(None, twins_only=False)
LATER = NOW + SECOND


async def decided(
    tx: Transaction, vault: Vault, cast: Cast, audience: Audience = ALL, texts: dict[str, str] | None = None
) -> int | None:
    return await broadcasts.decide(
        tx, vault, programme=cast.programme, author=cast.aminata, audience=audience, texts=texts or {"en": "Hello"},
        sender="Aminata", now=LATER,
    )  # fmt: skip


async def under_way(tx: Transaction, vault: Vault) -> broadcasts.Broadcast:
    (found,) = await broadcasts.under_way(tx, vault)
    return found


async def written(tx: Transaction, vault: Vault, limit: int = 100) -> list[PersonId]:
    """Writes the next piece of the ledger as the shell does; whom it holds."""
    one = await under_way(tx, vault)
    piece = await broadcasts.next_piece(tx, one, limit)
    rows = [
        Outgoing(
            broadcasts.key_of(one.id, to.person), to.person, to.chat, Lane.BULK, Message("send", "Hello"), LATER,
            broadcast=one.id, lasting=True,
        )
        for to in piece
    ]  # fmt: skip
    await outbox.insert(tx, vault, rows, LATER)
    if len(piece) < limit:
        await broadcasts.close_ledger(tx, one.id)
    return [to.person for to in piece]


async def becomes(tx: Transaction, person: PersonId, state: str, reason: str | None = None) -> None:
    row = schema.outbox.c
    await tx.execute(update(schema.outbox).where(row.person_id == person).values(state=state, reason=reason))


def test_an_audience_survives_being_written() -> None:
    from flows.people import SideId

    for audience in (ALL, Audience(SideId(7), twins_only=True)):
        assert Audience.parse(str(audience)) == audience
    assert str(ALL).startswith(EVERYBODY)


def test_who_joined_later_pauses_or_can_not_be_reached_is_left_out(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        els = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 2001, "Els", None)
        fien = await add_person(tx, vault, cast.programme, cast.sides[1], Role.TWIN, 2002, "Fien", None)
        doris, gone = await load(tx, vault, cast.doris), await load(tx, vault, els)
        changed = [replace(doris, state=PersonState.PAUSED), replace(gone, unreachable_since=NOW)]
        await people.update_changed(tx, vault, [Changed(one) for one in changed], NOW)
        await add_person(tx, vault, cast.programme, cast.sides[1], Role.SAFEGUARDING, 2004, "Gonda", None)
        beforehand = (await audiences.reach(tx, [cast.programme]))[cast.programme]
        assert sum(one.count for one in beforehand if one.active) == 4, "as many as get it"
        assert sum(one.count for one in beforehand if not one.active) == 2, "told as left out"
        assert await decided(tx, vault, cast) is not None
        late = await people.insert(
            tx, programme=cast.programme, side=cast.sides[0], role=Role.TWIN, telegram_id=2003, language="en", now=NOW
        )
        joined = replace(await load(tx, vault, late), state=PersonState.ACTIVE, name="Late")
        await people.update_changed(tx, vault, [Changed(joined)], NOW + DAY)
        assert await written(tx, vault) == [cast.aminata, cast.bintu, cast.carla, fien]
        seen = (await broadcasts.latest(tx, [cast.programme]))[cast.programme]
        return (seen.size, seen.open, seen.is_running) == (4, 4, True)

    assert each_database.write(work)


def test_the_audience_is_one_side_or_all_and_twins_or_everybody(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> list[list[PersonId]]:
        cast = await seed(tx, vault)
        found = []
        for audience in (Audience(cast.sides[0], twins_only=False), Audience(None, twins_only=True)):
            which = await decided(tx, vault, cast, audience)
            assert which is not None
            found.append(await written(tx, vault))
            assert await broadcasts.stop(tx, cast.programme, which)
            taken_back = select(schema.outbox.c.state, schema.outbox.c.body).where(
                schema.outbox.c.broadcast_id == which
            )
            assert set(await tx.execute(taken_back)) == {("withdrawn", None)}, "no word is kept of what was not sent"
            await broadcasts.end_finished(tx, LATER)
        assert found == [[cast.aminata, cast.bintu], [cast.bintu, cast.doris]]
        return found

    assert each_database.write(work)


def test_a_ledger_in_pieces_loses_and_doubles_nobody_wherever_it_stops(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[int]:
        vault = database.vault
        async with database.write() as tx:
            cast = await seed(tx, vault)
            for number in range(20):
                await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 3000 + number, "Somebody", None)
            which = await decided(tx, vault, cast)
            assert which is not None
        sizes = []
        for _ in range(9):
            # a piece that a crash undoes, then one that stays
            async with database.read() as tx:
                if (await broadcasts.under_way(tx, vault))[0].state != broadcasts.PREPARING:
                    break
            try:
                async with database.write() as tx:
                    await written(tx, vault, 5)
                    raise RuntimeError
            except RuntimeError:
                pass
            async with database.write() as tx:
                sizes.append(len(await written(tx, vault, 5)))
        async with database.write() as tx:
            # the same piece once more, as by a second process: nothing is added
            row = schema.outbox.c
            before = (await tx.execute(select(row.key).order_by(row.id))).scalars().all()
            again = [
                Outgoing(key, None, 1, Lane.BULK, Message("send", "Hello"), LATER, broadcast=which) for key in before
            ]
            await outbox.insert(tx, vault, again, LATER)
            after = (await tx.execute(select(row.key).order_by(row.id))).scalars().all()
        assert list(before) == list(after)
        assert len(set(after)) == 24
        return sizes

    assert each_database.run(work) == [5, 5, 5, 5, 4]


def test_two_at_the_same_second_are_one(each_database: FreshDatabase) -> None:
    async def work(database: Database) -> list[bool]:
        async with database.write() as tx:
            cast = await seed(tx, database.vault)

        async def one() -> int | None:
            async with database.write() as tx:
                found = await decided(tx, database.vault, cast)
                await asyncio.sleep(0.05)
                return found

        return sorted(found is not None for found in await asyncio.gather(one(), one()))

    assert each_database.run(work) == [False, True]


def test_the_result_adds_up_whatever_became_of_each_row(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        more = [
            await add_person(tx, vault, cast.programme, cast.sides[0], Role.TWIN, 4000 + number, "Somebody", None)
            for number in range(5)
        ]
        await decided(tx, vault, cast)
        await written(tx, vault)
        states = ("sent", "unknown", "withdrawn", "expired", "waiting")
        for person, state in zip(more, states, strict=True):
            await becomes(tx, person, state)
        await becomes(tx, cast.aminata, "failed", "blocked")
        await becomes(tx, cast.bintu, "failed", "message_is_too_long")
        await becomes(tx, cast.carla, "sent")
        await people.erase(tx, [cast.doris])
        assert not await broadcasts.any_finished(tx), "one still waits"
        assert await broadcasts.end_finished(tx, LATER) == []
        seen = (await broadcasts.latest(tx, [cast.programme]))[cast.programme]
        counts = (seen.sent, seen.unknown, seen.withdrawn, seen.late, seen.open, seen.blocked, seen.failed, seen.erased)
        assert counts == (2, 1, 1, 1, 1, 1, 1, 1)
        assert sum(counts) == seen.size == 9
        await becomes(tx, more[-1], "sent")
        assert await broadcasts.any_finished(tx)
        return [author for _, author in await broadcasts.end_finished(tx, LATER)] == [cast.aminata]

    assert each_database.write(work)


def test_only_the_unknown_are_sent_again_and_in_full(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        which = await decided(tx, vault, cast)
        assert which is not None
        await written(tx, vault)
        for person, state in ((cast.aminata, "sent"), (cast.bintu, "unknown"), (cast.carla, "failed")):
            await becomes(tx, person, state)
        assert await broadcasts.reopen(tx, vault, cast.programme, which) is None, "it is not over"
        await becomes(tx, cast.doris, "unknown")
        paused = replace(await load(tx, vault, cast.doris), state=PersonState.PAUSED)
        await people.update_changed(tx, vault, [Changed(paused)], NOW)
        await broadcasts.end_finished(tx, LATER)
        again = await broadcasts.reopen(tx, vault, cast.programme, which)
        assert again is not None
        assert (again.texts, again.sender, again.programme_name) == ({"en": "Hello"}, "Aminata", "Bo and Breda")
        who = await broadcasts.unknown(tx, which)
        assert [one.person for one in who] == [cast.bintu]
        await broadcasts.send_again(tx, vault, which, [(who[0], Message("send", "Hello"))], LATER, LATER + DAY)
        row = schema.outbox.c
        waiting = (await tx.execute(select(row.person_id, row.body).where(row.state == "waiting"))).all()
        assert [one.person_id for one in waiting] == [cast.bintu]
        context = outbox.context_of(1002, broadcasts.key_of(which, cast.bintu))
        assert "Hello" in vault.open_text("outbox.body", context, waiting[0].body)
        return await broadcasts.reopen(tx, vault, cast.programme, which) is None

    assert each_database.write(work)


def test_an_author_who_is_erased_takes_the_words_along(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        which = await decided(tx, vault, cast)
        assert which is not None
        assert await broadcasts.lock_state(tx, which) == ("preparing", True)
        await people.erase(tx, [cast.aminata])
        assert await broadcasts.lock_state(tx, which) == ("preparing", False)
        assert (await under_way(tx, vault)).texts == {}
        assert (await tx.execute(select(schema.broadcasts.c.texts, schema.broadcasts.c.author_id))).one() == (
            None,
            None,
        )
        await written(tx, vault)
        for person in (cast.bintu, cast.carla, cast.doris):
            await becomes(tx, person, "unknown")
        assert await broadcasts.end_finished(tx, LATER) == [(which, None)], "nobody is left to be told"
        return await broadcasts.reopen(tx, vault, cast.programme, which) is None

    assert each_database.write(work)


def test_a_pause_takes_back_a_broadcast_that_waits(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> set[PersonId]:
        cast = await seed(tx, vault)
        await decided(tx, vault, cast)
        await written(tx, vault)
        await outbox.withdraw_prompts(tx, [cast.bintu])
        row = schema.outbox.c
        return set((await tx.execute(select(row.person_id).where(row.state == "withdrawn"))).scalars()) - {None}

    found = each_database.write(work)
    assert len(found) == 1


def test_no_purge_takes_the_ledger(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> int:
        cast = await seed(tx, vault)
        await decided(tx, vault, cast)
        await written(tx, vault)
        for person in (cast.aminata, cast.bintu, cast.carla, cast.doris):
            await becomes(tx, person, "sent")
        return await outbox.purge(tx, NOW + 400 * DAY)

    assert each_database.write(work) == 0


def test_a_number_of_another_programme_reaches_nothing(each_database: FreshDatabase) -> None:
    async def work(tx: Transaction, vault: Vault) -> bool:
        cast = await seed(tx, vault)
        other = await programmes.create(tx, name="Other", kind="x", language="en", sides=[("A", None)], now=NOW)
        far = await add_person(tx, vault, other.id, other.sides[0].id, Role.TWIN, 6001, "Far", None)
        which = await decided(tx, vault, cast)
        assert which is not None
        assert far not in await written(tx, vault)
        assert not await broadcasts.stop(tx, other.id, which)
        assert (await broadcasts.latest(tx, [cast.programme]))[cast.programme].withdrawn == 0
        for person in (cast.aminata, cast.bintu, cast.carla, cast.doris):
            await becomes(tx, person, "unknown")
        await broadcasts.end_finished(tx, LATER)
        assert await broadcasts.reopen(tx, vault, other.id, which) is None
        assert other.id not in await broadcasts.latest(tx, [other.id])
        reach = await audiences.reach(tx, [cast.programme, other.id])
        assert reach[other.id] == (Readers(other.sides[0].id, True, "en", True, 1),)
        assert sum(one.count for one in reach[cast.programme]) == 4
        return await audiences.reach(tx, [ProgrammeId(99)]) == {}

    assert each_database.write(work)
