"""What comes to somebody unbidden, since somebody else did something, and what that makes pointless.

Rules kept here:

* It stands aside and comes as a prompt; what is only said waits for the morning in her quiet hours.
* What can not be answered any more ends, and loses its buttons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.effects import Lane, MarkChosen, Say
from flows.events.due import BroughtToFront, HeldPromptFellDue, SessionExpired
from flows.events.shell import FlowStarted
from flows.rules import challenges, moving
from flows.rules.cadence import quiet_until
from flows.rules.quiet import quiet_of
from flows.session import Session, Status
from flows.talk import ASIDE
from flows.values import Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

UNBIDDEN = ("proposal", "naming", "agreement_offer", "proposed", moving.OFFER, "goal_offer")
"""Flows that come as prompts; whoever could not be reached meanwhile is asked anew."""

CAUSED = frozenset({*UNBIDDEN, challenges.ANSWER, challenges.TRY})
"""What somebody is asked since somebody else did something. The planner asks nothing more on such a day."""


def ask_in_front(talk: Talk, flow: str, given: dict[str, str]) -> None:
    """Go on with the open session of `flow`, or begin it, in front: she asked for it herself."""
    latest = talk.conversation.latest(flow)
    if latest is not None and latest.status is Status.OPEN and latest.given == given:
        talk.raise_(latest)
        talk.ask_front_again()
        return
    session = talk.raise_(talk.new(flow, given))
    talk.run(session, FlowStarted(flow))


def ask_beside(talk: Talk, flow: str, given: dict[str, str] | None = None) -> Session:
    """Begin `flow` beside the conversation, as a prompt."""
    session = replace(talk.new(flow, given), raised=ASIDE)
    talk.run(session, HeldPromptFellDue())
    return talk.sessions[session.number]


def ask_again(talk: Talk) -> None:
    """Ask anew what others caused and what is open still: she could not be reached meanwhile."""
    for session in list(talk.sessions.values()):
        if session.status is Status.OPEN and session.raised == ASIDE and session.flow in UNBIDDEN:
            talk.run(session, BroughtToFront())


def end_open(talk: Talk, flow: str, *ids: str, given: Mapping[str, str] | None = None) -> None:
    """End the open sessions of `flow`, and take their buttons off; of the coordinators' only that of the two twins
    `ids`, and only those that were `given` this."""
    for session in list(talk.sessions.values()):
        two = {session.given.get("one_id"), session.given.get("other_id")}
        meant = (not ids or two == set(ids)) and (given or {}).items() <= session.given.items()
        if session.flow == flow and session.status is Status.OPEN and meant:
            step = talk.flows.version(session.version).step(session.step or "")
            if step.id in session.asked and (step.kind == "choose" or step.skip):
                talk.do(MarkChosen(session.number, step.id, ()))
            talk.run(session, SessionExpired(session.number))


def say_unbidden(talk: Talk, text: str, **values: Value) -> None:
    talk.do(by_day(talk, Say(Text(text, values))))


def by_day(talk: Talk, say: Say) -> Say:
    """What somebody else causes does not wake her: in her quiet hours it waits for the morning."""
    asleep = quiet_until(quiet_of(talk.facts), talk.now) is not None
    return say if not asleep else Say(say.text, lane=Lane.PROMPT, anchor=say.anchor, protected=say.protected)
