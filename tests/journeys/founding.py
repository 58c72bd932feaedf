"""A programme of two twins and two coordinators, set up and joined through whichever processes run."""

from __future__ import annotations

from bot import programmes
from tests.journeys.players import CAST
from tests.journeys.seeding import ask_nothing_beside
from tests.journeys.stage import Journey, gather

FOUNDERS = CAST[:4]
TWO_TWINS = FOUNDERS[:2]


async def founded(journey: Journey) -> None:
    """Everybody has joined, and the twins are paired."""
    plan = programmes.Plan("Midwives", ("Freetown", "Utrecht"), ("SL", "NL"), "professional", "en", 1)
    made = await programmes.create(journey.database, plan, journey.moment())
    await ask_nothing_beside(journey, plan.name)
    tokens = {(link.side, link.role): link.token for link in made.links}
    await gather(journey.joins(player, tokens[player.side, player.role]) for player in FOUNDERS)
    one, other = [await journey.person(player.chat) for player in TWO_TWINS]
    await programmes.pair(journey.database, one, other, journey.moment())
    await gather(_hears(journey, player.chat) for player in TWO_TWINS)


async def _hears(journey: Journey, chat: int) -> None:
    await journey.says(chat, "You have a twin")
