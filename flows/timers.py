"""Which event a stored due moment stands for. A timer is data: kind, whose, period."""

from __future__ import annotations

from datetime import datetime

from flows.errors import FlowMisled
from flows.events import Event
from flows.events.due import (
    AskingFellDue,
    DigestFellDue,
    HeldPromptFellDue,
    PauseBegan,
    PauseEnded,
    PromptFellDue,
    ProposalFellDue,
    QuietFellDue,
    ReminderFellDue,
    SessionExpired,
    WaitEnded,
)
from flows.people import PairId
from flows.prompting import CHECK_IN

EXPIRES_UNHEARD = frozenset({"reminder"})
"""Kinds that after their `valid_until` are skipped whole. A check-in that is too late still plans the next one."""


def event_of(kind: str, period: str, due_at: datetime) -> Event:
    """The event that the firing of a timer is. Raises FlowMisled for a kind that nothing sets."""
    match kind:
        case "check_in":
            return PromptFellDue(CHECK_IN, period, due_at)
        case "asking":
            return AskingFellDue(period, due_at)
        case "held_prompt":
            return HeldPromptFellDue()
        case "reminder":
            return ReminderFellDue(int(period))
        case "expiry" | "discard":
            return SessionExpired(int(period))
        case "wait":
            return WaitEnded(int(period))
        case "pause_begin":
            return PauseBegan()
        case "pause_end":
            return PauseEnded()
        case "quiet":
            return QuietFellDue(period)
        case "proposal":
            return ProposalFellDue(PairId(int(period)))
        case "digest":
            return DigestFellDue(period, due_at)
        case _:
            raise FlowMisled(f"nothing sets a timer of kind {kind}")
