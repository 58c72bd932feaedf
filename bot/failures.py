"""What could not be carried out, as it is kept, and how it becomes an arrival again.

Rules kept here:

* All that a turn needs to do it later is kept. The callback of a tap is not: nobody waits for its answer any more.
* The token of the second try is the row itself, so that feeding it twice has one effect.
"""

from __future__ import annotations

import json

from bot.arrivals import Arrival
from flows import wire
from flows.people import PersonId
from storage.inbox import Failed


def to_failed(arrival: Arrival, error: str, person: PersonId | None) -> Failed:
    """`person` is who it was for, as far as she is known; `error` names the error, never its words."""
    key = arrival.again or arrival.key or arrival.timer or f"told/{arrival.told}"
    body = {"event": wire.event_to_text(arrival.event), "start": arrival.start, "language": arrival.language}
    # in ASCII: what spoilt the arrival (half of a surrogate pair, say) must not spoil keeping it
    return Failed(key, json.dumps(body), error, person, arrival.telegram_id)


def to_arrival(failed: Failed) -> Arrival:
    """To be carried out once more. Raises `ValueError` for what this program did not write."""
    body = json.loads(failed.body)
    try:
        event, start, language = wire.event_from_text(body["event"]), body.get("start"), body.get("language")
    except (LookupError, TypeError, AttributeError, wire.WireError) as problem:
        raise ValueError(f"a kept arrival can not be read: {type(problem).__name__}") from None
    person = failed.person if failed.telegram_id is None else None
    return Arrival(None, event, failed.telegram_id, person, language=language, start=start, again=failed.key)
