"""Small flows, and one session of one flow, played event by event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from flows.catalogue import Flow, load
from flows.effects import Say
from flows.engine import Turn, advance
from flows.events import Event
from flows.events.shell import FlowStarted
from flows.session import Session, Status
from flows.values import Text
from flows.wire import session_from_text, session_to_text
from tests.cast import FATMATA, facts_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)

YES_NO = 'choices = [ { id = "yes", text = "Yes" }, { id = "no", text = "No" } ]'
TWO = f"""
goal = "Two questions."
one_line = true
[[steps]]
id = "first"
choose = "First?"
save = "first"
{YES_NO}
[[steps]]
id = "second"
choose = "Second?"
save = "second"
skip = true
{YES_NO}
"""
WORDS = """
goal = "Words that may be held."
[[steps]]
id = "tell"
ask = "Tell me."
save = "tell"
guard = true
skip = {skip}
[[steps]]
id = "done"
say = "Thank you."
"""
LOOP = """
goal = "A question that may come again, with an answer between that stands."
[[steps]]
id = "right"
choose = "Right?"
save = "right"
choices = [ { id = "yes", text = "Yes", next = "done" }, { id = "no", text = "No" } ]
[[steps]]
id = "better"
ask = "What is better?"
save = "better"
next = "right"
[[steps]]
id = "done"
say = "{better}"
"""


class Played:
    """One session of one flow."""

    def __init__(self, text: str, **facts: object) -> None:
        self.flow = flow_of(text)
        self.facts = {**facts_of(FATMATA), **facts}
        self.now = NOW
        self.session = Session(1, self.flow.id, self.flow.version, NOW, Status.HELD)
        self.turn = self.takes(FlowStarted(self.flow.id))

    def takes(self, event: Event, *, after: timedelta = timedelta()) -> Turn:
        self.now += after
        self.turn = advance(self.flow, self.session, event, self.facts, now=self.now)
        self.session = session_from_text(session_to_text(self.turn.session))
        return self.turn

    @property
    def says(self) -> list[str]:
        """The ids of what was said, both of a message in two parts."""
        told = [effect.text for effect in self.turn.effects if isinstance(effect, Say)]
        inner = [value.id for text in told for value in text.values.values() if isinstance(value, Text)]
        return [text.id.removeprefix("tried.") for text in told] + [id_.removeprefix("tried.") for id_ in inner]

    @property
    def answers(self) -> dict[str, str | None]:
        return {one.step: one.choice if one.choice is not None else one.words for one in self.session.path}


@cache
def flow_of(text: str) -> Flow:
    return load({"test/tried.toml": text}).current("tried")
