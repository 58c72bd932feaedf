"""The kinds of flags about a twin who is quiet, or was, or would like to go on otherwise: ids that storage and rules
share. May import nothing."""

from __future__ import annotations

from collections.abc import Mapping

ASKED, QUIET, LONG, RESTS = "quiet_asked", "quiet", "quiet_long", "quiet_rests"
"""All was asked at once; the limit is reached and her coordinators know; those of every side do; nothing is asked any
more."""

NEW_TWIN, STOP = "wish_new_twin", "wish_stop"
"""She would like to go on with another twin, or not at all, and agreed that coordinators know."""

WISHES: Mapping[str, str] = {"new_twin": NEW_TWIN, "stop": STOP}
"""What she can wish, as the look back names it, to the flag that is up for it."""

BACK, MET = "back", "back_met"
"""No coordinator reads these: she has come back after long, and is to be met with one easy choice; she was. Either is a
sign of hers, from the moment at which she came or was met."""
