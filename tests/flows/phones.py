"""Two twins in the engine: what the turns of one tell is what the other takes next."""

from __future__ import annotations

from collections.abc import Sequence

from bot.library import packaged_catalogue
from flows.conversation import Conversation, respond
from flows.effects import Effect, Say, Tell
from flows.events import Event
from flows.people import Person, PersonId
from flows.wire import event_from_text, event_to_text
from tests.cast import SINCE, facts_of


class Phone:
    """One twin's conversation. `told` is what her turns told others, as it comes out of the inbox."""

    def __init__(self, person: Person) -> None:
        self.facts = facts_of(person)
        self.conversation = Conversation()
        self.told: list[tuple[PersonId, Event]] = []
        self.said: list[Say] = []

    def takes(self, *events: Event) -> Sequence[Effect]:
        for event in events:
            response = respond(self.conversation, event, packaged_catalogue(), self.facts, now=SINCE)
            self.conversation = response.conversation
            told = [effect for effect in response.effects if isinstance(effect, Tell)]
            self.told += [(one.person, event_from_text(event_to_text(one.event))) for one in told]
            self.said += [effect for effect in response.effects if isinstance(effect, Say)]
        return response.effects

    def number(self, flow: str) -> int:
        session = self.conversation.latest(flow)
        assert session is not None
        return session.number

    def last_told(self) -> Event:
        return self.told[-1][1]
