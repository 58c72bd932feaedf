"""Trials: a coordinator plays a conversation as a twin sees it, with the real engine, and nothing of it stays.

Rules kept here:

* A session with a `trial` (the language it is played in) knows the sample facts and what is true of the whole world,
  and nothing of a real person.
* Of what it does only speech is carried out, marked as a trial in every message. What it begins is a trial too.
* It is gone when it ends, or `TRIAL_LASTS` after the last answer: no timer is needed, since none may be left behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flows import sample
from flows.asking import WORDS
from flows.catalogue import Flow
from flows.definition import FlowDefinition
from flows.effects import AcknowledgeTap, Button, Effect, Lane, MarkChosen, Say
from flows.events import Event
from flows.events.due import ReminderFellDue, SessionExpired, WaitEnded
from flows.rules.situation import Facts
from flows.session import Session, Status
from flows.values import UNKNOWN, In, Text

TRIAL_LASTS = timedelta(hours=1)
"""Whoever has put the phone down for so long has seen enough."""

WORLD = (
    *("world.countries", "world.zones", "world.languages", "world.weekdays", "world.months", "world.units"),
    *("world.holidays", "world.ramadan"),
)


def facts_of(facts: Facts, language: str) -> Facts:
    """What a trial knows."""
    known = {name: facts[name] for name in WORLD} | {name: facts[name] for name in (WORDS,) if name in facts}
    return {**known, **sample.FACTS, "person.language": language}


def given_of(definition: FlowDefinition, given: Mapping[str, str]) -> dict[str, str]:
    """What it is given at its start, made up where nobody gives it."""
    listed = [name for name in definition.given if name not in sample.NEVER]
    known = {**sample.ALWAYS, **sample.GIVEN}
    return {**sample.ALWAYS, **{name: known.get(name, UNKNOWN) for name in listed}, **given}


LATER = 998
"""The number of the button that lets a day pass; no choice has it."""

DAY = timedelta(days=1)
UNTIL_NEXT_PROMPT = 7
"""Days until what ends with the next prompt is over."""


def knows_time(flow: Flow) -> bool:
    """Whether anything in the flow happens by itself."""
    definition = flow.definition
    waits = any(step.kind == "wait" or step.listen is not None for step in definition.steps)
    return waits or definition.reminder is not None or definition.expires is not None


def a_day_later(flow: Flow, session: Session) -> tuple[Session, Event | None, int]:
    """The trial after one day more at the place where it stands, what happens by itself on that day, and how many days
    that makes."""
    place = f"{session.status}/{session.step}/{len(session.path)}"
    before, _, days = session.given.get("waited", "").rpartition(" ")
    count = int(days) + 1 if before == place else 1
    waited = replace(session, given={**session.given, "waited": f"{place} {count}"})
    return waited, _happens(flow, session, count), count


def _happens(flow: Flow, session: Session, days: int) -> Event | None:
    number, expires, reminder = session.number, flow.definition.expires, flow.definition.reminder
    step = flow.steps.get(session.step or "")
    if session.status is Status.LISTENING:
        windows = [one.listen.for_ for one in flow.definition.steps if one.listen is not None]
        return SessionExpired(number) if days * DAY >= max(windows, default=DAY) else None
    if session.status is not Status.OPEN or step is None:
        return None
    if step.kind == "wait":
        return WaitEnded(number) if days * DAY >= (step.wait or timedelta()) else None
    after = None if expires is None else expires.after
    ends = after if isinstance(after, timedelta) else UNTIL_NEXT_PROMPT * DAY if after is not None else None
    if ends is not None and days * DAY >= ends:
        return SessionExpired(number)
    if reminder is not None and not session.path and (days - 1) * DAY < reminder.after <= days * DAY:
        return ReminderFellDue(number)
    return None


def spoken(effect: Effect, language: str, flow: Flow) -> tuple[Effect, ...]:
    """What is left of an effect in a trial: speech, in the language that is tried, with a button that lets a day pass
    where something in the flow happens by itself."""
    zone = str(sample.FACTS["person.zone"])

    def shown(buttons: tuple[Button, ...], step: str | None) -> tuple[Button, ...]:
        own = tuple(replace(one, label=In(one.label, language, zone)) for one in buttons)
        return (*own, Button(Text("trial.day"), LATER)) if step is not None and knows_time(flow) else own

    match effect:
        case Say(text=Text("engine.left" | "engine.left_empty")):
            return ()  # that the trial is over is said next, and that nothing of it was kept
        case Say():
            marked = Text("trial.marked", {"text": In(effect.text, language, zone)})
            return (Say(marked, shown(effect.buttons, effect.step), effect.session, effect.step, Lane.REPLY),)
        case MarkChosen():
            return (replace(effect, buttons=shown(effect.buttons, effect.step)),)
        case AcknowledgeTap(text):
            return (effect if text is None else AcknowledgeTap(In(text, language, zone)),)
        case _:
            return ()
