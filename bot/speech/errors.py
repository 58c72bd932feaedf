"""What can go wrong in speaking. Names ids and placeholders, never a value: that may be somebody's words."""

from __future__ import annotations


class SpeechError(Exception):
    """A text can not be said: its id is unknown, a placeholder has nothing to fill it, a zone does not exist."""
