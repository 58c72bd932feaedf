"""What lite mode says in other words: a face is a word, a picture is the words below it.

Rules kept here:

* Whoever types such a word means what it stands for, in lite mode or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IN_WORDS: Final[Mapping[str, str]] = {
    **{f"choices.five_faces.{face}": f"lite.{face}" for face in ("very_bad", "bad", "neutral", "good", "very_good")},
    "balance.show.picture": "lite.month_by_month",
}
"""Text id to the id of what is said for it."""
