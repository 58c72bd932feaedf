"""What the shell reports: of messages, of itself, and that a flow is to begin."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.moments import Moment


@dataclass(frozen=True, slots=True)
class PromptDelivered:
    """Telegram accepted the first message of prompt session `session` at `at`."""

    session: int
    at: Moment


@dataclass(frozen=True, slots=True)
class ReceiptCame:
    """What became of a message that her session `session` sent to somebody else: `delivered`, `waiting` until the
    other one can be reached, or `failed`."""

    session: int
    outcome: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """She could not be reached, and can be now."""


@dataclass(frozen=True, slots=True)
class BotWasDeaf:
    """To a coordinator: what was written to the bot reached it late. What was written before `lost_until` never will;
    `None`: nothing is lost."""

    since: Moment
    until: Moment
    lost_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class AnswersLost:
    """To somebody with an open question: what she wrote between `since` and `lost_until` has not reached the bot."""

    since: Moment
    lost_until: Moment


@dataclass(frozen=True, slots=True)
class DiskRanLow:
    """To a coordinator: the machine on which the bot runs has only so much room left."""

    megabytes: int


@dataclass(frozen=True, slots=True)
class DraftRefused:
    """To a facilitator: the file that she sent can hold no flow, and `why` (as `flows.advice` keeps it); empty when it
    could not be fetched."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class DraftEmpty:
    """To a facilitator: what she sent differs in nothing from what is packaged."""


@dataclass(frozen=True, slots=True)
class DraftProblems:
    """To a facilitator: what is wrong with what she sent, as `flows.advice` keeps it, and how many more there are."""

    problems: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class DraftJudged:
    """To a facilitator: nothing is wrong with `files`. `flows` are those that differ, `name=version` each,
    `name+=version` with a title; `inside` says how many people are in a version that would be replaced, `still` which
    words were left beside other English, as `flows.advice` keeps it."""

    files: str
    flows: str
    inside: int = 0
    still: str = ""


@dataclass(frozen=True, slots=True)
class FlowsPublished:
    """To coordinators: `files` are published, or `taken_back`, `by` whom; empty: by herself, or by whoever runs the bot
    (`outside`)."""

    files: str
    by: str = ""
    outside: bool = False
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class FlowReplaced:
    """Her programme has published, or taken back, the flow in which her session `session` is open."""

    session: int


@dataclass(frozen=True, slots=True)
class FlowsKept:
    """To a facilitator: what she wanted to take back stays published, since the rest does not fit without it."""

    problems: str


@dataclass(frozen=True, slots=True)
class FlowStarted:
    """The shell starts a flow for her; `given` are values known at the start, by save name."""

    flow: str
    given: dict[str, str] = field(default_factory=dict)
