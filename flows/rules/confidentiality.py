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
_MONTHS = (
    "january february march april may june july august september october november december "
    "januari februari maart mei juni juli augustus oktober "
    "janvier février fevrier mars avril mai juin juillet août aout septembre octobre novembre décembre decembre "
    "enero febrero marzo abril mayo junio julio agosto septiembre noviembre diciembre octubre "
    "jan feb mrt apr jun jul aug sep sept oct okt nov dec déc "
    "يناير فبراير مارس أبريل ابريل ماي مايو يونيو يوليو يوليوز غشت أغسطس شتنبر سبتمبر أكتوبر اكتوبر نونبر نوفمبر "
    "دجنبر ديسمبر"
).replace(" ", "|")
"""Of the languages of the field, in full and short; a day stands before or behind them."""
_NAMED_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th|er|e|\.)?\s+(?:of\s+|de\s+)?(?:{_MONTHS})\b|\b(?:{_MONTHS})\.?\s+(?:the\s+)?\d{{1,2}}\b",
    re.IGNORECASE,
)
_RECORD = re.compile(
    r"\b(?:patient|patiënt|patiente|dossier|file|record|registration|nr|no|number|nummer|numéro|número|رقم)\b\W{0,3}\d{3,}",
    re.IGNORECASE,
)
"""A shorter number is one of a record where the word before it says so."""
_MAIL = re.compile(r"\S+@\S+\.\S+|(?<!\w)@\w{3,}")
_TITLE = re.compile(
    r"\b(?i:mrs|mr|dr|mevr|mevrouw|dhr|mw|mme)\.?\s+\w|\b(?i:ms|sr|sra|miss|sister|nurse|prof|zuster)\.?\s+[A-Z]"
    r"|\b(?:السيدة?|الآنسة|لالة)\s+\w"
)
"""Some are words of their own too: those count before a capital only."""
_PATTERNS = (_SEPARATED_NUMBER, _DATE, _NAMED_DATE, _RECORD, _MAIL, _TITLE)
_SENTENCE_END = frozenset(".!?…:;\n")


def might_identify(words: str) -> bool:
    """Whether `words` hold what looks like a name, a date, a phone or record number, or an address.

    A name is taken to be a capitalised word of three letters or more inside a sentence. Scripts without capitals
    (Arabic) are read for numbers, dates and addresses alone.
    """
    plain = _western(words)
    return any(pattern.search(plain) for pattern in _PATTERNS) or _capital_inside(words)


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
