"""A programme that speaks one language from the first word: joined, paired, checked in, noted, and written to by all.

Everybody in it taps and types what stands here in their own language, and no word of English reaches anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from bot import programmes
from bot.rehearsal.state import commands_for
from tests.journeys.stage import Journey, World, gather

pytestmark = pytest.mark.journey

NEAR, FAR, NEAR_COORDINATOR, FAR_COORDINATOR = 301, 302, 303, 304
TWINS = (NEAR, FAR)

ENGLISH = re.compile(r"\b(the|you|your|and|not|is|it|with)\b", re.IGNORECASE)
"""None of them is a word of French or Spanish, of a command or of a name here."""


@dataclass(frozen=True)
class Spoken:
    """What is tapped, typed and read in one language. It is day in the countries when a journey begins: nobody is
    asked at night. `city` is typed where the first country has several clocks, `typed_names` to find the twins."""

    language: str
    programme: str
    sides: tuple[str, str]
    codes: tuple[str, str]
    countries: tuple[str, str]
    city: str
    names: Mapping[int, str]
    typed_names: tuple[str, str]
    taps: Mapping[str, str]
    says: Mapping[str, str]
    pages: tuple[tuple[str, str], ...]
    coordinators_pages: tuple[tuple[str, str], ...]
    words: tuple[str, str]

    def of(self, chat: int) -> tuple[str, str, str, str]:
        """Name, side, role and country of who has this chat."""
        at = chat in (FAR, FAR_COORDINATOR)
        return self.names[chat], self.sides[at], "twin" if chat in TWINS else "coordinator", self.countries[at]


FRENCH = Spoken(
    "fr",
    "Sages-femmes",
    ("Rabat", "Abidjan"),
    ("MA", "CI"),
    ("Maroc", "Côte d'Ivoire"),
    "Casablanca",
    {NEAR: "Aïcha", FAR: "Adjoua", NEAR_COORDINATOR: "Oumaima", FAR_COORDINATOR: "Emmanuel"},
    ("aïch", "adj"),
    taps={
        "agree": "J’accepte",
        "yes": "Oui",
        "gladly": "Oui, avec plaisir",
        "begin": "Commencer",
        "skip": "Passer",
        "promise": "J’écoute avant de conseiller",
        "ask_both": "Oui, demander aux deux",
        "kind": "Savoir-faire",
        "level": "Personnel",
        "share": "Partager avec",
        "every_side": "Tous les côtés",
        "everybody": "Tout le monde",
        "send": "Envoyer",
    },
    says={
        "name": "Comment pouvons-nous vous appeler\u202f?",
        "joined": "C’est fait, {name}\u202f: vous participez",
        "call_me": "Sous quel nom vous présenter à",
        "agreed": "{twin} et vous avez convenu",
        "channels": "Moyens\u202f: Messages écrits · Messages vocaux",
        "quiet": "La coordination peut intervenir après 21 jours de silence",
        "checked_in": "Vrai échange · donné en retour · Savoir-faire · 😄.",
        "missing": "Il manque\u202f: Français (4 personnes).",
        "preview": "Français, 4 personnes\u202f:",
        "sent": "Votre message groupé à 4 personnes\u202f:\nenvoyés\u202f: 4",
        "checkin": "Faire le point maintenant",
    },
    pages=(
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
    ),
    coordinators_pages=(("/pairs", "\u202f: 1 duo."), ("/digest", "Demandes de contact\u202f: Aïcha.")),
    words=("une façon calme d’expliquer", "L’atelier commence à neuf heures."),
)

SPANISH = Spoken(
    "es",
    "Obstetricia",
    ("Sevilla", "Malabo"),
    ("ES", "GQ"),
    ("España", "Guinea Ecuatorial"),
    "Madrid",
    {NEAR: "Inés", FAR: "Óscar", NEAR_COORDINATOR: "Úrsula", FAR_COORDINATOR: "Íñigo"},
    ("inés", "ósc"),
    taps={
        "agree": "Acepto",
        "yes": "Sí",
        "gladly": "Sí, con gusto",
        "begin": "Empezar",
        "skip": "Saltar",
        "promise": "Escucho antes de aconsejar",
        "ask_both": "Sí, preguntar a las dos",
        "kind": "Habilidades",
        "level": "Personal",
        "share": "Compartir con",
        "every_side": "Todos los lados",
        "everybody": "Todo el mundo",
        "send": "Enviar",
    },
    says={
        "name": "¿Con qué nombre le llamamos?",
        "joined": "Ya participa, {name}",
        "call_me": "¿Con qué nombre puede llamarle",
        "agreed": "{twin} y usted acordaron",
        "channels": "Medios: Mensajes escritos · Mensajes de voz",
        "quiet": "La coordinación puede intervenir después de 21 días de silencio",
        "checked_in": "Intercambio real · devolví · Habilidades · 😄.",
        "missing": "Falta: Español (4 personas).",
        "preview": "Español, 4 personas:",
        "sent": "Su difusión a 4 personas:\nenvíos hechos: 4",
        "checkin": "Hacer ahora la puesta al día",
    },
    pages=(
        ("/balance", "según lo que me contó: devolvió 1 vez."),
        ("/next", "Su próxima puesta al día llega el martes, "),
        ("/numbers", "Hola, Inés. ¿Contacto con Óscar desde la última vez?"),
        ("/privacy", "2 de 2"),
        ("/help", "Hacer ahora la puesta al día"),
        ("/reflections", "Primero lo más reciente"),
        ("/time", "(España), donde el reloj marca ahora"),
        ("/contact", "Quién lo leerá: Úrsula e Íñigo, y nadie más."),
        ("/mydata", "Lo mismo para una máquina"),
        ("/pause", "¿Por cuánto tiempo?"),
    ),
    coordinators_pages=(("/pairs", ": 1 dúo."), ("/digest", "Peticiones de contacto: Inés.")),
    words=("una manera tranquila de explicarlo", "El taller empieza a las nueve."),
)


class Programme:
    """The four of them at their phones."""

    def __init__(self, journey: Journey, spoken: Spoken) -> None:
        self.journey, self.spoken = journey, spoken

    async def taps(self, chat: int, *tapped: tuple[str, str]) -> None:
        await self.journey.taps(chat, *((step, self.spoken.taps[what]) for step, what in tapped))

    async def joins(self, chat: int, token: str) -> None:
        journey, says = self.journey, self.spoken.says
        name, side, role, country = self.spoken.of(chat)
        journey.room.add_phone(chat, name, self.spoken.language, f"{role} · {side}")
        journey.room.open_link(chat, token)
        await self.taps(chat, ("ask_consent", "agree"))
        before = (await journey.says(chat, says["name"])).id
        journey.write(chat, name)
        before = (await journey.is_asked(chat, "ask_country", before)).id
        journey.write(chat, country)
        await journey.until(
            lambda: bool(journey.asked(chat, "ask_zone") or journey.asked(chat, "ask_time_right")), "clock"
        )
        if journey.asked(chat, "ask_time_right") is None:
            journey.write(chat, self.spoken.city)
        await self.taps(chat, ("ask_time_right", "yes"))
        if role == "twin":
            before = (await journey.is_asked(chat, "ask_day", before)).id
            journey.write(chat, "2")
            await journey.is_asked(chat, "ask_hour", before)
            journey.write(chat, "9:00")
        await journey.says(chat, says["joined"].format(name=name))

    async def are_paired(self) -> None:
        journey = self.journey
        before = journey.write(NEAR_COORDINATOR, "/pair")
        await journey.is_asked(NEAR_COORDINATOR, "ask_near", before)
        journey.write(NEAR_COORDINATOR, self.spoken.typed_names[0])
        await journey.is_asked(NEAR_COORDINATOR, "ask_far", before)
        journey.write(NEAR_COORDINATOR, self.spoken.typed_names[1])
        await self.taps(NEAR_COORDINATOR, ("ask_sure", "ask_both"))

    async def names(self, chat: int) -> None:
        journey = self.journey
        await self.taps(chat, ("ask_answer", "gladly"), ("ask_begin", "begin"))
        before = (await journey.says(chat, self.spoken.says["call_me"])).id
        journey.write(chat, self.spoken.names[chat])
        await journey.is_asked(chat, "ask_meaning", before)
        journey.tap(chat, "ask_meaning", self.spoken.taps["skip"])
        await self.taps(chat, ("ask_promise", "promise"), ("ask_promise_words", "skip"))

    async def agree(self) -> None:
        journey, says = self.journey, self.spoken.says
        await journey.is_asked(NEAR, "ask_frequency")
        for number in ("1", "1 2", "3", "3", "2", "1", "1"):
            above = journey.write(NEAR, number)
            await journey.says(NEAR, "", above)
        await self.taps(FAR, ("ask_agree", "agree"))
        agreed = await journey.says(NEAR, says["agreed"].format(twin=self.spoken.names[FAR]))
        assert says["channels"] in agreed.text
        assert says["quiet"] in agreed.text

    async def checks_in(self, chat: int) -> None:
        before = self.journey.write(chat, "/checkin")
        await self.journey.is_asked(chat, "ask_contact", before)
        self.journey.write(chat, "1 3 2 5")
        await self.journey.says(chat, self.spoken.says["checked_in"], before)

    async def notes(self, chat: int, partner: str) -> None:
        journey, share = self.journey, self.spoken.taps["share"]
        await journey.is_asked(chat, "ask_kind", journey.write(chat, "/gave"))
        await self.taps(chat, ("ask_kind", "kind"), ("ask_level", "level"))
        await journey.taps(chat, ("ask_towards", partner))
        before = (await journey.is_asked(chat, "ask_words")).id
        journey.write(chat, self.spoken.words[0])
        await journey.is_asked(chat, "ask_sharing", before)
        await journey.taps(chat, ("ask_sharing", f"{share} {partner}"))

    async def reads(self, chat: int, pages: tuple[tuple[str, str], ...]) -> None:
        """Commands, and words of what each answers."""
        for command, words in pages:
            await self.journey.says(chat, words, self.journey.write(chat, command))

    async def broadcasts(self) -> None:
        journey, spoken, words = self.journey, self.spoken, self.spoken.words[1]
        before = journey.write(NEAR_COORDINATOR, "/broadcast")
        await self.taps(NEAR_COORDINATOR, ("ask_side", "every_side"), ("ask_who", "everybody"))
        before = (await journey.says(NEAR_COORDINATOR, spoken.says["missing"], before)).id
        journey.write(NEAR_COORDINATOR, words)
        await journey.says(NEAR_COORDINATOR, spoken.says["preview"], before)
        await journey.is_asked(NEAR_COORDINATOR, "ask_send", before)
        journey.tap(NEAR_COORDINATOR, "ask_send", spoken.taps["send"])
        await journey.says(FAR_COORDINATOR, f"{words}\n\n— {spoken.names[NEAR_COORDINATOR]}, {spoken.programme}")
        await journey.says(NEAR_COORDINATOR, spoken.says["sent"])


@pytest.mark.parametrize("spoken", [FRENCH, SPANISH], ids=lambda spoken: spoken.language)
def test_four_people_live_a_programme_in_their_language(empty_world: World, spoken: Spoken) -> None:
    async def scene(journey: Journey) -> None:
        await journey.started()
        plan = programmes.Plan(spoken.programme, spoken.sides, spoken.codes, "professional", spoken.language, 1)
        invited = await programmes.create(journey.database, plan, journey.moment())
        tokens = {(link.side, link.role): link.token for link in invited.links}
        four = Programme(journey, spoken)
        await gather(four.joins(chat, tokens[spoken.of(chat)[1:3]]) for chat in spoken.names)
        await four.are_paired()
        await gather(four.names(chat) for chat in TWINS)
        await four.agree()
        await gather(four.checks_in(chat) for chat in TWINS)
        await gather(four.notes(chat, spoken.names[partner]) for chat, partner in (TWINS, TWINS[::-1]))
        await journey.settled()
        await four.reads(NEAR, spoken.pages)
        await four.reads(NEAR_COORDINATOR, spoken.coordinators_pages)
        await four.broadcasts()
        every = [words for chat in spoken.names for words in journey.texts(chat)]
        assert [words for words in every if ENGLISH.search(words)] == []
        menu = {one["command"]: one["description"] for one in commands_for(journey.room.room, journey.phone(NEAR))}
        assert menu["checkin"] == spoken.says["checkin"]

    empty_world.play(scene)
