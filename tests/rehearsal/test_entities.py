"""Formatted text: what parses, into what; what does not, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rehearsal.entities import commands_in, parse
from bot.rehearsal.given_entities import ENTITIES_KEPT
from bot.rehearsal.refusals import Refused


def _brief(entities: tuple[dict[str, Any], ...]) -> list[tuple[str, int, int]]:
    return [(entity["type"], entity["offset"], entity["length"]) for entity in entities]


@pytest.mark.parametrize(
    ("source", "mode", "text", "entities"),
    [
        ("plain <b> *x*", None, "plain <b> *x*", []),
        ("<b>Hi</b> &lt;you&gt; &amp; &#233;", "HTML", "Hi <you> & é", [("bold", 0, 2)]),
        ("😀<b>b<i>i</i></b>", "html", "😀bi", [("bold", 2, 2), ("italic", 3, 1)]),
        ("<b> x</b> ", "HTML", "x", [("bold", 0, 1)]),
        ('<a href="https://x.example/?a=1&amp;b">x</a>', "HTML", "x", [("text_link", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "HTML", "x", [("spoiler", 0, 1)]),
        ('<a href="?a>b">x</a>', "HTML", "x", [("text_link", 0, 1)]),
        ("<b></b>x & y", "HTML", "x & y", []),
        ("*b _i_*", "MarkdownV2", "b i", [("bold", 0, 3), ("italic", 2, 1)]),
        ("__u__ ~s~ ||p|| `c\\`` ", "MarkdownV2", "u s p c`",
         [("underline", 0, 1), ("strikethrough", 2, 1), ("spoiler", 4, 1), ("code", 6, 2)]),
        ("```py\nx*y\n```", "MarkdownV2", "x*y", [("pre", 0, 3)]),
        (">a\n>b\nc", "MarkdownV2", "a\nb\nc", [("blockquote", 0, 3)]),
        ("[x](https://x.example/\\))", "MarkdownV2", "x", [("text_link", 0, 1)]),
        ("1\\. done\\!", "MarkdownV2", "1. done!", []),
        ("*b* _i_ `c` \\*", "Markdown", "b i c *", [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1)]),
        ("[x](https://x.example)", "markdown", "x", [("text_link", 0, 1)]),
    ],
)  # fmt: skip
def test_formatted_text_becomes_plain_text_and_entities(
    source: str, mode: str | None, text: str, entities: list[tuple[str, int, int]]
) -> None:
    parsed = parse(source, mode)
    assert (parsed.text, _brief(parsed.entities)) == (text, entities)


@pytest.mark.parametrize(
    ("source", "mode", "detail"),
    [
        ("a < b", "HTML", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "HTML", "Unclosed start tag at byte offset 2"),
        ("é< b>", "HTML", 'Unsupported start tag "" at byte offset 2'),
        ("<div>x</div>", "HTML", 'Unsupported start tag "div" at byte offset 0'),
        ("<b>x</i>", "HTML", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "HTML", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</i>", "HTML", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<span>x</span>", "HTML", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("Done.", "MarkdownV2", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a > b", "MarkdownV2", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("é*b", "MarkdownV2", "Can't find end of Bold entity at byte offset 2"),
        ("*b _i*_", "MarkdownV2", "Can't find end of Italic entity at byte offset 6"),
        ("`c", "MarkdownV2", "Can't find end of Code entity at byte offset 0"),
        ("```c`", "MarkdownV2", "Can't find end of Pre entity at byte offset 0"),
        ("[x](y", "MarkdownV2", "Can't find end of a URL at byte offset 3"),
        ("é_i", "Markdown", "Can't find end of the entity starting at byte offset 2"),
        ("[x](y", "Markdown", "Can't find end of the entity starting at byte offset 0"),
    ],
)  # fmt: skip
def test_what_does_not_parse_is_refused_with_its_place(source: str, mode: str, detail: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(source, mode)
    assert caught.value.description == f"Bad Request: can't parse entities: {detail}"


def test_given_entities_are_taken_checked_and_limited() -> None:
    bold = {"type": "bold", "offset": 0, "length": 1}
    assert len(parse("x" * 300, None, [bold] * 200).entities) == ENTITIES_KEPT
    assert parse("x", None, [{"type": "bold", "offset": 1, "length": 0}]).entities == ()
    for wrong in ("x", [7], [{"type": "bold"}], [{"type": "bold", "offset": "0", "length": 1}]):
        with pytest.raises(Refused, match=r"can't parse (?:entities|MessageEntity)"):
            parse("x", None, wrong)


def test_commands_in_typed_text_are_recognised() -> None:
    assert _brief(commands_in("😀 /help me, not/this, /start@bot")) == [("bot_command", 3, 5), ("bot_command", 23, 10)]
