"""A programme that everybody has joined through the real bot."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from bot import programme_settings, programmes
from bot.rehearsal.keeping import save
from bot.rehearsal.state import Room
from tests.journeys.players import CAST, PAIRS, TWINS
from tests.journeys.stage import TOKEN, Journey, gather


def write_state(path: Path, start: datetime) -> None:
    """An empty room whose clock begins at `start`."""
    save(Room(TOKEN, "journey_twinbot"), path, now=start.timestamp(), wall=time.time())


async def seed(journey: Journey) -> None:
    """Everybody joins through the real bot, all at once, and the twins are paired."""
    await journey.started()
    count = len(TWINS) // 2
    plan = programmes.Plan("Midwives", ("Freetown", "Utrecht"), ("SL", "NL"), "professional", "en", count)
    invited = await programmes.create(journey.database, plan, journey.moment())
    await ask_nothing_beside(journey, plan.name)
    tokens: dict[tuple[str, str], list[str]] = {}
    for link in invited.links:
        tokens.setdefault((link.side, link.role), []).append(link.token)
    await gather(journey.joins(player, tokens[player.side, player.role].pop()) for player in CAST)
    for one, other in PAIRS:
        await programmes.pair(
            journey.database, await journey.person(one), await journey.person(other), journey.moment()
        )
    for chat in TWINS:
        await journey.says(chat, "You have a twin")
    await gather(_names_later(journey, chat) for chat in TWINS)
    await journey.settled()


async def ask_nothing_beside(journey: Journey, programme: str) -> None:
    """What the agenda asks beside the check-in is for journeys of its own; elsewhere it would stand between."""
    wanted = programme_settings.Change(asks=False)
    await programme_settings.change(journey.database, programme, wanted, journey.moment())


async def _names_later(journey: Journey, chat: int) -> None:
    """Naming is for `test_pairs`; elsewhere nobody is offered it again."""
    await journey.taps(chat, ("ask_begin", "Later"))
    await journey.says(chat, "/agreement begins it")
