"""The kinds of flags about a twin who is quiet, or was: ids that storage and rules share. May import nothing."""

from __future__ import annotations

ASKED, QUIET, LONG, RESTS = "quiet_asked", "quiet", "quiet_long", "quiet_rests"
"""All was asked at once; the limit is reached and her coordinators know; those of every side do; nothing is asked any
more."""

BACK, MET = "back", "back_met"
"""No coordinator reads these: she has come back after long, and is to be met with one easy choice; she was. Either is a
sign of hers, from the moment at which she came or was met."""
