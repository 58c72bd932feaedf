"""Whoever is in the middle of a conversation that her programme has changed is told so, once. Pure.

Rules kept here:

* She is not written to: the line stands at the head of the next thing that this conversation says or asks anyhow, a
  reminder too. Whoever never goes on in it never reads it.
* Only of what her programme published or took back. Of newer packaged flows nothing is said: nobody chose them for her.
* Not of a prompt that still waits to be asked, and not where the version in which she is holds again. The shell asks
  it of nobody's trial (`storage.overlays.inside`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.effects import Say
from flows.engine import Turn
from flows.session import Status, changed
from flows.values import Text

if TYPE_CHECKING:
    from flows.talk import Flows, Talk


def note(talk: Talk, number: int) -> None:
    """Her programme has changed the conversation of session `number`: it is to be told, unless it was told before."""
    session = talk.sessions.get(number)
    if session is not None and session.status is Status.OPEN and session.told_of_change is None:
        talk.sessions[number] = changed(session, told_of_change=False)


def told(turn: Turn, flows: Flows) -> Turn:
    """A turn of a conversation of which it is to be told, with the line, if it says or asks a step."""
    current = flows.flows.get(turn.session.flow)
    if current is not None and current.version == turn.session.version:
        return turn
    for place, effect in enumerate(turn.effects):
        if isinstance(effect, Say) and effect.step is not None:
            text = Text("engine.again", {"hint": Text("talk.changed"), "question": effect.text})
            effects = (*turn.effects[:place], replace(effect, text=text), *turn.effects[place + 1 :])
            return Turn(changed(turn.session, told_of_change=True), effects)
    return turn
