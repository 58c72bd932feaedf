"""Numbers typed instead of buttons tapped.

Rules kept here:

* Every digit script counts, and so do keycaps, circled numbers and their kin. What a keyboard slips in between
  (marks of direction, joiners of no width) does not.
* Numbers stand apart or joined by space, comma, dot, dash or slash of any script. Anything else, a letter or a colon,
  makes the text no line of numbers: a time (14:05) and a telephone number (+232 …) are not.
* How `1325` falls into numbers is known only along the path, since only the step knows how many choices it has:
  the longest beginning that is a choice is taken.
* A zero is never a choice. It may stand before a number that stands alone (`01`), not within joined ones: whoever
  writes `103` meant something by the zero, and the 3 must not slip into its place. What zero means a step says.
* Nothing that is typed raises an error.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

MOST_DIGITS = 32
"""More than any check-in has numbers; longer lines are something else. Also keeps a token's value small."""

SEPARATORS = frozenset(
    ",;.·•|/⁄∕\\"  # Latin, and the slashes of fractions and division
    "\u060c\u061b\u066b\u066c\u06d4"  # Arabic: comma, semicolon, decimal and thousands separators, full stop
    "\u3001\u3002\u30fb"  # ideographic comma and full stop, katakana middle dot
    "\uff0c\uff0e\uff0f\uff1b\uff61\uff64\uff65"  # full- and half-width forms
    "\u2024\u2026\u2027\ufe50\ufe51\ufe52\ufe54"  # one dot leader, ellipsis, hyphenation point, small forms
    "\u1362\u1363\u07f8\u055d\u0964"  # Ethiopic full stop and comma, N'Ko and Armenian commas, danda
    "\u2212\u00af_~"  # minus sign (no dash to Unicode), and what thumbs hit beside the dash
)
"""Beside these, every white space and every dash separates."""

KEYCAP = "\u20e3"
KEYCAP_TEN = "\U0001f51f"
COMBINING_GRAPHEME_JOINER = "\u034f"


@dataclass(frozen=True, slots=True)
class Token:
    """One number as typed: its digits in ASCII. `joined` when it is what was left of a longer one."""

    digits: str
    joined: bool = False


def read_numbers(text: str) -> tuple[Token, ...] | None:
    """The numbers in `text`, in order; None when it holds anything but numbers and separators, no number at all,
    or more than 32 digits."""
    numbers: list[str] = []
    digits = ""  # of the number that is being read
    count = 0
    for character in text:
        if _is_ignored(character):
            continue
        decimal = unicodedata.decimal(character, None)
        if decimal is not None:
            digits += str(decimal)
            count += 1
        else:
            sign = _sign(character)
            if sign is None and not _separates(character):
                return None
            numbers += [number for number in (digits, sign) if number]
            digits = ""
            count += len(sign or "")
        if count > MOST_DIGITS:
            return None
    if digits:
        numbers.append(digits)
    return tuple(Token(number) for number in numbers) or None


def take(tokens: tuple[Token, ...], n_choices: int) -> tuple[int | None, tuple[Token, ...]]:
    """The choice, 1 to `n_choices`, with which `tokens` begin, and what is left after it; (None, all) when they
    begin with none."""
    if not tokens:
        return None, tokens
    first, rest = tokens[0], tokens[1:]
    if not (first.joined and first.digits.startswith("0")) and 1 <= int(first.digits) <= n_choices:
        return int(first.digits), rest
    if first.digits.startswith("0"):
        return None, tokens
    for length in range(min(len(first.digits) - 1, len(str(n_choices))), 0, -1):
        choice = int(first.digits[:length])
        if 1 <= choice <= n_choices:
            return choice, (Token(first.digits[length:], joined=True), *rest)
    return None, tokens


def is_line(text: str) -> bool:
    """Whether `text` is numbers only, and two digits or more: it may answer several questions at once."""
    return sum(len(token.digits) for token in read_numbers(text) or ()) >= 2


def written(tokens: tuple[Token, ...]) -> str:
    """The numbers as a person reads them, `4 2`: to name those that were too many."""
    return " ".join(token.digits for token in tokens)


def _is_ignored(character: str) -> bool:
    """Marks of direction, joiners, selectors of an emoji's looks: they are there, but nobody typed them."""
    return (
        unicodedata.category(character) == "Cf"
        or "\ufe00" <= character <= "\ufe0f"
        or character == COMBINING_GRAPHEME_JOINER
    )


def _separates(character: str) -> bool:
    # The square of a keycap closes its digit, so that two keycaps are two numbers.
    return (
        character.isspace() or character in SEPARATORS or character == KEYCAP or unicodedata.category(character) == "Pd"
    )


def _sign(character: str) -> str | None:
    """The number that a single sign stands for: ①, ⑫, ❶, ², ፩. Such a sign is a number of its own."""
    if character == KEYCAP_TEN:
        return "10"
    if unicodedata.category(character) != "No":
        return None
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    value = unicodedata.numeric(character)
    # Beyond nine only what is drawn around a whole number; fractions, and tens that are added up, are not.
    drawn = any(word in unicodedata.name(character) for word in ("CIRCLED", "PARENTHESIZED", "FULL STOP"))
    return str(int(value)) if drawn and value.is_integer() else None
