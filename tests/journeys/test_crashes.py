"""The bot is killed (SIGKILL) at each of its crash points, at every step of a check-in: nothing is lost.

What may double is what design.md allows: the reply or prompt that was under way when the bot died. Nothing else.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from bot.rehearsal.faults import Kind
from storage import schema
from tests.journeys.players import ANSWERED, DONE, FATMATA, NAME, REAL_EXCHANGE, TWINS
from tests.journeys.stage import Journey, World, gather

pytestmark = pytest.mark.journey

STEPS = (*(step for step, _ in REAL_EXCHANGE), "thanks")

CRASHES = [
    pytest.param(kind, method, id=f"{kind}-{method}")
    for method in ("sendMessage", "editMessageReplyMarkup", "answerCallbackQuery", "getUpdates")
    for kind in (Kind.KILL_BEFORE, Kind.KILL_AFTER)
] + [pytest.param(Kind.KILL_CONFIRM, None, id="kill_confirm-getUpdates")]


@pytest.mark.parametrize(("kind", "method"), CRASHES)
def test_killed_at_every_step_of_a_check_in_it_is_finished_all_the_same(
    world: World, kind: Kind, method: str | None
) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        above = journey.phone(FATMATA).last().id  # type: ignore[union-attr]
        killed = 0
        for number, step in enumerate(STEPS):
            if not journey.room.faults.active and not (number == 0 and method in _OF_TAPS):
                chat = None if method == "getUpdates" or kind is Kind.KILL_CONFIRM else FATMATA
                journey.room.faults.add(kind, method=method, chat=chat)
                killed += 1
            if number == 0:
                journey.write(FATMATA, "/checkin")
            else:
                journey.tap(FATMATA, *REAL_EXCHANGE[number - 1])
            if step == "thanks":
                await journey.says(FATMATA, DONE, above)
            else:
                above = (await journey.is_asked(FATMATA, step, above)).id
            if method != "getUpdates":
                await journey.until(lambda: not journey.room.faults.active, f"the bot is killed at {step}")
            await journey.settled()
        journey.room.faults.clear()
        await journey.started()
        await journey.settled()

        assert journey.restarts >= len(STEPS) - 1, "it was killed at every step"
        await everything_is_recorded(journey, FATMATA)
        doubled = {text: count for text, count in journey.counts(FATMATA, since).items() if count > 1}
        if (kind, method) == (Kind.KILL_AFTER, "sendMessage"):
            # accepted, and never told so: these were under way, once at each step
            assert sum(count - 1 for count in doubled.values()) == killed, doubled
        elif (kind, method) == (Kind.KILL_BEFORE, "sendMessage"):
            assert not doubled
        else:
            # killed at another call: at most the one message that was under way at that moment
            assert sum(count - 1 for count in doubled.values()) <= journey.restarts, doubled
        assert all(count <= 2 for count in doubled.values()), doubled

    world.play(scene)


_OF_TAPS = ("editMessageReplyMarkup", "answerCallbackQuery")
"""Called after a tap only."""


async def everything_is_recorded(journey: Journey, chat: int) -> None:
    """The check-in stands in the database, whole and once."""
    assert await journey.answers(chat) == ANSWERED
    (recorded,) = await journey.check_ins(chat)
    assert (recorded.status, dict(recorded.answers), recorded.late) == ("answered", ANSWERED, False)
    assert recorded.first_touched_at is not None
    assert recorded.answered_at is not None
    assert recorded.first_touched_at <= recorded.answered_at
    assert (await journey.statuses(chat))[-1] == "weekly_checkin listening completed"
    person = await journey.person(chat)
    given = [row for row in await journey.rows(schema.reflections) if row["person_id"] == person]
    assert [(row["direction"], row["kind"]) for row in given] == [("giving_back", "skill")]


def test_a_dozen_kills_during_a_storm_of_answers_lose_nothing_and_leave_nobody_stuck(world: World) -> None:
    random = Random(20261122)  # noqa: S311 - repeatable on purpose

    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        going = True

        async def killing() -> None:
            for _ in range(KILLS):
                await asyncio.sleep(random.uniform(0.05, 0.6))
                journey.kill()
                before = journey.restarts
                await journey.until(lambda before=before: journey.restarts > before, "it is started again")  # type: ignore[misc]
                mark = journey.room.room.journal_end
                # in the storm a poll may be answered at once, time and again, and never be seen waiting
                await journey.until(
                    lambda mark=mark: journey.polls or bool(journey.calls("editMessageReplyMarkup", since=mark)),  # type: ignore[misc]
                    "it works again",
                )
                if not going:
                    return

        killer = asyncio.create_task(killing())
        await gather(answers_again_and_again(journey, chat, killer) for chat in TWINS)
        going = False
        await killer
        await journey.started()
        await journey.settled()
        assert journey.restarts == KILLS
        for chat in TWINS:
            await everything_is_recorded(journey, chat)
            counted = journey.counts(chat, since)
            # every text that was planned once: doubled only by a kill, never more often than there were kills
            question = counted[f"Hello {NAME[chat]}. Contact with {_partner(chat)} since last time?"]
            assert 1 <= question <= 1 + KILLS
        # all but the last line, which every change of mind says again
        extra = sum(
            count - 1 for chat in TWINS for text, count in journey.counts(chat, since).items() if DONE not in text
        )
        in_flight_at_most = 8 * KILLS
        assert extra <= in_flight_at_most
        assert {row["state"] for row in await journey.rows(schema.outbox)} <= {"sent", "failed"}

    world.play(scene)


KILLS = 12


async def answers_again_and_again(journey: Journey, chat: int, killer: asyncio.Task[None]) -> None:
    """She checks in, then changes her mind about the feeling until the killing is over; the last word is 🙂."""
    await journey.checks_in(chat)
    while not killer.done():
        for label in ("😐", "🙂"):
            before = journey.phone(chat).traffic.markup_edits
            answered = journey.tap(chat, "ask_feeling", label)
            await journey.until(
                lambda answered=answered, before=before: (
                    answered.answered  # type: ignore[misc]
                    or journey.phone(chat).traffic.markup_edits > before
                ),
                "a correction is taken",
            )


def _partner(chat: int) -> str:
    from tests.journeys.players import PARTNER

    return NAME[PARTNER[chat]]
