"""A programme that speaks French from the first word: joined, paired, checked in, noted, and written to by all."""

from __future__ import annotations

import re

import pytest

from bot import programmes
from bot.rehearsal.state import commands_for
from tests.journeys.stage import Journey, World, gather

pytestmark = pytest.mark.journey

AICHA, ADJOUA, OUMAIMA, EMMANUEL = 301, 302, 303, 304
TWINS = (AICHA, ADJOUA)
PEOPLE = {
    AICHA: ("Aïcha", "Rabat", "twin", "Maroc"),
    ADJOUA: ("Adjoua", "Abidjan", "twin", "Côte d'Ivoire"),
    OUMAIMA: ("Oumaima", "Rabat", "coordinator", "Maroc"),
    EMMANUEL: ("Emmanuel", "Abidjan", "coordinator", "Côte d'Ivoire"),
}
WORDS = "L’atelier commence à neuf heures."

ENGLISH = re.compile(r"\b(the|you|your|and|not|is|it|with)\b", re.IGNORECASE)
"""None of them is a word of French, of a command or of a name here."""


async def _joins(journey: Journey, chat: int, token: str) -> None:
    name, side, role, country = PEOPLE[chat]
    journey.room.add_phone(chat, name, "fr", f"{role} · {side}")
    journey.room.open_link(chat, token)
    await journey.taps(chat, ("ask_consent", "J’accepte"))
    before = (await journey.says(chat, "Comment pouvons-nous vous appeler\u202f?")).id
    journey.write(chat, name)
    before = (await journey.is_asked(chat, "ask_country", before)).id
    journey.write(chat, country)
    await journey.until(lambda: bool(journey.asked(chat, "ask_zone") or journey.asked(chat, "ask_time_right")), "clock")
    if journey.asked(chat, "ask_time_right") is None:
        journey.write(chat, "Casablanca")
    await journey.taps(chat, ("ask_time_right", "Oui"))
    if role == "twin":
        before = (await journey.is_asked(chat, "ask_day", before)).id
        journey.write(chat, "mardi")
        await journey.is_asked(chat, "ask_hour", before)
        journey.write(chat, "à 9 heures")
    await journey.says(chat, f"C’est fait, {name}\u202f: vous participez")


async def _names(journey: Journey, chat: int) -> None:
    await journey.taps(chat, ("ask_answer", "Oui, avec plaisir"))
    await journey.taps(chat, ("ask_begin", "Commencer"))
    before = (await journey.says(chat, "Sous quel nom vous présenter à")).id
    journey.write(chat, PEOPLE[chat][0])
    await journey.is_asked(chat, "ask_meaning", before)
    journey.tap(chat, "ask_meaning", "Passer")
    await journey.taps(chat, ("ask_promise", "J’écoute avant de conseiller"), ("ask_promise_words", "Passer"))


async def _agree(journey: Journey) -> None:
    await journey.is_asked(AICHA, "ask_frequency")
    for number in ("1", "1 2", "3", "3", "2", "1", "1"):
        above = journey.write(AICHA, number)
        await journey.says(AICHA, "", above)
    await journey.taps(ADJOUA, ("ask_agree", "J’accepte"))
    agreed = await journey.says(AICHA, "Adjoua et vous avez convenu")
    assert "Moyens\u202f: Messages écrits · Messages vocaux" in agreed.text
    assert "La coordination peut intervenir après 21 jours de silence" in agreed.text


async def _checks_in(journey: Journey, chat: int) -> None:
    before = journey.write(chat, "/checkin")
    await journey.is_asked(chat, "ask_contact", before)
    journey.write(chat, "1 3 2 5")
    await journey.says(chat, "Vrai échange · donné en retour · Savoir-faire · 😄.", before)


async def _notes(journey: Journey, chat: int, partner: str) -> None:
    await journey.is_asked(chat, "ask_kind", journey.write(chat, "/gave"))
    await journey.taps(chat, ("ask_kind", "Savoir-faire"), ("ask_level", "Personnel"), ("ask_towards", partner))
    before = (await journey.is_asked(chat, "ask_words")).id
    journey.write(chat, "une façon calme d’expliquer")
    await journey.is_asked(chat, "ask_sharing", before)
    await journey.taps(chat, ("ask_sharing", f"Partager avec {partner}"))


async def _asks(journey: Journey, chat: int, *asked: tuple[str, str]) -> None:
    """Commands, and words of what each answers."""
    for command, words in asked:
        await journey.says(chat, words, journey.write(chat, command))


async def _broadcasts(journey: Journey) -> None:
    before = journey.write(OUMAIMA, "/broadcast")
    await journey.taps(OUMAIMA, ("ask_side", "Tous les côtés"), ("ask_who", "Tout le monde"))
    before = (await journey.says(OUMAIMA, "Il manque\u202f: Français (4 personnes).", before)).id
    journey.write(OUMAIMA, WORDS)
    await journey.says(OUMAIMA, "Français, 4 personnes\u202f:", before)
    await journey.is_asked(OUMAIMA, "ask_send", before)
    journey.tap(OUMAIMA, "ask_send", "Envoyer")
    await journey.says(EMMANUEL, f"{WORDS}\n\n— Oumaima, Sages-femmes")
    await journey.says(OUMAIMA, "Votre message groupé à 4 personnes\u202f:\nenvoyés\u202f: 4")


def test_four_people_live_a_programme_in_french(empty_world: World) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        plan = programmes.Plan("Sages-femmes", ("Rabat", "Abidjan"), ("MA", "CI"), "professional", "fr", 1)
        invited = await programmes.create(journey.database, plan, journey.moment())
        tokens = {(link.side, link.role): link.token for link in invited.links}
        await gather(_joins(journey, chat, tokens[PEOPLE[chat][1:3]]) for chat in PEOPLE)
        before = journey.write(OUMAIMA, "/pair")
        await journey.is_asked(OUMAIMA, "ask_near", before)
        journey.write(OUMAIMA, "aïch")
        await journey.is_asked(OUMAIMA, "ask_far", before)
        journey.write(OUMAIMA, "adj")
        await journey.taps(OUMAIMA, ("ask_sure", "Oui, demander aux deux"))
        await gather(_names(journey, chat) for chat in TWINS)
        await _agree(journey)
        await gather(_checks_in(journey, chat) for chat in TWINS)
        await gather(_notes(journey, chat, PEOPLE[partner][0]) for chat, partner in (TWINS, TWINS[::-1]))
        await journey.settled()
        await _asks(
            journey,
            AICHA,
            ("/balance", "d’après ce que vous m’avez dit\u202f: donné en retour 1 fois."),
            ("/next", "Votre prochain point régulier arrive le mardi"),
            ("/numbers", "Bonjour Aïcha. Contact avec Adjoua"),
            ("/privacy", "2 sur 2"),
            ("/help", "Faire le point maintenant"),
            ("/reflections", "Les plus récentes d’abord"),
            ("/time", "(Maroc), où il est maintenant"),
            ("/contact", "Écrivez à la coordination"),
            ("/mydata", "La même chose pour une machine"),
            ("/pause", "Pour combien de temps"),
        )
        await _asks(journey, OUMAIMA, ("/pairs", "\u202f: 1 duo."), ("/digest", "Demandes de contact\u202f: Aïcha."))
        await _broadcasts(journey)
        every = [words for chat in PEOPLE for words in journey.texts(chat)]
        assert [words for words in every if ENGLISH.search(words)] == []
        menu = {one["command"]: one["description"] for one in commands_for(journey.room.room, journey.phone(AICHA))}
        assert menu["checkin"] == "Faire le point maintenant"

    empty_world.play(scene)
