"""What time did."""

from __future__ import annotations

from dataclasses import dataclass

from flows.moments import Moment
from flows.people import PairId


@dataclass(frozen=True, slots=True)
class PromptFellDue:
    """The moment planned for the prompt `flow` of `period` (an ISO week, `2026-W48`) has come."""

    flow: str
    period: str
    planned_at: Moment


@dataclass(frozen=True, slots=True)
class AskingFellDue:
    """The moment of `period` (an ISO week) has come at which is looked what to ask her beside the check-in."""

    period: str
    planned_at: Moment


@dataclass(frozen=True, slots=True)
class HeldPromptFellDue:
    """A prompt waited behind an open conversation for long enough."""


@dataclass(frozen=True, slots=True)
class ReminderFellDue:
    session: int


@dataclass(frozen=True, slots=True)
class SessionExpired:
    """Session `session` waited as long as its flow allows, or its note window closed."""

    session: int


@dataclass(frozen=True, slots=True)
class WaitEnded:
    """The `wait` step at which session `session` stands is over."""

    session: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The day has come from which she wanted to be asked nothing."""


@dataclass(frozen=True, slots=True)
class PauseEnded:
    """The pause that she chose is over."""


@dataclass(frozen=True, slots=True)
class QuietFellDue:
    """She has been quiet for as long as `rung` of the ladder says: without one as long as was agreed, then those of
    `flows.rules.silence.RUNGS`."""

    rung: str = ""


@dataclass(frozen=True, slots=True)
class DigestFellDue:
    """The moment planned for a coordinator's digest of `period` (an ISO week) has come."""

    period: str
    planned_at: Moment


@dataclass(frozen=True, slots=True)
class ProposalFellDue:
    """The time for answering the proposal of `pair` is over."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class BroughtToFront:
    """Nothing stands before this session any more: its question is asked again."""
