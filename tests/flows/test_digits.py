"""Typed numbers: any digits, any script, any separators read back; whatever else is typed raises nothing."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.digits import MOST_DIGITS, SEPARATORS, Token, is_line, read_numbers, take, written

ZEROS = tuple(chr(code) for code in range(sys.maxunicode) if unicodedata.decimal(chr(code), None) == 0)
"""The zero of every digit script; its nine follow it."""

NOISE = (
    "\u200e",
    "\u200f",
    "\u061c",
    "\u2066",
    "\u2067",
    "\u2069",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
)
BETWEEN = (
    " ",
    ", ",
    "،",
    "、",
    ",",
    ".",
    "．",
    "。",
    "-",
    "–",
    "—",
    "‐",
    "−",
    "-",
    "/",
    "／",
    "\n",
    "\u00a0",
    "; ",
    " - ",
    "٫",
)


def in_script(number: int, zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in str(number))


def path(text: str, *choices: int) -> tuple[list[int | None], str]:
    """What is taken from `text` at steps with so many choices, and what is left."""
    rest = read_numbers(text) or ()
    taken = []
    for n_choices in choices:
        choice, rest = take(rest, n_choices)
        taken.append(choice)
    return taken, written(rest)


@st.composite
def answered_paths(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Steps as (choices, the one answered)."""
    counts = draw(st.lists(st.integers(1, 25), min_size=1, max_size=8))
    return [(count, draw(st.integers(1, count))) for count in counts]


@given(answered_paths(), st.sampled_from(ZEROS), st.data())
def test_numbers_apart_are_read_back_in_any_script_with_any_separators(
    steps: list[tuple[int, int]], zero: str, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(("", " ", "\u200f", "-")))
    for _, answer in steps:
        text += data.draw(st.sampled_from(NOISE)) + in_script(answer, zero)
        text += "".join(data.draw(st.lists(st.sampled_from(BETWEEN), min_size=1, max_size=3)))
    taken, left = path(text, *(count for count, _ in steps))
    assert taken == [answer for _, answer in steps]
    assert left == ""


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=MOST_DIGITS),
    st.lists(st.sampled_from(ZEROS), min_size=1),
    st.data(),
)
def test_joined_digits_are_read_back_one_by_one_even_of_mixed_scripts(
    answers: list[int], zeros: list[str], data: st.DataObject
) -> None:
    text = "".join(
        in_script(answer, zeros[i % len(zeros)]) + data.draw(st.sampled_from(("", *NOISE)))
        for i, answer in enumerate(answers)
    )
    assert path(text, *[9] * len(answers)) == (answers, "")


def test_every_digit_of_every_script_is_its_number() -> None:
    assert len(ZEROS) >= 65
    for zero in ZEROS:
        for digit in range(10):
            assert read_numbers(in_script(digit, zero)) == (Token(str(digit)),)


@pytest.mark.parametrize(
    "text",
    ["1325", "1 3 2 5", "1,3,2,5", "1.3.2.5", "1-3-2-5", "1/3/2/5", "١٣٢٥", "١، ٣، ٢، ٥", "۱ ۳ ۲ ۵", "１３２５", "१३२५",
     "1️⃣3️⃣2️⃣5️⃣", "1️⃣ 3️⃣ 2️⃣ 5️⃣", "①③②⑤", "❶ ❸ ❷ ❺", "⒈⒊⒉⒌", "⑴⑶⑵⑸", "1 32 5", "13 25", "132 5", "፩፫፪፭",
     "\u200f1\u200f3\u200e2\u20665\u2069", "1\u200b3\u200b2\u200b5", " 1\n3\n2\n5\n", "01 03 02 05",
     "1…3…2…5", "– 1 – 3 – 2 – 5"],
)  # fmt: skip
def test_a_check_in_in_one_line(text: str) -> None:
    assert path(text, 4, 6, 6, 5) == ([1, 3, 2, 5], "")
    assert is_line(text)


@pytest.mark.parametrize(
    ("text", "choices", "taken", "left"),
    [
        ("12", (12,), [12], ""),  # the longest beginning first
        ("12", (11, 5), [1, 2], ""),
        ("1213", (12, 12), [12, 1], "3"),
        ("1213", (12, 5, 5), [12, 1, 3], ""),
        ("125", (10, 30), [1, 25], ""),
        ("10", (4,), [1], "0"),
        ("🔟", (10,), [10], ""),
        ("⑫ 1", (12, 2), [12, 1], ""),
        ("①②", (12, 2), [1, 2], ""),  # signs are numbers of their own, never joined
        ("1️⃣2️⃣", (12, 2), [1, 2], ""),
        ("1 7 2", (4, 6, 6), [1, None, None], "7 2"),  # what does not fit stays, and what follows it
        ("17", (4, 6), [1, None], "7"),
        ("5", (4,), [None], "5"),
        ("57", (4,), [None], "57"),
        ("1 2 3 4 5", (4, 6), [1, 2], "3 4 5"),
        ("0", (4,), [None], "0"),
        ("103", (4, 4), [1, None], "03"),  # the 3 must not slip into the place of the 0
        ("1 0 3", (4, 4), [1, None], "0 3"),
        ("01", (4,), [1], ""),
        ("0001", (4,), [1], ""),
        ("012", (4,), [None], "012"),
        ("012", (12,), [12], ""),
        ("1", (0,), [None], "1"),
        ("3", (), [], "3"),
    ],
)
def test_along_the_path(text: str, choices: tuple[int, ...], taken: list[int | None], left: str) -> None:
    assert path(text, *choices) == (taken, left)


def test_nothing_is_taken_from_nothing() -> None:
    assert take((), 4) == (None, ())


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", "...", "\u200f", "\u20e3", "maybe", "1a", "a1", "1 yes", "14:05", "+232 76 123", "1!",
     "#️⃣", "½", "1½", "Ⅳ", "四", "²½", "👍", "1👍", "\x001", "፲", "1" * 33, "1 " * 33, "🔟" * 17, "1" * 4096],
)  # fmt: skip
def test_what_is_no_line_of_numbers_is_none(text: str) -> None:
    assert read_numbers(text) is None
    assert not is_line(text)


def test_as_many_digits_as_are_allowed_are_read() -> None:
    assert read_numbers("7" * MOST_DIGITS) == (Token("7" * MOST_DIGITS),)
    assert len(read_numbers("7 " * MOST_DIGITS) or ()) == MOST_DIGITS


@pytest.mark.parametrize(
    ("text", "line"), [("1", False), ("٣", False), ("1️⃣", False), ("12", True), ("1 2", True), ("🔟", True)]
)
def test_a_line_has_two_digits_or_more(text: str, line: bool) -> None:
    assert is_line(text) is line


ODD = st.sampled_from(
    [*"0123456789٣۴①⑫🔟️⃣½²፲Ⅳ-+:", *SEPARATORS, *NOISE, "\u20e3", "\ufe0f", "\ud800", "\x00", "\U0010ffff"]
)


@given(st.one_of(st.text(), st.text(ODD), st.text(ODD, max_size=12)), st.lists(st.integers(-1, 10**6), max_size=40))
def test_hostile_text_never_raises_and_nothing_is_lost_or_made_up(text: str, choices: list[int]) -> None:
    tokens = read_numbers(text)
    if tokens is None:
        return
    digits, rest = "".join(token.digits for token in tokens), tokens
    assert digits.isascii()
    assert 1 <= len(digits) <= MOST_DIGITS
    for n_choices in choices:
        before = "".join(token.digits for token in rest)
        choice, rest = take(rest, n_choices)
        after = "".join(token.digits for token in rest)
        if choice is None:
            assert after == before
        else:
            assert 1 <= choice <= n_choices
            assert before.endswith(after)
            assert int(before.removesuffix(after) if after else before) == choice


def test_every_single_character_is_read_or_refused() -> None:
    for code in range(sys.maxunicode + 1):
        tokens = read_numbers(chr(code))
        assert tokens is None or (len(tokens) == 1 and tokens[0].digits.isascii())
