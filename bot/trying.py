"""`twinbot flows try`: one flow in the terminal, with the real engine and the real wording, leaving no trace."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from bot import commands
from bot.library import packaged_catalogue
from bot.places import world_facts
from bot.speech import Speech
from flows.conversation import Conversation
from flows.effects import ChangePerson, Effect, Say
from flows.events import Event
from flows.events.own import CommandGiven, Typed
from flows.events.shell import FlowStarted
from flows.prompting import CHECK_IN
from flows.sample import FACTS
from flows.trials import given_of


def play(flow: str, language: str) -> None:
    """Talk until the flow has ended or the input has. Numbers, words and /commands are taken as in the chat."""
    catalogue = packaged_catalogue()
    speech = Speech(catalogue)
    facts = {**world_facts(speech.languages), **FACTS, "person.language": language}
    conversation = Conversation()
    now = datetime.now(UTC)
    given = given_of(catalogue.current(flow).definition, {})
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
