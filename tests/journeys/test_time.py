"""Everybody is asked at her own hour, in the week in which Utrecht's clocks change; never at night, never stale."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.passage import SENT_WITHIN
from flows.rules.cadence import CheckInRule, local_time, moment_at, own_hour_after
from tests.journeys.players import ANNEKE, ANSWERED, DAY, DST_DAY, FATMATA, HOUR, JOKE, KHADIJA, REAL_EXCHANGE, TWINS
from tests.journeys.stage import Journey, World

pytestmark = pytest.mark.journey

FREETOWN, UTRECHT, CASABLANCA = "Africa/Freetown", "Europe/Amsterdam", "Africa/Casablanca"
SUNDAY, MONDAY = 6, 0
RULES = {
    FATMATA: CheckInRule(MONDAY, 540, FREETOWN),
    ANNEKE: CheckInRule(MONDAY, 540, UTRECHT),
    KHADIJA: CheckInRule(SUNDAY, 480, CASABLANCA),
    JOKE: CheckInRule(SUNDAY, 480, UTRECHT),
}
SOON = timedelta(minutes=2)
"""After a due moment; the simulated clock also runs."""


def planned(chat: int, week: int = 0) -> datetime:
    """Her check-in of the week that begins on the Monday after the clocks changed (for Sunday's: the day itself)."""
    rule = RULES[chat]
    day: date = DST_DAY + timedelta(days=(1 if rule.day == MONDAY else 0) + 7 * week)
    return moment_at(day, rule.minute, rule.zone)


def test_prompts_and_reminders_come_at_everybodys_own_hour_across_a_change_of_clocks(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await journey.move_to(planned(FATMATA) + timedelta(hours=1))
        assert planned(JOKE) == datetime(DST_DAY.year, DST_DAY.month, DST_DAY.day, 6, tzinfo=UTC), "summer time already"
        for chat in RULES:
            (sent,) = journey.prompts(chat, since)
            assert planned(chat) <= sent <= planned(chat) + SOON, chat

        # one answers a part, one all, two nothing
        journey.tap(ANNEKE, "ask_contact", "Real exchange")
        await journey.is_asked(ANNEKE, "ask_direction")
        await journey.taps(FATMATA, *REAL_EXCHANGE)
        await journey.says(FATMATA, "Done, thank you.", journey.asked(FATMATA, "ask_feeling").id)  # type: ignore[union-attr]
        await journey.settled()
        touched = journey.moment()

        await journey.move_to(planned(FATMATA, 1) - timedelta(hours=1))
        for chat in (KHADIJA, JOKE):
            (reminded,) = journey.reminders(chat, since)
            sent = journey.prompts(chat, since)[0]
            expected = own_hour_after(RULES[chat], sent, timedelta(hours=48) - SENT_WITHIN)
            assert expected - planned(chat) == timedelta(days=2), "two days later, though it left a moment late"
            assert expected <= reminded <= expected + SOON, chat
        assert not journey.reminders(FATMATA, since), "she has answered"

        await journey.move_to(planned(FATMATA, 1) + timedelta(hours=1))
        for chat in RULES:
            assert len(journey.prompts(chat, since)) == 2, chat
            sent = journey.prompts(chat, since)[1]
            assert planned(chat, 1) <= sent <= planned(chat, 1) + SOON
        for entry in journey.calls("sendMessage", since=since):
            chat = entry["chat"]
            if chat in RULES and entry["text"].startswith(("Hello ", "Still open")):
                at = local_time(datetime.fromtimestamp(entry["at"], UTC), RULES[chat].zone)
                assert 8 <= at.hour < 21, entry

        whole = (await journey.check_ins(FATMATA))[0]
        assert (whole.status, dict(whole.answers), whole.planned_at) == ("answered", ANSWERED, planned(FATMATA))
        assert whole.sent_at is not None
        assert whole.first_touched_at is not None
        assert whole.answered_at is not None
        assert whole.planned_at <= whole.sent_at <= whole.first_touched_at <= whole.answered_at <= touched
        part = (await journey.check_ins(ANNEKE))[0]
        assert (part.status, dict(part.answers), part.answered_at) == ("partial", {"contact": "real"}, None)
        assert part.first_touched_at is not None
        missed = (await journey.check_ins(JOKE))[0]
        assert (missed.status, dict(missed.answers), missed.first_touched_at) == ("missed", {}, None)
        assert missed.sent_at is not None
        assert planned(JOKE) <= missed.sent_at <= planned(JOKE) + SOON

        # late: the first question of the week before is still there
        first = next(one for one in journey.received(JOKE) if one.text.startswith("Hello "))
        journey.room.tap(JOKE, first.id, 0, 0)
        above = (await journey.is_asked(JOKE, "ask_direction")).id
        journey.tap(JOKE, *REAL_EXCHANGE[1])
        above = (await journey.is_asked(JOKE, "ask_kind", above)).id
        journey.tap(JOKE, *REAL_EXCHANGE[2])
        await journey.is_asked(JOKE, "ask_feeling", above)
        journey.tap(JOKE, *REAL_EXCHANGE[3])
        await journey.says(JOKE, "Done, thank you.", above)
        await journey.settled()
        late = (await journey.check_ins(JOKE))[0]
        assert (late.period, late.status, late.late) == (missed.period, "answered", True)
        assert dict(late.answers) == ANSWERED
        assert late.sent_at == missed.sent_at

    world.play(scene)


def test_a_bot_that_was_down_for_three_days_sends_nothing_stale_and_asks_next_time(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await journey.move_to(planned(FATMATA) - timedelta(hours=2))
        journey.kill(stay_down=True)
        await journey.is_down()
        journey.room.jump(3 * DAY)
        journey.restart()
        await journey.started()
        await journey.settled()
        await journey.move(HOUR)
        monday = [chat for chat in TWINS if chat not in (KHADIJA, JOKE)]
        for chat in monday:
            assert not journey.prompts(chat, since), "too late to be asked"
        assert any("too_late" in line for line in journey.logged("skipped"))
        await journey.move_to(planned(FATMATA, 1) + timedelta(hours=1))
        for chat in monday:
            assert len(journey.prompts(chat, since)) == 1, "the next one comes, once"
        (sent,) = journey.prompts(FATMATA, since)
        assert planned(FATMATA, 1) <= sent <= planned(FATMATA, 1) + SOON

    world.play(scene)


def test_a_bot_that_was_down_for_an_hour_asks_late_and_once(world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        since = journey.room.room.journal_end
        await journey.move_to(planned(FATMATA) - timedelta(minutes=10))
        journey.kill(stay_down=True)
        await journey.is_down()
        journey.room.jump(HOUR)
        journey.restart()
        await journey.started()
        await journey.says(FATMATA, "Contact with Anneke since last time?")
        await journey.settled()
        await journey.move(6 * HOUR)
        for chat in TWINS:
            assert len(journey.prompts(chat, since)) == 1, chat
        (recorded,) = journey.prompts(FATMATA, since)
        assert recorded >= planned(FATMATA) + timedelta(minutes=49)
        await journey.taps(FATMATA, *REAL_EXCHANGE)
        await journey.says(FATMATA, "Done, thank you.", journey.asked(FATMATA, "ask_feeling").id)  # type: ignore[union-attr]
        await journey.settled()
        (kept,) = await journey.check_ins(FATMATA)
        assert kept.planned_at == planned(FATMATA)
        assert kept.sent_at is not None
        assert abs(kept.sent_at - recorded) < timedelta(seconds=10), "when it was really sent"

    world.play(scene)
