"""Which texts of the library are to be translated, and what a translator needs to know about each.

Rules kept here:

* A text hangs on its permanent id: the id is gettext's `msgctxt`, the source text its `msgid`.
* Every text has a kind, and the kind has a limit; a translation is held to it like the source.
* Babel calls `babel_messages` by its extraction interface (`method = "flows.extraction:babel_messages"`); nothing
  here imports Babel.
* What the author marked `no_translate` (a face, a bare number) is left out and shown as it stands.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO

from pydantic import TypeAdapter

from flows.agenda import AGENDA_FILE, phrase_of, read_agenda
from flows.catalogue import CHOICES_FILE, is_phrases
from flows.definition import (
    ChoiceDefinition,
    FlowDefinition,
    PhraseDefinition,
    StepDefinition,
    placeholders,
    shared_lists,
)

LIBRARY = "library"
"""The folder under which the files lie; what stands before it in a path (a machine's own folders) is cut off."""


class Kind(StrEnum):
    """What a text is shown as. The value is what translators read."""

    QUESTION = "question"
    MESSAGE = "message"
    REMINDER = "reminder"
    BUTTON = "button"
    TAP = "note over a tapped button"
    COMMAND = "description in the list of commands"
    DESCRIPTION = "description of the bot in an empty chat"
    SHORT_DESCRIPTION = "line on the bot's profile"


MESSAGE_LIMIT = 4096

LIMITS: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.QUESTION: MESSAGE_LIMIT,
        Kind.MESSAGE: MESSAGE_LIMIT,
        Kind.REMINDER: MESSAGE_LIMIT,
        Kind.BUTTON: 40,
        Kind.TAP: 200,
        Kind.COMMAND: 256,
        Kind.DESCRIPTION: 512,
        Kind.SHORT_DESCRIPTION: 120,
    }
)
"""UTF-16 units. Telegram's own limits, except the button's: a label of more than about 40 is cut off on a small
phone, and Telegram says nothing of it."""

PHRASE_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "engine.skip": Kind.BUTTON,
        "engine.done": Kind.BUTTON,
        "engine.more": Kind.BUTTON,
        "trial.day": Kind.BUTTON,
        "engine.change": Kind.BUTTON,
        "engine.not_open": Kind.TAP,
        "guard.edit": Kind.BUTTON,
        "guard.keep": Kind.BUTTON,
        "guard.discard": Kind.BUTTON,
        "talk.closed": Kind.TAP,
        "card.description": Kind.DESCRIPTION,
        "card.short_description": Kind.SHORT_DESCRIPTION,
    }
)
"""Phrases that are no messages. The section `commands` is one by itself."""

_FLOW: TypeAdapter[FlowDefinition] = TypeAdapter(FlowDefinition)
_PHRASES: TypeAdapter[dict[str, dict[str, PhraseDefinition | str]]] = TypeAdapter(
    dict[str, dict[str, PhraseDefinition | str]]
)


@dataclass(frozen=True, slots=True)
class Extracted:
    """One text to translate. `plural` is given where the text has two forms by `{count}`; `source` is then the form
    for one. `line` is a good guess for people (TOML keeps no places), never part of a file we write."""

    id: str
    source: str
    plural: str | None
    kind: Kind
    path: str
    line: int
    comments: tuple[str, ...]

    @property
    def limit(self) -> int:
        return LIMITS[self.kind]


def extract_library(files: Mapping[str, str]) -> tuple[Extracted, ...]:
    """Every text to translate, files by path, within a file in its order.

    `files` is what `flows.catalogue.load` takes, and must have passed it.
    """
    return tuple(text for path, content in sorted(files.items()) for text in extract(path, content))


def extract(path: str, content: str) -> tuple[Extracted, ...]:
    """The texts of one library file. `path` is its place below `library/`.

    Raises tomllib's or pydantic's error for a file that `flows.catalogue.load` would refuse.
    """
    data = tomllib.loads(content)
    places = _Places(path, content)
    name = PurePosixPath(path).stem
    if is_phrases(path):
        return tuple(_phrase_texts(_PHRASES.validate_python(data), places))
    if "/" in path:
        return tuple(_flow_texts(name, _FLOW.validate_python(data), places))
    if name == CHOICES_FILE:
        return tuple(
            text
            for list_name, choices in shared_lists(data).items()
            for text in _choice_texts(f"{CHOICES_FILE}.{list_name}", choices, f"In the list {list_name}.", places)
        )
    if name == AGENDA_FILE:
        return tuple(
            places.text(
                phrase_of(item), item.brings, Kind.MESSAGE, f"What the conversation {item.flow} is offered with."
            )
            for item in read_agenda(data)
        )
    return ()


def babel_messages(
    fileobj: IO[bytes],
    keywords: Sequence[str],  # noqa: ARG001  Babel's interface; our texts are marked by their place, not by a call
    comment_tags: Sequence[str],  # noqa: ARG001
    options: Mapping[str, object],  # noqa: ARG001
) -> Iterator[tuple[int, str, tuple[str, ...], list[str]]]:
    """Babel's extractor for a library file: line, function name, its arguments, comments.

    The function names are `pgettext` and `npgettext`, so that the first argument is the context. The file's name
    must hold the folder `library`, since an id follows from the place below it.
    """
    parts = PurePosixPath(str(fileobj.name).replace("\\", "/")).parts
    below = parts[len(parts) - parts[::-1].index(LIBRARY) :]
    for text in extract("/".join(below), fileobj.read().decode("utf-8")):
        if text.plural is None:
            yield text.line, "pgettext", (text.id, text.source), list(text.comments)
        else:
            yield text.line, "npgettext", (text.id, text.source, text.plural), list(text.comments)


class _Places:
    """Finds the line of a text. Texts are asked for in the order of the file, so a repeated one is found in turn."""

    def __init__(self, path: str, content: str) -> None:
        self.path = path
        self._content = content
        self._from = 0

    def line(self, text: str) -> int:
        piece = re.split(r'["\\\n]', text.strip())[0]
        found = self._content.find(piece, self._from)
        if found < 0:
            found = max(self._content.find(piece), 0)
        else:
            self._from = found + len(piece)
        return self._content.count("\n", 0, found) + 1

    def text(self, id_: str, source: str, kind: Kind, *comments: str, plural: str | None = None) -> Extracted:
        filled = sorted({*placeholders(source), *placeholders(plural or "")})
        limit = f", at most {LIMITS[kind]} characters" if LIMITS[kind] < MESSAGE_LIMIT else ""
        said = [f"A {kind}{limit}.", *comments]
        if filled:
            said.append("Keep as they are: " + " ".join(f"{{{name}}}" for name in filled))
        return Extracted(id_, source, plural, kind, self.path, self.line(source), tuple(said))


def _flow_texts(flow: str, definition: FlowDefinition, places: _Places) -> Iterator[Extracted]:
    goal = f"Goal: {definition.goal}"
    if definition.title is not None:
        yield places.text(f"{flow}.title", definition.title, Kind.BUTTON, goal)
    if definition.reminder is not None:
        yield places.text(f"{flow}.reminder", definition.reminder.text, Kind.REMINDER, goal)
    for step in definition.steps:
        if step.text is not None:
            kind = Kind.MESSAGE if step.kind == "say" else Kind.QUESTION
            yield places.text(f"{flow}.{step.id}", step.text, kind, goal)
        if isinstance(step.choices, tuple):
            yield from _choice_texts(f"{flow}.{step.id}", step.choices, f"Under: {_last_line(step)}", places)


def _last_line(step: StepDefinition) -> str:
    return (step.text or "").strip().rpartition("\n")[2]


def _choice_texts(
    prefix: str, choices: Sequence[ChoiceDefinition], comment: str, places: _Places
) -> Iterator[Extracted]:
    for choice in choices:
        if not choice.no_translate:
            yield places.text(f"{prefix}.{choice.id}", choice.text, Kind.BUTTON, comment)


def _phrase_texts(data: Mapping[str, Mapping[str, PhraseDefinition | str]], places: _Places) -> Iterator[Extracted]:
    for section, entries in data.items():
        for key, written in entries.items():
            phrase = PhraseDefinition(text=written) if isinstance(written, str) else written
            if phrase.no_translate:
                continue
            id_ = f"{section}.{key}"
            kind = PHRASE_KINDS.get(id_, Kind.COMMAND if section == "commands" else Kind.MESSAGE)
            notes = (phrase.note,) if phrase.note else ()
            if phrase.text is not None:
                yield places.text(id_, phrase.text, kind, *notes)
            elif phrase.one is not None:
                yield places.text(id_, phrase.one, kind, *notes, plural=phrase.other)
