"""Telegram is slow, full, gone, or says things twice: the end is the same."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot.rehearsal.faults import Kind
from tests.journeys.players import ANNEKE, ANSWERED, DONE, FATMATA
from tests.journeys.stage import TOKEN, Journey, World, gather
from tests.journeys.test_crashes import everything_is_recorded

pytestmark = pytest.mark.journey


def test_a_chat_that_has_to_wait_waits_as_long_as_it_was_told_while_others_are_answered(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        journey.room.faults.add(Kind.TOO_MANY_REQUESTS, method="sendMessage", chat=FATMATA, retry_after=8)
        hers = journey.write(FATMATA, "/help")
        await journey.until(lambda: not journey.room.faults.active, "she has to wait")
        told = journey.moment()
        await journey.says(ANNEKE, "I ask you", journey.write(ANNEKE, "/help"))
        assert (journey.moment() - told).total_seconds() < 8
        assert not [one for one in journey.received(FATMATA) if one.id > hers]
        await journey.says(FATMATA, "I ask you", hers)
        assert (journey.moment() - told).total_seconds() >= 7.9
        refused = [one for one in journey.room.room.refused if one["chat"] == FATMATA]
        assert [one["code"] for one in refused] == [429], "asked once, and not before the time was over"

    world.play(scene)


ROADS = {
    Kind.SERVER_ERROR: {"status": 502},
    Kind.TIMEOUT_BEFORE: {"seconds": 25},
    Kind.TIMEOUT_AFTER: {"seconds": 25},
    Kind.DROP_BEFORE: {},
    Kind.DROP: {},
}


@pytest.mark.parametrize("kind", [kind for kind in ROADS if "timeout" not in kind], ids=str)
def test_on_a_bad_road_a_check_in_ends_as_on_a_good_one(world: World, kind: Kind) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        for method in ("sendMessage", "editMessageReplyMarkup", "answerCallbackQuery", "getUpdates"):
            for nth in (1, 3):
                journey.room.faults.add(kind, method=method, nth=nth, **ROADS[kind])
        await journey.checks_in(FATMATA)
        await journey.settled()
        await everything_is_recorded(journey, FATMATA)
        extra = sum(count - 1 for count in journey.counts(FATMATA, since).values())
        assert extra <= (2 if kind is Kind.DROP else 0), "only what was accepted without an answer comes twice"

    world.play(scene)


@pytest.mark.parametrize("kind", [Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER], ids=str)
def test_a_request_that_is_not_answered_in_time_is_made_again(world: World, kind: Kind) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        journey.room.faults.add(kind, method="sendMessage", chat=FATMATA, seconds=25)
        journey.write(FATMATA, "/help")
        # meanwhile the others do not wait for her
        await journey.says(ANNEKE, "I ask you", journey.write(ANNEKE, "/help"))
        wanted = 1 if kind is Kind.TIMEOUT_BEFORE else 2
        await journey.until(lambda: len(journey.calls("sendMessage", FATMATA, since)) == wanted, "it is sent again")
        await journey.settled()
        assert list(journey.counts(FATMATA, since).values()) == [wanted]

    world.play(scene)


@pytest.mark.parametrize("kind", [Kind.DOUBLE_UPDATES, Kind.REPEAT_UPDATES, Kind.DISORDER_UPDATES], ids=str)
def test_updates_that_come_doubled_or_out_of_order_have_their_effect_once(world: World, kind: Kind) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        journey.room.faults.add(kind, count=None)
        await gather(journey.checks_in(chat) for chat in (FATMATA, ANNEKE))
        journey.room.faults.clear()
        await journey.settled()
        for chat in (FATMATA, ANNEKE):
            await everything_is_recorded(journey, chat)
            assert set(journey.counts(chat, since).values()) == {1}

    world.play(scene)


def test_a_blocked_phone_is_unreachable_and_goes_on_when_it_is_unblocked(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        journey.room.block(FATMATA)

        async def unreachable() -> bool:
            return (await journey.states())[FATMATA] == "unreachable"

        await journey.until_it_holds(unreachable, "she is unreachable")
        # a hello to her is decided, and does not hold anybody up
        before = journey.write(ANNEKE, "/checkin")
        await journey.is_asked(ANNEKE, "ask_contact", before)
        await journey.taps(ANNEKE, ("ask_contact", "No"), ("ask_reason", "Work"), ("ask_help", "Send a hello for me"))
        await journey.says(ANNEKE, DONE)
        await journey.settled()
        journey.room.unblock(FATMATA)

        async def reachable() -> bool:
            return (await journey.states())[FATMATA] == "active"

        await journey.until_it_holds(reachable, "she is back")
        await journey.checks_in(FATMATA)
        await journey.settled()
        assert await journey.answers(FATMATA) == ANSWERED

    world.play(scene)


def test_a_second_poller_is_alarmed_and_polling_goes_on_when_it_is_gone(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        async with aiohttp.ClientSession() as http:
            url = f"{journey.room.url}/bot{TOKEN}/getUpdates"
            intruder = asyncio.create_task(_poll(http, url))
            await journey.until(lambda: bool(journey.logged("another_poller")), "the alarm")
            intruder.cancel()
            await asyncio.gather(intruder, return_exceptions=True)
        await journey.checks_in(FATMATA)
        await journey.settled()
        assert await journey.answers(FATMATA) == ANSWERED
        await journey.until(lambda: bool(journey.logged("other_poller_gone")), "the end of the alarm")
        assert len(journey.logged("another_poller")) == 1, "said once"

    world.play(scene)


async def _poll(http: aiohttp.ClientSession, url: str) -> None:
    while True:
        async with http.post(url, json={"timeout": 5}) as answer:
            await answer.read()
        await asyncio.sleep(0.05)
