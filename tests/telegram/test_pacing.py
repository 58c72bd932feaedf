from __future__ import annotations

from bisect import bisect_left

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.pacing import BULK_A_SECOND, CHAT_BURST, TOTAL_A_SECOND, Pace
from flows.effects import Lane

ROUNDING = 1e-6

lanes = st.sampled_from(list(Lane))
asks = st.lists(
    st.tuples(lanes, st.integers(1, 60), st.floats(0, 0.3), st.booleans()), min_size=1, max_size=300
)  # lane, chat, seconds after the one before, mark


def most_in_a_second(moments: list[float]) -> int:
    return max((bisect_left(moments, at + 1 - ROUNDING) - i for i, at in enumerate(moments)), default=0)


def play(asked: list[tuple[Lane, int, float, bool]]) -> list[tuple[float, Lane, int, bool]]:
    """Each ask starts as soon as it may, in order, late by up to what the test says."""
    pace, now, started = Pace(), 1000.0, []
    for lane, chat, later, mark in asked:
        now += later
        now += pace.wait(lane, chat, now, mark=mark)
        assert pace.wait(lane, chat, now + 1e-9, mark=mark) <= ROUNDING
        pace.start(lane, chat, now, mark=mark)
        started.append((now, lane, chat, mark))
    return started


@settings(max_examples=60, deadline=None)
@given(asks)
def test_no_sliding_second_holds_more_than_30_starts_or_25_of_bulk(
    asked: list[tuple[Lane, int, float, bool]],
) -> None:
    started = play(asked)
    assert most_in_a_second([at for at, *_ in started]) <= TOTAL_A_SECOND
    assert most_in_a_second([at for at, lane, *_ in started if lane is Lane.BULK]) <= BULK_A_SECOND


@settings(max_examples=60, deadline=None)
@given(asks)
def test_a_chat_gets_one_message_a_second_and_replies_run_at_most_three_ahead(
    asked: list[tuple[Lane, int, float, bool]],
) -> None:
    by_chat: dict[int, list[tuple[float, Lane]]] = {}
    for at, lane, chat, mark in play(asked):
        if not mark:
            by_chat.setdefault(chat, []).append((at, lane))
    for starts in by_chat.values():
        moments = [at for at, _ in starts]
        assert most_in_a_second(moments) <= CHAT_BURST
        for i, (at, lane) in enumerate(starts):
            assert all(i - j <= at - moments[j] + CHAT_BURST - 1 + ROUNDING for j in range(i))
            if lane is not Lane.REPLY and i:
                assert at - moments[i - 1] >= 1 - ROUNDING


def test_bulk_reaches_its_25_a_second_and_does_not_begin_with_a_burst() -> None:
    pace, now = Pace(), 0.0
    moments: list[float] = []
    while now < 20:
        now += pace.wait(Lane.BULK, 1000 + len(moments), now)
        pace.start(Lane.BULK, 1000 + len(moments), now)
        moments.append(now)
        now += 0.001  # the loop wakes a little late
    assert len(moments) >= 0.98 * 25 * 20
    assert sum(at < 0.2 for at in moments) <= 8


def test_replies_go_first_while_bulk_is_at_its_limit() -> None:
    pace = Pace()
    for i in range(25):
        now = i / 25
        assert pace.wait(Lane.BULK, i + 1, now) <= 0.04
        pace.start(Lane.BULK, i + 1, now)
    assert pace.wait(Lane.BULK, 99, 0.97) > 0
    assert pace.wait(Lane.REPLY, 99, 0.97) == 0


def test_one_chat_s_flood_holds_that_chat_alone() -> None:
    pace = Pace()
    pace.flooded(7, 30, now=100.0)
    assert pace.wait(Lane.REPLY, 7, 110.0) == 20
    assert pace.wait(Lane.REPLY, 8, 110.0) == 0
    assert pace.resting(110.0) == {7: 130.0}
    assert pace.wait(Lane.REPLY, 7, 130.0) == 0


def test_three_chats_within_ten_seconds_mean_the_whole_bot() -> None:
    pace = Pace()
    pace.flooded(1, 5, now=100.0)
    pace.flooded(1, 5, now=101.0)
    pace.flooded(2, 20, now=102.0)
    assert pace.wait(Lane.REPLY, 9, 103.0) == 0
    pace.flooded(3, 5, now=109.0)
    assert pace.wait(Lane.REPLY, 9, 110.0) == 12


def test_three_chats_far_apart_do_not() -> None:
    pace = Pace()
    for chat in range(1, 6):
        pace.flooded(chat, 5, now=chat * 6.0)
    assert pace.wait(Lane.REPLY, 9, 31.0) == 0


def test_pauses_survive_a_restart_when_they_are_told_again() -> None:
    pace = Pace()
    pace.restore([(1, 130.0), (2, 140.0), (3, 90.0)], now=100.0)
    assert pace.wait(Lane.REPLY, 1, 100.0) == 30
    assert pace.wait(Lane.REPLY, 3, 100.0) == 0
    assert pace.wait(Lane.REPLY, 9, 100.0) == 0
    pace.restore([(4, 150.0)], now=100.0)
    assert pace.wait(Lane.REPLY, 9, 100.0) == 50


def test_a_mark_is_no_message_for_its_chat() -> None:
    pace = Pace()
    for _ in range(CHAT_BURST):
        pace.start(Lane.REPLY, 5, 10.0)
    assert pace.wait(Lane.REPLY, 5, 10.5) == 0.5
    assert pace.wait(Lane.REPLY, 5, 10.5, mark=True) == 0


def test_chats_that_are_rested_are_forgotten() -> None:
    pace = Pace()
    for chat in range(1, 2000):
        pace.start(Lane.REPLY, chat, float(chat))
    assert len(pace._chats) < 300
