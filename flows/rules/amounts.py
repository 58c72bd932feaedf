"""Numbers as people write them: a comma or a point, groups of three, the digits of every script.

Rules kept here:

* What is a number is kept as one (`1250.5`), so that it can be compared later and is shown in the reader's own digits;
  anything else is kept as it was typed.
* A short number is never taken for a date or a record; a long one is asked about like any other words.
* One sign alone before exactly three digits groups thousands, as in 1.250; behind a leading zero it does not: 0.125.
"""

from __future__ import annotations

import re
import unicodedata

from flows.rules.confidentiality import LONG_NUMBER
from flows.rules.situation import ReaderRule, Reading, Rules, Situation, Understood
from flows.values import Amount, Value

_KEPT = re.compile(r"-?(?:0|[1-9]\d{0,11})(?:\.\d{1,6})?\Z")
_TYPED = re.compile(r"[+-]?\d{1,12}(?:[., ']\d{1,12})*\Z")
_SAME = str.maketrans({"٫": ",", "٬": "'", "،": ",", "\u00a0": " ", "\u202f": " ", "’": "'", "−": "-"})


def read_amount(typed: str, _: Situation) -> Reading:
    """A number in its plain form, or the words as they were typed."""
    number = plain(typed)
    if number is None:
        return Understood(typed)
    return Understood(number, harmless=sum(sign.isdecimal() for sign in number) < LONG_NUMBER)


def plain(typed: str) -> str | None:
    """`1.250,5` as `1250.5`; `None` for what is no number."""
    signs = "".join(str(unicodedata.decimal(sign, sign)) for sign in typed.strip()).translate(_SAME)
    if not _TYPED.match(signs):
        return None
    negative, signs = signs.startswith("-"), signs.lstrip("+-")
    whole, fraction = _split(signs)
    parts = re.split(r"[., ']", whole)
    if any(len(part) != 3 for part in parts[1:]) or (len(parts) > 1 and not 1 <= len(parts[0]) <= 3):
        return None
    kept = "".join(parts).lstrip("0") or "0"
    fraction = fraction.rstrip("0")
    found = f"{'-' if negative and (kept, fraction) != ('0', '') else ''}{kept}{'.' if fraction else ''}{fraction}"
    return found if _KEPT.match(found) else None


def _split(signs: str) -> tuple[str, str]:
    """The whole part and the fraction, which follows the last comma or point where that does not group thousands."""
    place = max(signs.rfind(","), signs.rfind("."))
    if place < 0:
        return signs, ""
    before, sign, after = signs[:place], signs[place], signs[place + 1 :]
    groups = len(after) == 3 and before != "0" and not re.search(r"[., ']", before.replace(sign, ""))
    return (signs, "") if groups or " " in after or "'" in after or sign in before else (before, after)


def shown(kept: str) -> Value:
    """What was kept, for a reader of any language."""
    return Amount(kept) if _KEPT.match(kept) else kept


RULES = Rules(
    readers={
        "plan.number": ReaderRule(read_amount, numbers=True),
    },
)
