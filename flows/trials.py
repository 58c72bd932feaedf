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
from flows.definition import FlowDefinition
from flows.effects import AcknowledgeTap, Button, Effect, Lane, MarkChosen, Say
from flows.rules.situation import Facts
from flows.values import In, Text

TRIAL_LASTS = timedelta(hours=1)
"""Whoever has put the phone down for so long has seen enough."""

WORLD = (
    *("world.countries", "world.zones", "world.languages", "world.weekdays", "world.months", "world.units"),
    *("world.holidays", "world.ramadan"),
)


def facts_of(facts: Facts, language: str) -> Facts:
    """What a trial knows."""
    return {**{name: facts[name] for name in WORLD}, **sample.FACTS, "person.language": language}


def given_of(definition: FlowDefinition, given: Mapping[str, str]) -> dict[str, str]:
    """What it is given at its start, made up where nobody gives it."""
    listed = [name for name in definition.given if name not in sample.NEVER]
    known = {**sample.ALWAYS, **sample.GIVEN}
    return {**sample.ALWAYS, **{name: known.get(name, sample.UNKNOWN) for name in listed}, **given}


def spoken(effect: Effect, language: str) -> tuple[Effect, ...]:
    """What is left of an effect in a trial: speech, in the language that is tried."""
    zone = str(sample.FACTS["person.zone"])

    def shown(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
        return tuple(replace(one, label=In(one.label, language, zone)) for one in buttons)

    match effect:
        case Say(text=Text("engine.left" | "engine.left_empty")):
            return ()  # that the trial is over is said next, and that nothing of it was kept
        case Say():
            marked = Text("trial.marked", {"text": In(effect.text, language, zone)})
            return (Say(marked, shown(effect.buttons), effect.session, effect.step, Lane.REPLY),)
        case MarkChosen():
            return (replace(effect, buttons=shown(effect.buttons)),)
        case AcknowledgeTap(text):
            return (effect if text is None else AcknowledgeTap(In(text, language, zone)),)
        case _:
            return ()
