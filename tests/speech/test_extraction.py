from __future__ import annotations

import ast
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract as babel_extract

import flows
from bot.library import packaged_catalogue, read_library
from bot.translations.po_files import KEYWORDS
from flows.extraction import LIMITS, PHRASE_KINDS, Kind, babel_messages, extract, extract_library
from tests.speech.samples import LIBRARY

TEXTS = {text.id: text for text in extract_library(LIBRARY)}


def test_every_text_has_its_permanent_id_as_context() -> None:
    assert list(TEXTS) == [
        "choices.kinds.skill",
        "hello.reminder",
        "hello.ask",
        "hello.ask.yes",
        "hello.ask.no",
        "hello.ask_kind",
        "hello.bye",
        "engine.again",
        "engine.skip",
        "engine.not_open",
        "commands.pause",
        "talk.bye",
        "talk.ok",
        "talk.days",
    ]


def test_the_ids_are_those_by_which_the_catalogue_speaks() -> None:
    catalogue = packaged_catalogue()
    spoken = {**catalogue.source_texts, **{id_: phrase.text or "" for id_, phrase in catalogue.phrases.items()}}
    texts = extract_library(read_library())
    assert {text.id: text.source for text in texts if text.plural is None}.items() <= spoken.items()
    left_out = spoken.keys() - {text.id for text in texts}
    # faces, circles, and a language's own name
    as_they_stand = ("choices.five_faces.", "choices.closeness_7.", "choices.spoken_languages.")
    assert all(id_.startswith(as_they_stand) or catalogue.phrases[id_].no_translate for id_ in left_out)


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        ("hello.ask", Kind.QUESTION),
        ("hello.bye", Kind.MESSAGE),
        ("hello.reminder", Kind.REMINDER),
        ("hello.ask.yes", Kind.BUTTON),
        ("choices.kinds.skill", Kind.BUTTON),
        ("engine.skip", Kind.BUTTON),
        ("engine.not_open", Kind.TAP),
        ("commands.pause", Kind.COMMAND),
        ("talk.bye", Kind.MESSAGE),
    ],
)
def test_each_text_knows_what_it_is_shown_as(id_: str, kind: Kind) -> None:
    assert TEXTS[id_].kind is kind
    assert TEXTS[id_].limit == LIMITS[kind]


def test_a_translator_reads_goal_kind_limit_and_placeholders() -> None:
    assert TEXTS["hello.ask"].comments == ("A question.", "Goal: Say hello.", "Keep as they are: {person} {twin}")
    assert TEXTS["hello.ask.yes"].comments == (
        "A button, at most 40 characters.",
        "Under: Hello {person}. Any word from {twin}?",
    )
    assert TEXTS["talk.days"].comments == (
        "A message.",
        "How long a pair has lasted.",
        "Keep as they are: {count} {twin}",
    )


def test_a_plural_is_extracted_with_both_forms() -> None:
    days = TEXTS["talk.days"]
    assert (days.source, days.plural) == ("{count} day with {twin}", "{count} days with {twin}")


@pytest.mark.parametrize("path", LIBRARY)
def test_a_line_is_where_the_text_stands(path: str) -> None:
    lines = LIBRARY[path].split("\n")
    for text in extract(path, LIBRARY[path]):
        assert text.source.split("\n")[0] in lines[text.line - 1]


def test_babel_gets_the_same_by_its_own_interface() -> None:
    for path, content in LIBRARY.items():
        file = BytesIO(content.encode())
        file.name = f"/somewhere/library/flows/library/{path}"
        by_babel = babel_extract(babel_messages, file, keywords=KEYWORDS)  # type: ignore[arg-type]
        got = [(context, message, list(comments)) for _, message, comments, context in by_babel]
        expected = [
            (text.id, text.source if text.plural is None else (text.source, text.plural), list(text.comments))
            for text in extract(path, content)
        ]
        assert got == expected


def test_what_the_code_shows_on_buttons_and_over_taps_is_held_to_their_limits() -> None:
    found: dict[str, set[str]] = {"Button": set(), "AcknowledgeTap": set()}
    for file in Path(flows.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in found and node.args:
                found[node.func.id] |= _text_ids(node.args[0])
    assert found["Button"]
    assert found["AcknowledgeTap"]
    kinds = {text.id: text.kind for text in extract_library(read_library())}
    assert {id_ for id_ in found["Button"] if kinds[id_] is not Kind.BUTTON} == set()
    assert {id_ for id_ in found["AcknowledgeTap"] if kinds[id_] not in {Kind.BUTTON, Kind.TAP}} == set()


def _text_ids(argument: ast.expr) -> set[str]:
    """The ids written out as `Text("…")`; ids put together at run time are out of reach."""
    if (
        isinstance(argument, ast.Call)
        and isinstance(argument.func, ast.Name)
        and argument.func.id == "Text"
        and isinstance(argument.args[0], ast.Constant)
    ):
        return {str(argument.args[0].value)}
    return set()


def test_every_phrase_with_a_kind_of_its_own_exists() -> None:
    assert PHRASE_KINDS.keys() <= {text.id for text in extract_library(read_library())}
