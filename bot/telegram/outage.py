"""An outage is said once, waited through with growing pauses, and its end is said once."""

from __future__ import annotations

from typing import Any

LONGEST_PAUSE = 30.0
"""Seconds between two tries in a long outage: an outage that ends is noticed within half a minute."""
ADVICE = (
    "Telegram can not be reached and is tried again until it can: is this machine on the network, and is "
    "TELEGRAM_API_URL right?"
)


class Outage:
    """Keeps whether the Bot API can be reached, for one caller. `what` names the caller in the log."""

    def __init__(self, log: Any, what: str) -> None:
        self._log = log
        self._what = what
        self.failures = 0

    def failed(self, reason: str) -> float:
        """One more failure: the seconds to wait, 1, 2, 4, … 30. Only the first is logged."""
        if self.failures == 0:
            self._log.warning("telegram_unreachable", by=self._what, reason=reason, advice=ADVICE)
        self.failures += 1
        return float(min(LONGEST_PAUSE, 2.0 ** min(self.failures - 1, 10)))

    def ended(self) -> None:
        """An answer came."""
        if self.failures:
            self._log.info("telegram_reached_again", by=self._what, after_failures=self.failures)
            self.failures = 0
