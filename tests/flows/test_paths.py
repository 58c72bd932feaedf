"""What the worst path of a flow costs."""

from __future__ import annotations

from pathlib import Path

from flows.catalogue import Flow, load
from flows.paths import (
    EFFECT_BYTES,
    MADE_BUTTONS,
    MARK,
    SOURCE_LANGUAGE,
    TYPICAL_PARAGRAPH,
    TYPICAL_VALUE,
    Cost,
    languages,
    reachable,
    reached_from,
    rows,
    size,
    table,
    worst,
)

LIBRARY = Path(__file__).parents[2] / "flows" / "library"


def shipped(flow: str) -> Flow:
    files = {path.relative_to(LIBRARY).as_posix(): path.read_text() for path in LIBRARY.rglob("*.toml")}
    return load(files).current(flow)


def flow_of(*steps: str, translations: dict[str, dict[str, str]] | None = None) -> Flow:
    text = 'goal = "Cost something."\n' + "".join(f"[[steps]]\n{step}\n" for step in steps)
    return load({"gallery/priced.toml": text}, translations).current("priced")


def test_a_statement_costs_a_message_and_its_bytes() -> None:
    assert worst(flow_of('id = "hi"\nsay = "Bonjour à toi"'), "en") == Cost(1, 0, 14, ("hi",))


def test_a_question_costs_its_buttons_twice_since_a_tap_marks_them() -> None:
    flow = flow_of(
        'id = "ask"\nchoose = "Well?"\nsave = "a"\nchoices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No" }]'
    )
    assert worst(flow, "en") == Cost(1, 1, len("Well?") + 2 * len("YesNo") + MARK, ("ask",))


def test_a_typed_answer_counts_as_a_tap_and_marks_nothing() -> None:
    assert worst(flow_of('id = "ask"\nask = "Why?"\nsave = "a"'), "en") == Cost(1, 1, 4, ("ask",))


def test_buttons_that_a_rule_makes_and_the_one_that_skips_are_counted_as_typical() -> None:
    flow = flow_of('id = "ask"\nchoose = "?"\nsave = "a"\nskip = true\nchoices = { rule = "join.hours" }')
    assert worst(flow, "en").bytes == 1 + 2 * (MADE_BUTTONS + 1) * TYPICAL_VALUE + MARK


def test_a_placeholder_counts_as_a_typical_value() -> None:
    assert size("Hi {twin}!") == len("Hi !") + TYPICAL_VALUE


def test_a_placeholder_that_is_a_paragraph_counts_as_a_page() -> None:
    assert size("{page}") == TYPICAL_PARAGRAPH
    assert size("Hi {twin}!\n\n{page}\n\nMore?") == len("Hi !\n\n\n\nMore?") + TYPICAL_VALUE + TYPICAL_PARAGRAPH


def test_a_named_effect_counts_as_one_message() -> None:
    assert worst(flow_of('id = "act"\ndo = "join.finish"'), "en") == Cost(1, 0, EFFECT_BYTES, ("act",))


def test_deciding_and_waiting_cost_nothing() -> None:
    flow = flow_of(
        'id = "toss"\ndecide = "join.role"\nthen = { twin = "sleep", coordinator = "end" }', 'id = "sleep"\nwait = "2d"'
    )
    assert worst(flow, "en") == Cost(0, 0, 0, ("toss", "sleep"))


def test_each_language_has_its_own_bytes() -> None:
    flow = flow_of('id = "hi"\nsay = "Hi."', translations={"ar": {"priced.hi": "مرحبا"}, "nl": {}})
    assert [worst(flow, language).bytes for language in ("en", "ar", "nl")] == [3, 10, 3]


def test_the_largest_of_each_number_is_told_though_they_lie_on_different_paths() -> None:
    flow = flow_of(
        'id = "toss"\ndecide = "join.role"\nthen = { twin = "long", coordinator = "first" }',
        'id = "long"\nsay = "A long story, told to the end."\nnext = "end"',
        'id = "first"\nsay = "One."',
        'id = "second"\nask = "Two?"\nsave = "a"',
    )
    assert worst(flow, "en") == Cost(2, 1, len("A long story, told to the end."), ("toss", "first", "second"))


def test_a_loop_is_counted_once() -> None:
    flow = flow_of(
        'id = "ask"\nask = "Which?"\nsave = "word"',
        'id = "sure"\nchoose = "Sure?"\nsave = "sure"\n'
        'choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No", next = "ask" }]',
        'id = "bye"\nsay = "Bye."',
    )
    cost = worst(flow, "en")
    assert (cost.messages, cost.taps, cost.path) == (3, 2, ("ask", "sure", "bye"))


def test_both_arms_of_a_loop_are_counted() -> None:
    flow = flow_of(
        'id = "menu"\nchoose = "?"\nsave = "a"\nchoices = [{ id = "one", text = "1", next = "one" }, '
        '{ id = "two", text = "2", next = "two" }, { id = "out", text = "3", next = "end" }]',
        'id = "one"\nsay = "One."\nnext = "menu"',
        'id = "two"\nsay = "Two."\nnext = "menu"',
    )
    assert worst(flow, "en").messages == 3


def test_a_flow_of_many_forks_is_measured_at_once() -> None:
    forks = [
        f'id = "s{n}"\nchoose = "?"\nsave = "a{n}"\nchoices = [{{ id = "x", text = "X" }}, '
        f'{{ id = "y", text = "Y", next = "s{n + 2 if n < 58 else 59}" }}]'
        for n in range(60)
    ]
    assert worst(flow_of(*forks), "en").messages == 60  # 2 to the power of 59 paths


def test_a_flow_ends_where_it_begins_to_listen() -> None:
    flow = flow_of(
        'id = "thanks"\nsay = "Thanks."\nlisten = { for = "24h", save = "note" }', 'id = "more"\nsay = "More."'
    )
    assert worst(flow, "en").path == ("thanks",)
    assert reachable(flow) == {"thanks"}


def test_what_follows_a_step_can_be_asked_without_leading_through_others() -> None:
    flow = flow_of('id = "a"\nsay = "A"', 'id = "b"\nsay = "B"', 'id = "c"\nsay = "C"')
    assert reached_from(flow, "a") == {"b", "c"}
    assert reached_from(flow, "a", without={"b"}) == {"b"}


# -- the shipped check-in --------------------------------------------------------------------------------------------


def test_the_check_in_takes_five_messages_and_four_taps() -> None:
    cost = worst(shipped("weekly_checkin"), SOURCE_LANGUAGE)
    assert (cost.messages, cost.taps) == (5, 4)


def test_the_check_in_without_contact_takes_three_taps() -> None:
    cost = worst(shipped("weekly_checkin"), SOURCE_LANGUAGE, chosen={"ask_contact": ["tried", "none"]})
    assert cost.taps == 3
    assert cost.path == ("ask_contact", "ask_reason", "ask_help", "offer_help", "thanks")


def test_the_check_in_in_one_line_takes_two_messages_and_one_answer() -> None:
    with_contact = {"ask_contact": ["real", "short"]}
    cost = worst(shipped("weekly_checkin"), SOURCE_LANGUAGE, chosen=with_contact, by_line=True)
    assert (cost.messages, cost.taps) == (2, 1)


# -- the table ---------------------------------------------------------------------------------------------------------


def test_the_table_has_a_line_for_each_flow_and_language() -> None:
    files = {f"gallery/{name}.toml": 'goal = "Hi."\n[[steps]]\nid = "hi"\nsay = "Hi."\n' for name in ("b", "a")}
    catalogue = load(files, {"nl": {"a.hi": "Dag allemaal"}, "ar": {}})
    assert languages(catalogue) == ("en", "ar", "nl")
    assert [(row.flow, row.language, row.cost.bytes) for row in rows(catalogue)] == [
        ("a", "en", 3),
        ("a", "ar", 3),
        ("a", "nl", 12),
        ("b", "en", 3),
        ("b", "ar", 3),
        ("b", "nl", 3),
    ]
    assert table(rows(catalogue)[:2]).splitlines() == [
        "flow  language  messages  taps  bytes  worst path",
        "a     en               1     0      3  hi",
        "a     ar               1     0      3  hi",
    ]
