"""Formatted text, as strictly as Telegram reads it.

Rules kept here:

* Offsets of entities count UTF-16 code units, offsets in refusals count bytes of UTF-8, as Telegram counts them.
* What does not parse is refused with Telegram's wording; nothing is repaired.
* Leading and trailing white space is cut after parsing, and at most 100 entities are kept, both without a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from bot.rehearsal.given_entities import ENTITIES_KEPT, read_given, utf16
from bot.rehearsal.refusals import Refused, Why

_HTML_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_ATTRIBUTE = re.compile(r"""\s*([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_HTML_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_V2_RESERVED = "_*[]()~`>#+-=|{}.!"
_V2_NAMES = {
    "_": "Italic",
    "__": "Underline",
    "*": "Bold",
    "~": "Strikethrough",
    "||": "Spoiler",
    "`": "Code",
    "```": "Pre",
    "[": "TextUrl",
    "![": "CustomEmoji",
    ">": "BlockQuote",
}
_V2_TYPES = {
    "_": "italic",
    "__": "underline",
    "*": "bold",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
    "[": "text_link",
    "![": "custom_emoji",
    ">": "blockquote",
}
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{1,32})?")


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text and its entities in Telegram's shape (`type`, `offset`, `length`, …)."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()


def parse(text: str, mode: str | None, entities: Any = None) -> Formatted:
    """`text` as Telegram would keep it. `entities` holds without a `mode` only. Raises `Refused`."""
    chosen = (mode or "").lower()
    if chosen in ("", "none"):
        found = Formatted(text, read_given(text, entities))
    elif chosen == "html":
        found = _parse_html(text)
    elif chosen == "markdownv2":
        found = _MarkdownV2(text).parse()
    elif chosen == "markdown":
        found = _parse_markdown(text)
    else:
        raise Refused(Why.UNKNOWN_PARSE_MODE)
    return _trim(found)


def commands_in(text: str) -> tuple[dict[str, Any], ...]:
    """The `/commands` in what a person typed, as entities: libraries recognise a command by them."""
    return tuple(
        {"type": "bot_command", "offset": utf16(text[: found.start()]), "length": utf16(found.group())}
        for found in _COMMAND.finditer(text)
    )


def _refuse(detail: str) -> Refused:
    return Refused(Why.UNPARSABLE_ENTITIES, {"detail": detail})


def _trim(found: Formatted) -> Formatted:
    text = found.text.rstrip()
    lead = utf16(text) - utf16(text.lstrip())
    text = text.lstrip()
    size = utf16(text)
    kept = []
    for entity in found.entities:
        begin = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] + entity["length"] - lead)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Formatted(text, tuple(kept[:ENTITIES_KEPT]))


def _byte(text: str, index: int) -> int:
    return len(text[:index].encode())


# -- HTML ------------------------------------------------------------------------------------------------------


def _parse_html(source: str) -> Formatted:
    plain: list[str] = []
    size = 0
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, int, dict[str, Any], int]] = []
    index = 0
    while index < len(source):
        character = source[index]
        if character == "&" and (found := _HTML_ENTITY.match(source, index)):
            written = unescape(found.group())
            index = found.end()
        elif character == "<":
            end = _tag_end(source, index)
            if source.startswith("</", index):
                name, offset, extra, _ = _close(source, index, source[index + 2 : end].strip().lower(), opened)
                if size > offset:
                    entities.append({"type": _HTML_TAGS[name], "offset": offset, "length": size - offset, **extra})
            else:
                name, extra = _open(source, index, source[index + 1 : end])
                opened.append((name, size, extra, index))
            index = end + 1
            continue
        else:
            written = character
            index += 1
        plain.append(written)
        size += utf16(written)
    if opened:
        raise _refuse(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return Formatted("".join(plain), tuple(entities))


def _tag_end(source: str, index: int) -> int:
    """Where the tag that begins at `index` ends; a `>` between quotes does not end it. Raises `Refused`."""
    closing = source.startswith("</", index)
    words = re.compile(r"[^\s/>]*").match(source, index + 1)
    name = words.group().lower() if words else ""
    if not closing and index + 1 + len(name) < len(source) and name not in _HTML_TAGS:
        raise _refuse(f'Unsupported start tag "{name}" at byte offset {_byte(source, index)}')
    quote = ""
    for end in range(index + 1, len(source)):
        character = source[end]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not closing:
            quote = character
        elif character == ">":
            return end
    raise _refuse(f"Unclosed {'end' if closing else 'start'} tag at byte offset {_byte(source, index)}")


def _open(source: str, index: int, inside: str) -> tuple[str, dict[str, Any]]:
    words = re.match(r"[^\s/>]*", inside)
    name = words.group().lower() if words else ""
    where = _byte(source, index)
    attributes: dict[str, str] = {}
    position = len(name)
    rest = inside.rstrip().rstrip("/")
    while position < len(rest):
        found = _ATTRIBUTE.match(rest, position)
        if not found or found.end() == position:
            raise _refuse(f'Expected an attribute name in the tag "{name}" at byte offset {where}')
        attributes[found.group(1).lower()] = unescape((found.group(2) or "").strip("\"'"))
        position = found.end()
    if name == "span":
        if attributes.get("class") != "tg-spoiler":
            raise _refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        return name, {}
    if name == "a":
        return name, {"url": attributes.get("href", "")}
    if name == "tg-emoji":
        if not attributes.get("emoji-id", "").isdigit():
            raise _refuse("Invalid custom emoji identifier specified")
        return name, {"custom_emoji_id": attributes["emoji-id"]}
    language = attributes.get("class", "")
    if name == "code" and language.startswith("language-"):
        return name, {"language": language.removeprefix("language-")}
    return name, {}


def _close(
    source: str, index: int, name: str, opened: list[tuple[str, int, dict[str, Any], int]]
) -> tuple[str, int, dict[str, Any], int]:
    if not opened:
        raise _refuse(f"Unexpected end tag at byte offset {_byte(source, index)}")
    top = opened.pop()
    if name and name != top[0]:
        raise _refuse(
            f'Unmatched end tag at byte offset {_byte(source, index)}, expected "</{top[0]}>", found "</{name}>"'
        )
    return top


# -- MarkdownV2 ------------------------------------------------------------------------------------------------


class _MarkdownV2:
    """One pass over one text: a stack of what is open, each by its mark."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.index = 0
        self.plain: list[str] = []
        self.size = 0
        self.opened: list[tuple[str, int, int, dict[str, Any]]] = []
        self.entities: list[dict[str, Any]] = []

    def parse(self) -> Formatted:
        while self.index < len(self.source):
            self._step()
        if self.opened and self.opened[-1][0] == ">":
            self._end(0)
        if self.opened:
            raise self._endless()
        return Formatted("".join(self.plain), tuple(self.entities))

    def _step(self) -> None:
        source, index = self.source, self.index
        character = source[index]
        top = self.opened[-1][0] if self.opened else ""
        if character == "\\" and index + 1 < len(source) and "\0" < source[index + 1] <= "~":
            self._write(source[index + 1], 2)
        elif top in ("`", "```"):
            if source.startswith(top, index):
                self._end(len(top))
            elif character == "`":
                raise self._endless()
            else:
                self._write(character, 1)
        elif character == "\n" and any(mark == ">" for mark, *_ in self.opened):
            self._line_in_quote(top)
        elif character not in _V2_RESERVED:
            self._write(character, 1)
        elif (mark := self._mark()) is None:
            raise _refuse(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
        elif mark == "]":
            self._end_link(top)
        elif mark == top and mark != ">":
            self._end(len(mark))
        else:
            self._begin(mark)

    def _mark(self) -> str | None:
        """The mark that stands here; `None` for a reserved character without a meaning at this place."""
        source, index = self.source, self.index
        for mark in ("```", "__", "||", "!["):
            if source.startswith(mark, index):
                return mark
        character = source[index]
        if character in "_*~`[":
            return character
        if character == "]" and any(mark in ("[", "![") for mark, *_ in self.opened):
            return "]"
        at_line_start = index == 0 or source[index - 1] == "\n"
        if character == ">" and at_line_start and not self.opened:
            return ">"
        return None

    def _begin(self, mark: str) -> None:
        extra: dict[str, Any] = {}
        width = len(mark)
        if mark == "```":
            language = re.compile(r"([^\s`\\]+)\n").match(self.source, self.index + 3)
            if language:
                extra, width = {"language": language.group(1)}, 3 + len(language.group())
        self.opened.append((mark, self.size, self.index, extra))
        self.index += width

    def _end(self, width: int) -> None:
        mark, offset, _, extra = self.opened.pop()
        if self.size > offset:
            self.entities.append({"type": _V2_TYPES[mark], "offset": offset, "length": self.size - offset, **extra})
        self.index += width

    def _end_link(self, top: str) -> None:
        if top not in ("[", "!["):
            raise self._endless()
        source, position = self.source, self.index + 1
        address = ""
        if source.startswith("(", position):
            position += 1
            while position < len(source) and source[position] != ")":
                if source[position] == "\\" and position + 1 < len(source) and "\0" < source[position + 1] <= "~":
                    position += 1
                address += source[position]
                position += 1
            if position >= len(source):
                raise _refuse(f"Can't find end of a URL at byte offset {_byte(source, self.index + 1)}")
            position += 1
        mark, offset, begin, _ = self.opened.pop()
        if mark == "![" and not address.startswith("tg://emoji?id="):
            raise _refuse("Invalid custom emoji identifier specified")
        extra = {"custom_emoji_id": address.removeprefix("tg://emoji?id=")} if mark == "![" else {"url": address}
        self.opened.append((mark, offset, begin, extra))
        if mark == "[" and not address:  # no address: the words stay, without a link
            self.opened.pop()
            self.index = position
            return
        self._end(position - self.index)

    def _line_in_quote(self, top: str) -> None:
        if self.source.startswith("\n>", self.index):
            self._write("\n", 2)
        elif top != ">":
            raise self._endless()
        else:
            self._end(0)
            self._write("\n", 1)

    def _write(self, written: str, width: int) -> None:
        self.plain.append(written)
        self.size += utf16(written)
        self.index += width

    def _endless(self) -> Refused:
        mark, _, begin, _ = self.opened[-1]
        return _refuse(f"Can't find end of {_V2_NAMES[mark]} entity at byte offset {_byte(self.source, begin)}")


# -- Markdown, the old way -----------------------------------------------------------------------------------------


def _parse_markdown(source: str) -> Formatted:
    plain: list[str] = []
    size = 0
    entities: list[dict[str, Any]] = []
    index = 0
    kinds = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "[": "text_link"}
    while index < len(source):
        character = source[index]
        if character == "\\" and source[index + 1 : index + 2] in ("_", "*", "`", "["):
            character = source[index + 1]
            index += 1
        elif character in "_*`[":
            mark = "```" if source.startswith("```", index) else character
            end = source.find("]" if mark == "[" else mark, index + len(mark))
            if end < 0:
                raise _refuse(f"Can't find end of the entity starting at byte offset {_byte(source, index)}")
            words = source[index + len(mark) : end]
            extra: dict[str, Any] = {}
            after = end + len(mark)
            if mark == "[" and source.startswith("(", after):
                close = source.find(")", after)
                if close < 0:
                    raise _refuse(f"Can't find end of the entity starting at byte offset {_byte(source, index)}")
                extra = {"url": source[after + 1 : close]}
                after = close + 1
            if words and (mark != "[" or extra.get("url")):
                entities.append({"type": kinds[mark], "offset": size, "length": utf16(words), **extra})
            plain.append(words)
            size += utf16(words)
            index = after
            continue
        plain.append(character)
        size += utf16(character)
        index += 1
    return Formatted("".join(plain), tuple(entities))
