"""What a row becomes when its call is over, and what its person is told of it. Pure.

Rules kept here:

* Nothing is tried again that may double a broadcast: its row becomes `unknown`.
* What somebody can not be reached with waits until she is back.
* A row that waits again says until when, so that a restart keeps the pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.telegram.outcomes import Gone, Outcome, Refused, RetryAfter, Sent, Transient, Unreachable
from flows.effects import Lane
from flows.events.own import ChatBlocked
from flows.events.shell import PromptDelivered, ReceiptCame
from flows.people import PersonId
from storage.claims import Claimed
from storage.inbox import Told
from storage.outbox import PARKED, Settled, State

LONGEST_BACKOFF: Final = 60.0
FLOODED: Final = "retry_after"
"""The reason of rows that wait because Telegram said so; after a restart the pace is restored from them."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """Claimed, never tried, and not to be sent before `until`."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """One claimed row with which this process is done, until that is written down."""

    row: Claimed
    outcome: Outcome | Gone | PutBack
    at: datetime


def settled(end: Ended) -> Settled:
    """The new state of the row."""
    row, outcome = end.row, end.outcome
    match outcome:
        case Sent():
            return Settled(
                row.id, State.SENT, telegram_message=outcome.message_id, sent_at=end.at, attempts=row.attempts + 1
            )
        case Gone():
            return Settled(row.id, State.WITHDRAWN, reason=outcome.reason, attempts=row.attempts)
        case PutBack():
            return _waiting(row, outcome.until, outcome.reason, row.attempts)
        case RetryAfter():
            return _waiting(row, end.at + timedelta(seconds=outcome.seconds), FLOODED, row.attempts)
        case Transient() if outcome.unknown and row.lane is Lane.BULK:
            return Settled(row.id, State.UNKNOWN, reason=outcome.reason, attempts=row.attempts + 1)
        case Transient():
            until = end.at + timedelta(seconds=backoff(row.id, row.attempts))
            return _waiting(row, until, outcome.reason, row.attempts + 1)
        case Unreachable() if waits_for_her(row):
            return _waiting(row, PARKED, outcome.reason, row.attempts + 1)
        case Unreachable() | Refused():
            return Settled(row.id, State.FAILED, reason=outcome.reason, attempts=row.attempts + 1)


def told(end: Ended) -> list[Told]:
    """What the next turns of the person, and of who waits for a receipt, have to know."""
    row, found = end.row, []
    match end.outcome:
        case Sent() if row.prompt_session is not None and row.person is not None:
            found.append(Told(row.person, PromptDelivered(row.prompt_session, end.at), f"sent/{row.id}"))
        case Unreachable() if row.person is not None:
            found.append(Told(row.person, ChatBlocked(end.outcome.reason), f"unreachable/{row.id}"))
    if row.receipt is not None:
        match end.outcome:
            case Sent():
                found.append(receipt(row.id, row.receipt, "delivered"))
            case Unreachable() if waits_for_her(row):
                found.append(waits(row.receipt))
            case Unreachable() | Refused():
                found.append(receipt(row.id, row.receipt, "failed"))
    return found


def waits_for_her(row: Claimed) -> bool:
    """Whether it is kept until she can be reached, as `storage.outbox.shut` keeps what stands behind it."""
    return row.person is not None and row.lane is not Lane.BULK


def receipt(row: int, waiting: tuple[PersonId, int], outcome: str) -> Told:
    """What became of the message `row`, for (person, session) that waits to hear it."""
    person, session = waiting
    return Told(person, ReceiptCame(session, outcome), f"receipt/{row}")


def waits(waiting: tuple[PersonId, int]) -> Told:
    """A message waits until its reader can be reached. No key: what becomes of it in the end is told as well."""
    person, session = waiting
    return Told(person, ReceiptCame(session, "waiting"))


def backoff(row: int, attempts: int) -> float:
    """1, 2, 4, … 60 seconds, and up to a fifth more by the row's number, so that rows do not come back in step."""
    seconds = min(LONGEST_BACKOFF, 2.0 ** min(attempts, 10))
    return seconds * (1 + 0.2 * (row * 0.618034 % 1.0))


def _waiting(row: Claimed, until: datetime, reason: str, attempts: int) -> Settled:
    return Settled(row.id, State.WAITING, retry_at=until, reason=reason, attempts=attempts)
