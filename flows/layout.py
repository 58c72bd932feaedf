"""Flows and shared lists as the text of their files, laid out as by hand.

Rules kept here:

* What is written reads back as the same definition: nothing that was not said is added, nothing that was said is left
  out, not even what is the default.
* The order of keys is that of the library: who a step is, what it says, what it keeps, where it goes.
* A choice stands on a line of its own, since its place is its number. A long text of several paragraphs stands as it
  will be read.
* A remark stands above what it is about. See `flows.remarks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flows.definition import KINDS
from flows.remarks import Anchor, Remarks

HEAD = ("goal", "title", "facts", "given", "record", "one_line", "aside", "reminder", "expires")
STEP = (
    *("id", *KINDS, "save", "many"),
    *("values", "choices", "then", "reads", "skip", "guard", "voice", "listen", "next"),
)

PARAGRAPHS = 180
"""Characters from which a text of several lines is laid out as several lines."""

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def flow_file(data: Mapping[str, Any], remarks: Remarks | None = None) -> str:
    """The file of one flow. `data` is what tomllib reads from such a file."""
    said = remarks or {}
    parts = [*_remark(said, ())]
    if said.get(()):
        parts.append("")
    for key in HEAD:
        if key in data:
            parts += [*_remark(said, (key,)), f"{key} = {_value(data[key])}"]
    for step in data["steps"]:
        place: Anchor = ("steps", step["id"])
        parts += ["", *_remark(said, place), "[[steps]]"]
        parts += [f"{key} = {_step_value(key, step[key], said, place)}" for key in STEP if key in step]
    return "\n".join(parts) + "\n"


def lists_file(data: Mapping[str, Sequence[Mapping[str, Any]]], remarks: Remarks | None = None) -> str:
    """The file of shared lists. `data` is what tomllib reads from it."""
    said = remarks or {}
    parts = [*_remark(said, ())]
    parts += [""] if parts and any(not choices for choices in data.values()) else []
    parts += [f"{name} = []" for name, choices in data.items() if not choices]
    for name, choices in data.items():
        parts += [""] if parts and choices else []
        for choice in choices:
            parts += [*_remark(said, (name, choice["id"])), f"[[{name}]]"]
            parts += [f"{key} = {_value(value)}" for key, value in choice.items()]
    return "\n".join(parts) + "\n"


def texts_file(texts: Mapping[str, Mapping[str, str | Mapping[str, str]]]) -> str:
    """A programme's own words: text id to language to words, or to words by number (`flows.own_words`)."""
    parts: list[str] = []
    for id_, words in sorted(texts.items()):
        plain = [f"{language} = {_value(said)}" for language, said in sorted(words.items()) if isinstance(said, str)]
        parts += [f"[{id_}]", *plain, ""] if plain else []
        for language, said in sorted(words.items()):
            if not isinstance(said, str):
                lines = (f"{_key(number)} = {_value(one)}" for number, one in said.items())
                parts += [f"[{id_}.{language}]", *lines, ""]
    return "\n".join(parts)


def _remark(remarks: Remarks, place: Anchor) -> list[str]:
    text = remarks.get(place)
    return [f"# {line}".rstrip() for line in text.split("\n")] if text else []


def _step_value(key: str, value: Any, remarks: Remarks, place: Anchor) -> str:
    if key == "choices" and isinstance(value, list):
        return "\n".join(["[", *_choices(value, remarks, place), "]"])
    return _value(value)


def _choices(choices: Sequence[Mapping[str, Any]], remarks: Remarks, place: Anchor) -> Iterator[str]:
    for choice in choices:
        yield from (f"  {line}" for line in _remark(remarks, (*place, "choices", choice["id"])))
        yield f"  {_value(choice, on_one_line=True)},"


def _value(value: Any, *, on_one_line: bool = False) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value, on_one_line=on_one_line)
        case list():
            return f"[{', '.join(_value(one, on_one_line=True) for one in value)}]"
        case dict():
            inside = (f"{_key(key)} = {_value(one, on_one_line=True)}" for key, one in value.items())
            return f"{{ {', '.join(inside)} }}" if value else "{}"
        case _:
            raise TypeError(f"a flow holds no {type(value).__name__}")


def _key(key: str) -> str:
    return key if _BARE.match(key) else quoted(key, on_one_line=True)


def quoted(text: str, *, on_one_line: bool = False) -> str:
    """A text as a file holds it."""
    if not on_one_line and "\n" in text and len(text) > PARAGRAPHS:
        inside = "".join(one if one == "\n" else _escaped(one) for one in text)
        return f'"""\n{inside}"""'
    return f'"{"".join(_escaped(one) for one in text)}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\u{ord(character):04X}" if ord(character) < 0x20 or ord(character) == 0x7F else character
