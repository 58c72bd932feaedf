"""What a flow may know when nobody real takes part: the cast of tests, docs and rehearsal. Also for trials in the chat.

Rules kept here:

* Every fact that a flow may list has a value here, but those of the world, which are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from flows.broadcasts import Readers
from flows.goals import Goal, GoalRow, Wording
from flows.overview import Endings, Overview, PairSeen, TwinSeen
from flows.people import Candidate, PairId, PersonId, SideId
from flows.standing import FIRST, MADE, Spell, Standing

_FATMATA = TwinSeen(PersonId(1), "Fatmata", "Freetown", "Africa/Freetown", "active", day=0, minute=9 * 60)
_ANNEKE = TwinSeen(PersonId(2), "Anneke", "Utrecht", "Europe/Amsterdam", "active", day=0, minute=9 * 60)
_SINCE: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
_STANDING: Final = Standing(PairId(1), (Spell(FIRST, _SINCE, why=MADE),), contacts=3, named=2, agreed=True)

_ROW = GoalRow(
    1,
    1,
    Wording(
        theme="quality",
        today="level_2",
        wanted="level_4",
        goal="Every birth is written down the same day",
        benefit="Less searching",
        twins_benefit="A form that works on both sides",
        indicator="Births on the form",
        start="10",
        target="60",
        due="2027-06-30",
        owner="both",
    ),
    _SINCE,
)
_GOAL = Goal(1, _ROW, replace(_ROW, wording=_ROW.wording.mirrored()))

FACTS: Final[dict[str, object]] = {
    "person.id": 1,
    "person.name": "Fatmata",
    "person.role": "twin",
    "person.state": "active",
    "person.country": "SL",
    "person.zone": "Africa/Freetown",
    "person.check_in_day": 0,
    "person.check_in_minute": 9 * 60,
    "person.paused_until": None,
    "person.unreachable_since": None,
    "person.numbers_offered": True,
    "person.away_from": None,
    "person.away_until": None,
    "person.quiet_hours": None,
    "person.lite": False,
    "twin.id": 2,
    "twin.name": "Anneke",
    "twin.side_name": "Utrecht",
    "twin.zone": "Europe/Amsterdam",
    "twin.state": "active",
    "twin.muted": False,
    "agreement.quiet_days": 21,
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
    "safety.readers": ((3, "Isatu"), (4, "Marieke")),
    "safety.focal": False,
    "pair.id": 1,
    "pair.since": _SINCE,
    "asked.history": (),
    "said.latest": {},
    "agreement.cadence": None,
    "together.pair": 1,
    "together.state": "active",
    "together.since": _SINCE,
    "together.partner": 2,
    "together.partner_name": "Anneke",
    "together.partner_side": "Utrecht",
    "together.partner_country": "NL",
    "together.partner_zone": "Europe/Amsterdam",
    "together.mine": {},
    "together.theirs": {},
    "together.coordinators": (3, 4),
    "phase.standing": _STANDING,
    "phase.current": (FIRST,),
    "phase.since": {FIRST: _SINCE},
    "phase.history": _STANDING.spells,
    "moving.pairs": {PairId(1): _STANDING},
    "balances.pairs": {},
    "together.goals": (_GOAL,),
    "goals.list": (_GOAL,),
    "candidates.twins": (
        Candidate(PersonId(5), "Mariama", SideId(1), "Freetown", "SL", "Africa/Freetown", paused=False),
        Candidate(PersonId(6), "Joke", SideId(2), "Utrecht", "NL", "Europe/Amsterdam", paused=False),
    ),
    "visit.told": None,
    "waiting.since": None,
    "candidates.proposals": (),
    "candidates.unpaired": (),
    "candidates.coordinators": (3, 4),
    "settings.controller": "Midwives' Association of Freetown",
    "settings.contact_email": None,
    "settings.emergency": {},
    "settings.retention_months": 24,
    "settings.sides": ("Freetown", "Utrecht"),
    "settings.coordinators": (3, 4),
    "consents.core": True,
    "consents.research": None,
    "consents.quotes": None,
    "reflections.own": (),
    "balance.reports": (),
    "balance.answered": (),
    "balance.felt": None,
    "endings.counted": Endings(2, {"workload": 3}),
    "checklist.answers": (),
    "checklist.changes": (),
    "changes.list": (),
    "programme.name": "Midwives together",
    "programme.countries": ("NL", "SL"),
    "programme.ready": True,
    "programme.asks": True,
    "programme.coordinators": (3, 4),
    "programme.facilitators": ((3, "Isatu"),),
    "programme.sides": ((1, "Freetown"), (2, "Utrecht")),
    "side.id": 1,
    "side.name": "Freetown",
    "side.coordinators": (3,),
    "coordination.overview": Overview(
        "Midwives together",
        (PairSeen(PairId(1), (_FATMATA, _ANNEKE), _STANDING, "active", _SINCE, contact=_SINCE),),
        names={PersonId(1): "Fatmata", PersonId(2): "Anneke"},
    ),
    "broadcast.people": (Readers(SideId(1), True, "en", True, 1), Readers(SideId(2), True, "nl", True, 1)),
    "broadcast.latest": None,
}

GIVEN: Final[Mapping[str, str]] = {
    "asked_in": "2026-W49",
    "coming": "2026-12-03T09:00:00+00:00=silence_card",
    "answer": "We ask the neighbours first.",
    "challenge": "Too few of us at night.",
    "at": "2026-11-30T09:00:00+00:00",
    "author": "Anneke",
    "by": "Isatu",
    "country": "NL",
    "direction": "giving",
    "drafted": "",
    "files": "our_story.toml",
    "due": "12",
    "missed": "7",
    "period": "2026-W49",
    "flow": "pause",
    "inside": "2",
    "problems": '[["drafts.problem",{"where":["drafts.line",{"file":"our_story.toml","line":"12"}],'
    '"advice":["advice.no_way_here",{}]}]]',
    "more": "7",
    "own": "our_story.toml texts.toml",
    "may": "yes",
    "flows": "silence_card=silence_card",
    "item": "silence_card",
    "minutes": "2",
    "language": "en",
    "note": "Good morning from Utrecht!",
    "number": "1",
    "one": "Fatmata",
    "one_id": "1",
    "other": "Anneke",
    "other_id": "2",
    "page": "1",
    "pair": "1",
    "reason": "work",
    "sender": "Anneke",
    "shown": "frequency=weekly",
    "since": "2026-10-26T09:00:00+00:00",
    "side": "Utrecht",
    "statement": "checklist_together.ask_time",
    "statements": "checklist_together.ask_time=time checklist_around.ask_backing=backing",
    "texts": "{}",
    "twin": "Anneke",
    "until": "2026-12-01T09:00:00+00:00",
    "zone": "Europe/Amsterdam",
}
"""Values that a flow is given at its start, by the names that it lists; any other one is `flows.values.UNKNOWN`."""

ALWAYS: Final[Mapping[str, str]] = {
    "author_id": "2",
    "day": "2026-11-23",
    "entry": "1",
    "shown": "1",
    "side_id": "2",
    "period": "2026-W49",
    "partner_id": "2",
    "sender_id": "2",
    "since": "2026-10-26T09:00:00+00:00",
    "twin_id": "1",
}
"""What some are given without listing it, since no text names it."""

NEVER: Final = frozenset({"broadcast", "last_due", "last_period"})
"""What a flow lists and goes on without."""
