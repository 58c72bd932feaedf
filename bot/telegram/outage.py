"""An outage is said once, waited through with growing pauses, and its end is said once."""

from __future__ import annotations

from typing import Any

LONGEST_PAUSE = 30.0
"""Seconds between two tries in a long outage: an outage that ends is noticed within half a minute."""
ADVICE = (
    "Telegram can not be reached and is tried again until it can: is this machine on the network, and is "
    "TELEGRAM_API_URL right?"
)
REFUSED = {
    "webhook": "Telegram can be reached and does not take PUBLIC_URL, which is tried again: it must be an https "
    "address, on port 443, 80, 88 or 8443, whose name Telegram can look up.",
}
"""What to do where Telegram answers, and does not do what was asked for; by caller."""
NOT_DONE = "Telegram can be reached and does not take this, which is tried again; please report this line."


class Outage:
    """Keeps whether the Bot API can be reached, for one caller. `what` names the caller in the log."""

    def __init__(self, log: Any, what: str) -> None:
        self._log = log
        self._what = what
        self.failures = 0
        self._refusal: str | None = None

    def failed(self, reason: str) -> float:
        """One more failure: the seconds to wait, 1, 2, 4, … 30. Only the first is logged."""
        if self.failures == 0:
            self._log.warning("telegram_unreachable", by=self._what, reason=reason, advice=ADVICE)
        return self._pause()

    def refused(self, reason: str) -> float:
        """Telegram answered and would not: the seconds to wait, as above. Each reason is logged once."""
        if reason != self._refusal:
            advice = REFUSED.get(self._what, NOT_DONE)
            self._log.error("telegram_refuses", by=self._what, reason=reason, advice=advice)
        self._refusal = reason
        return self._pause()

    def _pause(self) -> float:
        self.failures += 1
        return float(min(LONGEST_PAUSE, 2.0 ** min(self.failures - 1, 10)))

    def ended(self) -> None:
        """An answer came."""
        if self.failures:
            self._log.info("telegram_reached_again", by=self._what, after_failures=self.failures)
            self.failures = 0
            self._refusal = None
