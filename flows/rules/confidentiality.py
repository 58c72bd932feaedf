"""What might identify somebody: a soft detector, never a judge.

Rules kept here:

* It asks, it does not forbid: the author decides between edit, keep and discard (domain.md section 3, rule 8).
* It errs towards asking for numbers and dates, and towards silence for capitals, since every sentence has some.
"""

from __future__ import annotations

import re
import unicodedata

LONG_NUMBER = 5
"""Digits in a row that make a phone or record number; ages, doses, weights and room numbers have fewer."""

_SEPARATED_NUMBER = re.compile(rf"\d(?:[\s().+/-]{{0,2}}\d){{{LONG_NUMBER - 1},}}")
_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}(?:[./-]\d{1,4})\b|\b\d{1,2}[./-]\d{1,2}\b(?!\s*(?:%|mg|ml|cm|kg))")
_MAIL = re.compile(r"\S+@\S+\.\S+")
_TITLE = re.compile(
    r"\b(?i:mrs|mr|dr|mevr|mevrouw|dhr|mw|mme)\.?\s+\w|\b(?i:ms|sr|sra|miss|sister|nurse|prof|zuster)\.?\s+[A-Z]"
)
"""Some are words of their own too: those count before a capital only."""
_SENTENCE_END = frozenset(".!?…:;\n")


def might_identify(words: str) -> bool:
    """Whether `words` hold what looks like a name, a date, a phone or record number, or an address.

    A name is taken to be a capitalised word of three letters or more inside a sentence. Scripts without capitals
    (Arabic) are read for numbers, dates and addresses alone.
    """
    plain = _western(words)
    if _SEPARATED_NUMBER.search(plain) or _DATE.search(plain) or _MAIL.search(plain) or _TITLE.search(plain):
        return True
    return _capital_inside(words)


def _capital_inside(words: str) -> bool:
    sentence_begins = True
    for word in words.split():
        bare = word.strip("\"'“”‘’«»()[]-–—,.!?…:;")
        if len(bare) >= 3 and not sentence_begins and bare[0].isupper() and bare[1:].islower():
            return True
        if word:
            sentence_begins = word[-1] in _SENTENCE_END
    return False


def _western(words: str) -> str:
    """Digits of any script as 0 to 9, so that one pattern reads them all."""
    return "".join(str(unicodedata.decimal(char, char)) for char in words)
