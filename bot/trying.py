"""`twinbot flows try`: one flow in the terminal, with the real engine and the real wording, leaving no trace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import typer

from bot import commands
from bot.library import build_catalogue
from bot.places import world_facts
from bot.speech import Speech
from flows.conversation import Conversation
from flows.effects import ChangePerson, Effect, Say
from flows.events import CommandGiven, Event, FlowStarted, Typed
from flows.people import Candidate, PersonId, SideId
from flows.prompting import CHECK_IN

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
    "flags.up": frozenset(),
    "safety.readers": ((3, "Isatu"), (4, "Marieke")),
    "pair.id": 1,
    "agreement.cadence": None,
    "ours.pair": 1,
    "ours.state": "active",
    "ours.since": datetime(2026, 11, 23, 9, tzinfo=UTC),
    "ours.partner": 2,
    "ours.partner_name": "Anneke",
    "ours.partner_side": "Utrecht",
    "ours.partner_country": "NL",
    "ours.partner_zone": "Europe/Amsterdam",
    "ours.mine": {},
    "ours.theirs": {},
    "ours.coordinators": (3, 4),
    "candidates.twins": (
        Candidate(PersonId(5), "Mariama", SideId(1), "Freetown", "SL", "Africa/Freetown", paused=False),
        Candidate(PersonId(6), "Joke", SideId(2), "Utrecht", "NL", "Europe/Amsterdam", paused=False),
    ),
    "candidates.proposals": (),
    "candidates.coordinators": (3, 4),
    "programme.name": "Midwives",
    "programme.countries": ("NL", "SL"),
    "programme.ready": True,
    "side.id": 1,
    "side.name": "Freetown",
    "side.coordinators": (3,),
    "settings.controller": "Midwives' Association of Freetown",
    "settings.contact_email": None,
    "settings.retention_months": 24,
    "settings.sides": ("Freetown", "Utrecht"),
    "settings.coordinators": (3, 4),
    "settings.safeguarded": False,
    "consents.core": True,
    "consents.research": None,
    "consents.quotes": None,
    "reflections.own": (),
    "balance.reports": (),
    "balance.answered": (),
    "balance.felt": None,
}
"""The cast of tests, docs and rehearsal: what a flow may know when nobody real takes part."""


GIVEN: Final[dict[str, str]] = {"direction": "giving", "author": "Anneke"}
"""What whoever begins a flow may know already."""


def play(flow: str, language: str) -> None:
    """Talk until the flow has ended or the input has. Numbers, words and /commands are taken as in the chat."""
    catalogue = build_catalogue()
    speech = Speech(catalogue)
    facts = {**world_facts(speech.languages), **FACTS, "person.language": language}
    conversation = Conversation()
    now = datetime.now(UTC)
    given = {name: GIVEN[name] for name in catalogue.current(flow).definition.given if name in GIVEN}
    event: Event = CommandGiven("checkin") if flow == CHECK_IN else FlowStarted(flow, given)
    message = 0
    while True:
        response = commands.answer(conversation, event, catalogue, facts, now=now)
        conversation = response.conversation
        for effect in response.effects:
            _show(effect, speech, language, facts)
        if conversation.front is None and conversation.listening is None:
            typer.echo("(the flow has ended)")
            return
        try:
            text = typer.prompt("you", prompt_suffix="> ")
        except typer.Abort:
            typer.echo()
            return
        message += 1
        now = datetime.now(UTC)
        name, _, argument = text[1:].partition(" ")
        event = CommandGiven(name, argument) if text.startswith("/") else Typed(text, message)


def _show(effect: Effect, speech: Speech, language: str, facts: dict[str, object]) -> None:
    zone = str(facts["person.zone"])
    if isinstance(effect, ChangePerson):
        facts.update({f"person.{name}": value for name, value in effect.changes.items()})
    if not isinstance(effect, Say):
        return
    typer.echo(f"\n{speech.text(effect.text, language, zone)}")
    for button in effect.buttons:
        typer.echo(f"  {button.choice}{'*' if button.chosen else ' '} {speech.value(button.label, language, zone)}")
