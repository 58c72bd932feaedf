"""The one cast of tests, docs and rehearsal: two twins and their two coordinators, invented all of them.

Fatmata (Freetown, Sierra Leone) and Anneke (Utrecht, the Netherlands) are twins; Isatu and Marieke coordinate. Where a
safeguarding focal point is needed it is Hannah, in Utrecht.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.places import world_facts
from bot.speech import packaged_languages
from flows.broadcasts import Readers
from flows.overview import CheckedIn, Endings, Overview, PairSeen, TwinSeen
from flows.people import Candidate, PairId, Person, PersonId, PersonState, Profile, ProgrammeId, Role, SideId
from flows.standing import FIRST, MADE, Spell, Standing

PROGRAMME = "Midwives together"
PROGRAMME_ID = ProgrammeId(1)
PAIR = PairId(1)
FREETOWN, UTRECHT = SideId(1), SideId(2)
SIDES = {FREETOWN: "Freetown", UTRECHT: "Utrecht"}
COUNTRIES = ("SL", "NL")

FATMATA = Person(
    PersonId(1), PROGRAMME_ID, FREETOWN, Role.TWIN, "en", PersonState.ACTIVE, "Fatmata", "SL", "Africa/Freetown", 0, 540
)
ANNEKE = Person(
    PersonId(2), PROGRAMME_ID, UTRECHT, Role.TWIN, "nl", PersonState.ACTIVE, "Anneke", "NL", "Europe/Amsterdam", 0, 540
)
ISATU = Person(
    PersonId(3), PROGRAMME_ID, FREETOWN, Role.COORDINATOR, "en", PersonState.ACTIVE, "Isatu", "SL", "Africa/Freetown"
)
MARIEKE = Person(
    PersonId(4), PROGRAMME_ID, UTRECHT, Role.COORDINATOR, "nl", PersonState.ACTIVE, "Marieke", "NL", "Europe/Amsterdam"
)
HANNAH = Person(
    PersonId(5), PROGRAMME_ID, UTRECHT, Role.SAFEGUARDING, "en", PersonState.ACTIVE, "Hannah", "NL", "Europe/Amsterdam"
)
CAST = {person.name: person for person in (FATMATA, ANNEKE, ISATU, MARIEKE, HANNAH)}
SINCE = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
"""When pairs of the cast were proposed."""


def candidate(
    number: int, name: str, side: SideId, *, paused: bool = False, profile: Profile | None = None
) -> Candidate:
    """A twin without a partner."""
    country, zone = (("SL", "Africa/Freetown"), ("NL", "Europe/Amsterdam"))[side - 1]
    return Candidate(PersonId(number), name, side, SIDES[side], country, zone, paused, profile, SINCE)


def candidates(line: str) -> tuple[Candidate, ...]:
    """Twins without a partner, from a line such as `Fatu, Joke/Utrecht`."""
    found = []
    for number, written in enumerate(filter(None, line.split(", ")), start=21):
        name, _, side = written.partition("/")
        found.append(candidate(number, name, UTRECHT if side == "Utrecht" else FREETOWN))
    return tuple(found)


_ALIKE = Profile(
    languages=frozenset({"en"}),
    area=frozenset({"after_birth"}),
    style=frozenset({"short_often"}),
    offers=frozenset({"scarcity"}),
    wants=frozenset({"scarcity"}),
)

CANDIDATES = (
    candidate(11, "Mariama", FREETOWN, profile=_ALIKE),
    candidate(12, "Joke", UTRECHT),
    candidate(13, "Mariatu", FREETOWN, paused=True),
    candidate(14, "Willemijn", UTRECHT, profile=_ALIKE),
)
"""Who can be paired beside the cast."""
NAMES = {one.id: one.name for one in CANDIDATES}

_TWINS = {FATMATA.id: ANNEKE, ANNEKE.id: FATMATA}
_COORDINATORS = {FREETOWN: ISATU, UTRECHT: MARIEKE}


def facts_of(person: Person) -> dict[str, object]:
    """Every fact that a flow may list, as `storage/facts` would load it for one of the cast."""
    twin = _TWINS.get(person.id)
    return {
        **{f"person.{name}": getattr(person, name) for name in _PERSON},
        "twin.id": None if twin is None else twin.id,
        "twin.name": None if twin is None else twin.name,
        "twin.side_name": None if twin is None else SIDES[twin.side],
        "twin.zone": None if twin is None else twin.zone,
        "twin.state": None if twin is None else twin.state,
        "twin.muted": None if twin is None else False,
        "pair.id": None if twin is None else PAIR,
        "pair.since": None if twin is None else PAIRED_SINCE,
        "asked.history": (),
        "said.latest": {},
        "agreement.cadence": None,
        "agreement.quiet_days": None if twin is None else 21,
        "together.pair": None if twin is None else PAIR,
        "together.state": None if twin is None else "active",
        "together.since": None if twin is None else SINCE,
        "together.partner": None if twin is None else twin.id,
        "together.partner_name": None if twin is None else twin.name,
        "together.partner_side": None if twin is None else SIDES[twin.side],
        "together.partner_country": None if twin is None else twin.country,
        "together.partner_zone": None if twin is None else twin.zone,
        "together.mine": {},
        "together.theirs": {},
        "together.goals": (),
        "goals.list": (),
        "together.coordinators": (ISATU.id, MARIEKE.id),
        **stands(person, standing()),
        "candidates.twins": CANDIDATES if person.role is Role.COORDINATOR else (),
        "visit.told": None,
        "waiting.since": None if twin is not None or person.role is not Role.TWIN else SINCE,
        "candidates.proposals": (),
        "candidates.unpaired": (),
        "candidates.coordinators": (ISATU.id, MARIEKE.id) if person.role is Role.COORDINATOR else (),
        "programme.name": PROGRAMME,
        "programme.countries": COUNTRIES,
        "programme.ready": True,
        "programme.asks": True,
        "side.id": person.side,
        "side.name": SIDES[person.side],
        "side.coordinators": (_COORDINATORS[person.side].id,),
        "settings.controller": None,
        "settings.contact_email": None,
        "settings.emergency": {},
        "settings.retention_months": 24,
        "settings.sides": tuple(SIDES.values()),
        "settings.coordinators": (ISATU.id, MARIEKE.id),
        "consents.core": True,
        "consents.research": None,
        "consents.quotes": None,
        "reflections.own": (),
        "balance.reports": (),
        "balance.answered": (),
        "balance.felt": None,
        "programme.coordinators": (ISATU.id, MARIEKE.id),
        "programme.facilitators": ((ISATU.id, ISATU.name),),
        "programme.sides": tuple(SIDES.items()),
        "coordination.overview": overview(),
        "endings.counted": Endings(),
        "checklist.answers": (),
        "checklist.changes": (),
        "changes.list": (),
        "broadcast.people": (
            Readers(FREETOWN, False, "en", True, 1),
            Readers(FREETOWN, True, "en", True, 1),
            Readers(UTRECHT, False, "nl", True, 1),
            Readers(UTRECHT, True, "nl", True, 1),
        ),
        "broadcast.latest": None,
        "silence.missed": 0,
        "silence.since": None,
        "silence.reason": None,
        "silence.heard": None,
        "silence.events": frozenset(),
        "silence.passed": 0,
        "silence.asked": None,
        "contact.answered": (),
        "contact.latest": None,
        "flags.up": frozenset(),
        "safety.readers": ((ISATU.id, ISATU.name), (MARIEKE.id, MARIEKE.name)),
        "safety.focal": False,
        **_world(),
    }


PAIRED_SINCE = datetime(2026, 11, 16, 10, tzinfo=UTC)


def standing(*phases: str, contacts: int = 2, named: int = 2, agreed: bool = False) -> Standing:
    """Where the twins of the cast stand: since they are a pair, in the first phase unless others are named."""
    spells = tuple(Spell(one, PAIRED_SINCE, why=MADE) for one in phases or (FIRST,))
    return Standing(PAIR, spells, contacts, named, agreed)


def stands(person: Person, where: Standing) -> dict[str, object]:
    """The facts of somebody whose pair stands there."""
    is_twin = person.role is Role.TWIN
    return {
        "phase.standing": where if is_twin else None,
        "phase.current": where.current if is_twin else (),
        "phase.since": {one: where.since(one) for one in where.current} if is_twin else {},
        "phase.history": where.spells if is_twin else (),
        "moving.pairs": {} if is_twin else {PAIR: where},
        "balances.pairs": {},
    }


def _later(pair: PairId, since: datetime) -> Standing:
    return Standing(
        pair, (Spell(FIRST, since, since + timedelta(weeks=8)), Spell("exchange", since + timedelta(weeks=8)))
    )


def overview(pairs: int = 1) -> Overview:
    """What the coordinators see of their programme: the twins of the cast, and as many invented pairs as are wanted
    (`Ada 1 & Bea 1`, every third one quiet)."""
    contact = datetime(2026, 11, 27, 9, tzinfo=UTC)
    made = [PairSeen(PAIR, (_seen(FATMATA), _seen(ANNEKE)), standing(), "active", PAIRED_SINCE, contact)]
    for number in range(1, pairs):
        two = (
            TwinSeen(
                PersonId(100 + number), f"Ada {number}", "Freetown", "Africa/Freetown", "active", day=0, minute=540
            ),
            TwinSeen(
                PersonId(500 + number), f"Bea {number}", "Utrecht", "Europe/Amsterdam", "active", day=0, minute=540
            ),
        )
        since = PAIRED_SINCE - timedelta(weeks=10)
        last = None if number % 3 == 0 else contact
        made.append(PairSeen(PairId(1 + number), two, _later(PairId(1 + number), since), "active", since, last))
    weeks = {"2026-W48": (CheckedIn(FATMATA.id, "answered", "real"), CheckedIn(ANNEKE.id, "missed"))}
    names = {one.id: one.name for pair in made for one in pair.twins}
    return Overview(PROGRAMME, tuple(made[:pairs]), weeks=weeks, names=names)


def _seen(person: Person) -> TwinSeen:
    return TwinSeen(
        person.id, person.name, SIDES[person.side], person.zone, person.state, True, person.check_in_day,
        person.check_in_minute,
    )  # fmt: skip


_PERSON = (
    "id",
    "name",
    "role",
    "state",
    "language",
    "country",
    "zone",
    "check_in_day",
    "check_in_minute",
    "paused_until",
    "unreachable_since",
    "numbers_offered",
    "quiet_hours",
    "away_from",
    "away_until",
    "lite",
)


@cache
def _world() -> Mapping[str, object]:
    """Without holidays: a story about something else may cross one. Who tells of them gives the real ones."""
    return world_facts(packaged_languages().offered, holidays=False)
