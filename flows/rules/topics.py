"""Topic cards: something to write about. Another one each week, the same for both twins in that week."""

from __future__ import annotations

from datetime import datetime

from flows.rules.situation import Facts
from flows.values import Text

TOPICS = 24
"""Cards in the library, `topics.card_1` and on, of four themes: work, place and custom, learning, the two of them.
A new one goes last."""

STRIDE = 5
"""So many further each week, so that themes take turns; it shares no divisor with `TOPICS`, so every card comes."""


def card(period: str | None, facts: Facts, now: datetime) -> Text:
    """The card of the week `period` (as in `2026-W48`), else of the week in which `now` lies."""
    week = now.isocalendar().week if period is None else int(period.rpartition("W")[2])
    return Text(f"topics.card_{week * STRIDE % TOPICS + 1}", {"twin": str(facts["twin.name"] or "…")})
