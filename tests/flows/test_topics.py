from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.library import packaged_catalogue
from flows.rules.topics import TOPICS, card
from flows.sample import FACTS

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_another_card_comes_each_week_and_all_come_in_turn() -> None:
    weeks = [card(None, FACTS, NOW + timedelta(weeks=n)).id for n in range(TOPICS * 3)]
    assert all(one != other for one, other in pairwise(weeks))
    assert len({card(f"2026-W{n:02}", FACTS, NOW).id for n in range(1, TOPICS + 1)}) == TOPICS


def test_both_have_the_same_card_in_one_week_however_it_is_named() -> None:
    assert card("2026-W49", FACTS, NOW).id == card(None, FACTS, NOW + timedelta(days=3)).id


def test_every_card_is_in_the_library_and_no_card_is_left_out() -> None:
    cards = {one for one in packaged_catalogue().phrases if one.startswith("topics.card_")}
    assert cards == {f"topics.card_{n}" for n in range(1, TOPICS + 1)}
