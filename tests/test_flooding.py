"""Somebody writes faster than she can be answered: nothing of it is lost, and nobody else waits for her."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import flood, programmes
from bot.arrivals import Arrival
from bot.batch import Batch
from bot.failures import to_arrival
from bot.flood import AT_ONCE, GO_ON_BELOW
from bot.overlays import Overlays
from bot.places import world_facts
from flows.events.own import ChatBlocked, CommandGiven, Tapped, Typed
from flows.people import Role
from storage import floods, inbox, invitations, people, schema
from storage.database import Database
from tests.chats import ANNEKE, DELETE, FATMATA, Chats, run
from tests.databases import FreshDatabase
from tests.turns import NOW, library

MANY = 300


def _written(count: int, chat: int = FATMATA, first: int = 0) -> list[Arrival]:
    """What is answered by a sentence that repeats it."""
    return [Arrival(f"tg/{n}", CommandGiven(f"n{n}"), telegram_id=chat) for n in range(first, first + count)]


async def _fed(chats: Chats, arrivals: Sequence[Arrival], size: int = 100) -> None:
    for begin in range(0, len(arrivals), size):
        await chats.turns.carry_out(arrivals[begin : begin + size])


async def _unsent(chats: Chats, chat: int = FATMATA) -> int:
    row = schema.outbox.c
    async with chats.database.read() as tx:
        query = select(func.count()).where(row.chat_id == chat, row.state == "waiting")
        return int((await tx.execute(query)).scalar_one())


async def _waiting(chats: Chats) -> int:
    async with chats.database.read() as tx:
        return (await inbox.count_kinds(tx))[1]


async def _sent(chats: Chats, most: int = 10_000) -> None:
    """The sender has been at work for a while; it wipes no words here, so that they can be read afterwards."""
    row = schema.outbox.c
    async with chats.database.write() as tx:
        first = (await tx.execute(select(row.id).where(row.state == "waiting").order_by(row.id).limit(most))).scalars()
        await tx.execute(update(schema.outbox).where(row.id.in_(list(first))).values(state="sent"))


async def _look(chats: Chats) -> int:
    """One look of the ticks at what waits; how much of it is taken."""
    async with chats.database.read() as tx:
        behind = await floods.behind(tx, GO_ON_BELOW)
        pending = flood.arrivals(await inbox.pending(tx, chats.database.vault, 100, not_people=behind))
    await chats.turns.carry_out(pending)
    return len(pending)


async def _answered(chats: Chats, chat: int = FATMATA) -> list[int]:
    """The numbers that were answered, in the order of the answers."""
    texts = [one.text or "" for one in await chats.said(chat)]
    return [int(one.split("/n")[1].split(".")[0]) for one in texts if "I do not know /n" in one]


@pytest.mark.parametrize("size", [1, 100], ids=["webhook", "polling"])
def test_whatever_she_sends_is_kept_carried_out_in_her_order_and_answered_no_faster_than_it_can_be_sent(
    each_database: FreshDatabase, size: int
) -> None:
    async def scene(chats: Chats) -> None:
        sent = _written(MANY)
        await _fed(chats, sent, size)
        assert await _unsent(chats) == AT_ONCE + 1, "one more says that it is a lot"
        assert await _waiting(chats) == MANY - AT_ONCE
        async with chats.database.read() as tx:
            assert await inbox.known(tx, [str(one.key) for one in sent]) == {one.key for one in sent}
        assert await _look(chats) == 0, "nothing of it is carried out before something was sent"
        most = 0
        while await _waiting(chats):
            await _sent(chats, most=10)
            await _look(chats)
            most = max(most, await _unsent(chats))
        assert most <= AT_ONCE
        assert await _answered(chats) == list(range(MANY))
        async with chats.database.read() as tx:
            left = await tx.execute(select(schema.inbox.c.key).where(schema.inbox.c.key.like("own/%")))
            assert list(left.scalars()) == []

    run(each_database, scene)


def test_several_processes_take_a_flood_together_and_carry_each_thing_out_once(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        other = await Database.open(each_database.url, chats.database.vault)
        try:
            there = Chats(other)
            sent = _written(MANY)
            takers = (chats, there)
            await asyncio.gather(*(_fed(taker, sent[n::2], 10) for n, taker in enumerate(takers)))
            assert await _unsent(chats) == AT_ONCE + 1
            assert await _waiting(chats) == MANY - AT_ONCE
            async with chats.database.read() as tx:
                kept = [one.key for one in await inbox.pending(tx, chats.database.vault, MANY)]
            while await _waiting(chats):
                await _sent(chats)
                await asyncio.gather(*(_look(taker) for taker in takers))
            answered = await _answered(chats)
            assert sorted(answered) == list(range(MANY))
            assert [inbox.own_key(f"tg/{number}") for number in answered[AT_ONCE:]] == kept
        finally:
            await other.close()

    run(each_database, scene)


def test_others_in_the_same_batches_are_answered_at_once(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        hers = _written(MANY)
        others = _written(10, ANNEKE, first=1_000)
        mixed = [*hers[:150], *others, *hers[150:]]
        await _fed(chats, mixed)
        assert await _answered(chats, ANNEKE) == list(range(1_000, 1_010))
        assert len(await _answered(chats)) == AT_ONCE
        told = CommandGiven("n5000")
        async with chats.database.write() as tx:
            (anneke,) = await people.load_locked(tx, chats.database.vault, [], [ANNEKE])
            await inbox.tell(tx, chats.database.vault, [inbox.Told(anneke.person.id, told)], NOW)
        await _look(chats)
        assert (await _answered(chats, ANNEKE))[-1] == 5_000, "what others are told does not queue behind a flood"

    run(each_database, scene)


def test_what_comes_after_the_flood_waits_behind_it_and_a_repeat_has_no_effect(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        sent = _written(AT_ONCE + 3)
        await _fed(chats, sent)
        await _sent(chats)
        late = _written(1, first=900)
        await _fed(chats, [*sent, *late, *sent])
        assert await _waiting(chats) == 4, "her answers are out, yet what she sent before comes first"
        await _look(chats)
        await _fed(chats, [*sent, *late])
        await _look(chats)
        assert await _answered(chats) == [*range(AT_ONCE + 3), 900]
        await _fed(chats, _written(1, first=901))
        assert (await _answered(chats))[-1] == 901, "once nothing waits it is as before"

    run(each_database, scene)


def test_it_is_said_once_a_day_and_a_tap_that_waits_is_answered_at_once(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _fed(chats, _written(AT_ONCE + 5))
        await _sent(chats)
        await _look(chats)
        await _fed(chats, _written(AT_ONCE + 5, first=100))
        said = [one.text or "" for one in await chats.said(FATMATA)]
        assert sum("Nothing is lost" in one for one in said) == 1
        catalogue, speech = library()
        batch = Batch(Overlays(catalogue, speech), world_facts(speech.languages), NOW, None)
        tap = Arrival("tg/999", Tapped(1, "ask_contact", 1), telegram_id=FATMATA, callback="77")
        async with chats.database.write() as tx:
            await batch.carry_out(tx, chats.database.vault, [tap])
        assert [one.callback for one in batch.workspace.acknowledgements] == ["77"]

    run(each_database, scene)


def test_that_she_blocked_the_bot_waits_for_nothing(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await _fed(chats, _written(AT_ONCE + 5))
        await _fed(chats, [Arrival("tg/900", ChatBlocked("blocked"), telegram_id=FATMATA)])
        person = await chats.person(FATMATA)
        assert person is not None
        assert person.unreachable_since == NOW
        await _look(chats)
        assert await _waiting(chats) == 0, "nothing can be sent to her, so nothing is behind"
        again = await chats.person(FATMATA)
        assert again is not None
        assert again.unreachable_since == NOW, "what she sent before is no sign that she is back"

    run(each_database, scene)


def test_words_that_wait_are_sealed_and_go_with_her(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        await chats.does(FATMATA, *DELETE[:-1])
        words = Arrival("tg/901", Typed("A flumpendorf stands in the ward.", 7), telegram_id=FATMATA)
        await _fed(chats, [*_written(AT_ONCE), words])
        async with chats.database.read() as tx:
            rows = list(await tx.execute(select(schema.inbox.c.event).where(schema.inbox.c.event.is_not(None))))
        assert rows
        assert all(b"flumpendorf" not in bytes(row.event) for row in rows)

    run(each_database, scene)


def test_another_invitation_in_the_middle_of_a_flood_takes_along_what_waits_behind_it(
    each_database: FreshDatabase,
) -> None:
    async def work(database: Database) -> None:
        plan = programmes.Plan("Midwives", ("Freetown", "Utrecht"))
        links = (await programmes.create(database, plan, NOW)).links
        wrong, right = links[1].token, links[2].token
        chats = Chats(database)
        sent = [
            Arrival("tg/700", CommandGiven("start", wrong), telegram_id=601, language="en", start=wrong),
            *_written(AT_ONCE + 3, 601),
            Arrival("tg/800", CommandGiven("start", right), telegram_id=601, language="en", start=right),
            *_written(3, 601, first=900),
        ]
        await _fed(chats, sent)
        while await _waiting(chats):
            await _sent(chats)
            await _look(chats)
        answered = await _answered(chats, 601)
        assert answered[-3:] == [900, 901, 902]
        assert sorted(set(answered)) == answered
        async with database.read() as tx:
            found = await invitations.lookup(tx, right)
            assert found is not None
            assert found.used_by is not None
            assert await people.count(tx) == 1

    each_database.run(work)


def test_a_stranger_is_told_what_this_is_a_few_times_and_her_good_invitation_counts(
    each_database: FreshDatabase,
) -> None:
    async def scene(chats: Chats) -> None:
        stranger = 777
        guesses = [
            Arrival(f"tg/{n}", CommandGiven("start", f"x{n}"), telegram_id=stranger, language="en", start=f"x{n}")
            for n in range(MANY)
        ]
        await _fed(chats, guesses)
        assert await _unsent(chats, stranger) == AT_ONCE
        assert await _waiting(chats) == 0, "nothing is kept of strangers"
        async with chats.database.write() as tx:
            (known,) = await people.load_locked(tx, chats.database.vault, [], [FATMATA])
            token = await invitations.create(
                tx, programme=known.person.programme, side=known.person.side, role=Role.TWIN, now=NOW
            )
        await _fed(chats, [Arrival("tg/900", CommandGiven("start", token), telegram_id=stranger, start=token)])
        assert await chats.person(stranger) is not None

    run(each_database, scene)


class BreaksOn:
    """Speech that can not say one word."""

    def __init__(self, word: str) -> None:
        self._word = word

    def __getattr__(self, name: str) -> Any:
        return getattr(library()[1], name)

    def text(self, text: Any, *rest: Any) -> str:
        if self._word in repr(text):
            raise ValueError
        return library()[1].text(text, *rest)


def test_a_waiting_arrival_that_can_not_be_carried_out_is_set_aside_alone(each_database: FreshDatabase) -> None:
    async def scene(chats: Chats) -> None:
        broken: Any = BreaksOn("n900")
        chats.turns.overlays = Overlays(library()[0], broken)
        await _fed(chats, [*_written(AT_ONCE + 1), *_written(3, first=900)])
        while await _waiting(chats):
            await _sent(chats)
            await _look(chats)
        async with chats.database.read() as tx:
            failed = await inbox.failed(tx, chats.database.vault, 9)
        assert [(one.telegram_id, to_arrival(one).event) for one in failed] == [(FATMATA, CommandGiven("n900"))]
        assert (await _answered(chats))[-3:] == [AT_ONCE, 901, 902]

    run(each_database, scene)
